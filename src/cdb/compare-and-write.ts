import type { CdbRequest, CdbSpec } from './spec.ts';

/** COMPARE AND WRITE (SBC): writes blocks if they are what the initiator takes them to be. */
export interface CompareAndWrite extends CdbRequest {
  readonly op: 'COMPARE AND WRITE';
  /** LOGICAL BLOCK ADDRESS, 0 to 2^53 − 1. */
  readonly lba: number;
  /** NUMBER OF LOGICAL BLOCKS, 0 to 255; data-out has twice as many: to compare, then to write. */
  readonly blocks: number;
  /** FUA: on stable storage before the command ends. */
  readonly fua: boolean;
  /** DPO: no use in caching these blocks. */
  readonly dpo: boolean;
  /** WRPROTECT, 0 to 7. */
  readonly protect: number;
  /** GROUP NUMBER, 0 to 63. */
  readonly groupNumber: number;
}

/** CDB of COMPARE AND WRITE. FUA_NV (byte 1 bit 1) is obsolete. */
export const COMPARE_AND_WRITE_16: CdbSpec<CompareAndWrite> = {
  op: 'COMPARE AND WRITE',
  opcode: 0x89,
  length: 16,
  transfer: 'twice the blocks out',
  fields: {
    protect: ['bits', 1, 7, 5],
    dpo: ['bit', 1, 4],
    fua: ['bit', 1, 3],
    lba: ['u64', 2],
    blocks: ['u8', 13],
    groupNumber: ['bits', 14, 5, 0],
  },
  ignored: [[1, 0x02]],
};
