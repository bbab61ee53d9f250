import type { BlockIo, ExpectedTags } from './block-io.ts';
import { VARIABLE_LENGTH, type CdbRequest, type CdbSpec } from './spec.ts';

/** ORWRITE (SBC): ORs data-out into blocks, or ANDs it, as one step. */
export interface Orwrite extends CdbRequest, Omit<BlockIo, keyof ExpectedTags> {
  readonly op: 'ORWRITE';
  /** Bytes of the CDB, which picks the form. */
  readonly cdbLength: 16 | 32;
  /** BMOP, 0 to 7: 0 sets bits, 1 changes the generation and clears bits; others are reserved. */
  readonly bitmapOperation: number;
  /**
   * PREVIOUS GENERATION PROCESSING, 0 to 15: what is to become of later set operations that expect
   * another generation.
   */
  readonly previousGenerationProcessing: number;
  /** EXPECTED ORWGENERATION, 0 to 2^32 − 1. */
  readonly expectedGeneration: number;
  /** NEW ORWGENERATION, 0 to 2^32 − 1: the generation after a change. */
  readonly newGeneration: number;
}

/** CDB of ORWRITE(16). FUA_NV (byte 1 bit 1) is obsolete. */
export const ORWRITE_16: CdbSpec<Orwrite> = {
  op: 'ORWRITE',
  opcode: 0x8b,
  length: 16,
  transfer: 'blocks out',
  fields: {
    cdbLength: ['fixed', 16],
    protect: ['bits', 1, 7, 5],
    dpo: ['bit', 1, 4],
    fua: ['bit', 1, 3],
    lba: ['u64', 2],
    blocks: ['u32', 10],
    groupNumber: ['bits', 14, 5, 0],
    bitmapOperation: ['fixed', 0],
    previousGenerationProcessing: ['fixed', 0],
    expectedGeneration: ['fixed', 0],
    newGeneration: ['fixed', 0],
  },
  ignored: [[1, 0x02]],
};

/** CDB of ORWRITE(32). */
export const ORWRITE_32: CdbSpec<Orwrite> = {
  op: 'ORWRITE',
  opcode: VARIABLE_LENGTH,
  serviceAction: 0x0e,
  length: 32,
  transfer: 'blocks out',
  fields: {
    cdbLength: ['fixed', 32],
    bitmapOperation: ['bits', 2, 2, 0],
    previousGenerationProcessing: ['bits', 3, 3, 0],
    groupNumber: ['bits', 6, 5, 0],
    protect: ['bits', 10, 7, 5],
    dpo: ['bit', 10, 4],
    fua: ['bit', 10, 3],
    lba: ['u64', 12],
    expectedGeneration: ['u32', 20],
    newGeneration: ['u32', 24],
    blocks: ['u32', 28],
  },
};
