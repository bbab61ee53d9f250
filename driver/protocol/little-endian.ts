/** Little-endian numbers, as Windows has them, by shifts; offsets are not checked here. */

const TWO_32 = 0x1_0000_0000;

/** Reads a 16-bit unsigned number. */
export function getU16(bytes: Uint8Array, at: number): number {
  return (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8);
}

/** Reads a 32-bit unsigned number. */
export function getU32(bytes: Uint8Array, at: number): number {
  return (getU16(bytes, at) | (getU16(bytes, at + 2) << 16)) >>> 0;
}

/** Reads a 64-bit unsigned number: exact to 2^53 − 1, above that the nearest double. */
export function getU64(bytes: Uint8Array, at: number): number {
  return getU32(bytes, at) + getU32(bytes, at + 4) * TWO_32;
}

/** Reads a 64-bit identifier, exact. */
export function getBig64(bytes: Uint8Array, at: number): bigint {
  return BigInt(getU32(bytes, at)) | (BigInt(getU32(bytes, at + 4)) << 32n);
}

/** Writes the low 16 bits of `value`. */
export function putU16(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value;
  bytes[at + 1] = value >>> 8;
}

/** Writes the low 32 bits of `value`. */
export function putU32(bytes: Uint8Array, at: number, value: number): void {
  putU16(bytes, at, value);
  putU16(bytes, at + 2, value >>> 16);
}

/** Writes a number from 0 to 2^53 − 1 in 64 bits. */
export function putU64(bytes: Uint8Array, at: number, value: number): void {
  putU32(bytes, at, value % TWO_32);
  putU32(bytes, at + 4, Math.floor(value / TWO_32));
}

/** Writes the low 64 bits of an identifier. */
export function putBig64(bytes: Uint8Array, at: number, value: bigint): void {
  putU32(bytes, at, Number(value & 0xffff_ffffn));
  putU32(bytes, at + 4, Number((value >> 32n) & 0xffff_ffffn));
}

const isPrintable = (code: number): boolean => code >= 0x20 && code <= 0x7e;

/** Reads text up to the first character that cannot be printed, as provisioning does, without the blanks after it. */
export function getText(bytes: Uint8Array, at: number, length: number): string {
  let end = at;
  while (end < at + length && isPrintable(bytes[end] ?? 0)) end++;
  return String.fromCharCode(...bytes.subarray(at, end)).trimEnd();
}

/**
 * Writes text, padded with NULs.
 *
 * @throws RangeError - it is too long, or has other than printable ASCII characters.
 */
export function putText(
  bytes: Uint8Array,
  at: number,
  length: number,
  name: string,
  text: string,
): void {
  if (text.length > length)
    throw new RangeError(`${name}: at most ${length} characters, not ${text.length}`);
  for (let i = 0; i < length; i++) {
    const code = i < text.length ? text.charCodeAt(i) : 0;
    if (i < text.length && !isPrintable(code))
      throw new RangeError(`${name}: '${text}' has other than printable ASCII characters`);
    bytes[at + i] = code;
  }
}
