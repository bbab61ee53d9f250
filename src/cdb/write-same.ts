import { EXPECTED_TAGS_32, NO_EXPECTED_TAGS, type ExpectedTags } from './block-io.ts';
import { VARIABLE_LENGTH, type CdbRequest, type CdbSpec } from './spec.ts';

/** WRITE SAME (SBC): writes one block's data to many, or unmaps them. */
export interface WriteSame extends CdbRequest, ExpectedTags {
  readonly op: 'WRITE SAME';
  /** Bytes of the CDB, which picks the form. */
  readonly cdbLength: 10 | 16 | 32;
  /** LOGICAL BLOCK ADDRESS, 0 to 2^32 − 1 or 2^53 − 1. */
  readonly lba: number;
  /** NUMBER OF LOGICAL BLOCKS, 0 (to the end of the medium) to 65535 or 2^32 − 1. */
  readonly blocks: number;
  /** UNMAP: the blocks may be unmapped where they would read the same. */
  readonly unmap: boolean;
  /** ANCHOR: with UNMAP, the blocks are to be anchored. */
  readonly anchor: boolean;
  /** NDOB: there is no data-out; the block is zeros. */
  readonly noDataOut: boolean;
  /** WRPROTECT, 0 to 7. */
  readonly protect: number;
  /** GROUP NUMBER, 0 to 63. */
  readonly groupNumber: number;
}

/** CDB of WRITE SAME(10). PBDATA and LBDATA (byte 1 bits 2-1) are not ignored: they meant other data. */
export const WRITE_SAME_10: CdbSpec<WriteSame> = {
  op: 'WRITE SAME',
  opcode: 0x41,
  length: 10,
  transfer: 'one block out',
  fields: {
    ...NO_EXPECTED_TAGS,
    cdbLength: ['fixed', 10],
    protect: ['bits', 1, 7, 5],
    anchor: ['bit', 1, 4],
    unmap: ['bit', 1, 3],
    noDataOut: ['fixed', false],
    lba: ['u32', 2],
    groupNumber: ['bits', 6, 5, 0],
    blocks: ['u16', 7],
  },
};

/** CDB of WRITE SAME(16). */
export const WRITE_SAME_16: CdbSpec<WriteSame> = {
  op: 'WRITE SAME',
  opcode: 0x93,
  length: 16,
  transfer: 'one block out',
  fields: {
    ...NO_EXPECTED_TAGS,
    cdbLength: ['fixed', 16],
    protect: ['bits', 1, 7, 5],
    anchor: ['bit', 1, 4],
    unmap: ['bit', 1, 3],
    noDataOut: ['bit', 1, 0],
    lba: ['u64', 2],
    blocks: ['u32', 10],
    groupNumber: ['bits', 14, 5, 0],
  },
};

/** CDB of WRITE SAME(32). */
export const WRITE_SAME_32: CdbSpec<WriteSame> = {
  op: 'WRITE SAME',
  opcode: VARIABLE_LENGTH,
  serviceAction: 0x0d,
  length: 32,
  transfer: 'one block out',
  fields: {
    ...EXPECTED_TAGS_32,
    cdbLength: ['fixed', 32],
    groupNumber: ['bits', 6, 5, 0],
    protect: ['bits', 10, 7, 5],
    anchor: ['bit', 10, 4],
    unmap: ['bit', 10, 3],
    noDataOut: ['bit', 10, 0],
    lba: ['u64', 12],
    blocks: ['u32', 28],
  },
};
