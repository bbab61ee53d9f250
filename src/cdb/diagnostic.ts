import { getU16, putU16 } from '../bytes.ts';
import type { CdbRequest, CdbSpec } from './spec.ts';

/** SEND DIAGNOSTIC (SPC): self-tests, and diagnostic pages to the device. */
export interface SendDiagnostic extends CdbRequest {
  readonly op: 'SEND DIAGNOSTIC';
  /** SELF-TEST CODE, 0 to 7: see {@link SELF_TEST_CODE}. */
  readonly selfTestCode: number;
  /** PF: the list is one diagnostic page; else it is vendor specific. */
  readonly pageFormat: boolean;
  /** SELFTEST: do the default self-test. */
  readonly selfTest: boolean;
  /** DEVOFFL: the self-test may affect the other logical units. */
  readonly deviceOffline: boolean;
  /** UNITOFFL: the self-test may affect what is on the medium. */
  readonly unitOffline: boolean;
  /** PARAMETER LIST LENGTH in bytes, 0 to 65535. */
  readonly parameterListLength: number;
}

/** RECEIVE DIAGNOSTIC RESULTS (SPC): a diagnostic page from the device. */
export interface ReceiveDiagnosticResults extends CdbRequest {
  readonly op: 'RECEIVE DIAGNOSTIC RESULTS';
  /** PCV: the page is the one of PAGE CODE; else the answer to the last SEND DIAGNOSTIC. */
  readonly pageCodeValid: boolean;
  /** PAGE CODE, 0 to 255. */
  readonly pageCode: number;
  /** ALLOCATION LENGTH in bytes, 0 to 65535. */
  readonly allocationLength: number;
}

/** CDB of SEND DIAGNOSTIC. */
export const SEND_DIAGNOSTIC_6: CdbSpec<SendDiagnostic> = {
  op: 'SEND DIAGNOSTIC',
  opcode: 0x1d,
  length: 6,
  transfer: 'list out',
  fields: {
    selfTestCode: ['bits', 1, 7, 5],
    pageFormat: ['bit', 1, 4],
    selfTest: ['bit', 1, 2],
    deviceOffline: ['bit', 1, 1],
    unitOffline: ['bit', 1, 0],
    parameterListLength: ['u16', 3],
  },
};

/** CDB of RECEIVE DIAGNOSTIC RESULTS. */
export const RECEIVE_DIAGNOSTIC_RESULTS_6: CdbSpec<ReceiveDiagnosticResults> = {
  op: 'RECEIVE DIAGNOSTIC RESULTS',
  opcode: 0x1c,
  length: 6,
  transfer: 'allocation in',
  fields: { pageCodeValid: ['bit', 1, 0], pageCode: ['u8', 2], allocationLength: ['u16', 3] },
};

/** SELF-TEST CODE (SPC). */
export const SELF_TEST_CODE = {
  /** No self-test, or with SELFTEST the default one. */
  NONE: 0,
  /** The short self-test, behind the answer. */
  BACKGROUND_SHORT: 1,
  /** The extended self-test, behind the answer. */
  BACKGROUND_EXTENDED: 2,
  /** Aborts the self-test in the background. */
  ABORT_BACKGROUND: 4,
  /** The short self-test, before the answer. */
  FOREGROUND_SHORT: 5,
  /** The extended self-test, before the answer. */
  FOREGROUND_EXTENDED: 6,
} as const;

/** PAGE CODE of the Supported Diagnostic Pages diagnostic page. */
export const SUPPORTED_DIAGNOSTIC_PAGES = 0x00;

/** A diagnostic page (SPC). */
export interface DiagnosticPage {
  /** PAGE CODE, 0 to 255. */
  readonly pageCode: number;
  /** What the page makes of byte 1, 0 to 255; absent: 0. */
  readonly subcode?: number;
  /** What follows the header, at most 65535 bytes. */
  readonly body: Uint8Array;
}

const HEADER_LENGTH = 4;

/**
 * Encodes a diagnostic page (SPC).
 *
 * @throws RangeError - the body is over 65535 bytes.
 */
export function encodeDiagnosticPage({ pageCode, subcode = 0, body }: DiagnosticPage): Uint8Array {
  if (body.length > 0xffff) throw new RangeError(`body: at most 65535 bytes, not ${body.length}`);
  const bytes = new Uint8Array(HEADER_LENGTH + body.length);
  bytes[0] = pageCode;
  bytes[1] = subcode;
  putU16(bytes, 2, body.length);
  bytes.set(body, HEADER_LENGTH);
  return bytes;
}

/** Decodes a diagnostic page (SPC), its body a part of `bytes`; undefined where it is cut off. */
export function decodeDiagnosticPage(bytes: Uint8Array): Required<DiagnosticPage> | undefined {
  const end = HEADER_LENGTH + getU16(bytes, 2);
  if (bytes.length < end) return undefined;
  const [pageCode = 0, subcode = 0] = bytes;
  return { pageCode, subcode, body: bytes.subarray(HEADER_LENGTH, end) };
}
