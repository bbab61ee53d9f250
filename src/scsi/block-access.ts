/** What those who use the blocks of a medium may do with them, and what the medium asks of them. */
import type { View } from '../backend/backend.ts';
import type { MaybePromise } from '../maybe-promise.ts';

/** Who wants something of the medium: leaves by an exception if it has been aborted meanwhile. */
export interface MediumUser {
  /** Leaves by an exception if the task has been aborted. */
  throwIfAborted(): void;
}

/** The blocks of a range that is locked: what is done through it is one step to everybody else. */
export interface BlockAccess {
  /** Reads blocks, into a buffer or as the backend lends them. */
  read(lba: number, blocks: number, into?: Uint8Array): MaybePromise<View>;
  /**
   * Writes whole blocks; with `through` they are on stable storage when that settles. What
   * protection information they need and come without is made.
   */
  write(
    lba: number,
    from: Uint8Array,
    through: boolean,
    protection?: Uint8Array,
  ): MaybePromise<void>;
  /** Reads blocks into a buffer of their own. */
  readCopy(lba: number, blocks: number): MaybePromise<Uint8Array>;
  /** Reads the protection information of blocks; there has to be some. */
  readProtection(lba: number, blocks: number): MaybePromise<Uint8Array>;
  /** Unmaps blocks; with `anchor` their space is kept, where the backend can do that. */
  unmap(lba: number, blocks: number, anchor?: boolean): MaybePromise<void>;
}
