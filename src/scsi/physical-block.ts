/** Which logical blocks share a physical one. */
import type { LogicalUnit } from './logical-unit.ts';

/** A run of logical blocks. */
export interface BlockRun {
  /** The first block. */
  readonly lba: number;
  /** How many there are, at least 1. */
  readonly blocks: number;
}

/** The logical blocks of the physical block that `lba` is in: those of them that are on the medium. */
export function physicalBlock({ settings, medium }: LogicalUnit, lba: number): BlockRun {
  const length = 2 ** settings.physicalBlockExponent;
  const into = (lba + length - (settings.lowestAlignedLba % length)) % length;
  const from = Math.max(0, lba - into);
  return { lba: from, blocks: Math.min(lba - into + length, medium.blocks) - from };
}
