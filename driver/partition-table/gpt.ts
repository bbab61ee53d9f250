/** A GUID partition table (UEFI): protective MBR, primary and backup headers and entries. */
import { crc32 } from 'node:zlib';
import { joinChunks } from '../../src/bytes.ts';
import { encodeGuid, NULL_GUID, parseGuid } from '../protocol/guid.ts';
import { putBig64, putU16, putU32, putU64 } from '../protocol/little-endian.ts';
import { stableGuid } from '../unit-params.ts';
import { protectiveMbr } from './mbr.ts';
import {
  checkDisk,
  checkRanges,
  type PartitionRange,
  type PartitionedDisk,
  type TableBlocks,
} from './partition.ts';

/** GUIDs of partition types. */
export const PARTITION_TYPE = {
  /** Windows basic data: NTFS, FAT, exFAT. */
  basicData: 'ebd0a0a2-b9e5-4433-87c0-68b6b72699c7',
  /** Microsoft reserved. */
  microsoftReserved: 'e3c9e316-0b5c-4db8-817d-f92df00215ae',
  /** EFI system partition. */
  efiSystem: 'c12a7328-f81f-11d2-ba4b-00a0c93ec93b',
  /** Linux file system data. */
  linux: '0fc63daf-8483-4772-8e79-3d69d8477de4',
} as const;

/** A partition. */
export interface GptPartition extends PartitionRange {
  /** GUID of its type; {@link PARTITION_TYPE} has some. Default: basic data. */
  readonly type?: string;
  /** GUID of this partition. Default: {@link stableGuid} of the disk's GUID and its place in the table. */
  readonly guid?: string;
  /** Name, at most 36 UTF-16 code units. Default: none. */
  readonly name?: string;
  /** Attributes, 64 bits: bit 60 read-only, 62 hidden, 63 no drive letter (basic data). Default 0. */
  readonly attributes?: bigint;
}

/** What names the disk. */
export interface GptOptions {
  /** GUID of the disk; {@link stableGuid} makes one that is the same at every start. */
  readonly guid: string;
}

/** Where partitions may lie, both included. */
export interface UsableBlocks {
  /** The first block. */
  readonly first: number;
  /** The last block. */
  readonly last: number;
}

const ENTRY_COUNT = 128;
const ENTRY_LENGTH = 128;
const HEADER_LENGTH = 92;
const NAME_LENGTH = 36;

/**
 * The blocks between the two copies of a GUID partition table.
 *
 * @throws RangeError - the disk is too small for the table and one block, or no disk.
 */
export function gptUsableBlocks(disk: PartitionedDisk): UsableBlocks {
  checkDisk(disk);
  const entryBlocks = (ENTRY_COUNT * ENTRY_LENGTH) / disk.blockLength;
  const around = 1 + Math.ceil(entryBlocks);
  const usable = { first: 1 + around, last: disk.blocks - 1 - around };
  if (usable.last < usable.first)
    throw new RangeError(
      `a GUID partition table needs ${2 * around + 2} blocks of ${disk.blockLength} bytes, and the disk has ${disk.blocks}`,
    );
  return usable;
}

/**
 * Makes a GUID partition table with room for 128 partitions.
 *
 * @returns what is to be written: the protective MBR with the primary table, and the backup table.
 * @throws RangeError - the disk is too small, a partition is not in {@link gptUsableBlocks} or overlaps
 * another, or a GUID or name is none.
 *
 * @example
 * ```ts
 * const disk = { blocks: 2 ** 20, blockLength: 512 };
 * const table = gptTable(
 *   disk,
 *   [{ firstBlock: 2048, blocks: gptUsableBlocks(disk).last - 2047, name: 'data' }],
 *   { guid: stableGuid('my disk') },
 * );
 * for (const { lba, data } of table) await backend.write(lba, data);
 * ```
 */
export function gptTable(
  disk: PartitionedDisk,
  partitions: readonly GptPartition[],
  options: GptOptions,
): readonly TableBlocks[] {
  const usable = gptUsableBlocks(disk);
  if (partitions.length > ENTRY_COUNT)
    throw new RangeError(`the table has ${ENTRY_COUNT} partitions, not ${partitions.length}`);
  checkRanges(partitions, usable.first, usable.last);
  const guid = checkedGuid('guid', options.guid);
  const { blocks, blockLength } = disk;
  const entries = new Uint8Array((usable.first - 2) * blockLength);
  for (const [index, partition] of partitions.entries()) putEntry(entries, index, partition, guid);
  const header = (copy: Pick<HeaderFields, 'at' | 'other' | 'entriesAt'>): Uint8Array =>
    encodeHeader({ ...copy, usable, guid, entries }, blockLength);
  const last = blocks - 1;
  return [
    {
      lba: 0,
      data: joinChunks([
        protectiveMbr(disk),
        header({ at: 1, other: last, entriesAt: 2 }),
        entries,
      ]),
    },
    {
      lba: usable.last + 1,
      data: joinChunks([entries, header({ at: last, other: 1, entriesAt: usable.last + 1 })]),
    },
  ];
}

function putEntry(bytes: Uint8Array, index: number, partition: GptPartition, disk: string): void {
  const { firstBlock, blocks, name = '', attributes = 0n } = partition;
  const what = `partition ${index + 1}`;
  const at = index * ENTRY_LENGTH;
  encodeGuid(checkedGuid(`${what}: type`, partition.type ?? PARTITION_TYPE.basicData), bytes, at);
  const guid = partition.guid ?? stableGuid(`${disk}/${index}`);
  encodeGuid(checkedGuid(`${what}: guid`, guid), bytes, at + 16);
  putU64(bytes, at + 32, firstBlock);
  putU64(bytes, at + 40, firstBlock + blocks - 1);
  if (BigInt.asUintN(64, attributes) !== attributes)
    throw new RangeError(`${what}: attributes ${attributes} have more than 64 bits`);
  putBig64(bytes, at + 48, attributes);
  if (name.length > NAME_LENGTH)
    throw new RangeError(`${what}: the name has ${name.length} characters, more than 36`);
  for (let i = 0; i < name.length; i++) putU16(bytes, at + 56 + 2 * i, name.charCodeAt(i));
}

interface HeaderFields {
  /** Where this header is. */
  readonly at: number;
  /** Where the other one is. */
  readonly other: number;
  /** Where the entries that belong to it begin. */
  readonly entriesAt: number;
  readonly usable: UsableBlocks;
  readonly guid: string;
  /** The blocks with the entries. */
  readonly entries: Uint8Array;
}

/** The header is a block; its CRC is over 92 bytes of it, with the CRC itself as zeros. */
function encodeHeader(fields: HeaderFields, blockLength: number): Uint8Array {
  const { at, other, entriesAt, usable, guid, entries } = fields;
  const bytes = new Uint8Array(blockLength);
  bytes.set(new TextEncoder().encode('EFI PART'));
  putU32(bytes, 8, 0x0001_0000);
  putU32(bytes, 12, HEADER_LENGTH);
  putU64(bytes, 24, at);
  putU64(bytes, 32, other);
  putU64(bytes, 40, usable.first);
  putU64(bytes, 48, usable.last);
  encodeGuid(guid, bytes, 56);
  putU64(bytes, 72, entriesAt);
  putU32(bytes, 80, ENTRY_COUNT);
  putU32(bytes, 84, ENTRY_LENGTH);
  putU32(bytes, 88, crc32(entries.subarray(0, ENTRY_COUNT * ENTRY_LENGTH)));
  putU32(bytes, 16, crc32(bytes.subarray(0, HEADER_LENGTH)));
  return bytes;
}

function checkedGuid(name: string, text: string): string {
  const guid = parseGuid(text);
  if (guid === undefined || guid === NULL_GUID)
    throw new RangeError(`${name}: '${text}' is not a GUID that names something`);
  return guid;
}
