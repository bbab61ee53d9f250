/** What a segment descriptor of EXTENDED COPY does (SPC). */
import {
  CSCD_SELF,
  type BlockToBlock,
  type BlockToBlockWithOffsets,
  type CscdDescriptor,
  type Segment,
  type VerifyCscd,
} from '../cdb/copy-descriptors.ts';
import { andThen, type MaybePromise } from '../maybe-promise.ts';
import {
  COPY_TARGET_DEVICE_NOT_REACHABLE,
  INCORRECT_COPY_TARGET_DEVICE_TYPE,
  INVALID_FIELD_IN_PARAMETER_LIST,
  SENSE_KEY,
  THIRD_PARTY_DEVICE_FAILURE,
  UNEXPECTED_INEXACT_SEGMENT,
} from '../sense/codes.ts';
import { encodeSense } from '../sense/encode.ts';
import type { ForwardedSense, SenseCondition } from '../sense/sense-data.ts';
import type { Context } from './command.ts';
import { copyObstacle, namedUnit } from './copy-access.ts';
import { moveBlocks, type CopyMove } from './copy-blocks.ts';
import type { CopyFailure, CopyPlace } from './copy-end.ts';
import type { CopyOperation } from './copy-operation.ts';
import type { LogicalUnit } from './logical-unit.ts';
import { outOfRange } from './range.ts';
import { check, type Result } from './result.ts';

/** A copy source or destination as the parameter list names it. */
export type CopyParty = CscdDescriptor;

/** What a segment is part of. */
export interface SegmentSurroundings {
  /** The CSCD descriptors that it refers to. */
  readonly parties: readonly CopyParty[];
  /** The copy. */
  readonly copy: CopyOperation;
  /** The command. */
  readonly context: Context;
}

/** Offsets in segment descriptors, for field pointers. */
const SOURCE_ID = 4;
const DESTINATION_ID = 6;
const COUNT = { 'block to block': 10, 'block to block with offsets': 8 } as const;
const SOURCE_LBA = 12;
const DESTINATION_LBA = 20;
const SOURCE_OFFSET = 28;
const DESTINATION_OFFSET = 30;

/** Does what a segment says; `undefined` where that went well, else CHECK CONDITION, COPY ABORTED. */
export function runSegment(
  segment: Segment,
  index: number,
  surroundings: SegmentSurroundings,
): MaybePromise<Result | undefined> {
  const abort = aborter(index);
  if (segment.type === 'verify CSCD') return verify(segment, surroundings, abort);
  const plan = plannedMoves(segment, surroundings, abort);
  if ('status' in plan) return plan;
  return runMoves(plan, surroundings.copy, abort);
}

type Abort = (condition: SenseCondition, byte: number, forwarded?: ForwardedSense) => Result;

/** COPY ABORTED, with the number of the segment and a pointer into its descriptor. */
const aborter =
  (index: number): Abort =>
  ({ asc, ascq }, byte, forwarded) =>
    check(
      { key: SENSE_KEY.COPY_ABORTED, asc, ascq },
      {
        commandSpecific: index,
        fieldPointer: { in: 'segment', byte },
        ...(forwarded !== undefined && { forwarded }),
      },
    );

/** A unit that takes part, and what the parameter list says of it. */
interface Participant {
  readonly unit: LogicalUnit;
  readonly pad: boolean;
}

function participant(
  id: number,
  byte: number,
  { parties, context }: SegmentSurroundings,
  abort: Abort,
): Participant | Result {
  if (id === CSCD_SELF) return { unit: context.unit, pad: false };
  const cscd = parties[id];
  const unit = cscd && namedUnit(context.nexus, cscd);
  if (cscd === undefined || unit === undefined)
    return abort(COPY_TARGET_DEVICE_NOT_REACHABLE, byte);
  const { deviceType, blockLength, pad } = cscd;
  if (deviceType !== 0 || (blockLength !== 0 && blockLength !== unit.medium.blockLength))
    return abort(INCORRECT_COPY_TARGET_DEVICE_TYPE, byte);
  return { unit, pad };
}

function verify(
  segment: VerifyCscd,
  surroundings: SegmentSurroundings,
  abort: Abort,
): Result | undefined {
  const party = participant(segment.source, SOURCE_ID, surroundings, abort);
  if ('status' in party) return party;
  const { unit } = party;
  const obstacle = segment.testUnitReady
    ? copyObstacle(unit, surroundings.context.nexus, 'reads')
    : undefined;
  return (
    obstacle && abort(THIRD_PARTY_DEVICE_FAILURE, SOURCE_ID, forwarded('source', obstacle, unit))
  );
}

/** What a block to block segment moves, in bytes, checked against both ends. */
function plannedMoves(
  segment: BlockToBlock | BlockToBlockWithOffsets,
  surroundings: SegmentSurroundings,
  abort: Abort,
): readonly CopyMove[] | Result {
  const from = participant(segment.source, SOURCE_ID, surroundings, abort);
  if ('status' in from) return from;
  const to = participant(segment.destination, DESTINATION_ID, surroundings, abort);
  if ('status' in to) return to;
  const { nexus } = surroundings.context;
  const sourceLength = from.unit.medium.blockLength;
  const destinationLength = to.unit.medium.blockLength;
  const offsets = segment.type === 'block to block' ? NO_OFFSETS : segment;
  if (offsets.sourceOffset >= sourceLength)
    return abort(INVALID_FIELD_IN_PARAMETER_LIST, SOURCE_OFFSET);
  if (offsets.destinationOffset >= destinationLength)
    return abort(INVALID_FIELD_IN_PARAMETER_LIST, DESTINATION_OFFSET);
  const bytes =
    segment.type === 'block to block'
      ? segment.blocks * (segment.destinationCount ? destinationLength : sourceLength)
      : segment.bytes;
  const padding = paddingOf(segment, bytes, from, to);
  if (padding === undefined) return abort(UNEXPECTED_INEXACT_SEGMENT, COUNT[segment.type]);
  const source = place(from.unit, segment.sourceLba, offsets.sourceOffset, () =>
    copyObstacle(from.unit, nexus, 'reads'),
  );
  const destination = place(to.unit, segment.destinationLba, offsets.destinationOffset, () =>
    copyObstacle(to.unit, nexus, 'writes'),
  );
  const outside = beyondEnd('source', source, bytes);
  if (outside) return abort(COPY_TARGET_DEVICE_NOT_REACHABLE, SOURCE_LBA, outside);
  const behindEnd = beyondEnd('destination', destination, bytes + padding);
  if (behindEnd) return abort(COPY_TARGET_DEVICE_NOT_REACHABLE, DESTINATION_LBA, behindEnd);
  const moves: CopyMove[] = [{ source, destination, bytes }];
  if (padding > 0)
    moves.push({ source: undefined, destination: behind(destination, bytes), bytes: padding });
  return moves;
}

const NO_OFFSETS = { sourceOffset: 0, destinationOffset: 0 } as const;

const place = (
  unit: LogicalUnit,
  lba: number,
  offset: number,
  refuse: () => Result | undefined,
): CopyPlace => ({ unit, lba, offset, refuse });

function behind(at: CopyPlace, bytes: number): CopyPlace {
  const { blockLength } = at.unit.medium;
  const offset = at.offset + bytes;
  return { ...at, lba: at.lba + Math.floor(offset / blockLength), offset: offset % blockLength };
}

/**
 * Zeros that fill up the last block of the destination; `undefined` where data would be left over
 * that nothing says what to do with. Byte offsets leave nothing over: they say what to keep.
 */
function paddingOf(
  segment: BlockToBlock | BlockToBlockWithOffsets,
  bytes: number,
  from: Participant,
  to: Participant,
): number | undefined {
  if (segment.type !== 'block to block') return 0;
  if (segment.destinationCount)
    return bytes % from.unit.medium.blockLength === 0 || from.pad ? 0 : undefined;
  const { blockLength } = to.unit.medium;
  const rest = bytes % blockLength;
  if (rest === 0) return 0;
  return to.pad ? blockLength - rest : undefined;
}

/** What the unit would answer for blocks that are not there; `undefined` where all are. */
function beyondEnd(
  end: CopyFailure['end'],
  { unit, lba, offset }: CopyPlace,
  bytes: number,
): ForwardedSense | undefined {
  const { blocks, blockLength } = unit.medium;
  const refused = outOfRange(blocks, lba, Math.ceil((offset + bytes) / blockLength));
  return refused && forwarded(end, refused, unit);
}

function runMoves(
  [move, ...rest]: readonly CopyMove[],
  copy: CopyOperation,
  abort: Abort,
): MaybePromise<Result | undefined> {
  if (move === undefined) return undefined;
  return andThen(moveBlocks(move, copy), (failure) => {
    if (failure === undefined) return runMoves(rest, copy, abort);
    const { end, result } = failure;
    const { unit } = (end === 'source' ? move.source : undefined) ?? move.destination;
    const byte = end === 'source' ? SOURCE_ID : DESTINATION_ID;
    return abort(THIRD_PARTY_DEVICE_FAILURE, byte, forwarded(end, result, unit));
  });
}

/** How a unit's answer is passed on. */
function forwarded(
  end: CopyFailure['end'],
  { status, sense }: Result,
  unit: LogicalUnit,
): ForwardedSense {
  const format = unit.descriptorSense ? 'descriptor' : 'fixed';
  return {
    source: `copy ${end}`,
    status,
    sense: sense === undefined ? new Uint8Array(0) : encodeSense(sense, format),
  };
}
