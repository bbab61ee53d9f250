/**
 * A fixed structure of bytes as plain data: which value lies where.
 *
 * One {@link Layout} gives the decoder, the encoder and the mask of the bits in use, so the three
 * cannot drift apart. CDBs, VPD pages, mode pages and iSCSI headers are all written this way.
 */
import {
  getAscii,
  getBig64,
  getU16,
  getU24,
  getU32,
  getU64,
  putAscii,
  putBig64,
  putU16,
  putU24,
  putU32,
  putU64,
} from './bytes.ts';

/** How a number is counted. */
export interface CountOptions {
  /** What a coded 0 stands for. */
  readonly zeroMeans: number;
}

/** One bit: byte offset and bit number, 7 the most significant. */
export type BitField = readonly ['bit', byte: number, bit: number];

/**
 * An unsigned number: some bits of one byte (`high` down to `low`); those bits followed by a 16-bit
 * number (the LBA of READ(6)); or 1, 2, 3, 4 or 8 whole bytes. `zeroMeans` says what a coded 0
 * stands for (256 in the TRANSFER LENGTH of READ(6)).
 */
export type NumberField =
  | readonly ['bits' | 'bits+u16', byte: number, high: number, low: number]
  | readonly ['u8' | 'u16' | 'u24' | 'u32' | 'u64', byte: number, options?: CountOptions];

/** A 64-bit identifier, such as a reservation key. */
export type IdentifierField = readonly ['id64', byte: number];

/** Left-aligned ASCII padded with blanks. */
export type TextField = readonly ['ascii', byte: number, length: number];

/** A value that this form cannot carry: decoding gives it, encoding refuses any other. */
export type FixedField<T> = readonly ['fixed', value: T];

/** The ways to code a value of type `T`. */
export type Field<T> =
  | ([T] extends [boolean]
      ? BitField
      : [T] extends [number]
        ? NumberField
        : [T] extends [bigint]
          ? IdentifierField
          : [T] extends [string]
            ? TextField
            : never)
  | FixedField<T>;

/** Where each member of `T` lies. The compiler refuses one that is forgotten or invented. */
export type Layout<T> = { readonly [K in keyof T]-?: Field<Exclude<T[K], undefined>> };

type Value = boolean | number | bigint | string;
/** Any field. */
export type AnyField = BitField | NumberField | IdentifierField | TextField | FixedField<unknown>;

/** Reads one field. Bytes past the end of `bytes` read as zero. */
export function readField(field: AnyField, bytes: Uint8Array): unknown {
  switch (field[0]) {
    case 'bit':
      return (((bytes[field[1]] ?? 0) >> field[2]) & 1) === 1;
    case 'bits':
      return ((bytes[field[1]] ?? 0) >> field[3]) & widthMask(field[2], field[3]);
    case 'bits+u16':
      return (
        ((((bytes[field[1]] ?? 0) >> field[3]) & widthMask(field[2], field[3])) << 16) |
        getU16(bytes, field[1] + 1)
      );
    case 'u8':
      return (bytes[field[1]] ?? 0) || (field[2]?.zeroMeans ?? 0);
    case 'u16':
      return getU16(bytes, field[1]) || (field[2]?.zeroMeans ?? 0);
    case 'u24':
      return getU24(bytes, field[1]) || (field[2]?.zeroMeans ?? 0);
    case 'u32':
      return getU32(bytes, field[1]) || (field[2]?.zeroMeans ?? 0);
    case 'u64':
      return getU64(bytes, field[1]) || (field[2]?.zeroMeans ?? 0);
    case 'id64':
      return getBig64(bytes, field[1]);
    case 'ascii':
      return getAscii(bytes, field[1], field[2]);
    case 'fixed':
      return field[1];
  }
}

/**
 * Writes one field.
 *
 * @throws RangeError - the value has no code in this field; the message has `name` in it.
 */
export function writeField(field: AnyField, bytes: Uint8Array, name: string, value: unknown): void {
  const coded = codeOf(field, name, value as Value);
  switch (field[0]) {
    case 'bit':
      if (coded !== 0) bytes[field[1]] = (bytes[field[1]] ?? 0) | (1 << field[2]);
      return;
    case 'bits':
      bytes[field[1]] = (bytes[field[1]] ?? 0) | ((coded as number) << field[3]);
      return;
    case 'bits+u16':
      bytes[field[1]] = (bytes[field[1]] ?? 0) | (((coded as number) >>> 16) << field[3]);
      putU16(bytes, field[1] + 1, coded as number);
      return;
    case 'u8':
      bytes[field[1]] = coded as number;
      return;
    case 'u16':
      putU16(bytes, field[1], coded as number);
      return;
    case 'u24':
      putU24(bytes, field[1], coded as number);
      return;
    case 'u32':
      putU32(bytes, field[1], coded as number);
      return;
    case 'u64':
      putU64(bytes, field[1], coded as number);
      return;
    case 'id64':
      putBig64(bytes, field[1], coded as bigint);
      return;
    case 'ascii':
      putAscii(bytes, field[1], field[2], coded as string);
      return;
    case 'fixed':
  }
}

/** Sets the bits of `mask` that the field occupies. */
export function maskField(field: AnyField, mask: Uint8Array): void {
  const [first, count] = fieldExtent(field);
  if (field[0] === 'bit' || field[0] === 'bits' || field[0] === 'bits+u16') {
    const [, byte, high, low] = field[0] === 'bit' ? [0, field[1], field[2], field[2]] : field;
    mask[byte] = (mask[byte] ?? 0) | (widthMask(high, low) << low);
    if (field[0] === 'bits+u16') mask.fill(0xff, byte + 1, byte + 3);
    return;
  }
  mask.fill(0xff, first, first + count);
}

/** The first byte of a field and how many bytes it touches; a fixed one touches none. */
export function fieldExtent(field: AnyField): readonly [first: number, count: number] {
  switch (field[0]) {
    case 'fixed':
      return [0, 0];
    case 'ascii':
      return [field[1], field[2]];
    default:
      return [field[1], WIDTHS[field[0]]];
  }
}

/** Decodes a structure. Bytes past the end of `bytes` read as zero. */
export function decodeLayout<T extends object>(layout: Layout<T>, bytes: Uint8Array): T {
  const value: Record<string, unknown> = {};
  for (const name in layout) value[name] = readField(layout[name], bytes);
  return value as T;
}

/**
 * Encodes a structure into `bytes`, whose bits are expected to be zero. A member that is absent
 * stays zero.
 *
 * @throws RangeError - a value has no code in its field.
 */
export function encodeLayout<T extends object>(
  layout: Layout<T>,
  value: Partial<T>,
  bytes: Uint8Array,
): Uint8Array {
  for (const name in layout) {
    const member = value[name];
    if (member !== undefined) writeField(layout[name], bytes, name, member);
  }
  return bytes;
}

/** A mask of `length` bytes with the bits of the named members set (all members unless told). */
export function layoutMask<T extends object>(
  layout: Layout<T>,
  length: number,
  names: readonly (keyof T)[] = Object.keys(layout) as (keyof T)[],
): Uint8Array {
  const mask = new Uint8Array(length);
  for (const name of names) maskField(layout[name], mask);
  return mask;
}

const WIDTHS = {
  bit: 1,
  bits: 1,
  'bits+u16': 3,
  u8: 1,
  u16: 2,
  u24: 3,
  u32: 4,
  u64: 8,
  id64: 8,
} as const;

const widthMask = (high: number, low: number): number => (1 << (high - low + 1)) - 1;

function codeOf(field: AnyField, name: string, value: Value): Value {
  switch (field[0]) {
    case 'fixed':
      if (value !== field[1])
        throw new RangeError(
          `${name}: this form has only ${String(field[1])}, not ${String(value)}`,
        );
      return 0;
    case 'bit':
      return value === true ? 1 : 0;
    case 'ascii':
      if (String(value).length > field[2])
        throw new RangeError(
          `${name}: at most ${field[2]} characters, not ${String(value).length}`,
        );
      return value;
    case 'id64':
      if (typeof value !== 'bigint' || BigInt.asUintN(64, value) !== value)
        throw new RangeError(`${name}: ${String(value)} is not a 64-bit identifier`);
      return value;
    case 'bits':
      return numberCode(name, value, widthMask(field[2], field[3]));
    case 'bits+u16':
      return numberCode(name, value, (widthMask(field[2], field[3]) << 16) | 0xffff);
    default: {
      const largest = Math.min(2 ** (8 * WIDTHS[field[0]]) - 1, Number.MAX_SAFE_INTEGER);
      const zeroMeans = field[2]?.zeroMeans;
      if (zeroMeans === undefined) return numberCode(name, value, largest);
      if (value === zeroMeans) return 0;
      if (value === 0) throw new RangeError(`${name}: 0 is coded as ${zeroMeans} here`);
      return numberCode(name, value, largest);
    }
  }
}

function numberCode(name: string, value: Value, largest: number): number {
  if (!Number.isInteger(value) || (value as number) < 0 || (value as number) > largest)
    throw new RangeError(`${name}: ${String(value)} is not an integer from 0 to ${largest}`);
  return value as number;
}
