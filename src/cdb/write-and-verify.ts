import { VARIABLE_LENGTH, type CdbRequest, type CdbSpec } from './spec.ts';
import { VERIFY_IO_10, VERIFY_IO_12, VERIFY_IO_16, VERIFY_IO_32, type VerifyIo } from './verify.ts';

/** WRITE AND VERIFY (SBC): writes blocks, then checks that they are on the medium. */
export interface WriteAndVerify extends CdbRequest, VerifyIo {
  readonly op: 'WRITE AND VERIFY';
}

/** CDB of WRITE AND VERIFY(10). RELADR (byte 1 bit 0) is obsolete. */
export const WRITE_AND_VERIFY_10: CdbSpec<WriteAndVerify> = {
  op: 'WRITE AND VERIFY',
  opcode: 0x2e,
  length: 10,
  transfer: 'blocks out',
  fields: VERIFY_IO_10,
  ignored: [[1, 0x01]],
};

/** CDB of WRITE AND VERIFY(12). RELADR (byte 1 bit 0) is obsolete. */
export const WRITE_AND_VERIFY_12: CdbSpec<WriteAndVerify> = {
  op: 'WRITE AND VERIFY',
  opcode: 0xae,
  length: 12,
  transfer: 'blocks out',
  fields: VERIFY_IO_12,
  ignored: [[1, 0x01]],
};

/** CDB of WRITE AND VERIFY(16). */
export const WRITE_AND_VERIFY_16: CdbSpec<WriteAndVerify> = {
  op: 'WRITE AND VERIFY',
  opcode: 0x8e,
  length: 16,
  transfer: 'blocks out',
  fields: VERIFY_IO_16,
};

/** CDB of WRITE AND VERIFY(32). */
export const WRITE_AND_VERIFY_32: CdbSpec<WriteAndVerify> = {
  op: 'WRITE AND VERIFY',
  opcode: VARIABLE_LENGTH,
  serviceAction: 0x0c,
  length: 32,
  transfer: 'blocks out',
  fields: VERIFY_IO_32,
};
