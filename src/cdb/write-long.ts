import type { CdbRequest, CdbSpec } from './spec.ts';

/** WRITE LONG (SBC): marks a block as bad, or writes it as it is on the medium. */
export interface WriteLong extends CdbRequest {
  readonly op: 'WRITE LONG';
  /** Bytes of the CDB, which picks the form. */
  readonly cdbLength: 10 | 16;
  /** COR_DIS: the block is to be bad without any recovery. */
  readonly correctionDisabled: boolean;
  /** WR_UNCOR: the block is only to be marked; there is no data-out. */
  readonly writeUncorrectable: boolean;
  /** PBLOCK: the whole physical block is meant. */
  readonly physicalBlock: boolean;
  /** LOGICAL BLOCK ADDRESS, 0 to 2^32 − 1 or 2^53 − 1. */
  readonly lba: number;
  /** BYTE TRANSFER LENGTH, 0 to 65535. */
  readonly byteTransferLength: number;
}

/** CDB of WRITE LONG(10). RELADR (byte 1 bit 0) is obsolete. */
export const WRITE_LONG_10: CdbSpec<WriteLong> = {
  op: 'WRITE LONG',
  opcode: 0x3f,
  length: 10,
  transfer: 'bytes out',
  fields: {
    cdbLength: ['fixed', 10],
    correctionDisabled: ['bit', 1, 7],
    writeUncorrectable: ['bit', 1, 6],
    physicalBlock: ['bit', 1, 5],
    lba: ['u32', 2],
    byteTransferLength: ['u16', 7],
  },
  ignored: [[1, 0x01]],
};

/** CDB of WRITE LONG(16). */
export const WRITE_LONG_16: CdbSpec<WriteLong> = {
  op: 'WRITE LONG',
  opcode: 0x9f,
  serviceAction: 0x11,
  length: 16,
  transfer: 'bytes out',
  fields: {
    cdbLength: ['fixed', 16],
    correctionDisabled: ['bit', 1, 7],
    writeUncorrectable: ['bit', 1, 6],
    physicalBlock: ['bit', 1, 5],
    lba: ['u64', 2],
    byteTransferLength: ['u16', 12],
  },
};
