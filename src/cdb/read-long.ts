import type { CdbRequest, CdbSpec } from './spec.ts';

/** READ LONG (SBC-3): reads one block as it is on the medium. */
export interface ReadLong extends CdbRequest {
  readonly op: 'READ LONG';
  /** Bytes of the CDB, which picks the form. */
  readonly cdbLength: 10 | 16;
  /** PBLOCK: the whole physical block is meant. */
  readonly physicalBlock: boolean;
  /** CORRCT: the data is corrected before it is transferred. */
  readonly correct: boolean;
  /** LOGICAL BLOCK ADDRESS, 0 to 2^32 − 1 or 2^53 − 1. */
  readonly lba: number;
  /** BYTE TRANSFER LENGTH, 0 to 65535. */
  readonly byteTransferLength: number;
}

/** CDB of READ LONG(10). RELADR (byte 1 bit 0) is obsolete. */
export const READ_LONG_10: CdbSpec<ReadLong> = {
  op: 'READ LONG',
  opcode: 0x3e,
  length: 10,
  transfer: 'bytes in',
  fields: {
    cdbLength: ['fixed', 10],
    physicalBlock: ['bit', 1, 2],
    correct: ['bit', 1, 1],
    lba: ['u32', 2],
    byteTransferLength: ['u16', 7],
  },
  ignored: [[1, 0x01]],
};

/** CDB of READ LONG(16). */
export const READ_LONG_16: CdbSpec<ReadLong> = {
  op: 'READ LONG',
  opcode: 0x9e,
  serviceAction: 0x11,
  length: 16,
  transfer: 'bytes in',
  fields: {
    cdbLength: ['fixed', 16],
    lba: ['u64', 2],
    byteTransferLength: ['u16', 12],
    physicalBlock: ['bit', 14, 1],
    correct: ['bit', 14, 0],
  },
};
