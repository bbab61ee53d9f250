/** Blocks of a file that somebody else has cut off under the disk. */
import { BackendError } from '../backend.ts';
import { RangeMap } from '../range-map.ts';

const THERE = 0;
const LOST = 1;

/**
 * Which blocks were found missing and have not been written since. A write behind the cut makes the
 * file long again, and the file system shows zeros in between: those are not what was stored.
 */
export class LostBlocks {
  #blocks: RangeMap | undefined;

  /** The blocks `from … to − 1` are not in the file any more. */
  lose(from: number, to: number): void {
    this.#blocks ??= new RangeMap();
    this.#blocks.set(from, to, LOST);
  }

  /** Blocks have been written, or do not belong to the disk any more. */
  restore(lba: number, blocks: number): void {
    this.#blocks?.set(lba, lba + blocks, THERE);
  }

  /** @throws BackendError - `medium`, with the first of these blocks that is lost. */
  expect(lba: number, blocks: number): void {
    this.#blocks?.runs(lba, lba + blocks, (from, _to, state) => {
      if (state === LOST) throw lostError(from);
    });
  }
}

/** The error for a block that was cut off. */
export function lostError(lba: number): BackendError {
  return new BackendError('medium', `the file became shorter: block ${lba} is lost`, { lba });
}
