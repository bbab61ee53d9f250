import { getU32, joinChunks, putU32 } from '../bytes.ts';
import { THIRD_PARTY_COPY_IN } from './receive-copy-results.ts';
import type { CdbRequest, CdbSpec } from './spec.ts';

/** REPORT ALL ROD TOKENS (SPC): the tokens that a copy manager has made and still knows. */
export interface ReportAllRodTokens extends CdbRequest {
  readonly op: 'REPORT ALL ROD TOKENS';
  /** ALLOCATION LENGTH in bytes, 0 to 2^32 − 1. */
  readonly allocationLength: number;
}

/** CDB of REPORT ALL ROD TOKENS. */
export const REPORT_ALL_ROD_TOKENS_16: CdbSpec<ReportAllRodTokens> = {
  op: 'REPORT ALL ROD TOKENS',
  opcode: THIRD_PARTY_COPY_IN,
  serviceAction: 0x08,
  length: 16,
  transfer: 'allocation in',
  fields: { allocationLength: ['u32', 10] },
};

/** Bytes of a ROD management token: header and body of the ROD token, without its secret part. */
export const ROD_MANAGEMENT_TOKEN_LENGTH = 96;

const TOKENS_AT = 8;

/**
 * Encodes the parameter data of REPORT ALL ROD TOKENS (SPC).
 *
 * @param tokens - ROD tokens; of each only what belongs into a ROD management token is told.
 */
export function encodeRodTokenList(tokens: readonly Uint8Array[]): Uint8Array {
  const header = new Uint8Array(TOKENS_AT);
  putU32(header, 0, TOKENS_AT - 4 + ROD_MANAGEMENT_TOKEN_LENGTH * tokens.length);
  return joinChunks([
    header,
    ...tokens.map((token) => token.subarray(0, ROD_MANAGEMENT_TOKEN_LENGTH)),
  ]);
}

/** The ROD management tokens in the parameter data of REPORT ALL ROD TOKENS: those that are there whole. */
export function decodeRodTokenList(bytes: Uint8Array): readonly Uint8Array[] {
  if (bytes.length < TOKENS_AT) return [];
  const end = Math.min(bytes.length, 4 + getU32(bytes, 0));
  const tokens: Uint8Array[] = [];
  for (
    let at = TOKENS_AT;
    at + ROD_MANAGEMENT_TOKEN_LENGTH <= end;
    at += ROD_MANAGEMENT_TOKEN_LENGTH
  )
    tokens.push(bytes.subarray(at, at + ROD_MANAGEMENT_TOKEN_LENGTH));
  return tokens;
}
