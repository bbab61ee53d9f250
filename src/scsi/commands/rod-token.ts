import {
  BLOCK_RANGE_LENGTH,
  decodePopulateTokenList,
  decodeRodToken,
  decodeWriteUsingTokenList,
  POPULATE_TOKEN_16,
  POPULATE_TOKEN_HEADER_LENGTH,
  rangesOverlap,
  ROD_TYPE,
  WRITE_USING_TOKEN_16,
  WRITE_USING_TOKEN_HEADER_LENGTH,
  type BlockRange,
  type PopulateToken,
  type PopulateTokenList,
  type WriteUsingToken,
  type WriteUsingTokenList,
} from '../../cdb/rod-token.ts';
import { getBig64 } from '../../bytes.ts';
import { andThen, type MaybePromise } from '../../maybe-promise.ts';
import {
  INSUFFICIENT_RESOURCES_TO_CREATE_ROD_TOKEN,
  INVALID_FIELD_IN_PARAMETER_LIST,
  INVALID_TOKEN_OPERATION_UNSUPPORTED_TOKEN_TYPE,
  PARAMETER_LIST_LENGTH_ERROR,
  TOO_MANY_SEGMENT_DESCRIPTORS,
} from '../../sense/codes.ts';
import { reservedListByte, type Command, type Context, type ReservedListByte } from '../command.ts';
import { copyObstacle, unreachable } from '../copy-access.ts';
import { moveBlocks, type CopyMove } from '../copy-blocks.ts';
import type { CopyPlace } from '../copy-end.ts';
import { COPY_LIMITS } from '../copy-limits.ts';
import type { CopyOperation } from '../copy-operation.ts';
import type { Nexus } from '../nexus.ts';
import { outOfRange } from '../range.ts';
import { check, GOOD, type Result } from '../result.ts';
import type { IssuedToken } from '../rod-tokens.ts';

/** POPULATE TOKEN (SBC). Nothing is copied: see `RodTokens` for what the token promises. */
export const populateToken: Command<PopulateToken> = {
  specs: [POPULATE_TOKEN_16],
  reservation: 'reads',
  needsMedium: true,
  run: (request, context) =>
    withList(
      request,
      context,
      POPULATE_TOKEN_HEADER_LENGTH,
      RESERVED_TO_POPULATE,
      decodePopulateTokenList,
      (list) => {
        const plan = { serviceAction: 0x10, listId: request.listId, immed: list.immed };
        const refused = refuseType(list);
        if (refused !== undefined) return refused;
        return context.unit.copies.begin(plan, context, (copy) => {
          const { inactivityTimeout } = list;
          const seconds = inactivityTimeout || COPY_LIMITS.defaultInactivityTimeout;
          const ranges = list.ranges.filter(({ blocks }) => blocks > 0);
          const token = context.unit.rodTokens?.issue(context.unit, ranges, seconds);
          if (token === undefined) return check(INSUFFICIENT_RESOURCES_TO_CREATE_ROD_TOKEN);
          copy.token = token.bytes;
          copy.bytes = total(ranges) * context.unit.medium.blockLength;
          return GOOD;
        });
      },
    ),
};

/** Reserved in the lists of POPULATE TOKEN and WRITE USING TOKEN, and in their ranges. */
const RESERVED_TO_POPULATE: readonly ReservedListByte[] = [[2, 0xfc], 3, 12, 13];
const RESERVED_TO_WRITE: readonly ReservedListByte[] = [
  [2, 0xfc],
  3,
  4,
  5,
  6,
  7,
  528,
  529,
  530,
  531,
  532,
  533,
];
const RESERVED_IN_RANGE = [12, 13, 14, 15];

/** WRITE USING TOKEN (SBC): of this or any other unit of the device. */
export const writeUsingToken: Command<WriteUsingToken> = {
  specs: [WRITE_USING_TOKEN_16],
  reservation: 'writes',
  needsMedium: true,
  writes: true,
  run: (request, context) =>
    withList(
      request,
      context,
      WRITE_USING_TOKEN_HEADER_LENGTH,
      RESERVED_TO_WRITE,
      decodeWriteUsingTokenList,
      (list) => {
        const source = sourceOf(list, context);
        if ('key' in source) return check(source);
        if ('ranges' in source && beyond(list, source, context)) return inList(OFFSET_INTO_ROD);
        const plan = { serviceAction: 0x11, listId: request.listId, immed: list.immed };
        return context.unit.copies.begin(plan, context, (copy) =>
          andThen(runMoves(movesOf(list, source, copy, context), copy), (result) => {
            if (list.deleteToken && 'bytes' in source) context.unit.rodTokens?.delete(source.bytes);
            return result;
          }),
        );
      },
    ),
};

/** Fetches the parameter list and checks its ranges, each against the unit and all together. */
function withList<L extends { readonly ranges: readonly BlockRange[] }>(
  { parameterListLength: length }: PopulateToken | WriteUsingToken,
  context: Context,
  headerLength: number,
  reserved: readonly ReservedListByte[],
  decode: (bytes: Uint8Array) => L | undefined,
  use: (list: L) => MaybePromise<Result>,
): MaybePromise<Result> {
  if (length === 0) return GOOD;
  if (length < headerLength || length > headerLength + 0xffff)
    return check(PARAMETER_LIST_LENGTH_ERROR);
  return andThen(context.dataOut(length), (bytes) => {
    const list = bytes.length < length ? undefined : decode(bytes);
    if (list === undefined) return check(PARAMETER_LIST_LENGTH_ERROR);
    return (
      reservedListByte(context, bytes, reserved) ??
      refuseRanges(bytes, headerLength, list.ranges, context) ??
      use(list)
    );
  });
}

function refuseRanges(
  bytes: Uint8Array,
  headerLength: number,
  ranges: readonly BlockRange[],
  context: Context,
): Result | undefined {
  const lengthAt = headerLength - 2;
  if (ranges.length === 0) return inList(lengthAt);
  if (ranges.length > COPY_LIMITS.tokenRanges)
    return check(TOO_MANY_SEGMENT_DESCRIPTORS, { fieldPointer: { in: 'data', byte: lengthAt } });
  const { blocks: capacity, blockLength } = context.unit.medium;
  let left = Math.floor(COPY_LIMITS.tokenBytes / blockLength);
  for (const [i, range] of ranges.entries()) {
    const { lba, blocks } = range;
    const at = headerLength + BLOCK_RANGE_LENGTH * i;
    const refused =
      reservedListByte(context, bytes, RESERVED_IN_RANGE, at) ??
      outOfRange(capacity, lba, blocks, () => getBig64(bytes, at));
    if (refused !== undefined) return refused;
    left -= blocks;
    if (left < 0) return inList(at + 8);
    if (ranges.slice(0, i).some((other) => rangesOverlap(range, other))) return inList(at);
  }
  return undefined;
}

const inList = (byte: number): Result =>
  check(INVALID_FIELD_IN_PARAMETER_LIST, { fieldPointer: { in: 'data', byte } });

function refuseType({
  rodTypeValid,
  rodType,
  inactivityTimeout,
}: PopulateTokenList): Result | undefined {
  if (inactivityTimeout > COPY_LIMITS.maxInactivityTimeout) return inList(4);
  if (!rodTypeValid) return undefined;
  return rodType === ROD_TYPE.CHANGE_VULNERABLE || rodType === ROD_TYPE.ANY_POINT_IN_TIME
    ? undefined
    : check(INVALID_TOKEN_OPERATION_UNSUPPORTED_TOKEN_TYPE, {
        fieldPointer: { in: 'data', byte: 8 },
      });
}

/** As many zeros as are wanted. */
const ZEROS = { zeros: true } as const;

type TokenSource = IssuedToken | typeof ZEROS;

function sourceOf(
  { token }: WriteUsingTokenList,
  { unit }: Context,
): TokenSource | ReturnType<NonNullable<typeof unit.rodTokens>['use']> {
  if (decodeRodToken(token)?.rodType === ROD_TYPE.ZERO) return ZEROS;
  return unit.rodTokens?.use(token) ?? INVALID_TOKEN_OPERATION_UNSUPPORTED_TOKEN_TYPE;
}

/** OFFSET INTO ROD in the parameter list. */
const OFFSET_INTO_ROD = 8;

/** Whether the token has nothing where it is to be read. Offsets are in blocks of the destination. */
function beyond(
  { offsetIntoRod }: WriteUsingTokenList,
  { unit: from, ranges }: IssuedToken,
  { unit }: Context,
): boolean {
  const bytes = total(ranges) * from.medium.blockLength;
  return offsetIntoRod > 0 && offsetIntoRod >= bytes / unit.medium.blockLength;
}

/** What goes where; less than the ranges have room for where the token stands for less. */
function movesOf(
  list: WriteUsingTokenList,
  source: TokenSource,
  copy: CopyOperation,
  { unit, nexus }: Context,
): readonly CopyMove[] {
  const { blockLength } = unit.medium;
  const moves: CopyMove[] = [];
  let at = list.offsetIntoRod * blockLength;
  for (const { lba, blocks } of list.ranges) {
    let done = 0;
    const bytes = blocks * blockLength;
    while (done < bytes) {
      const from = 'zeros' in source ? undefined : placeInToken(source, at, nexus);
      if (from === undefined && !('zeros' in source)) {
        copy.residual = true;
        return moves;
      }
      const length = Math.min(bytes - done, from?.bytes ?? Infinity);
      const destination: CopyPlace = {
        unit,
        lba: lba + Math.floor(done / blockLength),
        offset: done % blockLength,
        refuse: () => copyObstacle(unit, nexus, 'writes'),
      };
      moves.push({ source: from?.place, destination, bytes: length });
      done += length;
      at += length;
    }
  }
  return moves;
}

/** Where a byte of what a token stands for lies, and how many follow it there. */
function placeInToken(
  token: IssuedToken,
  at: number,
  nexus: Nexus,
): { readonly place: CopyPlace; readonly bytes: number } | undefined {
  const { unit, ranges } = token;
  const { blockLength } = unit.medium;
  let before = 0;
  for (const { lba, blocks } of ranges) {
    const bytes = blocks * blockLength;
    const skip = at - before;
    if (skip < bytes)
      return {
        place: {
          unit,
          lba: lba + Math.floor(skip / blockLength),
          offset: skip % blockLength,
          refuse: () => unreadable(token, nexus),
        },
        bytes: bytes - skip,
      };
    before += bytes;
  }
  return undefined;
}

/** A token is the right to read: reservations that came later do not take it away. */
function unreadable({ ended, unit }: IssuedToken, nexus: Nexus): Result | undefined {
  const obstacle =
    ended ?? unreachable(unit, nexus) ?? unit.operation.sense ?? unit.readiness.obstacle;
  return obstacle && check(obstacle);
}

function runMoves([move, ...rest]: readonly CopyMove[], copy: CopyOperation): MaybePromise<Result> {
  if (move === undefined) return GOOD;
  return andThen(moveBlocks(move, copy), (failure) => failure?.result ?? runMoves(rest, copy));
}

const total = (ranges: readonly BlockRange[]): number =>
  ranges.reduce((sum, { blocks }) => sum + blocks, 0);
