/** ROD tokens (SPC) and the commands that make and use them (SBC): to bytes and back. */
import { getU16, getU32, getU64, joinChunks, putU16, putU32, putU64 } from '../bytes.ts';
import { decodeLayout, encodeLayout, type Layout } from '../layout.ts';
import { THIRD_PARTY_COPY_OUT } from './extended-copy.ts';
import type { CdbFields, CdbRequest, CdbSpec } from './spec.ts';

/** What POPULATE TOKEN and WRITE USING TOKEN have in their CDBs. */
interface TokenRequest extends CdbRequest {
  /** LIST IDENTIFIER, 0 to 2^32 − 1: RECEIVE ROD TOKEN INFORMATION asks for it. */
  readonly listId: number;
  /** PARAMETER LIST LENGTH in bytes, 0 to 2^32 − 1. */
  readonly parameterListLength: number;
  /** GROUP NUMBER, 0 to 63. */
  readonly groupNumber: number;
}

/** POPULATE TOKEN (SBC): makes a token that stands for some blocks. */
export interface PopulateToken extends TokenRequest {
  readonly op: 'POPULATE TOKEN';
}

/** WRITE USING TOKEN (SBC): writes the blocks that a token stands for. */
export interface WriteUsingToken extends TokenRequest {
  readonly op: 'WRITE USING TOKEN';
}

const FIELDS: Layout<CdbFields<PopulateToken>> = {
  listId: ['u32', 6],
  parameterListLength: ['u32', 10],
  groupNumber: ['bits', 14, 5, 0],
};

/** CDB of POPULATE TOKEN. */
export const POPULATE_TOKEN_16: CdbSpec<PopulateToken> = {
  op: 'POPULATE TOKEN',
  opcode: THIRD_PARTY_COPY_OUT,
  serviceAction: 0x10,
  length: 16,
  transfer: 'list out',
  fields: FIELDS,
};

/** CDB of WRITE USING TOKEN. */
export const WRITE_USING_TOKEN_16: CdbSpec<WriteUsingToken> = {
  op: 'WRITE USING TOKEN',
  opcode: THIRD_PARTY_COPY_OUT,
  serviceAction: 0x11,
  length: 16,
  transfer: 'list out',
  fields: FIELDS,
};

/** ROD TYPEs (SPC, SBC). */
export const ROD_TYPE = {
  /** Point in time copy that ends when the blocks are changed. */
  CHANGE_VULNERABLE: 0x0080_0001,
  /** Point in time copy, of any kind. */
  ANY_POINT_IN_TIME: 0x0080_ffff,
  /** As many zeros as are wanted: every copy manager knows this token. */
  ZERO: 0xffff_0001,
} as const;

/** Bytes of a ROD token. */
export const ROD_TOKEN_LENGTH = 512;

/** What ROD TOKEN LENGTH says in every token. */
const TOKEN_REST = ROD_TOKEN_LENGTH - 8;

/** The part of a ROD token that has a meaning to others than who made it (SPC). */
export interface RodToken {
  /** ROD TYPE. */
  readonly rodType: number;
  /** COPY MANAGER ROD TOKEN IDENTIFIER, 64 bits: unique among the tokens of a copy manager. */
  readonly identifier: bigint;
  /** NUMBER OF BYTES REPRESENTED, 0 to 2^53 − 1. */
  readonly bytes: number;
}

const TOKEN: Layout<RodToken> = {
  rodType: ['u32', 0],
  identifier: ['id64', 8],
  // Of the 128 bits the high ones are zero.
  bytes: ['u64', 56],
};

/**
 * Encodes a ROD token. CREATOR LOGICAL UNIT DESCRIPTOR (bytes 16 to 47) and what follows byte 64 are
 * left zero, for the caller to fill.
 *
 * @throws RangeError - a value has no code in its field.
 */
export function encodeRodToken(token: RodToken): Uint8Array {
  const bytes = encodeLayout(TOKEN, token, new Uint8Array(ROD_TOKEN_LENGTH));
  putU16(bytes, 6, TOKEN_REST);
  return bytes;
}

/** Decodes a ROD token; undefined where ROD TOKEN LENGTH is not that of a token. */
export function decodeRodToken(bytes: Uint8Array): RodToken | undefined {
  if (bytes.length < ROD_TOKEN_LENGTH || getU16(bytes, 6) !== TOKEN_REST) return undefined;
  return decodeLayout(TOKEN, bytes);
}

/** The block device zero ROD token (SBC): whoever writes using it writes zeros. */
export function zeroRodToken(): Uint8Array {
  return encodeRodToken({ rodType: ROD_TYPE.ZERO, identifier: 0n, bytes: 0 });
}

/** Block device range descriptor (SBC). */
export interface BlockRange {
  /** LOGICAL BLOCK ADDRESS, 0 to 2^53 − 1. */
  readonly lba: number;
  /** NUMBER OF LOGICAL BLOCKS, 0 to 2^32 − 1. */
  readonly blocks: number;
}

/** Whether two ranges have a block in common. */
export const rangesOverlap = (a: BlockRange, b: BlockRange): boolean =>
  Math.max(a.lba, b.lba) < Math.min(a.lba + a.blocks, b.lba + b.blocks);

/** Bytes of a block device range descriptor. */
export const BLOCK_RANGE_LENGTH = 16;

/** What POPULATE TOKEN is to do, beside the ranges. */
interface PopulateTokenFields {
  /** IMMED: the answer comes before the token has been made. */
  readonly immed: boolean;
  /** RTV: `rodType` says which type of token to make. */
  readonly rodTypeValid: boolean;
  /** INACTIVITY TIMEOUT in seconds, 0 to 2^32 − 1; 0: the default. */
  readonly inactivityTimeout: number;
  /** ROD TYPE, where RTV is set. */
  readonly rodType: number;
}

/** The parameter list of POPULATE TOKEN (SBC). */
export interface PopulateTokenList extends PopulateTokenFields {
  /** The blocks that the token is to stand for, in this order. */
  readonly ranges: readonly BlockRange[];
}

const POPULATE: Layout<PopulateTokenFields> = {
  rodTypeValid: ['bit', 2, 1],
  immed: ['bit', 2, 0],
  inactivityTimeout: ['u32', 4],
  rodType: ['u32', 8],
};

/** Bytes of the parameter list of POPULATE TOKEN before its ranges. */
export const POPULATE_TOKEN_HEADER_LENGTH = 16;

/** What WRITE USING TOKEN is to do, beside the ranges and the token. */
interface WriteUsingTokenFields {
  /** IMMED: the answer comes before the blocks have been written. */
  readonly immed: boolean;
  /** DEL_TKN: the token is not needed any more. */
  readonly deleteToken: boolean;
  /** OFFSET INTO ROD in logical blocks, 0 to 2^53 − 1. */
  readonly offsetIntoRod: number;
}

/** The parameter list of WRITE USING TOKEN (SBC). */
export interface WriteUsingTokenList extends WriteUsingTokenFields {
  /** ROD TOKEN, 512 bytes. */
  readonly token: Uint8Array;
  /** The blocks to write, in this order. */
  readonly ranges: readonly BlockRange[];
}

const WRITE_USING: Layout<WriteUsingTokenFields> = {
  deleteToken: ['bit', 2, 1],
  immed: ['bit', 2, 0],
  offsetIntoRod: ['u64', 8],
};

const TOKEN_AT = 16;

/** Bytes of the parameter list of WRITE USING TOKEN before its ranges. */
export const WRITE_USING_TOKEN_HEADER_LENGTH = 536;

/**
 * Encodes the parameter list of POPULATE TOKEN (SBC); members that are absent are zero.
 *
 * @throws RangeError - a value has no code in its field.
 */
export function encodePopulateTokenList(list: Partial<PopulateTokenList>): Uint8Array {
  const { ranges = [], ...fields } = list;
  return withRanges(
    encodeLayout(
      POPULATE,
      fields as Partial<PopulateTokenFields>,
      new Uint8Array(POPULATE_TOKEN_HEADER_LENGTH),
    ),
    ranges,
  );
}

/**
 * Encodes the parameter list of WRITE USING TOKEN (SBC); members that are absent are zero.
 *
 * @throws RangeError - a value has no code in its field.
 */
export function encodeWriteUsingTokenList(list: Partial<WriteUsingTokenList>): Uint8Array {
  const { ranges = [], token = new Uint8Array(0), ...fields } = list;
  if (token.length > ROD_TOKEN_LENGTH)
    throw new RangeError(`token: at most ${ROD_TOKEN_LENGTH} bytes, not ${token.length}`);
  const header = new Uint8Array(WRITE_USING_TOKEN_HEADER_LENGTH);
  encodeLayout(WRITE_USING, fields as Partial<WriteUsingTokenFields>, header);
  header.set(token, TOKEN_AT);
  return withRanges(header, ranges);
}

function withRanges(header: Uint8Array, ranges: readonly BlockRange[]): Uint8Array {
  const list = new Uint8Array(BLOCK_RANGE_LENGTH * ranges.length);
  if (ranges.length > 4000) throw new RangeError(`ranges: at most 4000, not ${ranges.length}`);
  for (const [i, { lba, blocks }] of ranges.entries()) {
    if (!Number.isSafeInteger(lba) || lba < 0 || !(blocks >= 0 && blocks <= 0xffff_ffff))
      throw new RangeError(`ranges: ${blocks} blocks from ${lba} have no descriptor`);
    putU64(list, BLOCK_RANGE_LENGTH * i, lba);
    putU32(list, BLOCK_RANGE_LENGTH * i + 8, blocks);
  }
  putU16(header, 0, header.length + list.length - 2);
  putU16(header, header.length - 2, list.length);
  return joinChunks([header, list]);
}

/** Decodes the parameter list of POPULATE TOKEN; undefined where its lengths are not those of the bytes. */
export function decodePopulateTokenList(bytes: Uint8Array): PopulateTokenList | undefined {
  const ranges = rangesOf(bytes, POPULATE_TOKEN_HEADER_LENGTH);
  return ranges && { ...decodeLayout(POPULATE, bytes), ranges };
}

/** Decodes the parameter list of WRITE USING TOKEN; undefined where its lengths are not those of the bytes. */
export function decodeWriteUsingTokenList(bytes: Uint8Array): WriteUsingTokenList | undefined {
  const ranges = rangesOf(bytes, WRITE_USING_TOKEN_HEADER_LENGTH);
  const token = bytes.subarray(TOKEN_AT, TOKEN_AT + ROD_TOKEN_LENGTH);
  return ranges && { ...decodeLayout(WRITE_USING, bytes), token, ranges };
}

/** Those range descriptors that are there whole; a partial last one is ignored (SBC). */
function rangesOf(bytes: Uint8Array, headerLength: number): readonly BlockRange[] | undefined {
  if (bytes.length < headerLength) return undefined;
  const length = getU16(bytes, headerLength - 2);
  if (getU16(bytes, 0) + 2 > bytes.length || headerLength + length > bytes.length) return undefined;
  const ranges: BlockRange[] = [];
  for (
    let at = headerLength;
    at + BLOCK_RANGE_LENGTH <= headerLength + length;
    at += BLOCK_RANGE_LENGTH
  )
    ranges.push({ lba: getU64(bytes, at), blocks: getU32(bytes, at + 8) });
  return ranges;
}
