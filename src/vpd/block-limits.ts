/** Block Limits VPD page, B0h (SBC). */
import { getU32, putU32 } from '../bytes.ts';
import { decodeLayout, encodeLayout, type Layout } from '../layout.ts';
import { blankPage, findPage, PAGE_HEADER, type PageHeader } from './page-header.ts';

/** PAGE CODE of the Block Limits VPD page. */
export const BLOCK_LIMITS = 0xb0;

/** PAGE LENGTH since SBC-4, and of late SBC-3: 3Ch. */
const LENGTH = 0x3c;

/**
 * Block Limits VPD page (SBC). All lengths and counts are in logical blocks; 0 means that the limit
 * is not reported (or, of a maximum that belongs to one command, that the command is not there).
 */
export interface BlockLimitsPage extends PageHeader {
  /** WSNZ: WRITE SAME refuses a NUMBER OF LOGICAL BLOCKS of zero. */
  readonly writeSameNonZero: boolean;
  /** MAXIMUM COMPARE AND WRITE LENGTH, 0 to 255. */
  readonly maxCompareAndWriteLength: number;
  /** OPTIMAL TRANSFER LENGTH GRANULARITY, 0 to 65535. */
  readonly optimalTransferLengthGranularity: number;
  /** MAXIMUM TRANSFER LENGTH, 0 to 2^32 − 1. */
  readonly maxTransferLength: number;
  /** OPTIMAL TRANSFER LENGTH, 0 to 2^32 − 1. */
  readonly optimalTransferLength: number;
  /** MAXIMUM PREFETCH LENGTH, 0 to 2^32 − 1. */
  readonly maxPrefetchLength: number;
  /** MAXIMUM UNMAP LBA COUNT, 0 to 2^32 − 1; FFFFFFFFh: no limit. */
  readonly maxUnmapLbaCount: number;
  /** MAXIMUM UNMAP BLOCK DESCRIPTOR COUNT, 0 to 2^32 − 1; FFFFFFFFh: no limit. */
  readonly maxUnmapBlockDescriptorCount: number;
  /** OPTIMAL UNMAP GRANULARITY, 0 to 2^32 − 1. */
  readonly optimalUnmapGranularity: number;
  /** UNMAP GRANULARITY ALIGNMENT, 0 to 2^31 − 1; absent: UGAVALID = 0. */
  readonly unmapGranularityAlignment?: number;
  /** MAXIMUM WRITE SAME LENGTH, 0 to 2^53 − 1. */
  readonly maxWriteSameLength: number;
  /** MAXIMUM ATOMIC TRANSFER LENGTH, 0 to 2^32 − 1. */
  readonly maxAtomicTransferLength: number;
  /** ATOMIC ALIGNMENT, 0 to 2^32 − 1. */
  readonly atomicAlignment: number;
  /** ATOMIC TRANSFER LENGTH GRANULARITY, 0 to 2^32 − 1. */
  readonly atomicTransferLengthGranularity: number;
  /** MAXIMUM ATOMIC TRANSFER LENGTH WITH ATOMIC BOUNDARY, 0 to 2^32 − 1. */
  readonly maxAtomicTransferLengthWithBoundary: number;
  /** MAXIMUM ATOMIC BOUNDARY SIZE, 0 to 2^32 − 1. */
  readonly maxAtomicBoundarySize: number;
}

const LAYOUT: Layout<Omit<BlockLimitsPage, 'unmapGranularityAlignment'>> = {
  ...PAGE_HEADER,
  writeSameNonZero: ['bit', 4, 0],
  maxCompareAndWriteLength: ['u8', 5],
  optimalTransferLengthGranularity: ['u16', 6],
  maxTransferLength: ['u32', 8],
  optimalTransferLength: ['u32', 12],
  maxPrefetchLength: ['u32', 16],
  maxUnmapLbaCount: ['u32', 20],
  maxUnmapBlockDescriptorCount: ['u32', 24],
  optimalUnmapGranularity: ['u32', 28],
  maxWriteSameLength: ['u64', 36],
  maxAtomicTransferLength: ['u32', 44],
  atomicAlignment: ['u32', 48],
  atomicTransferLengthGranularity: ['u32', 52],
  maxAtomicTransferLengthWithBoundary: ['u32', 56],
  maxAtomicBoundarySize: ['u32', 60],
};

/** UGAVALID, the bit above the 31 bits of UNMAP GRANULARITY ALIGNMENT. */
const UGAVALID = 0x8000_0000;

/**
 * Encodes a Block Limits VPD page (SBC), 64 bytes. Absent members are zero.
 *
 * @throws RangeError - a value has no code in its field.
 */
export function encodeBlockLimits(page: Partial<BlockLimitsPage>): Uint8Array {
  const bytes = encodeLayout(LAYOUT, page, blankPage(BLOCK_LIMITS, LENGTH));
  const alignment = page.unmapGranularityAlignment;
  if (alignment !== undefined) {
    if (!Number.isInteger(alignment) || alignment < 0 || alignment >= UGAVALID)
      throw new RangeError(
        `unmapGranularityAlignment: ${alignment} is not an integer from 0 to ${UGAVALID - 1}`,
      );
    putU32(bytes, 32, UGAVALID + alignment);
  }
  return bytes;
}

/**
 * Decodes a Block Limits VPD page (SBC); undefined where the bytes are no such page. A page of
 * SBC-2 (PAGE LENGTH 0Ch) or later will do: what it does not have is 0.
 */
export function decodeBlockLimits(bytes: Uint8Array): BlockLimitsPage | undefined {
  const page = findPage(bytes, BLOCK_LIMITS, 0x0c);
  if (page === undefined) return undefined;
  const alignment = getU32(page, 32);
  return {
    ...decodeLayout(LAYOUT, page),
    ...(alignment >= UGAVALID && { unmapGranularityAlignment: alignment - UGAVALID }),
  };
}
