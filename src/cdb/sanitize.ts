import { getU16, putU16 } from '../bytes.ts';
import { decodeLayout, encodeLayout, type Layout } from '../layout.ts';
import type { CdbFields, CdbRequest, CdbSpec } from './spec.ts';

/** The service actions of SANITIZE. */
export type SanitizeAction =
  'OVERWRITE' | 'BLOCK ERASE' | 'CRYPTOGRAPHIC ERASE' | 'EXIT FAILURE MODE';

/** SANITIZE (SBC) with one of its service actions. */
export interface SanitizeOf<A extends SanitizeAction> extends CdbRequest {
  readonly op: `SANITIZE, ${A}`;
  /** IMMED: the answer comes when the operation begins, not when it ends. */
  readonly immed: boolean;
  /** ZNR: write pointers of zones stay where they are; for zoned disks. */
  readonly zoneNoReset: boolean;
  /** AUSE: should the operation fail, EXIT FAILURE MODE may end that state. */
  readonly allowUnrestrictedExit: boolean;
  /** PARAMETER LIST LENGTH in bytes, 0 to 65535; 0 for all but OVERWRITE. */
  readonly parameterListLength: number;
}

/** SANITIZE (SBC): makes everything that was ever written unreadable. */
export type Sanitize = { readonly [A in SanitizeAction]: SanitizeOf<A> }[SanitizeAction];

const OPCODE = 0x48;
const FIELDS: Layout<CdbFields<Sanitize>> = {
  immed: ['bit', 1, 7],
  zoneNoReset: ['bit', 1, 6],
  allowUnrestrictedExit: ['bit', 1, 5],
  parameterListLength: ['u16', 7],
};

/** CDBs of SANITIZE, by service action. */
export const SANITIZE_10: { readonly [A in SanitizeAction]: CdbSpec<SanitizeOf<A>> } = {
  OVERWRITE: {
    op: 'SANITIZE, OVERWRITE',
    opcode: OPCODE,
    serviceAction: 0x01,
    length: 10,
    transfer: 'list out',
    fields: FIELDS,
  },
  'BLOCK ERASE': {
    op: 'SANITIZE, BLOCK ERASE',
    opcode: OPCODE,
    serviceAction: 0x02,
    length: 10,
    transfer: 'none',
    fields: FIELDS,
  },
  'CRYPTOGRAPHIC ERASE': {
    op: 'SANITIZE, CRYPTOGRAPHIC ERASE',
    opcode: OPCODE,
    serviceAction: 0x03,
    length: 10,
    transfer: 'none',
    fields: FIELDS,
  },
  'EXIT FAILURE MODE': {
    op: 'SANITIZE, EXIT FAILURE MODE',
    opcode: OPCODE,
    serviceAction: 0x1f,
    length: 10,
    transfer: 'none',
    fields: FIELDS,
  },
};

/** The parameter list of SANITIZE, OVERWRITE (SBC). */
export interface SanitizeOverwriteList {
  /** INVERT: each pass writes the complement of the one before; the last pass writes the pattern. */
  readonly invert: boolean;
  /** TEST, 0 to 3: 0, all others are vendor specific. */
  readonly test: number;
  /** OVERWRITE COUNT: passes, 0 to 31. */
  readonly overwriteCount: number;
  /** INITIALIZATION PATTERN, 1 byte to a logical block: repeated from the start of each block. */
  readonly pattern: Uint8Array;
}

type OverwriteHeader = Omit<SanitizeOverwriteList, 'pattern'>;

const HEADER: Layout<OverwriteHeader> = {
  invert: ['bit', 0, 7],
  test: ['bits', 0, 6, 5],
  overwriteCount: ['bits', 0, 4, 0],
};

/** Length of what precedes the pattern in the parameter list of SANITIZE, OVERWRITE. */
export const SANITIZE_OVERWRITE_HEADER_LENGTH = 4;

/**
 * Encodes the parameter list of SANITIZE, OVERWRITE (SBC).
 *
 * @throws RangeError - a value has no code in its field, or the pattern is longer than 65535 bytes.
 */
export function encodeSanitizeOverwriteList(
  list: Partial<SanitizeOverwriteList> & Pick<SanitizeOverwriteList, 'pattern'>,
): Uint8Array {
  const { pattern, ...header } = list;
  if (pattern.length > 0xffff)
    throw new RangeError(`pattern: at most 65535 bytes, not ${pattern.length}`);
  const bytes = new Uint8Array(SANITIZE_OVERWRITE_HEADER_LENGTH + pattern.length);
  encodeLayout(HEADER, header, bytes);
  putU16(bytes, 2, pattern.length);
  bytes.set(pattern, SANITIZE_OVERWRITE_HEADER_LENGTH);
  return bytes;
}

/**
 * Decodes the parameter list of SANITIZE, OVERWRITE (SBC).
 *
 * @returns undefined where INITIALIZATION PATTERN LENGTH is not the number of bytes that follow it.
 */
export function decodeSanitizeOverwriteList(bytes: Uint8Array): SanitizeOverwriteList | undefined {
  const pattern = bytes.subarray(SANITIZE_OVERWRITE_HEADER_LENGTH);
  if (bytes.length < SANITIZE_OVERWRITE_HEADER_LENGTH || getU16(bytes, 2) !== pattern.length)
    return undefined;
  return { ...decodeLayout(HEADER, bytes), pattern };
}
