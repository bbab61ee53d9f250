/** A master boot record with a partition table, as WinSpd's SpdDefinePartitionTable makes it. */
import { putU16, putU32 } from '../protocol/little-endian.ts';
import {
  checkDisk,
  checkRanges,
  type PartitionRange,
  type PartitionedDisk,
  type TableBlocks,
} from './partition.ts';

/** A primary partition. */
export interface MbrPartition extends PartitionRange {
  /** What is on it: 07h NTFS and exFAT, 0Ch FAT32, 83h Linux; not 0. */
  readonly type: number;
  /** Whether the machine starts from it. Default false. */
  readonly active?: boolean;
}

/** What else is in a master boot record. */
export interface MbrOptions {
  /** Disk signature, 32 bits; Windows knows the disk by it. Default 0: Windows writes one itself. */
  readonly signature?: number;
}

/** Most partitions of one table. */
const MOST_PARTITIONS = 4;
/** The end of the last block that 32 bits can name; WinSpd has this limit too. */
const MOST_BLOCKS = 0xffff_ffff;
const ENTRIES_AT = 446;
const ENTRY_LENGTH = 16;
/** INT 18h, then HLT for ever: nothing starts from this disk. */
const BOOT_CODE = [0xcd, 0x18, 0xf4, 0xeb, 0xfd];
/** Heads and sectors a track of the geometry that Windows assumes. */
const GEOMETRY = { heads: 255, sectors: 63 } as const;
/** Where a block is that is beyond the last cylinder. */
const LAST_PLACE = { cylinder: 1023, head: 254, sector: 63 } as const;

/**
 * Makes a master boot record with up to four primary partitions.
 *
 * Its bytes are those of WinSpd's SpdDefinePartitionTable, but for the cylinder, head and sector of the
 * last block: WinSpd gives those of the block behind it.
 *
 * @returns block 0.
 * @throws RangeError - the table cannot express it: more than four partitions, one that is empty,
 * begins in block 0, ends behind the disk or behind block 2^32 − 2, or overlaps another.
 *
 * @example
 * ```ts
 * const table = mbrTable({ blocks: 2 ** 20, blockLength: 512 }, [
 *   { type: 0x07, firstBlock: 2048, blocks: 2 ** 20 - 2048 },
 * ]);
 * for (const { lba, data } of table) await backend.write(lba, data);
 * ```
 */
export function mbrTable(
  disk: PartitionedDisk,
  partitions: readonly MbrPartition[],
  { signature = 0 }: MbrOptions = {},
): readonly TableBlocks[] {
  checkDisk(disk);
  if (partitions.length > MOST_PARTITIONS)
    throw new RangeError(`a master boot record has 4 partitions, not ${partitions.length}`);
  checkRanges(partitions, 1, Math.min(disk.blocks, MOST_BLOCKS) - 1);
  const data = new Uint8Array(disk.blockLength);
  data.set(BOOT_CODE);
  putU32(data, 440, signature);
  for (const [index, partition] of partitions.entries()) {
    const { type, firstBlock, blocks, active = false } = partition;
    if (!Number.isInteger(type) || type < 1 || type > 0xff)
      throw new RangeError(`partition ${index + 1}: type ${type} is not 1 to 255`);
    putEntry(data, index, { type, firstBlock, blocks, active });
  }
  putSignature(data);
  return [{ lba: 0, data }];
}

/** Block 0 of a disk with a GUID partition table: one partition that covers it, for who knows no GPT. */
export function protectiveMbr({ blocks, blockLength }: PartitionedDisk): Uint8Array {
  const data = new Uint8Array(blockLength);
  const covered = Math.min(blocks - 1, 0xffff_ffff);
  putEntry(data, 0, { type: 0xee, firstBlock: 1, blocks: covered, active: false });
  // UEFI marks an end that has no cylinder with all ones.
  if (isBeyondCylinders(covered)) data.fill(0xff, ENTRIES_AT + 5, ENTRIES_AT + 8);
  putSignature(data);
  return data;
}

function putEntry(data: Uint8Array, index: number, partition: Required<MbrPartition>): void {
  const { type, firstBlock, blocks, active } = partition;
  const at = ENTRIES_AT + index * ENTRY_LENGTH;
  data[at] = active ? 0x80 : 0;
  putPlace(data, at + 1, firstBlock);
  data[at + 4] = type;
  putPlace(data, at + 5, firstBlock + blocks - 1);
  putU32(data, at + 8, firstBlock);
  putU32(data, at + 12, blocks);
}

function putSignature(data: Uint8Array): void {
  putU16(data, 510, 0xaa55);
}

/** Cylinder, head and sector of a block in three bytes: 8 bits, 2 high bits of the cylinder and 6 bits, 8 bits. */
function putPlace(data: Uint8Array, at: number, block: number): void {
  const { cylinder, head, sector } = isBeyondCylinders(block) ? LAST_PLACE : placeOf(block);
  data[at] = head;
  data[at + 1] = sector | ((cylinder >> 2) & 0xc0);
  data[at + 2] = cylinder & 0xff;
}

const isBeyondCylinders = (block: number): boolean =>
  block >= (LAST_PLACE.cylinder + 1) * GEOMETRY.heads * GEOMETRY.sectors;

function placeOf(block: number): { cylinder: number; head: number; sector: number } {
  const track = Math.floor(block / GEOMETRY.sectors);
  return {
    cylinder: Math.floor(track / GEOMETRY.heads),
    head: track % GEOMETRY.heads,
    sector: (block % GEOMETRY.sectors) + 1,
  };
}
