/** CRC32C, the checksum of iSCSI digests (RFC 7143, 13.1), and how it lies on the wire. */

/**
 * Computes CRC32C.
 *
 * @param bytes - what to go over
 * @param previous - the CRC of the bytes before these; 0: there are none
 * @returns the CRC, 0 to 2^32 − 1.
 */
export type Crc32c = (bytes: Uint8Array, previous?: number) => number;

/** Length of a digest, in bytes. */
export const DIGEST_LENGTH = 4;

/** The polynomial 1EDC6F41h, least significant bit first. */
const POLYNOMIAL = 0x82f6_3b78;

/**
 * How many bytes a step takes. With 16 in one table a core does 0.9 to 1.6 GB/s; with 8 in tables
 * apart from each other it did 0.27.
 */
const SLICES = 16;

let table: Int32Array | undefined;

/** Remainders of each byte value with 0 to 15 zero bytes behind it, 256 after 256. */
function remainders(): Int32Array {
  const all = new Int32Array(SLICES * 256);
  for (let value = 0; value < 256; value++) {
    let crc = value;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ ((crc & 1) === 0 ? 0 : POLYNOMIAL);
    all[value] = crc;
  }
  for (let i = 256; i < all.length; i++) {
    const before = all[i - 256] ?? 0;
    all[i] = (before >>> 8) ^ (all[before & 0xff] ?? 0);
  }
  return all;
}

/**
 * CRC32C in JavaScript; every place that takes a {@link Crc32c} takes a faster one as well.
 *
 * @example
 * ```ts
 * crc32c(new TextEncoder().encode('123456789')); // e3069283h
 * ```
 */
export function crc32c(bytes: Uint8Array, previous = 0): number {
  const t = (table ??= remainders());
  const whole = bytes.length & ~(SLICES - 1);
  let crc = ~previous;
  let i = 0;
  for (; i < whole; i += SLICES)
    crc =
      (t[0xf00 + ((bytes[i] ?? 0) ^ (crc & 0xff))] ?? 0) ^
      (t[0xe00 + ((bytes[i + 1] ?? 0) ^ ((crc >>> 8) & 0xff))] ?? 0) ^
      (t[0xd00 + ((bytes[i + 2] ?? 0) ^ ((crc >>> 16) & 0xff))] ?? 0) ^
      (t[0xc00 + ((bytes[i + 3] ?? 0) ^ (crc >>> 24))] ?? 0) ^
      (t[0xb00 + (bytes[i + 4] ?? 0)] ?? 0) ^
      (t[0xa00 + (bytes[i + 5] ?? 0)] ?? 0) ^
      (t[0x900 + (bytes[i + 6] ?? 0)] ?? 0) ^
      (t[0x800 + (bytes[i + 7] ?? 0)] ?? 0) ^
      (t[0x700 + (bytes[i + 8] ?? 0)] ?? 0) ^
      (t[0x600 + (bytes[i + 9] ?? 0)] ?? 0) ^
      (t[0x500 + (bytes[i + 10] ?? 0)] ?? 0) ^
      (t[0x400 + (bytes[i + 11] ?? 0)] ?? 0) ^
      (t[0x300 + (bytes[i + 12] ?? 0)] ?? 0) ^
      (t[0x200 + (bytes[i + 13] ?? 0)] ?? 0) ^
      (t[0x100 + (bytes[i + 14] ?? 0)] ?? 0) ^
      (t[bytes[i + 15] ?? 0] ?? 0);
  for (; i < bytes.length; i++) crc = (crc >>> 8) ^ (t[(bytes[i] ?? 0) ^ (crc & 0xff)] ?? 0);
  return ~crc >>> 0;
}

/** Writes a digest: of all numbers of iSCSI this one alone has its least significant byte first. */
export function putDigest(bytes: Uint8Array, at: number, crc: number): void {
  bytes[at] = crc;
  bytes[at + 1] = crc >>> 8;
  bytes[at + 2] = crc >>> 16;
  bytes[at + 3] = crc >>> 24;
}

/** Reads a digest. */
export function getDigest(bytes: Uint8Array, at: number): number {
  return (
    ((bytes[at] ?? 0) |
      ((bytes[at + 1] ?? 0) << 8) |
      ((bytes[at + 2] ?? 0) << 16) |
      ((bytes[at + 3] ?? 0) << 24)) >>>
    0
  );
}
