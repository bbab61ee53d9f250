/** One end of a copy: reading blocks of a unit there, or writing them, with the rights of the copy. */
import { andThen, isPromise, type MaybePromise } from '../maybe-promise.ts';
import type { CopyOperation } from './copy-operation.ts';
import { OperationBegun, resultOfFailure, TaskAborted } from './failure.ts';
import type { LogicalUnit } from './logical-unit.ts';
import type { BlockAccess, MediumUser } from './block-access.ts';
import { hasFailed, readBlocks } from './protected-blocks.ts';
import { protectionRules } from './protection-rules.ts';
import type { Result } from './result.ts';

/** Where bytes begin on a unit. */
export interface CopyPlace {
  /** The unit. */
  readonly unit: LogicalUnit;
  /** The block. */
  readonly lba: number;
  /** The byte in that block; less than a block. */
  readonly offset: number;
  /** Why the unit must not be read, or written, at this moment; `undefined` where it may. */
  refuse(): Result | undefined;
}

/** Which end of a copy failed, and how. */
export interface CopyFailure {
  /** Which end. */
  readonly end: 'source' | 'destination';
  /** How a command there would have ended. */
  readonly result: Result;
}

/** Reads the bytes that lie `at` bytes behind the source. */
export function fetch(
  source: CopyPlace,
  at: number,
  piece: Uint8Array,
  copy: CopyOperation,
): MaybePromise<CopyFailure | undefined> {
  const { lba, skip, blocks } = blocksOf(source, at, piece.length);
  const { medium } = source.unit;
  const whole = blocks * medium.blockLength;
  const into = whole === piece.length ? piece : new Uint8Array(whole);
  return attempt('source', source, copy, (user) =>
    medium.asOne(lba, blocks, false, user, (access) =>
      andThen(readInto(source.unit, access, lba, into), (failed) => {
        if (into !== piece) piece.set(into.subarray(skip, skip + piece.length));
        return failed;
      }),
    ),
  );
}

/** Reads blocks as READ without protection information does: what they have is checked. */
function readInto(
  unit: LogicalUnit,
  access: BlockAccess,
  lba: number,
  into: Uint8Array,
): MaybePromise<Result | undefined> {
  const blocks = into.length / unit.medium.blockLength;
  const rules = protectionRules(unit, 0, lba, undefined);
  if (rules === undefined) return andThen(access.read(lba, blocks, into), () => undefined);
  return andThen(readBlocks(access, rules, lba, blocks), (read) => {
    if (hasFailed(read)) return read;
    into.set(read.blocks);
    return undefined;
  });
}

/** Writes the bytes that lie `at` bytes behind the destination. */
export function store(
  destination: CopyPlace,
  at: number,
  piece: Uint8Array,
  copy: CopyOperation,
): MaybePromise<CopyFailure | undefined> {
  const { lba, skip, blocks } = blocksOf(destination, at, piece.length);
  const { medium, writeCacheEnabled } = destination.unit;
  const whole = blocks * medium.blockLength;
  return attempt('destination', destination, copy, (user) => {
    if (whole === piece.length) return medium.write(lba, piece, !writeCacheEnabled, user);
    // The first or the last block is only partly new: nobody may come between.
    const merged = new Uint8Array(whole);
    return medium.asOne(lba, blocks, true, user, (access) =>
      andThen(readInto(destination.unit, access, lba, merged), (failed) => {
        if (failed !== undefined) return failed;
        merged.set(piece, skip);
        return access.write(lba, merged, !writeCacheEnabled);
      }),
    );
  });
}

/** The blocks in which `length` bytes lie, `at` bytes behind a place. */
function blocksOf(
  place: CopyPlace,
  at: number,
  length: number,
): { readonly lba: number; readonly skip: number; readonly blocks: number } {
  const { blockLength } = place.unit.medium;
  const first = place.offset + at;
  const skip = first % blockLength;
  return {
    lba: place.lba + Math.floor(first / blockLength),
    skip,
    blocks: Math.ceil((skip + length) / blockLength),
  };
}

/** Does something at one end, which may end in CHECK CONDITION; a failure there is a value. */
export function attempt(
  end: CopyFailure['end'],
  place: CopyPlace,
  copy: CopyOperation,
  act: (user: MediumUser) => MaybePromise<Result | void>,
): MaybePromise<CopyFailure | undefined> {
  const failed = (error: unknown): CopyFailure => {
    if (end === 'destination') place.unit.thresholds.look();
    if (error instanceof TaskAborted) throw error;
    if (!(error instanceof OperationBegun)) place.unit.report(error);
    return { end, result: resultOfFailure(error, end === 'destination') };
  };
  // Again after a read: what it gave counts only if it could be had all the time.
  const refusal = (): CopyFailure | undefined => {
    const result = place.refuse();
    return result === undefined ? undefined : { end, result };
  };
  const refused = refusal();
  if (refused !== undefined) return refused;
  const { operation } = place.unit;
  const { begun } = operation;
  const user: MediumUser = {
    throwIfAborted() {
      copy.throwIfAborted();
      // What waited for its turn must not come behind a FORMAT UNIT or SANITIZE.
      operation.throwIfBegunSince(begun);
    },
  };
  try {
    const done = act(user);
    const ended = (result: Result | void): CopyFailure | undefined => {
      if (end === 'destination') place.unit.thresholds.look();
      if (result !== undefined) return { end, result };
      return end === 'source' ? refusal() : undefined;
    };
    return isPromise(done) ? done.then(ended).catch(failed) : ended(done);
  } catch (error) {
    return failed(error);
  }
}
