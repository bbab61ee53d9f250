/** CSCD and segment descriptors of EXTENDED COPY (SPC): to bytes and back. */
import { getU16, putU16 } from '../bytes.ts';
import { decodeLayout, encodeLayout, type Layout } from '../layout.ts';

/** Bytes of a CSCD descriptor (all but those of the extension, which this library does not have). */
export const CSCD_LENGTH = 32;

/** CSCD descriptor ID of the unit that gets the command. */
export const CSCD_SELF = 0xffff;

/** DESCRIPTOR TYPE CODEs of CSCD and segment descriptors. */
export const COPY_DESCRIPTOR = {
  /** Block device to block device. */
  BLOCK_TO_BLOCK: 0x02,
  /** Verify that a copy source or destination is there. */
  VERIFY_CSCD: 0x07,
  /** Block device to block device, with byte offsets. */
  BLOCK_TO_BLOCK_WITH_OFFSETS: 0x0a,
  /** Identification Descriptor CSCD descriptor. */
  IDENTIFICATION: 0xe4,
} as const;

/** What an Identification Descriptor CSCD descriptor says beside the designator (SPC). */
export interface CscdFields {
  /** PERIPHERAL DEVICE TYPE, 0 to 31: 0 a direct-access block device. */
  readonly deviceType: number;
  /** CODE SET, 0 to 15: 1 binary, 2 ASCII, 3 UTF-8. */
  readonly codeSet: number;
  /** ASSOCIATION, 0 to 3: 0 logical unit. */
  readonly association: number;
  /** DESIGNATOR TYPE, 0 to 15, as in the Device Identification VPD page. */
  readonly designatorType: number;
  /** PAD: data is filled up to, or cut at, a whole number of blocks. */
  readonly pad: boolean;
  /** DISK BLOCK LENGTH in bytes, 0 to 2^24 − 1. */
  readonly blockLength: number;
}

const CSCD: Layout<CscdFields> = {
  deviceType: ['bits', 1, 4, 0],
  codeSet: ['bits', 4, 3, 0],
  association: ['bits', 5, 5, 4],
  designatorType: ['bits', 5, 3, 0],
  pad: ['bit', 28, 2],
  blockLength: ['u24', 29],
};

/** Identification Descriptor CSCD descriptor (SPC): a unit by its name. */
export interface CscdDescriptor extends CscdFields {
  /** DESIGNATOR, at most 20 bytes. */
  readonly designator: Uint8Array;
}

/**
 * Encodes an Identification Descriptor CSCD descriptor.
 *
 * @throws RangeError - a value has no code in its field.
 */
export function encodeCscd(cscd: Partial<CscdDescriptor>): Uint8Array {
  const { designator = new Uint8Array(0), ...fields } = cscd;
  if (designator.length > 20)
    throw new RangeError(`designator: at most 20 bytes, not ${designator.length}`);
  const bytes = encodeLayout(CSCD, fields, new Uint8Array(CSCD_LENGTH));
  bytes[0] = COPY_DESCRIPTOR.IDENTIFICATION;
  bytes[7] = designator.length;
  bytes.set(designator, 8);
  return bytes;
}

/**
 * Decodes a CSCD descriptor; undefined where it is of another type. The designator is a part of
 * `bytes`, cut to the 20 bytes that there are.
 */
export function decodeCscd(bytes: Uint8Array): CscdDescriptor | undefined {
  if (bytes[0] !== COPY_DESCRIPTOR.IDENTIFICATION) return undefined;
  const designator = bytes.subarray(8, 8 + Math.min(bytes[7] ?? 0, 20));
  return { ...decodeLayout(CSCD, bytes), designator };
}

/** Block device to block device segment descriptor (SPC). */
export interface BlockToBlock {
  /** Which segment descriptor: its name. */
  readonly type: 'block to block';
  /** CAT: what does not fill a block goes on in the next segment. */
  readonly concatenate: boolean;
  /** DC: `blocks` counts blocks of the destination, not of the source. */
  readonly destinationCount: boolean;
  /** SOURCE CSCD DESCRIPTOR ID: an index, or {@link CSCD_SELF}. */
  readonly source: number;
  /** DESTINATION CSCD DESCRIPTOR ID. */
  readonly destination: number;
  /** BLOCK DEVICE NUMBER OF BLOCKS, 0 to 65535. */
  readonly blocks: number;
  /** SOURCE BLOCK DEVICE LOGICAL BLOCK ADDRESS, 0 to 2^53 − 1. */
  readonly sourceLba: number;
  /** DESTINATION BLOCK DEVICE LOGICAL BLOCK ADDRESS, 0 to 2^53 − 1. */
  readonly destinationLba: number;
}

/** Block device to block device with byte offsets segment descriptor (SPC). */
export interface BlockToBlockWithOffsets {
  /** Which segment descriptor: its name. */
  readonly type: 'block to block with offsets';
  /** CAT: what does not fill a block goes on in the next segment. */
  readonly concatenate: boolean;
  /** SOURCE CSCD DESCRIPTOR ID. */
  readonly source: number;
  /** DESTINATION CSCD DESCRIPTOR ID. */
  readonly destination: number;
  /** NUMBER OF BYTES, 0 to 2^32 − 1. */
  readonly bytes: number;
  /** SOURCE BLOCK DEVICE LOGICAL BLOCK ADDRESS, 0 to 2^53 − 1. */
  readonly sourceLba: number;
  /** DESTINATION BLOCK DEVICE LOGICAL BLOCK ADDRESS, 0 to 2^53 − 1. */
  readonly destinationLba: number;
  /** SOURCE BLOCK BYTE OFFSET, 0 to 65535. */
  readonly sourceOffset: number;
  /** DESTINATION BLOCK BYTE OFFSET, 0 to 65535. */
  readonly destinationOffset: number;
}

/** Verify CSCD segment descriptor (SPC): the copy goes on only if the unit is there. */
export interface VerifyCscd {
  /** Which segment descriptor: its name. */
  readonly type: 'verify CSCD';
  /** SOURCE CSCD DESCRIPTOR ID. */
  readonly source: number;
  /** TUR: the unit has to be ready, too. */
  readonly testUnitReady: boolean;
}

/** A segment descriptor of EXTENDED COPY (SPC). */
export type SegmentDescriptor =
  | (Partial<BlockToBlock> & Pick<BlockToBlock, 'type'>)
  | (Partial<BlockToBlockWithOffsets> & Pick<BlockToBlockWithOffsets, 'type'>)
  | (Partial<VerifyCscd> & Pick<VerifyCscd, 'type'>);

/** A segment descriptor with all its members. */
export type Segment = BlockToBlock | BlockToBlockWithOffsets | VerifyCscd;

const BLOCK_TO_BLOCK: Layout<BlockToBlock> = {
  type: ['fixed', 'block to block'],
  destinationCount: ['bit', 1, 1],
  concatenate: ['bit', 1, 0],
  source: ['u16', 4],
  destination: ['u16', 6],
  blocks: ['u16', 10],
  sourceLba: ['u64', 12],
  destinationLba: ['u64', 20],
};

const WITH_OFFSETS: Layout<BlockToBlockWithOffsets> = {
  type: ['fixed', 'block to block with offsets'],
  concatenate: ['bit', 1, 0],
  source: ['u16', 4],
  destination: ['u16', 6],
  bytes: ['u32', 8],
  sourceLba: ['u64', 12],
  destinationLba: ['u64', 20],
  sourceOffset: ['u16', 28],
  destinationOffset: ['u16', 30],
};

const VERIFY: Layout<VerifyCscd> = {
  type: ['fixed', 'verify CSCD'],
  source: ['u16', 4],
  testUnitReady: ['bit', 8, 0],
};

const LENGTHS = {
  'block to block': 28,
  'block to block with offsets': 32,
  'verify CSCD': 12,
} as const;

const CODES = {
  'block to block': COPY_DESCRIPTOR.BLOCK_TO_BLOCK,
  'block to block with offsets': COPY_DESCRIPTOR.BLOCK_TO_BLOCK_WITH_OFFSETS,
  'verify CSCD': COPY_DESCRIPTOR.VERIFY_CSCD,
} as const;

/**
 * Encodes a segment descriptor; members that are absent are zero.
 *
 * @throws RangeError - a value has no code in its field.
 */
export function encodeSegment(segment: SegmentDescriptor): Uint8Array {
  const bytes = new Uint8Array(LENGTHS[segment.type]);
  if (segment.type === 'block to block') encodeLayout(BLOCK_TO_BLOCK, segment, bytes);
  else if (segment.type === 'verify CSCD') encodeLayout(VERIFY, segment, bytes);
  else encodeLayout(WITH_OFFSETS, segment, bytes);
  bytes[0] = CODES[segment.type];
  putU16(bytes, 2, bytes.length - 4);
  return bytes;
}

/** Why a segment descriptor cannot be decoded: its type, or its length. */
export type SegmentProblem = 'type' | 'length';

/** Decodes a segment descriptor, or says why that cannot be. */
export function decodeSegment(bytes: Uint8Array): Segment | SegmentProblem {
  switch (bytes[0]) {
    case COPY_DESCRIPTOR.BLOCK_TO_BLOCK:
      return bytes.length === 28 ? decodeLayout(BLOCK_TO_BLOCK, bytes) : 'length';
    case COPY_DESCRIPTOR.BLOCK_TO_BLOCK_WITH_OFFSETS:
      return bytes.length === 32 ? decodeLayout(WITH_OFFSETS, bytes) : 'length';
    case COPY_DESCRIPTOR.VERIFY_CSCD:
      return bytes.length === 12 ? decodeLayout(VERIFY, bytes) : 'length';
    default:
      return 'type';
  }
}

/** Cuts a list of segment descriptors; undefined where it does not end with one. */
export function cutSegments(bytes: Uint8Array): readonly Uint8Array[] | undefined {
  const segments: Uint8Array[] = [];
  for (let at = 0; at < bytes.length;) {
    const end = at + 4 + getU16(bytes, at + 2);
    if (at + 4 > bytes.length || end > bytes.length) return undefined;
    segments.push(bytes.subarray(at, end));
    at = end;
  }
  return segments;
}
