import { getU16, putU16 } from '../bytes.ts';
import { decodeLayout, encodeLayout, layoutMask, type Layout } from '../layout.ts';
import type { CdbRequest, CdbSpec } from './spec.ts';

/** FORMAT UNIT (SBC): makes logical blocks of the medium anew. */
export interface FormatUnit extends CdbRequest {
  readonly op: 'FORMAT UNIT';
  /** FMTPINFO, 0 to 3: with PROTECTION FIELD USAGE, the type of protection information. */
  readonly protectionInformation: number;
  /** LONGLIST: the parameter list has a header of 8 bytes, not 4. */
  readonly longList: boolean;
  /** FMTDATA: there is a parameter list. */
  readonly formatData: boolean;
  /** CMPLST: the defect list sent is complete, an earlier one is to be forgotten. */
  readonly completeList: boolean;
  /** DEFECT LIST FORMAT, 0 to 7. */
  readonly defectListFormat: number;
  /** FFMT, 0 to 3: 1 and 2 are fast, the medium is not written. */
  readonly fastFormat: number;
}

/** CDB of FORMAT UNIT. */
export const FORMAT_UNIT_6: CdbSpec<FormatUnit> = {
  op: 'FORMAT UNIT',
  opcode: 0x04,
  length: 6,
  transfer: 'format out',
  fields: {
    protectionInformation: ['bits', 1, 7, 6],
    longList: ['bit', 1, 5],
    formatData: ['bit', 1, 4],
    completeList: ['bit', 1, 3],
    defectListFormat: ['bits', 1, 2, 0],
    fastFormat: ['bits', 4, 1, 0],
  },
  // Byte 2 is vendor specific; byte 3 was half of INTERLEAVE once.
  ignored: [
    [2, 0xff],
    [3, 0xff],
  ],
};

/** The header of FORMAT UNIT's parameter list (SBC). */
export interface FormatUnitHeader {
  /** PROTECTION FIELD USAGE, 0 to 7. */
  readonly protectionFieldUsage: number;
  /** FOV: DPRY, DCRT, STPF and IP count; if not, they have to be zero. */
  readonly optionsValid: boolean;
  /** DPRY: do without the primary defect list. */
  readonly disablePrimary: boolean;
  /** DCRT: do not certify the medium. */
  readonly disableCertification: boolean;
  /** STPF: stop if a defect list cannot be had. */
  readonly stopFormat: boolean;
  /** IP: there is an initialization pattern descriptor. */
  readonly initializationPattern: boolean;
  /** IMMED: the answer comes when the operation begins, not when it ends. */
  readonly immed: boolean;
  /** P_I_INFORMATION, 0 to 15; only the long header has it. */
  readonly protectionIntervalInformation: number;
  /** PROTECTION INTERVAL EXPONENT, 0 to 15; only the long header has it. */
  readonly protectionIntervalExponent: number;
  /** DEFECT LIST LENGTH in bytes, 0 to 65535, or 2^32 − 1 in the long header. */
  readonly defectListLength: number;
}

/** The header of 4 bytes. */
export const FORMAT_UNIT_SHORT_HEADER: Layout<FormatUnitHeader> = {
  protectionFieldUsage: ['bits', 0, 2, 0],
  optionsValid: ['bit', 1, 7],
  disablePrimary: ['bit', 1, 6],
  disableCertification: ['bit', 1, 5],
  stopFormat: ['bit', 1, 4],
  initializationPattern: ['bit', 1, 3],
  immed: ['bit', 1, 1],
  protectionIntervalInformation: ['fixed', 0],
  protectionIntervalExponent: ['fixed', 0],
  defectListLength: ['u16', 2],
};

/** The header of 8 bytes, with LONGLIST. */
export const FORMAT_UNIT_LONG_HEADER: Layout<FormatUnitHeader> = {
  ...FORMAT_UNIT_SHORT_HEADER,
  protectionIntervalInformation: ['bits', 3, 7, 4],
  protectionIntervalExponent: ['bits', 3, 3, 0],
  defectListLength: ['u32', 4],
};

/** How long the header of FORMAT UNIT's parameter list is. */
export const formatUnitHeaderLength = (longList: boolean): 4 | 8 => (longList ? 8 : 4);

const headerLayout = (longList: boolean): Layout<FormatUnitHeader> =>
  longList ? FORMAT_UNIT_LONG_HEADER : FORMAT_UNIT_SHORT_HEADER;

/** The bits of the header that have to be zero. */
export function formatUnitReservedMask(longList: boolean): Uint8Array {
  const used = layoutMask(headerLayout(longList), formatUnitHeaderLength(longList));
  // DSP is obsolete, bit 0 vendor specific.
  used[1] = (used[1] ?? 0) | 0x05;
  return used.map((mask) => ~mask);
}

/** The initialization pattern descriptor of FORMAT UNIT's parameter list (SBC). */
export interface InitializationPattern {
  /** SI: blocks that the initiator cannot reach are to be written as well. */
  readonly securityInitialize: boolean;
  /** INITIALIZATION PATTERN TYPE, 0 to 255: 0 default, 1 the pattern is repeated. */
  readonly patternType: number;
  /** INITIALIZATION PATTERN, at most a logical block: repeated from the start of each block. */
  readonly pattern: Uint8Array;
}

type PatternHeader = Omit<InitializationPattern, 'pattern'>;

const PATTERN_HEADER: Layout<PatternHeader> = {
  securityInitialize: ['bit', 0, 5],
  patternType: ['u8', 1],
};

/** Length of an initialization pattern descriptor before its pattern. */
export const PATTERN_HEADER_LENGTH = 4;

/** A parameter list of FORMAT UNIT, the defect list not looked at. */
export interface FormatUnitList {
  /** The header. */
  readonly header: FormatUnitHeader;
  /** The pattern, where IP says that there is one; undefined where it is cut short. */
  readonly pattern?: InitializationPattern;
}

/**
 * Encodes a parameter list of FORMAT UNIT (SBC) without defects. Absent members are zero, but for IP,
 * which says whether there is a pattern.
 *
 * @throws RangeError - a value has no code in its field, or the pattern is longer than 65535 bytes.
 */
export function encodeFormatUnitList(
  longList: boolean,
  header: Partial<FormatUnitHeader>,
  pattern?: Partial<InitializationPattern>,
): Uint8Array {
  const length = formatUnitHeaderLength(longList);
  const { pattern: bytes = new Uint8Array(0), ...fields } = pattern ?? {};
  if (bytes.length > 0xffff)
    throw new RangeError(`pattern: at most 65535 bytes, not ${bytes.length}`);
  const descriptor = pattern === undefined ? 0 : PATTERN_HEADER_LENGTH + bytes.length;
  const list = new Uint8Array(length + descriptor);
  const ip = pattern !== undefined;
  encodeLayout(headerLayout(longList), { initializationPattern: ip, ...header }, list);
  if (pattern === undefined) return list;
  encodeLayout(PATTERN_HEADER, fields, list.subarray(length));
  putU16(list, length + 2, bytes.length);
  list.set(bytes, length + PATTERN_HEADER_LENGTH);
  return list;
}

/**
 * Decodes a parameter list of FORMAT UNIT (SBC).
 *
 * @returns undefined where not even the header is there whole.
 */
export function decodeFormatUnitList(
  longList: boolean,
  bytes: Uint8Array,
): FormatUnitList | undefined {
  const length = formatUnitHeaderLength(longList);
  if (bytes.length < length) return undefined;
  const header = decodeLayout(headerLayout(longList), bytes);
  if (!header.initializationPattern) return { header };
  const descriptor = bytes.subarray(length);
  const end = PATTERN_HEADER_LENGTH + getU16(descriptor, 2);
  if (descriptor.length < PATTERN_HEADER_LENGTH || descriptor.length < end) return { header };
  const pattern = descriptor.subarray(PATTERN_HEADER_LENGTH, end);
  return { header, pattern: { ...decodeLayout(PATTERN_HEADER, descriptor), pattern } };
}
