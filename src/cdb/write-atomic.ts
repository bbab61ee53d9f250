import type { CdbRequest, CdbSpec } from './spec.ts';

/** WRITE ATOMIC (SBC): writes blocks all together or not at all. */
export interface WriteAtomic extends CdbRequest {
  readonly op: 'WRITE ATOMIC';
  /** LOGICAL BLOCK ADDRESS, 0 to 2^53 − 1. */
  readonly lba: number;
  /** ATOMIC BOUNDARY in blocks, 0 (none) to 65535: where the write may be divided. */
  readonly atomicBoundary: number;
  /** TRANSFER LENGTH in blocks, 0 to 65535. */
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

/** CDB of WRITE ATOMIC(16). */
export const WRITE_ATOMIC_16: CdbSpec<WriteAtomic> = {
  op: 'WRITE ATOMIC',
  opcode: 0x9c,
  length: 16,
  transfer: 'blocks out',
  fields: {
    protect: ['bits', 1, 7, 5],
    dpo: ['bit', 1, 4],
    fua: ['bit', 1, 3],
    lba: ['u64', 2],
    atomicBoundary: ['u16', 10],
    blocks: ['u16', 12],
    groupNumber: ['bits', 14, 5, 0],
  },
};
