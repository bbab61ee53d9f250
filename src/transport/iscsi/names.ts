/** iSCSI names (RFC 7143, 4.2.7): `iqn.`, `eui.` and `naa.` formats. */

const FORMATS = [
  // Year and month, reversed domain, optional part after a colon.
  /^iqn\.\d{4}-(?:0[1-9]|1[0-2])\.[\p{L}\p{N}\-.]+(?::[^\s\p{Cc}]*)?$/u,
  /^eui\.[0-9a-f]{16}$/,
  /^naa\.(?:[0-9a-f]{16}|[0-9a-f]{32})$/,
];

/** Longest name, in bytes of UTF-8. */
const MAX_NAME_LENGTH = 223;

/**
 * The form in which names are compared: NFKC, lower case (the stringprep profile of RFC 3722 does
 * that and maps more).
 */
export function normalizeName(name: string): string {
  return name.normalize('NFKC').toLowerCase();
}

/**
 * Whether a normalised name has one of the three formats and at most 223 bytes.
 *
 * @example
 * ```ts
 * isIscsiName('iqn.2026-11.com.example:disk'); // true
 * isIscsiName('disk'); // false
 * ```
 */
export function isIscsiName(name: string): boolean {
  return (
    new TextEncoder().encode(name).length <= MAX_NAME_LENGTH &&
    FORMATS.some((format) => format.test(name))
  );
}
