/** Partition tables, so that a new disk comes with its partitions. */
export * from './gpt.ts';
export { mbrTable, type MbrOptions, type MbrPartition } from './mbr.ts';
export type { PartitionedDisk, PartitionRange, TableBlocks } from './partition.ts';
