/** Sizes as people write them: `512`, `64K`, `1G`. */

const SUFFIXES = ['K', 'M', 'G', 'T', 'P'] as const;

/** What {@link parseSize} takes, for error messages. */
export const SIZE_FORMAT = 'a whole number of bytes, or one with K, M, G, T or P (powers of 1024)';

/**
 * Reads a size: digits and, where wanted, one of K, M, G, T, P (powers of 1024, either case).
 *
 * @returns Bytes, 0 to 2^53 − 1; `undefined` for anything else.
 *
 * @example
 * ```ts
 * parseSize('64K'); // 65536
 * ```
 */
export function parseSize(text: string): number | undefined {
  const match = /^(\d+)([KMGTP]?)$/i.exec(text);
  if (match === null) return undefined;
  const [, digits = '', suffix = ''] = match;
  const power = (SUFFIXES as readonly string[]).indexOf(suffix.toUpperCase()) + 1;
  const bytes = Number(digits) * 1024 ** power;
  return Number.isSafeInteger(bytes) ? bytes : undefined;
}

/**
 * Writes a size as {@link parseSize} reads it, with the largest unit of which it is a whole number.
 *
 * @example
 * ```ts
 * exactSize(1536); // '1536'
 * exactSize(65_536); // '64K'
 * ```
 */
export function exactSize(bytes: number): string {
  let value = bytes;
  let unit = '';
  for (const suffix of SUFFIXES) {
    if (value % 1024 !== 0 || value === 0) break;
    value /= 1024;
    unit = suffix;
  }
  return `${value}${unit}`;
}

/**
 * Writes a size with its binary unit: whole where it is whole, else with two digits.
 *
 * @example
 * ```ts
 * formatSize(1536); // '1.50 KiB'
 * ```
 */
export function formatSize(bytes: number): string {
  let value = bytes;
  let unit = 'bytes';
  for (const suffix of SUFFIXES) {
    if (value < 1024) break;
    value /= 1024;
    unit = `${suffix}iB`;
  }
  return `${Number.isInteger(value) ? String(value) : value.toFixed(2)} ${unit}`;
}
