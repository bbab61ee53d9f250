/** Moves bytes from the blocks of one unit to those of another, piece by piece. */
import { andThen, isPromise, type MaybePromise } from '../maybe-promise.ts';
import { attempt, fetch, store, type CopyFailure, type CopyPlace } from './copy-end.ts';
import type { CopyOperation } from './copy-operation.ts';

/** Bytes a piece: what one call to a backend moves. A multiple of every block length. */
const PIECE = 1024 * 1024;

/** Bytes after which the event loop gets its turn, although the backends answer in the same tick. */
const TURN = 8 * PIECE;

/** What is to be moved. The bytes are there at both ends: that has been checked. */
export interface CopyMove {
  /** From where; `undefined` is as many zeros. */
  readonly source: CopyPlace | undefined;
  /** To where. */
  readonly destination: CopyPlace;
  /** How many bytes. */
  readonly bytes: number;
}

/**
 * Moves bytes. Where they are read and written, the range locks of the two units are held one after
 * the other, never both, so that copies in opposite directions do not wait for each other. Where the
 * two ranges overlap on one unit the destination gets what the source held before. Leaves by an
 * exception where it is aborted.
 */
export function moveBlocks(
  move: CopyMove,
  copy: CopyOperation,
): MaybePromise<CopyFailure | undefined> {
  const { source, destination, bytes } = move;
  if (source === undefined && unmapsToZeros(destination, bytes)) return unmapAll(move, copy);
  const backwards = source !== undefined && overlapsFromBehind(source, move);
  const buffer = new Uint8Array(Math.min(PIECE, bytes));
  /** Whose blocks the backend may be asked to clone, until it has said that it cannot. */
  let original = source !== undefined && mayClone(source, move) ? source : undefined;
  let done = 0;
  let sinceTurn = 0;
  const step = (): MaybePromise<CopyFailure | undefined> => {
    const length = Math.min(original ? TURN : PIECE, bytes - done);
    const at = backwards ? bytes - done - length : done;
    const moved = original
      ? clonePiece(original, destination, { at, length }, copy)
      : movePiece(move, at, buffer.subarray(0, length), copy);
    return andThen(moved, (outcome) => {
      if (typeof outcome === 'object') return outcome;
      if (!outcome) original = undefined;
      else copy.moved(length);
      const counted = outcome ? length : 0;
      done += counted;
      sinceTurn += counted;
      return undefined;
    });
  };
  const run = (): MaybePromise<CopyFailure | undefined> => {
    for (;;) {
      if (done === bytes) return undefined;
      copy.throwIfAborted();
      if (sinceTurn >= TURN) {
        sinceTurn = 0;
        return destination.unit.nextTurn().then(run);
      }
      const stepped = step();
      if (isPromise(stepped)) return stepped.then((failure) => failure ?? run());
      if (stepped !== undefined) return stepped;
    }
  };
  return run();
}

/** A part of what is to be moved. */
interface Piece {
  /** Where it begins, in bytes behind the two places. */
  readonly at: number;
  /** How many bytes. */
  readonly length: number;
}

/** Reads a piece into `bytes`, and writes that; `true` when it is done. */
function movePiece(
  { source, destination }: CopyMove,
  at: number,
  bytes: Uint8Array,
  copy: CopyOperation,
): MaybePromise<CopyFailure | true> {
  const fetched = source && fetch(source, at, bytes, copy);
  return andThen(fetched, (unread) =>
    andThen(unread ?? store(destination, at, bytes, copy), (failure) => failure ?? true),
  );
}

/** Whether the backend may be asked to clone: whole blocks that do not overlap. */
function mayClone(source: CopyPlace, { destination, bytes }: CopyMove): boolean {
  const { medium } = destination.unit;
  const whole = source.offset === 0 && destination.offset === 0 && bytes % medium.blockLength === 0;
  if (medium.backend.clone === undefined || !whole) return false;
  if (source.unit.medium.blockLength !== medium.blockLength) return false;
  const distance = Math.abs(destination.lba - source.lba);
  return source.unit !== destination.unit || distance >= bytes / medium.blockLength;
}

/**
 * Has the backend clone a piece; `false` where it cannot, or where the source may not be read: to
 * read it will tell why.
 */
function clonePiece(
  source: CopyPlace,
  destination: CopyPlace,
  { at, length }: Piece,
  copy: CopyOperation,
): MaybePromise<CopyFailure | boolean> {
  const { medium, writeCacheEnabled } = destination.unit;
  const skip = at / medium.blockLength;
  const from = {
    medium: source.unit.medium,
    lba: source.lba + skip,
    refused: () => source.refuse() !== undefined,
  };
  const blocks = length / medium.blockLength;
  let cloned = false;
  const done = attempt('destination', destination, copy, (user) =>
    andThen(
      medium.clone(destination.lba + skip, from, blocks, !writeCacheEnabled, user),
      (outcome) => {
        cloned = outcome;
      },
    ),
  );
  return andThen(done, (failure) => failure ?? cloned);
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
