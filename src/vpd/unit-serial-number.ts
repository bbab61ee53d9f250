/** Unit Serial Number VPD page, 80h (SPC). */
import { getAscii, putAscii } from '../bytes.ts';
import { decodeLayout, encodeLayout } from '../layout.ts';
import { blankPage, findPage, PAGE_HEADER, type PageHeader } from './page-header.ts';

/** PAGE CODE of the Unit Serial Number VPD page. */
export const UNIT_SERIAL_NUMBER = 0x80;

/** Unit Serial Number VPD page (SPC). */
export interface UnitSerialNumberPage extends PageHeader {
  /** PRODUCT SERIAL NUMBER: printable ASCII. Linux and Windows take at most 252 characters. */
  readonly serialNumber: string;
}

/**
 * Encodes a Unit Serial Number VPD page (SPC): as long as the serial number is.
 *
 * @throws RangeError - the serial number is over 65535 characters, or a header value has no code.
 *
 * @example
 * ```ts
 * import { encodeUnitSerialNumber } from 'scsi-target/vpd';
 *
 * encodeUnitSerialNumber({ serialNumber: 'A1' }); // 00 80 00 02 41 31
 * ```
 */
export function encodeUnitSerialNumber(page: UnitSerialNumberPage): Uint8Array {
  const bytes = blankPage(UNIT_SERIAL_NUMBER, page.serialNumber.length);
  encodeLayout(PAGE_HEADER, page, bytes);
  putAscii(bytes, 4, page.serialNumber.length, page.serialNumber);
  return bytes;
}

/**
 * Decodes a Unit Serial Number VPD page (SPC), without blanks and NULs that pad the serial number on
 * the right; undefined where the bytes are no such page.
 */
export function decodeUnitSerialNumber(bytes: Uint8Array): UnitSerialNumberPage | undefined {
  const page = findPage(bytes, UNIT_SERIAL_NUMBER, 0);
  if (page === undefined) return undefined;
  return { ...decodeLayout(PAGE_HEADER, page), serialNumber: getAscii(page, 4, page.length - 4) };
}
