/** CDBs and answers that many tests of a unit need. */
import type { Backend } from '../../src/backend/backend.ts';
import { hex, type Answer } from './disk-under-test.ts';

export const TEST_UNIT_READY = '00 00 00 00 00 00';
export const INQUIRY = '12 00 00 0005 00';
export const REQUEST_SENSE = '03 00 0000 ff 00';
export const REPORT_LUNS = 'a0 00 00 000000 00000010 00 00';
export const READ_0 = '28 00 00000000 00 0001 00';
export const WRITE_0 = '2a 00 00000000 00 0001 00';
export const EJECT = '1b 00 00 00 02 00';
export const LOAD = '1b 00 00 00 03 00';
export const STOP = '1b 00 00 00 00 00';

export const block = (fill: number): Uint8Array => new Uint8Array(512).fill(fill);
export const ascii = (text: string): string =>
  Array.from(text, (letter) => letter.charCodeAt(0).toString(16)).join('');
/** PRODUCT SERIAL NUMBER of VPD page 80h. */
export const serialOf = (answer: Answer | undefined): string =>
  String.fromCharCode(...(answer?.data.subarray(4) ?? []));
export const nothing = (): void => undefined;
export const throwing = (message: string) => (): never => {
  throw new Error(message);
};
/** A backend without an id. */
export const anonymous = (): Backend => ({
  blockLength: 512,
  blocks: 8,
  read: nothing,
  write: nothing,
});
export const inquiryData = hex('00 00 06 32 5b');
