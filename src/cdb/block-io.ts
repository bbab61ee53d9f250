/** The CDB fields that READ, WRITE and their kin share. */
import type { Layout } from '../layout.ts';

/** What a command that moves logical blocks says of them. */
export interface BlockIo {
  /** Bytes of the CDB, which picks the form. */
  readonly cdbLength: 6 | 10 | 12 | 16;
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
  cdbLength: ['fixed', 16],
  protect: ['bits', 1, 7, 5],
  dpo: ['bit', 1, 4],
  fua: ['bit', 1, 3],
  lba: ['u64', 2],
  blocks: ['u32', 10],
  groupNumber: ['bits', 14, 5, 0],
};
