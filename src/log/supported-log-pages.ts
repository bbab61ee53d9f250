/** Supported Log Pages, 00h, 00h/FFh and the like of one page code, xxh/FFh (SPC). */
import { encodeLogPageBody, findLogPageBody } from './log-page.ts';

/** A supported page/subpage descriptor (SPC). */
export interface SupportedLogPage {
  /** PAGE CODE, 0 to 3Fh. */
  readonly pageCode: number;
  /** SUBPAGE CODE, 0 to FFh. */
  readonly subpage: number;
}

const ALL_SUBPAGES = 0xff;

/**
 * Encodes a Supported Log Pages log page, 00h (SPC). The codes are put in ascending order, each once.
 *
 * @throws RangeError - a page code is over 3Fh.
 *
 * @example
 * ```ts
 * import { encodeSupportedLogPages } from 'scsi-target/log';
 *
 * encodeSupportedLogPages([0x00, 0x2f, 0x0d]); // 00 00 00 03 00 0d 2f
 * ```
 */
export function encodeSupportedLogPages(pages: readonly number[]): Uint8Array {
  const codes = [...new Set(pages)].sort((a, b) => a - b);
  for (const code of codes) check('pages', code, 0x3f);
  return encodeLogPageBody({ pageCode: 0 }, Uint8Array.from(codes));
}

/** Decodes a Supported Log Pages log page, 00h (SPC); undefined where the bytes are no such page. */
export function decodeSupportedLogPages(bytes: Uint8Array): readonly number[] | undefined {
  const body = findLogPageBody(bytes, { pageCode: 0 });
  return body && Array.from(body, (code) => code & 0x3f);
}

/**
 * Encodes a Supported Log Pages and Subpages log page, 00h/FFh, or with a page code that is not 0 the
 * Supported Subpages log page of it, xxh/FFh, which leaves out the descriptors of others (SPC). The
 * descriptors are put in ascending order, each once.
 *
 * @throws RangeError - a code has no place in its field.
 */
export function encodeSupportedLogSubpages(
  pages: readonly SupportedLogPage[],
  pageCode = 0,
): Uint8Array {
  const codes = new Set<number>();
  for (const page of pages) {
    check('pageCode', page.pageCode, 0x3f);
    check('subpage', page.subpage, 0xff);
    if (pageCode === 0 || page.pageCode === pageCode) codes.add(page.pageCode * 256 + page.subpage);
  }
  const body = [...codes].sort((a, b) => a - b).flatMap((code) => [code >> 8, code & 0xff]);
  return encodeLogPageBody({ pageCode, subpage: ALL_SUBPAGES }, Uint8Array.from(body));
}

/**
 * Decodes a Supported Log Pages and Subpages log page, 00h/FFh, or the Supported Subpages log page
 * of another page code, xxh/FFh (SPC); undefined where the bytes are no such page.
 */
export function decodeSupportedLogSubpages(
  bytes: Uint8Array,
  pageCode = 0,
): readonly SupportedLogPage[] | undefined {
  const body = findLogPageBody(bytes, { pageCode, subpage: ALL_SUBPAGES });
  if (body === undefined) return undefined;
  const pages: SupportedLogPage[] = [];
  for (let at = 0; at + 2 <= body.length; at += 2)
    pages.push({ pageCode: (body[at] ?? 0) & 0x3f, subpage: body[at + 1] ?? 0 });
  return pages;
}

function check(name: string, value: number, largest: number): void {
  if (!Number.isInteger(value) || value < 0 || value > largest)
    throw new RangeError(`${name}: ${value} is not an integer from 0 to ${largest}`);
}
