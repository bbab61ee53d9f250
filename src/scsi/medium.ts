/** The blocks of a logical unit: the only place that calls a backend. */
import {
  BackendError,
  type Backend,
  type BackendEvent,
  type Extent,
  type UnmapOptions,
  type View,
  type WriteOptions,
} from '../backend/backend.ts';
import { andThen, atLast, inTurn, isPromise, type MaybePromise } from '../maybe-promise.ts';
import type { BlockAccess, MediumUser } from './block-access.ts';
import type { Defects } from './defects.ts';
import { BlocksGone, MarkedBad } from './failure.ts';
import { unchecked, type Protection } from './protection.ts';
import { RangeLock } from './range-lock.ts';
import { readMemory, viewOf, viewOfRead } from './read-memory.ts';

/** Blocks that are to be cloned. */
export interface CloneSource {
  /** Whose. */
  readonly medium: Medium;
  /** The first of them. */
  readonly lba: number;
  /** Whether they may not be read at this moment. */
  refused(): boolean;
}

const CACHED: WriteOptions = { fua: false };
const THROUGH: WriteOptions = { fua: true };
const ANCHOR: UnmapOptions = { anchor: true };

const nothingToRelease = (): void => undefined;

/** How many there have been: they are numbered, for where two are locked together. */
let made = 0;

/** Which medium a backend has become; one backend under two units would lose writes. */
const inUse = new WeakSet<Backend>();

/**
 * A backend with its calls ordered by LBA range. Ranges have been checked, buffers are whole
 * blocks. Failures of the backend come out as it threw them.
 */
export class Medium {
  /** Bytes a logical block. */
  readonly blockLength: number;
  readonly #backend: Backend;
  readonly #defects: Defects;
  readonly #protection: Protection;
  readonly #lock = new RangeLock();
  readonly #changes = new Set<(lba: number, blocks: number) => void>();
  readonly #number = made++;
  #closed = false;
  readonly #access: BlockAccess = {
    read: (lba, blocks, into) => this.#read(lba, blocks, into),
    write: (lba, from, through, protection) => this.#write(lba, from, through, protection),
    readCopy: (lba, blocks) => {
      const bytes = new Uint8Array(blocks * this.blockLength);
      return andThen(this.#read(lba, blocks, bytes), () => bytes);
    },
    readProtection: (lba, blocks) => this.#readProtection(lba, blocks),
    unmap: (lba, blocks, anchor = false) => this.#unmap(lba, blocks, anchor),
  };

  /**
   * @param defects - which of its blocks are bad.
   * @param protection - which protection information they have.
   * @throws Error - the backend is under another unit already.
   */
  constructor(backend: Backend, defects: Defects, protection: Protection) {
    if (inUse.has(backend)) throw new Error('This backend is in use by another logical unit.');
    inUse.add(backend);
    this.#backend = backend;
    this.#defects = defects;
    this.#protection = protection;
    this.blockLength = backend.blockLength;
  }

  /** Capacity in blocks. */
  get blocks(): number {
    return this.#backend.blocks;
  }

  /** What the backend can do and is. */
  get backend(): Backend {
    return this.#backend;
  }

  /**
   * Reads blocks.
   *
   * @param into - where to put them; without it the backend may lend its own bytes.
   * @param fromMedium - what the cache holds of them goes to stable storage first (FUA).
   */
  read(
    lba: number,
    blocks: number,
    fromMedium: boolean,
    into: Uint8Array | undefined,
    user: MediumUser,
  ): MaybePromise<View> {
    return this.#lock.run(lba, blocks, false, () => {
      user.throwIfAborted();
      if (fromMedium && this.#backend.flush)
        return andThen(this.#backend.flush(), () => this.#read(lba, blocks, into));
      return this.#read(lba, blocks, into);
    });
  }

  #read(lba: number, blocks: number, into: Uint8Array | undefined): MaybePromise<View> {
    this.#expect(lba, blocks);
    const bad = this.#defects.firstMarked(lba, blocks);
    if (bad !== undefined) throw new MarkedBad(bad);
    const lent = into === undefined ? this.#backend.view?.(lba, blocks) : undefined;
    if (lent !== undefined) return lent;
    if (into !== undefined) return andThen(this.#backend.read(lba, into), () => viewOf(into));
    const memory = readMemory(blocks * this.blockLength);
    return andThen(this.#backend.read(lba, memory), () => viewOfRead(memory));
  }

  /**
   * Writes blocks.
   *
   * @param through - they are on stable storage when this settles.
   * @param protection - their protection information; without it, what they need is made.
   */
  write(
    lba: number,
    from: Uint8Array,
    through: boolean,
    user: MediumUser,
    protection?: Uint8Array,
  ): MaybePromise<void> {
    return this.#lock.run(lba, from.length / this.blockLength, true, () => {
      user.throwIfAborted();
      return this.#write(lba, from, through, protection);
    });
  }

  #write(
    lba: number,
    from: Uint8Array,
    through: boolean,
    given: Uint8Array | undefined,
  ): MaybePromise<void> {
    const blocks = from.length / this.blockLength;
    this.#expect(lba, blocks);
    this.#changing(lba, blocks);
    const protection = given ?? this.#protection.generate(lba, from, this.blockLength);
    const options = protection ? { fua: through, protection } : through ? THROUGH : CACHED;
    return this.#renewed(lba, blocks, this.#backend.write(lba, from, options));
  }

  /** Writes blocks in place of what there was, with protection information of FFh where there can be any. */
  initialize(lba: number, from: Uint8Array, user: MediumUser): MaybePromise<void> {
    const blocks = from.length / this.blockLength;
    const protection = this.#protection.supported ? unchecked(blocks) : undefined;
    return this.write(lba, from, false, user, protection);
  }

  #readProtection(lba: number, blocks: number): MaybePromise<Uint8Array> {
    this.#expect(lba, blocks);
    const information = unchecked(blocks);
    return andThen(this.#backend.readProtection?.(lba, information), () => information);
  }

  /** Blocks hold something new: they are not bad any more. */
  #renewed(lba: number, blocks: number, done: MaybePromise<void>): MaybePromise<void> {
    const defects = this.#defects;
    return defects.marked.length === 0 ? done : andThen(done, () => defects.clear(lba, blocks));
  }

  /**
   * Runs several calls on a range as one step: nothing that conflicts with it comes between them.
   *
   * @param writes - whether the step changes the blocks; if not, other reads go on beside it.
   */
  asOne<T>(
    lba: number,
    blocks: number,
    writes: boolean,
    user: MediumUser,
    step: (access: BlockAccess) => MaybePromise<T>,
  ): MaybePromise<T> {
    return this.#lock.run(lba, blocks, writes, () => {
      user.throwIfAborted();
      return step(this.#access);
    });
  }

  /** Unmaps blocks; with `anchor` their space is kept, where the backend can do that. */
  unmap(lba: number, blocks: number, user: MediumUser, anchor = false): MaybePromise<void> {
    return this.#lock.run(lba, blocks, true, () => {
      user.throwIfAborted();
      return this.#unmap(lba, blocks, anchor);
    });
  }

  #unmap(lba: number, blocks: number, anchor: boolean): MaybePromise<void> {
    this.#expect(lba, blocks);
    this.#changing(lba, blocks);
    return this.#renewed(
      lba,
      blocks,
      this.#backend.unmap?.(lba, blocks, anchor ? ANCHOR : undefined),
    );
  }

  /**
   * Makes blocks the same as those of another medium, or of another place on this one that does not
   * overlap them, without moving their bytes; `false` where the backend cannot do that, and nothing
   * has changed.
   *
   * @param from - what is cloned, and whether it may not be read when its turn has come.
   * @param through - they are on stable storage when this settles.
   */
  clone(
    lba: number,
    from: CloneSource,
    blocks: number,
    through: boolean,
    user: MediumUser,
  ): MaybePromise<boolean> {
    const { medium: source, lba: sourceLba } = from;
    const step = (): MaybePromise<boolean> => {
      user.throwIfAborted();
      if (from.refused()) return false;
      source.#expect(sourceLba, blocks);
      this.#expect(lba, blocks);
      // What is protected has to be checked, and sealed anew.
      if (source.#protection.type !== 0 || this.#protection.type !== 0) return false;
      // Reading them will tell which block is bad.
      if (source.#defects.firstMarked(sourceLba, blocks) !== undefined) return false;
      const options = through ? THROUGH : CACHED;
      let declined = false;
      const done = atLast(
        () =>
          andThen(
            this.#backend.clone?.(lba, source.backend, sourceLba, blocks, options) ?? false,
            (cloned) => {
              declined = !cloned;
              return cloned ? this.#renewed(lba, blocks, undefined) : undefined;
            },
          ),
        // Also where it failed: some of the blocks may be others now.
        () => (declined ? undefined : this.#changing(lba, blocks)),
      );
      return andThen(done, () => !declined);
    };
    if (source === this) {
      // Two ranges of one lock could wait for each other through a third that lies across both.
      const first = Math.min(lba, sourceLba);
      return this.#lock.run(first, Math.max(lba, sourceLba) + blocks - first, true, step);
    }
    // Always in the same order, so that two clones in opposite directions do not wait for each other.
    const reading = (then: () => MaybePromise<boolean>): MaybePromise<boolean> =>
      source.#lock.run(sourceLba, blocks, false, then);
    const writing = (then: () => MaybePromise<boolean>): MaybePromise<boolean> =>
      this.#lock.run(lba, blocks, true, then);
    return source.#number < this.#number
      ? reading(() => writing(step))
      : writing(() => reading(step));
  }

  /** Reads blocks whether they are marked as bad or not. */
  recover(lba: number, blocks: number, user: MediumUser): MaybePromise<Uint8Array> {
    return this.#lock.run(lba, blocks, false, () => {
      user.throwIfAborted();
      this.#expect(lba, blocks);
      const bytes = new Uint8Array(blocks * this.blockLength);
      return andThen(this.#backend.read(lba, bytes), () => bytes);
    });
  }

  /** Marks blocks as bad: reading them fails until they are written, unmapped or reassigned. */
  mark(lba: number, blocks: number, user: MediumUser): MaybePromise<void> {
    return this.#lock.run(lba, blocks, true, () => {
      user.throwIfAborted();
      this.#expect(lba, blocks);
      return this.#defects.mark(lba, blocks);
    });
  }

  /**
   * Writes blocks anew, each with what it holds or, where it cannot be read, with zeros, and puts them
   * into the grown defect list. The unit store has that at the end, also where the work fails halfway.
   */
  reassign(lbas: readonly number[], user: MediumUser): MaybePromise<void> {
    return atLast(
      () => inTurn(lbas, (lba) => this.#reassign(lba, user)),
      () => this.#defects.save(),
    );
  }

  #reassign(lba: number, user: MediumUser): MaybePromise<void> {
    return this.#lock.run(lba, 1, true, () => {
      user.throwIfAborted();
      this.#expect(lba, 1);
      this.#changing(lba, 1);
      const bytes = new Uint8Array(this.blockLength);
      return andThen(this.#salvage(lba, bytes), (options) =>
        andThen(this.#backend.write(lba, bytes, options), () => this.#defects.reassigned(lba)),
      );
    });
  }

  /** Reads a block, if it can be read, else leaves `into` zero; gives how to write it. */
  #salvage(lba: number, into: Uint8Array): MaybePromise<WriteOptions> {
    const options = this.#protection.type === 0 ? THROUGH : { fua: true, protection: unchecked(1) };
    if (this.#defects.firstMarked(lba, 1) !== undefined) return options;
    const lost = (error: unknown): WriteOptions => {
      if (!(error instanceof BackendError && error.kind === 'medium')) throw error;
      into.fill(0);
      options.protection?.fill(0xff);
      return options;
    };
    try {
      const read = andThen(
        this.#backend.read(lba, into),
        () => options.protection && this.#backend.readProtection?.(lba, options.protection),
      );
      const done = andThen(read, () => options);
      return isPromise(done) ? done.catch(lost) : done;
    } catch (error) {
      return lost(error);
    }
  }

  /** The run of blocks from `lba` on that are all allocated, or all not. */
  extent(lba: number): MaybePromise<Extent> {
    return this.#backend.extent?.(lba) ?? { allocated: true, blocks: this.#backend.blocks - lba };
  }

  /** Puts every write that has settled on stable storage. */
  flush(): MaybePromise<void> {
    return this.#closed ? undefined : this.#backend.flush?.();
  }

  /**
   * Calls `listener` when blocks are changed, before anybody can read what they hold then; the function
   * returned ends that.
   */
  watchChanges(listener: (lba: number, blocks: number) => void): () => void {
    this.#changes.add(listener);
    return () => void this.#changes.delete(listener);
  }

  #changing(lba: number, blocks: number): void {
    if (this.#changes.size > 0) for (const listener of this.#changes) listener(lba, blocks);
  }

  /** Calls `listener` at every event of the backend. */
  watch(listener: (event: BackendEvent) => void): () => void {
    return this.#backend.watch?.(listener) ?? nothingToRelease;
  }

  /** Flushes and closes the backend; closes it even if the flush fails. */
  async close(): Promise<void> {
    try {
      await this.flush();
    } finally {
      this.#closed = true;
      await this.#backend.close?.();
    }
    inUse.delete(this.#backend);
  }

  /** The disk may have become smaller since the command was checked. */
  #expect(lba: number, blocks: number): void {
    const capacity = this.#backend.blocks;
    if (blocks > capacity - lba) throw new BlocksGone(Math.max(lba, capacity));
  }
}
