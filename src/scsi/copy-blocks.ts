/** Moves bytes from the blocks of one unit to those of another, piece by piece. */
import { andThen, isPromise, type MaybePromise } from '../maybe-promise.ts';
import type { CopyOperation } from './copy-operation.ts';
import { OperationBegun, resultOfFailure, TaskAborted } from './failure.ts';
import type { LogicalUnit } from './logical-unit.ts';
import type { MediumUser } from './medium.ts';
import type { Result } from './result.ts';

/** Bytes a piece: what one call to a backend moves. A multiple of every block length. */
const PIECE = 1024 * 1024;

/** Bytes after which the event loop gets its turn, although the backends answer in the same tick. */
const TURN = 8 * PIECE;

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

/** What is to be moved. The bytes are there at both ends: that has been checked. */
export interface CopyMove {
  /** From where; `undefined` is as many zeros. */
  readonly source: CopyPlace | undefined;
  /** To where. */
  readonly destination: CopyPlace;
  /** How many bytes. */
  readonly bytes: number;
}

/** Which end of a copy failed, and how. */
export interface CopyFailure {
  /** Which end. */
  readonly end: 'source' | 'destination';
  /** How a command there would have ended. */
  readonly result: Result;
}

/**
 * Moves bytes. The range locks of the two units are held one after the other, never both, so that
 * copies in opposite directions do not wait for each other. Where the two ranges overlap on one unit
 * the destination gets what the source held before. Leaves by an exception where it is aborted.
 */
export function moveBlocks(
  move: CopyMove,
  copy: CopyOperation,
): MaybePromise<CopyFailure | undefined> {
  const { source, destination, bytes } = move;
  if (source === undefined && unmapsToZeros(destination, bytes)) return unmapAll(move, copy);
  const buffer = new Uint8Array(Math.min(PIECE, bytes));
  const backwards = source !== undefined && overlapsFromBehind(source, move);
  let done = 0;
  let sinceTurn = 0;
  const run = (): MaybePromise<CopyFailure | undefined> => {
    while (done < bytes) {
      copy.throwIfAborted();
      if (sinceTurn >= TURN) {
        sinceTurn = 0;
        return destination.unit.nextTurn().then(run);
      }
      const length = Math.min(PIECE, bytes - done);
      const at = backwards ? bytes - done - length : done;
      const piece = buffer.subarray(0, length);
      const moved = andThen(fetch(source, at, piece, copy), (failure) =>
        failure === undefined ? store(destination, at, piece, copy) : failure,
      );
      done += length;
      sinceTurn += length;
      const next = (failure: CopyFailure | undefined): CopyFailure | undefined => {
        if (failure === undefined) copy.moved(length);
        return failure;
      };
      if (isPromise(moved)) return moved.then((failure) => next(failure) ?? run());
      const failure = next(moved);
      if (failure !== undefined) return failure;
    }
    return undefined;
  };
  return run();
}

/** Whether bytes of the destination become zeros when they are unmapped: whole blocks of a thin unit. */
function unmapsToZeros({ unit, offset }: CopyPlace, bytes: number): boolean {
  const { medium, settings } = unit;
  const whole = offset === 0 && bytes % medium.blockLength === 0;
  return whole && settings.thin && medium.backend.unmappedReadsZeros === true;
}

/** In one go: pieces would leave behind what the backend frees only in larger ones. */
function unmapAll(
  { destination, bytes }: CopyMove,
  copy: CopyOperation,
): MaybePromise<CopyFailure | undefined> {
  const { lba, unit } = destination;
  const done = attempt('destination', destination, copy, (user) =>
    unit.medium.unmap(lba, bytes / unit.medium.blockLength, user),
  );
  return andThen(done, (failure) => {
    if (failure === undefined) copy.moved(bytes);
    return failure;
  });
}

/** Whether the destination lies in the source, further behind: copied forwards it would change it. */
function overlapsFromBehind(source: CopyPlace, { destination, bytes }: CopyMove): boolean {
  if (source.unit !== destination.unit) return false;
  const { blockLength } = source.unit.medium;
  const distance =
    (destination.lba - source.lba) * blockLength + destination.offset - source.offset;
  return distance > 0 && distance < bytes;
}

function fetch(
  source: CopyPlace | undefined,
  at: number,
  piece: Uint8Array,
  copy: CopyOperation,
): MaybePromise<CopyFailure | undefined> {
  if (source === undefined) return undefined;
  const { lba, skip, blocks } = blocksOf(source, at, piece.length);
  const { medium } = source.unit;
  const whole = blocks * medium.blockLength;
  const into = whole === piece.length ? piece : new Uint8Array(whole);
  return attempt('source', source, copy, (user) =>
    andThen(medium.read(lba, blocks, false, into, user), () => {
      if (into !== piece) piece.set(into.subarray(skip, skip + piece.length));
    }),
  );
}

function store(
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
      andThen(access.read(lba, blocks, merged), () => {
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

/** Does something at one end; a failure there is a value. */
function attempt(
  end: CopyFailure['end'],
  place: CopyPlace,
  copy: CopyOperation,
  act: (user: MediumUser) => MaybePromise<void>,
): MaybePromise<CopyFailure | undefined> {
  const failed = (error: unknown): CopyFailure => {
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
    const ended = (): CopyFailure | undefined => (end === 'source' ? refusal() : undefined);
    return isPromise(done) ? done.then(ended).catch(failed) : ended();
  } catch (error) {
    return failed(error);
  }
}
