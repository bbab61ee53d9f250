import type { CdbRequest, CdbSpec } from './spec.ts';

/** SYNCHRONIZE CACHE (SBC): puts blocks that are in the volatile cache on stable storage. */
export interface SynchronizeCache extends CdbRequest {
  readonly op: 'SYNCHRONIZE CACHE';
  /** Bytes of the CDB, which picks the form. */
  readonly cdbLength: 10 | 16;
  /** IMMED: answer as soon as the CDB has been checked. */
  readonly immed: boolean;
  /** LOGICAL BLOCK ADDRESS, 0 to 2^32 − 1 or 2^53 − 1. */
  readonly lba: number;
  /** NUMBER OF LOGICAL BLOCKS, 0 (to the end of the medium) to 65535 or 2^32 − 1. */
  readonly blocks: number;
  /** GROUP NUMBER, 0 to 63. */
  readonly groupNumber: number;
}

// Byte 1: SYNC_NV and RELADR, both obsolete.
const IGNORED = [[1, 0x05]] as const;

/** CDB of SYNCHRONIZE CACHE(10). */
export const SYNCHRONIZE_CACHE_10: CdbSpec<SynchronizeCache> = {
  op: 'SYNCHRONIZE CACHE',
  opcode: 0x35,
  length: 10,
  transfer: 'none',
  fields: {
    cdbLength: ['fixed', 10],
    immed: ['bit', 1, 1],
    lba: ['u32', 2],
    groupNumber: ['bits', 6, 5, 0],
    blocks: ['u16', 7],
  },
  ignored: IGNORED,
};

/** CDB of SYNCHRONIZE CACHE(16). */
export const SYNCHRONIZE_CACHE_16: CdbSpec<SynchronizeCache> = {
  op: 'SYNCHRONIZE CACHE',
  opcode: 0x91,
  length: 16,
  transfer: 'none',
  fields: {
    cdbLength: ['fixed', 16],
    immed: ['bit', 1, 1],
    lba: ['u64', 2],
    blocks: ['u32', 10],
    groupNumber: ['bits', 14, 5, 0],
  },
  ignored: IGNORED,
};
