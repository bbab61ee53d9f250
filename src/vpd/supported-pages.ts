/** Supported VPD Pages VPD page, 00h (SPC). */
import { decodeLayout, encodeLayout } from '../layout.ts';
import { blankPage, findPage, PAGE_HEADER, type PageHeader } from './page-header.ts';

/** PAGE CODE of the Supported VPD Pages VPD page. */
export const SUPPORTED_PAGES = 0x00;

/** Supported VPD Pages VPD page (SPC). */
export interface SupportedPagesPage extends PageHeader {
  /** The page codes, 0 to 255 each, ascending. */
  readonly pages: readonly number[];
}

/**
 * Encodes a Supported VPD Pages VPD page (SPC). The codes are put in ascending order, each once, as
 * SPC wants them.
 *
 * @throws RangeError - a page code is over 255, or a header value has no code.
 *
 * @example
 * ```ts
 * import { encodeSupportedPages } from 'scsi-target/vpd';
 *
 * encodeSupportedPages({ pages: [0x00, 0x83, 0x80] }); // 00 00 00 03 00 80 83
 * ```
 */
export function encodeSupportedPages(page: SupportedPagesPage): Uint8Array {
  const codes = [...new Set(page.pages)].sort((a, b) => a - b);
  for (const code of codes)
    if (!Number.isInteger(code) || code < 0 || code > 0xff)
      throw new RangeError(`pages: ${code} is not an integer from 0 to 255`);
  const bytes = blankPage(SUPPORTED_PAGES, codes.length);
  encodeLayout(PAGE_HEADER, page, bytes);
  bytes.set(codes, 4);
  return bytes;
}

/** Decodes a Supported VPD Pages VPD page (SPC); undefined where the bytes are no such page. */
export function decodeSupportedPages(bytes: Uint8Array): SupportedPagesPage | undefined {
  const page = findPage(bytes, SUPPORTED_PAGES, 0);
  return page && { ...decodeLayout(PAGE_HEADER, page), pages: [...page.subarray(4)] };
}
