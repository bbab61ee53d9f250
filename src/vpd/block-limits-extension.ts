/** Block Limits Extension VPD page, B7h (SBC). */
import { decodeLayout, encodeLayout, type Layout } from '../layout.ts';
import { blankPage, findPage, PAGE_HEADER, type PageHeader } from './page-header.ts';

/** PAGE CODE of the Block Limits Extension VPD page. */
export const BLOCK_LIMITS_EXTENSION = 0xb7;

/** PAGE LENGTH: 1Ch, the least that has all of today's fields. */
const LENGTH = 0x1c;

/** Block Limits Extension VPD page (SBC). Lengths are in logical blocks. */
export interface BlockLimitsExtensionPage extends PageHeader {
  /** RSCS: reduced stream control is supported: any write with a GROUP NUMBER can name a stream. */
  readonly reducedStreamControl: boolean;
  /** MAXIMUM NUMBER OF STREAMS, 0 to 65535; 0: STREAM CONTROL is not supported. */
  readonly maxStreams: number;
  /** OPTIMAL STREAM WRITE SIZE, 0 to 65535. */
  readonly optimalStreamWriteSize: number;
  /** STREAM GRANULARITY SIZE in optimal stream writes, 0 to 2^32 − 1. */
  readonly streamGranularitySize: number;
  /** MAXIMUM SCATTERED LBA RANGE TRANSFER LENGTH of WRITE SCATTERED, 0 to 2^32 − 1; 0: no limit told. */
  readonly maxScatteredRangeTransferLength: number;
  /** MAXIMUM SCATTERED LBA RANGE DESCRIPTOR COUNT, 0 to 65535; 0: no limit told. */
  readonly maxScatteredRangeDescriptorCount: number;
  /** MAXIMUM SCATTERED TRANSFER LENGTH, 0 to 2^32 − 1; 0: no limit told. */
  readonly maxScatteredTransferLength: number;
}

const LAYOUT: Layout<BlockLimitsExtensionPage> = {
  ...PAGE_HEADER,
  reducedStreamControl: ['bit', 5, 0],
  maxStreams: ['u16', 6],
  optimalStreamWriteSize: ['u16', 8],
  streamGranularitySize: ['u32', 10],
  maxScatteredRangeTransferLength: ['u32', 16],
  maxScatteredRangeDescriptorCount: ['u16', 22],
  maxScatteredTransferLength: ['u32', 24],
};

/**
 * Encodes a Block Limits Extension VPD page (SBC), 32 bytes. Absent members are zero.
 *
 * @throws RangeError - a value has no code in its field.
 */
export function encodeBlockLimitsExtension(page: Partial<BlockLimitsExtensionPage>): Uint8Array {
  return encodeLayout(LAYOUT, page, blankPage(BLOCK_LIMITS_EXTENSION, LENGTH));
}

/**
 * Decodes a Block Limits Extension VPD page (SBC); undefined where the bytes are no such page, or do
 * not reach to the number of streams. What lies past their end is 0.
 */
export function decodeBlockLimitsExtension(
  bytes: Uint8Array,
): BlockLimitsExtensionPage | undefined {
  const page = findPage(bytes, BLOCK_LIMITS_EXTENSION, 4);
  return page && decodeLayout(LAYOUT, page);
}
