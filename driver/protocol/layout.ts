/**
 * The structures of WinSpd as plain data: which value lies where, little-endian, with the padding
 * that Microsoft's compiler puts in. One {@link Layout} gives the encoder and the decoder, so the two
 * cannot drift apart.
 */
import { decodeGuid, encodeGuid } from './guid.ts';
import {
  getBig64,
  getText,
  getU16,
  getU32,
  getU64,
  putBig64,
  putText,
  putU16,
  putU32,
  putU64,
} from './little-endian.ts';

/** An unsigned number of 1, 2, 4 or 8 bytes. */
export type NumberField = readonly ['u8' | 'u16' | 'u32' | 'u64', byte: number];

/** One bit of the 32-bit word at `byte`, 0 the least significant. */
export type FlagField = readonly ['flag', byte: number, bit: number];

/** A 64-bit identifier: a hint, an address. */
export type IdentifierField = readonly ['id64', byte: number];

/** Text of at most `length` ASCII characters padded with NULs, or a GUID. */
export type TextField =
  readonly ['text', byte: number, length: number] | readonly ['guid', byte: number];

/** The ways to code a value of type `T`. */
export type Field<T> = [T] extends [boolean]
  ? FlagField
  : [T] extends [number]
    ? NumberField
    : [T] extends [bigint]
      ? IdentifierField
      : [T] extends [string]
        ? TextField
        : never;

/** Where each member of `T` lies. The compiler refuses one that is forgotten or invented. */
export type Layout<T> = { readonly [K in keyof T]-?: Field<T[K]> };

type AnyField = NumberField | FlagField | IdentifierField | TextField;

/** Decodes a structure that begins at `at`. */
export function decodeLayout<T extends object>(layout: Layout<T>, bytes: Uint8Array, at = 0): T {
  const value: Record<string, unknown> = {};
  for (const name in layout) value[name] = readField(layout[name], bytes, at);
  return value as T;
}

/**
 * Encodes a structure to begin at `at`. What is between its fields keeps its value.
 *
 * @throws RangeError - a value has no code in its field; the message names it.
 */
export function encodeLayout<T extends object>(
  layout: Layout<T>,
  value: T,
  bytes: Uint8Array,
  at = 0,
): Uint8Array {
  for (const name in layout) writeField(layout[name], bytes, at, name, value[name]);
  return bytes;
}

function readField(field: AnyField, bytes: Uint8Array, start: number): unknown {
  const at = start + field[1];
  switch (field[0]) {
    case 'u8':
      return bytes[at] ?? 0;
    case 'u16':
      return getU16(bytes, at);
    case 'u32':
      return getU32(bytes, at);
    case 'u64':
      return getU64(bytes, at);
    case 'id64':
      return getBig64(bytes, at);
    case 'flag':
      return ((getU32(bytes, at) >>> field[2]) & 1) === 1;
    case 'text':
      return getText(bytes, at, field[2]);
    case 'guid':
      return decodeGuid(bytes, at);
  }
}

function writeField(
  field: AnyField,
  bytes: Uint8Array,
  start: number,
  name: string,
  value: unknown,
): void {
  const at = start + field[1];
  switch (field[0]) {
    case 'u8':
      bytes[at] = checked(name, value, 0xff);
      return;
    case 'u16':
      putU16(bytes, at, checked(name, value, 0xffff));
      return;
    case 'u32':
      putU32(bytes, at, checked(name, value, 0xffff_ffff));
      return;
    case 'u64':
      putU64(bytes, at, checked(name, value, Number.MAX_SAFE_INTEGER));
      return;
    case 'id64':
      if (typeof value !== 'bigint' || BigInt.asUintN(64, value) !== value)
        throw new RangeError(`${name}: ${String(value)} is not a 64-bit identifier`);
      putBig64(bytes, at, value);
      return;
    case 'flag': {
      const others = getU32(bytes, at) & ~(1 << field[2]);
      putU32(bytes, at, (others | (value === true ? 1 << field[2] : 0)) >>> 0);
      return;
    }
    case 'text':
      putText(bytes, at, field[2], name, String(value));
      return;
    case 'guid':
      encodeGuid(String(value), bytes, at);
  }
}

function checked(name: string, value: unknown, largest: number): number {
  if (!Number.isInteger(value) || (value as number) < 0 || (value as number) > largest)
    throw new RangeError(`${name}: ${String(value)} is not an integer from 0 to ${largest}`);
  return value as number;
}
