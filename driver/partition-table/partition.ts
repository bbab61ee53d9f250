/** What partition tables of both kinds are made of. */

/** The disk that a partition table is for. */
export interface PartitionedDisk {
  /** Number of blocks. */
  readonly blocks: number;
  /** Bytes a block: a power of two, 512 or more. */
  readonly blockLength: number;
}

/** Where a partition lies. */
export interface PartitionRange {
  /** The first block. */
  readonly firstBlock: number;
  /** How many blocks, 1 or more. */
  readonly blocks: number;
}

/** Blocks to be written to the disk. */
export interface TableBlocks {
  /** The first block. */
  readonly lba: number;
  /** A whole number of blocks. */
  readonly data: Uint8Array;
}

/** @throws RangeError - no table can be on such a disk. */
export function checkDisk({ blocks, blockLength }: PartitionedDisk): void {
  if (!Number.isSafeInteger(blocks) || blocks < 1)
    throw new RangeError(`blocks: ${blocks} is no number of blocks`);
  if (!(blockLength >= 512 && blockLength <= 65_536 && Number.isInteger(Math.log2(blockLength))))
    throw new RangeError(`blockLength: ${blockLength} is not a power of two from 512 to 65536`);
}

/**
 * Checks that partitions lie between two blocks, both included, and apart from each other.
 *
 * @throws RangeError - one does not; the message says which, counted from 1.
 */
export function checkRanges(ranges: readonly PartitionRange[], first: number, last: number): void {
  for (const [index, { firstBlock, blocks }] of ranges.entries()) {
    if (!Number.isSafeInteger(firstBlock) || !Number.isSafeInteger(blocks) || blocks < 1)
      throw new RangeError(`partition ${index + 1}: ${blocks} blocks from ${firstBlock} are none`);
    if (firstBlock < first || blocks > last + 1 - firstBlock)
      throw new RangeError(
        `partition ${index + 1}: ${blocks} blocks from ${firstBlock} are not all in ${first} to ${last}`,
      );
  }
  const ordered = [...ranges.entries()].sort(([, a], [, b]) => a.firstBlock - b.firstBlock);
  for (const [place, [index, range]] of ordered.entries()) {
    const [otherIndex, other] = ordered[place - 1] ?? [];
    if (other !== undefined && other.firstBlock + other.blocks > range.firstBlock)
      throw new RangeError(`partitions ${(otherIndex ?? 0) + 1} and ${index + 1} overlap`);
  }
}
