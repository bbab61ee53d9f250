/** Bytes as people write them: `12 00 00 00 24 00`, `1200000024 00`, `0x12,0x00`. */
import { UsageError } from './errors.ts';

/**
 * Reads hex digits. Blanks, line ends, commas, colons and underscores may stand between bytes, and
 * `0x` before them; a group has whole bytes, except that a lone digit is a byte of its own (`0x0`).
 *
 * @throws UsageError - the message says what was found and where (characters from 1).
 *
 * @example
 * ```ts
 * parseHex('0x12 0 0000 24:00'); // 6 bytes: 12 00 00 00 24 00
 * ```
 */
export function parseHex(text: string): Uint8Array {
  const bytes: number[] = [];
  for (const group of text.matchAll(/[^\s,:_]+/g)) {
    const prefix = /^0x/i.test(group[0]) ? 2 : 0;
    const digits = group[0].slice(prefix);
    const at = group.index + prefix + 1;
    const wrong = /[^0-9a-f]/i.exec(digits);
    if (wrong !== null)
      throw new UsageError(
        `'${wrong[0]}' at character ${at + wrong.index} of '${excerpt(text)}' is not a hex digit`,
      );
    if (digits.length === 0 || (digits.length % 2 === 1 && digits.length > 1))
      throw new UsageError(
        `'${excerpt(group[0])}' at character ${group.index + 1} has ${digits.length} hex digits; ` +
          'a byte has two',
      );
    for (let i = 0; i < digits.length; i += 2)
      bytes.push(Number.parseInt(digits.slice(i, i + 2), 16));
  }
  if (bytes.length === 0)
    throw new UsageError('there are no bytes: give some in hex, e.g. 12 00 00 00 24 00');
  return Uint8Array.from(bytes);
}

/** Writes bytes as two hex digits each, with blanks between. */
export function formatHex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join(' ');
}

function excerpt(text: string): string {
  return text.length <= 60 ? text : `${text.slice(0, 57)}...`;
}
