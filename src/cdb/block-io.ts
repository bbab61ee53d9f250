/** The CDB fields that READ, WRITE and their kin share. */
import type { Layout } from '../layout.ts';

/** What the 32-byte forms expect of protection information; 0 in the others (SBC). */
export interface ExpectedTags {
  /** EXPECTED INITIAL LOGICAL BLOCK REFERENCE TAG, 0 to 2^32 − 1: that of the first block. */
  readonly expectedReferenceTag: number;
  /** EXPECTED LOGICAL BLOCK APPLICATION TAG, 0 to 65535. */
  readonly expectedApplicationTag: number;
  /** LOGICAL BLOCK APPLICATION TAG MASK, 0 to 65535: the bits of it that are checked. */
  readonly applicationTagMask: number;
}

/** The tags of the 32-byte forms. */
export const EXPECTED_TAGS_32: Layout<ExpectedTags> = {
  expectedReferenceTag: ['u32', 20],
  expectedApplicationTag: ['u16', 24],
  applicationTagMask: ['u16', 26],
};

/** Shorter forms expect nothing. */
export const NO_EXPECTED_TAGS: Layout<ExpectedTags> = {
  expectedReferenceTag: ['fixed', 0],
  expectedApplicationTag: ['fixed', 0],
  applicationTagMask: ['fixed', 0],
};

/** What a command that moves logical blocks says of them. */
export interface BlockIo extends ExpectedTags {
  /** Bytes of the CDB, which picks the form. */
  readonly cdbLength: 6 | 10 | 12 | 16 | 32;
  /** LOGICAL BLOCK ADDRESS, 0 to 2^53 − 1; the 6-byte form has 21 bits, the 10- and 12-byte ones 32. */
  readonly lba: number;
  /**
   * TRANSFER LENGTH in blocks, 0 to 65535 in the 10-byte form, to 2^32 − 1 in the longer ones; 1 to
   * 256 in the 6-byte form, which codes 256 as 0.
   */
  readonly blocks: number;
  /** FUA: a read comes from the medium, a write is on stable storage before it ends. */
  readonly fua: boolean;
  /** DPO: no use in caching these blocks. */
  readonly dpo: boolean;
  /** RDPROTECT or WRPROTECT, 0 to 7. */
  readonly protect: number;
  /** GROUP NUMBER, 0 to 63. */
  readonly groupNumber: number;
}

/** Fields of the 6-byte form. */
export const BLOCK_IO_6: Layout<BlockIo> = {
  ...NO_EXPECTED_TAGS,
  cdbLength: ['fixed', 6],
  lba: ['bits+u16', 1, 4, 0],
  blocks: ['u8', 4, { zeroMeans: 256 }],
  fua: ['fixed', false],
  dpo: ['fixed', false],
  protect: ['fixed', 0],
  groupNumber: ['fixed', 0],
};

/** Fields of the 10-byte form. */
export const BLOCK_IO_10: Layout<BlockIo> = {
  ...NO_EXPECTED_TAGS,
  cdbLength: ['fixed', 10],
  protect: ['bits', 1, 7, 5],
  dpo: ['bit', 1, 4],
  fua: ['bit', 1, 3],
  lba: ['u32', 2],
  groupNumber: ['bits', 6, 5, 0],
  blocks: ['u16', 7],
};

/** Fields of the 12-byte form. */
export const BLOCK_IO_12: Layout<BlockIo> = {
  ...NO_EXPECTED_TAGS,
  cdbLength: ['fixed', 12],
  protect: ['bits', 1, 7, 5],
  dpo: ['bit', 1, 4],
  fua: ['bit', 1, 3],
  lba: ['u32', 2],
  blocks: ['u32', 6],
  groupNumber: ['bits', 10, 5, 0],
};

/** Fields of the 16-byte form. */
export const BLOCK_IO_16: Layout<BlockIo> = {
  ...NO_EXPECTED_TAGS,
  cdbLength: ['fixed', 16],
  protect: ['bits', 1, 7, 5],
  dpo: ['bit', 1, 4],
  fua: ['bit', 1, 3],
  lba: ['u64', 2],
  blocks: ['u32', 10],
  groupNumber: ['bits', 14, 5, 0],
};

/** Fields of the 32-byte form, which is there with type 2 protection only. */
export const BLOCK_IO_32: Layout<BlockIo> = {
  ...EXPECTED_TAGS_32,
  cdbLength: ['fixed', 32],
  groupNumber: ['bits', 6, 5, 0],
  protect: ['bits', 10, 7, 5],
  dpo: ['bit', 10, 4],
  fua: ['bit', 10, 3],
  lba: ['u64', 12],
  blocks: ['u32', 28],
};
