/** The parameter lists of EXTENDED COPY (SPC): to bytes and back. */
import { getU16, getU32, joinChunks, putU16, putU32 } from '../bytes.ts';
import { decodeLayout, encodeLayout, type Layout } from '../layout.ts';
import {
  CSCD_LENGTH,
  cutSegments,
  encodeCscd,
  encodeSegment,
  type CscdDescriptor,
  type SegmentDescriptor,
} from './copy-descriptors.ts';

/** What the parameter lists of both forms say of the copy as a whole. */
export interface CopyListFields {
  /** LIST IDENTIFIER, 0 to 255 in LID1, 0 to 2^32 − 1 in LID4. */
  readonly listId: number;
  /** STR: segments read sequential-access devices one after the other. */
  readonly sequentialStriped: boolean;
  /** LIST ID USAGE, 0 to 3: 0 and 2 the list identifier is one, 3 there is none. */
  readonly listIdUsage: number;
  /** PRIORITY among the copies of this unit, 0 to 7, the lowest is the most urgent. */
  readonly priority: number;
  /** IMMED: the answer comes before the copy has been made. LID4 only. */
  readonly immed: boolean;
  /** G_SENSE: the answer has sense data even where all went well. LID4 only. */
  readonly goodSense: boolean;
}

const LID1_LAYOUT: Layout<CopyListFields> = {
  listId: ['u8', 0],
  sequentialStriped: ['bit', 1, 5],
  listIdUsage: ['bits', 1, 4, 3],
  priority: ['bits', 1, 2, 0],
  immed: ['fixed', false],
  goodSense: ['fixed', false],
};

const LID4_LAYOUT: Layout<CopyListFields> = {
  listId: ['u32', 20],
  sequentialStriped: ['bit', 1, 5],
  listIdUsage: ['bits', 1, 4, 3],
  priority: ['bits', 1, 2, 0],
  immed: ['bit', 15, 0],
  goodSense: ['bit', 15, 1],
};

/** The places of a form's header. */
interface CopyListForm {
  readonly layout: Layout<CopyListFields>;
  readonly headerLength: number;
  /** Offset of CSCD DESCRIPTOR LIST LENGTH, 2 bytes. */
  readonly cscdLength: number;
  /** Offset and width of SEGMENT DESCRIPTOR LIST LENGTH. */
  readonly segmentLength: readonly [at: number, width: 2 | 4];
  /** Offset and width of INLINE DATA LENGTH. */
  readonly inlineLength: readonly [at: number, width: 2 | 4];
}

const FORMS: { readonly LID1: CopyListForm; readonly LID4: CopyListForm } = {
  LID1: {
    layout: LID1_LAYOUT,
    headerLength: 16,
    cscdLength: 2,
    segmentLength: [8, 4],
    inlineLength: [12, 4],
  },
  LID4: {
    layout: LID4_LAYOUT,
    headerLength: 48,
    cscdLength: 42,
    segmentLength: [44, 2],
    inlineLength: [46, 2],
  },
};

/** Length of the header of an EXTENDED COPY parameter list, by form. */
export const COPY_LIST_HEADER_LENGTH: Readonly<Record<'LID1' | 'LID4', number>> = {
  LID1: FORMS.LID1.headerLength,
  LID4: FORMS.LID4.headerLength,
};

/** LIST FORMAT of the LID4 form, and the fixed bytes after it. */
const LIST_FORMAT = 0x01;
const HEADER_CSCD_LENGTH = 0x20;
const HEADER_CSCD_TYPE = 0xff;

/** What EXTENDED COPY is to do. */
export interface CopyList extends CopyListFields {
  /** CSCD descriptors: who is copied from and to; a segment names them by their index. */
  readonly cscds: readonly CscdDescriptor[];
  /** Segment descriptors: what is copied, in this order. */
  readonly segments: readonly SegmentDescriptor[];
}

/**
 * Encodes the parameter list of EXTENDED COPY (SPC); members that are absent are zero.
 *
 * @throws RangeError - a value has no code in its field.
 *
 * @example
 * ```ts
 * import { encodeCopyList } from 'scsi-target/cdb';
 *
 * const list = encodeCopyList('LID1', {
 *   listIdUsage: 3,
 *   cscds: [],
 *   segments: [
 *     { type: 'block to block', source: 0xffff, destination: 0xffff, sourceLba: 0, destinationLba: 64, blocks: 8 },
 *   ],
 * });
 * ```
 */
export function encodeCopyList(form: 'LID1' | 'LID4', list: Partial<CopyList>): Uint8Array {
  const { layout, headerLength, cscdLength, segmentLength } = FORMS[form];
  const { cscds: cscdList = [], segments: segmentList = [], ...fields } = list;
  const header = encodeLayout(
    layout,
    fields as Partial<CopyListFields>,
    new Uint8Array(headerLength),
  );
  const cscds = cscdList.map(encodeCscd);
  const segments = segmentList.map(encodeSegment);
  if (form === 'LID4') {
    header[0] = LIST_FORMAT;
    putU16(header, 2, HEADER_CSCD_LENGTH);
    header[16] = HEADER_CSCD_TYPE;
  }
  putU16(header, cscdLength, atMost(0xffff, 'cscds', CSCD_LENGTH * cscds.length));
  const bytes = segments.reduce((sum, segment) => sum + segment.length, 0);
  const [at, width] = segmentLength;
  if (width === 2) putU16(header, at, atMost(0xffff, 'segments', bytes));
  else putU32(header, at, bytes);
  return joinChunks([header, ...cscds, ...segments]);
}

/** The parts of a parameter list, each still bytes, and where each begins. */
export interface CopyListParts extends CopyListFields {
  /** CSCD descriptors of 32 bytes each. */
  readonly cscds: readonly Uint8Array[];
  /** Where the segment descriptors begin. */
  readonly segmentsAt: number;
  /** Segment descriptors. */
  readonly segments: readonly Uint8Array[];
  /** INLINE DATA LENGTH in bytes, 0 to 2^32 − 1. */
  readonly inlineLength: number;
  /** Bytes of the CSCD and the segment descriptors. */
  readonly descriptorsLength: number;
}

/**
 * Splits the parameter list of EXTENDED COPY (SPC).
 *
 * @returns undefined where the bytes end within a descriptor, or the lists do not end with one.
 */
export function splitCopyList(form: 'LID1' | 'LID4', bytes: Uint8Array): CopyListParts | undefined {
  const { layout, headerLength, cscdLength, segmentLength, inlineLength } = FORMS[form];
  if (bytes.length < headerLength) return undefined;
  const cscdBytes = getU16(bytes, cscdLength);
  const segmentBytes = wide(bytes, segmentLength);
  const segmentsAt = headerLength + cscdBytes;
  if (cscdBytes % CSCD_LENGTH !== 0 || segmentBytes > bytes.length - segmentsAt) return undefined;
  const cscds: Uint8Array[] = [];
  for (let at = headerLength; at < segmentsAt; at += CSCD_LENGTH)
    cscds.push(bytes.subarray(at, at + CSCD_LENGTH));
  const segments = cutSegments(bytes.subarray(segmentsAt, segmentsAt + segmentBytes));
  if (segments === undefined) return undefined;
  return {
    ...decodeLayout(layout, bytes),
    cscds,
    segmentsAt,
    segments,
    inlineLength: wide(bytes, inlineLength),
    descriptorsLength: cscdBytes + segmentBytes,
  };
}

/** Offset of a field in the header of a form, for field pointers. */
export function copyListField(
  form: 'LID1' | 'LID4',
  name: 'cscds' | 'segments' | 'inline' | 'listId',
): number {
  const { cscdLength, segmentLength, inlineLength } = FORMS[form];
  if (name === 'listId') return form === 'LID1' ? 0 : 20;
  if (name === 'cscds') return cscdLength;
  return name === 'segments' ? segmentLength[0] : inlineLength[0];
}

/** Whether the fixed bytes of a LID4 header are as they have to be; if not, the offset of one. */
export function wrongLid4Header(bytes: Uint8Array): number | undefined {
  if (bytes[0] !== LIST_FORMAT) return 0;
  if (getU16(bytes, 2) !== HEADER_CSCD_LENGTH) return 2;
  return bytes[16] === HEADER_CSCD_TYPE ? undefined : 16;
}

const wide = (bytes: Uint8Array, [at, width]: readonly [number, 2 | 4]): number =>
  width === 2 ? getU16(bytes, at) : getU32(bytes, at);

function atMost(largest: number, name: string, value: number): number {
  if (value > largest) throw new RangeError(`${name}: ${value} bytes are over ${largest}`);
  return value;
}
