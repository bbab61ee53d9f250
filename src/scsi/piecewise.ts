/** Work on many blocks, in pieces: bounded memory, and a turn for others now and then. */
import { isPromise, type MaybePromise } from '../maybe-promise.ts';
import type { LogicalUnit } from './logical-unit.ts';

/** Bytes a piece: what one call to a backend moves. */
const PIECE = 1024 * 1024;

/** Bytes after which the event loop gets its turn, although the backend answers in the same tick. */
const TURN = 8 * PIECE;

/** Who wants the work done. */
interface Worker {
  readonly unit: LogicalUnit;
  throwIfAborted(): void;
}

/**
 * Does some work for every piece of a range, one piece after the other, and ends early as soon as
 * a piece gives a value. It stays in this tick for up to 8 MiB where the work does.
 */
export function piecewise<T>(
  lba: number,
  blocks: number,
  worker: Worker,
  work: (lba: number, blocks: number) => MaybePromise<T | undefined>,
): MaybePromise<T | undefined> {
  const { unit } = worker;
  const piece = Math.max(1, Math.floor(PIECE / unit.medium.blockLength));
  const turn = Math.max(1, Math.floor(TURN / unit.medium.blockLength));
  let done = 0;
  let sinceTurn = 0;
  const run = (): MaybePromise<T | undefined> => {
    while (done < blocks) {
      if (sinceTurn >= turn) {
        sinceTurn = 0;
        return unit.nextTurn().then(run);
      }
      worker.throwIfAborted();
      const count = Math.min(piece, blocks - done);
      const value = work(lba + done, count);
      done += count;
      sinceTurn += count;
      if (isPromise(value)) return value.then((end) => end ?? run());
      if (value !== undefined) return value;
    }
    return undefined;
  };
  return run();
}
