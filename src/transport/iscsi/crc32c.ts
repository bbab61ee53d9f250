/** CRC32C, the checksum of iSCSI digests (RFC 7143, 13.1), and how it lies on the wire. */
import { crc32cKernel, STEP } from './crc32c-kernel.ts';
import type { Crc32cKernel } from './crc32c-kernel.ts';

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

/** Made when the first digest is computed. */
let computer: { readonly table: Int32Array; readonly kernel: Crc32cKernel | undefined } | undefined;

function makeComputer(): NonNullable<typeof computer> {
  const kernel = crc32cKernel();
  const table = kernel?.tables ?? new Int32Array(256);
  for (let value = 0; value < 256; value++) {
    let crc = value;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ ((crc & 1) === 0 ? 0 : POLYNOMIAL);
    table[value] = crc;
  }
  // Behind them the remainders with one zero byte more, again and again.
  for (let i = 256; i < table.length; i++) {
    const before = table[i - 256] ?? 0;
    table[i] = (before >>> 8) ^ (table[before & 0xff] ?? 0);
  }
  return { table, kernel };
}

/**
 * CRC32C in WebAssembly and JavaScript, 13 GB/s where much is gone over at once; every place that takes a {@link Crc32c} takes a faster
 * one as well.
 *
 * @example
 * ```ts
 * crc32c(new TextEncoder().encode('123456789')); // e3069283h
 * ```
 */
export function crc32c(bytes: Uint8Array, previous = 0): number {
  const { table, kernel } = (computer ??= makeComputer());
  let crc = ~previous;
  let i = 0;
  if (kernel !== undefined && bytes.length >= STEP) {
    crc = kernel.run(crc, bytes);
    i = bytes.length - (bytes.length % STEP);
  }
  for (; i < bytes.length; i++) crc = (crc >>> 8) ^ (table[((bytes[i] ?? 0) ^ crc) & 0xff] ?? 0);
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
