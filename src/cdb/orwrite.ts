import type { BlockIo } from './block-io.ts';
import type { CdbRequest, CdbSpec } from './spec.ts';

/** ORWRITE (SBC): ORs data-out into blocks, as one step. */
export interface Orwrite extends CdbRequest, Omit<BlockIo, 'cdbLength'> {
  readonly op: 'ORWRITE';
}

/** CDB of ORWRITE(16). FUA_NV (byte 1 bit 1) is obsolete. */
export const ORWRITE_16: CdbSpec<Orwrite> = {
  op: 'ORWRITE',
  opcode: 0x8b,
  length: 16,
  transfer: 'blocks out',
  fields: {
    protect: ['bits', 1, 7, 5],
    dpo: ['bit', 1, 4],
    fua: ['bit', 1, 3],
    lba: ['u64', 2],
    blocks: ['u32', 10],
    groupNumber: ['bits', 14, 5, 0],
  },
  ignored: [[1, 0x02]],
};
