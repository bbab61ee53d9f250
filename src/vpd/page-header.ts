/** The four bytes that every VPD page begins with (SPC, vital product data). */
import { getU16, putU16 } from '../bytes.ts';
import type { Layout } from '../layout.ts';

/** What INQUIRY data, standard or VPD, says first of all about its logical unit. */
export interface PageHeader {
  /** PERIPHERAL QUALIFIER, 0 to 7: 0 connected (when absent), 1 not connected, 3 not possible. */
  readonly peripheralQualifier?: number;
  /** PERIPHERAL DEVICE TYPE, 0 to 31: 0 direct access (when absent), 1Fh unknown or none. */
  readonly deviceType?: number;
}

/** Where the members of {@link PageHeader} lie. */
export const PAGE_HEADER: Layout<PageHeader> = {
  peripheralQualifier: ['bits', 0, 7, 5],
  deviceType: ['bits', 0, 4, 0],
};

/**
 * A page of `length` bytes after the header, zero but for PAGE CODE and PAGE LENGTH.
 *
 * @throws RangeError - `length` is over 65535.
 */
export function blankPage(pageCode: number, length: number): Uint8Array {
  if (length > 0xffff) throw new RangeError(`VPD page: ${length} bytes are over PAGE LENGTH`);
  const bytes = new Uint8Array(4 + length);
  bytes[1] = pageCode;
  putU16(bytes, 2, length);
  return bytes;
}

/**
 * The bytes of the page, cut to its PAGE LENGTH; undefined where they are another page, or fewer
 * than `least` bytes follow the header.
 */
export function findPage(
  bytes: Uint8Array,
  pageCode: number,
  least: number,
): Uint8Array | undefined {
  if (bytes.length < 4 + least || bytes[1] !== pageCode) return undefined;
  const length = getU16(bytes, 2);
  return length < least ? undefined : bytes.subarray(0, 4 + length);
}
