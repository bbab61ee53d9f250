/** What the device under test is like, and who uses it. */

/** Blocks of the disk. More than two of the memory backend's pages. */
export const BLOCKS = 300;

/** Bytes a block. */
export const BLOCK = 512;

/** Which initiator port sends: two initiators, of which the first has two ports to the disk. */
export const NEXUSES = ['a1', 'b1', 'a2'] as const;

/** The nexus of a step. */
export type Who = (typeof NEXUSES)[number];

/** What the disk under test can do. */
export interface Traits {
  readonly thin: boolean;
  readonly atomic: boolean;
  /** The Control mode page as it is at the beginning. */
  readonly controlPage: Uint8Array;
}
