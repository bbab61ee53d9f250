/** GUIDs: as text in lower case with dashes and no braces, in bytes as Windows keeps them. */
import { getU16, getU32, putU16, putU32 } from './little-endian.ts';

/** The GUID of nothing, which names no storage unit. */
export const NULL_GUID = '00000000-0000-0000-0000-000000000000';

const GUID = /^\{?([0-9a-f]{8})-([0-9a-f]{4})-([0-9a-f]{4})-([0-9a-f]{4})-([0-9a-f]{12})\}?$/i;

/**
 * Reads a GUID as people write it, with or without braces, in either case.
 *
 * @returns the GUID in lower case without braces; `undefined` for anything else.
 *
 * @example
 * ```ts
 * parseGuid('{4ABA6F3A-2E26-4B8F-9C25-9EAF0F1E4CAC}'); // '4aba6f3a-2e26-4b8f-9c25-9eaf0f1e4cac'
 * ```
 */
export function parseGuid(text: string): string | undefined {
  const match = GUID.exec(text);
  if (match === null || text.startsWith('{') !== text.endsWith('}')) return undefined;
  return match.slice(1).join('-').toLowerCase();
}

const digits = (value: number, count: number): string => value.toString(16).padStart(count, '0');

/** Reads the 16 bytes of a GUID: one 32-bit and two 16-bit numbers, little-endian, then eight bytes. */
export function decodeGuid(bytes: Uint8Array, at = 0): string {
  const last = Array.from({ length: 8 }, (_, i) => digits(bytes[at + 8 + i] ?? 0, 2)).join('');
  return [
    digits(getU32(bytes, at), 8),
    digits(getU16(bytes, at + 4), 4),
    digits(getU16(bytes, at + 6), 4),
    last.slice(0, 4),
    last.slice(4),
  ].join('-');
}

/**
 * Writes the 16 bytes of a GUID.
 *
 * @throws RangeError - the text is no GUID.
 */
export function encodeGuid(text: string, bytes: Uint8Array, at = 0): void {
  const guid = parseGuid(text);
  if (guid === undefined) throw new RangeError(`guid: '${text}' is not a GUID`);
  const digits = guid.replaceAll('-', '');
  putU32(bytes, at, Number.parseInt(digits.slice(0, 8), 16));
  putU16(bytes, at + 4, Number.parseInt(digits.slice(8, 12), 16));
  putU16(bytes, at + 6, Number.parseInt(digits.slice(12, 16), 16));
  for (let i = 8; i < 16; i++) bytes[at + i] = Number.parseInt(digits.slice(2 * i, 2 * i + 2), 16);
}
