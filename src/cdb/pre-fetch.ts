import type { CdbRequest, CdbSpec } from './spec.ts';

/** PRE-FETCH (SBC): asks that blocks be in the cache. */
export interface PreFetch extends CdbRequest {
  readonly op: 'PRE-FETCH';
  /** Bytes of the CDB, which picks the form. */
  readonly cdbLength: 10 | 16;
  /** IMMED: answer as soon as the CDB has been checked. */
  readonly immed: boolean;
  /** LOGICAL BLOCK ADDRESS, 0 to 2^32 − 1 or 2^53 − 1. */
  readonly lba: number;
  /** PREFETCH LENGTH in blocks, 0 (to the end of the medium) to 65535 or 2^32 − 1. */
  readonly blocks: number;
  /** GROUP NUMBER, 0 to 63. */
  readonly groupNumber: number;
}

/** CDB of PRE-FETCH(10). RELADR (byte 1 bit 0) is obsolete. */
export const PRE_FETCH_10: CdbSpec<PreFetch> = {
  op: 'PRE-FETCH',
  opcode: 0x34,
  length: 10,
  transfer: 'none',
  fields: {
    cdbLength: ['fixed', 10],
    immed: ['bit', 1, 1],
    lba: ['u32', 2],
    groupNumber: ['bits', 6, 5, 0],
    blocks: ['u16', 7],
  },
  ignored: [[1, 0x01]],
};

/** CDB of PRE-FETCH(16). */
export const PRE_FETCH_16: CdbSpec<PreFetch> = {
  op: 'PRE-FETCH',
  opcode: 0x90,
  length: 16,
  transfer: 'none',
  fields: {
    cdbLength: ['fixed', 16],
    immed: ['bit', 1, 1],
    lba: ['u64', 2],
    blocks: ['u32', 10],
    groupNumber: ['bits', 14, 5, 0],
  },
};
