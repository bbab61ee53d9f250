/**
 * What a disk is made of: numbered blocks that can be read and written. A backend knows no SCSI.
 *
 * The logical unit keeps these promises to a backend:
 *
 * - every range lies within `0 … blocks − 1`, and every buffer is a whole number of blocks, at least one;
 * - overlapping calls of which one writes (or unmaps) are never in flight together, so a backend
 *   needs no locks for the blocks themselves; disjoint calls come in any number at once;
 * - a buffer handed over is not touched until the call has settled;
 * - after `close` nothing is called any more.
 *
 * A method that is absent is a capability that the disk does not claim.
 */
import type { MaybePromise } from '../maybe-promise.ts';

/** A zero-copy read: the bytes themselves, unchanged until they are released. */
export interface View {
  /** The blocks asked for, in order. The chunks must not be written to. */
  readonly chunks: readonly Uint8Array[];
  /** Gives the bytes back; call it once, when they have left. */
  release(): void;
}

/** A run of blocks that all hold something, or all hold nothing. */
export interface Extent {
  /** Something is kept for them; if not, they are unmapped. */
  readonly allocated: boolean;
  /** They hold nothing, but their space is reserved (anchored); they count as allocated. */
  readonly anchored?: boolean;
  /** How many blocks the run has from where it was asked for, at least 1. */
  readonly blocks: number;
}

/** How the store is filled, in blocks; both are estimates. */
export interface Space {
  /** Blocks that hold something, or whose space is reserved. */
  readonly used: number;
  /** Blocks that could be allocated beside them. */
  readonly available: number;
}

/** Something that a backend tells without being asked. */
export type BackendEvent =
  /** The number of blocks has changed (`blocks` has the new value already). */
  {
    /** What happened. */
    readonly type: 'resized';
  };

/** How a write has to end. */
export interface WriteOptions {
  /** Force unit access: when the write settles, the blocks are on stable storage. */
  readonly fua: boolean;
  /**
   * Protection information, 8 bytes a block, to be stored together with the blocks. Is given only to
   * backends that have `readProtection`; absent: what is kept for these blocks does not matter any more.
   */
  readonly protection?: Uint8Array;
}

/** How an unmap has to end. */
export interface UnmapOptions {
  /** The space of the blocks is kept for them, so that writing them cannot fail for want of it. */
  readonly anchor: boolean;
}

/**
 * A store of numbered blocks.
 *
 * A method fails by throwing, or by a promise that rejects. A {@link BackendError} says what kind of
 * failure it was and becomes the sense data for it; anything else becomes HARDWARE ERROR, INTERNAL
 * TARGET FAILURE.
 */
export interface Backend {
  /** Bytes a block: a power of two, 512 to 65536. Does not change. */
  readonly blockLength: number;
  /** Number of blocks, 1 to 2^53 − 1. Changes only together with a `resized` event. */
  readonly blocks: number;
  /** Nothing can be written: the disk is write-protected. */
  readonly readOnly?: boolean;
  /**
   * What tells this store from every other, the same after a restart (a file's real path, an
   * object's key). The unit derives its default serial number and NAA designator from it.
   */
  readonly id?: string;
  /** Blocks that were unmapped, or never written, read as zeros (LBPRZ). */
  readonly unmappedReadsZeros?: boolean;
  /**
   * The most blocks that one `write` stores all together or not at all, with their protection
   * information, whatever happens meanwhile (a power loss too). Absent: there is no such promise.
   */
  readonly maxAtomicBlocks?: number;
  /** The smallest run that `unmap` can free, in blocks, where that is more than one. */
  readonly unmapGranularity?: number;
  /** `unmap` can anchor: keep the space of what it forgets (ANC_SUP). Without it `anchor` is never set. */
  readonly canAnchor?: boolean;

  /** Fills `into` with the blocks from `lba` on. */
  read(lba: number, into: Uint8Array): MaybePromise<void>;

  /** Stores the blocks from `lba` on. A backend that has no `flush` has them on stable storage when it settles. */
  write(lba: number, from: Uint8Array, options: WriteOptions): MaybePromise<void>;

  /**
   * Fills `into` with the protection information of the blocks from `lba` on, 8 bytes each, as it was
   * written with them. Blocks that were unmapped, or never written, have bytes of FFh. Absent: the
   * disk cannot have protection information.
   */
  readProtection?(lba: number, into: Uint8Array): MaybePromise<void>;

  /** Puts every write that has settled on stable storage. Absent: there is no volatile cache. */
  flush?(): MaybePromise<void>;

  /**
   * Forgets the contents of some blocks, and their protection information, and frees what held them.
   * Absent: fully provisioned.
   */
  unmap?(lba: number, blocks: number, options?: UnmapOptions): MaybePromise<void>;

  /**
   * Makes the blocks from `lba` on the same as those of `source` from `sourceLba` on, without their
   * bytes passing through the caller: by sharing them, or by letting the service behind both stores
   * copy them. `source` may be this store; the two ranges never overlap then.
   *
   * Settles with `false`, and has changed nothing, where it cannot: another kind of source, another
   * block length, ranges that do not fit together, a source that cannot be read. The bytes are then
   * read and written. A failure is one of writing.
   */
  clone?(
    lba: number,
    source: Backend,
    sourceLba: number,
    blocks: number,
    options: WriteOptions,
  ): MaybePromise<boolean>;

  /** Lends the blocks without copying them; `undefined` where that is not possible this time. */
  view?(lba: number, blocks: number): View | undefined;

  /**
   * The run of blocks that begins at `lba` (it may be cut short). Absent: it is not known which
   * blocks are allocated, and all are taken to be.
   */
  extent?(lba: number): MaybePromise<Extent>;

  /**
   * How it is filled, as far as that is known at once: asked after every write when initiators want
   * to be told. Absent: that is not known, and nobody is told when space runs low.
   */
  space?(): Space;

  /** Calls `listener` at every event; the function returned ends that. */
  watch?(listener: (event: BackendEvent) => void): () => void;

  /** Flushes and lets go of everything. Called more than once, it does nothing more. */
  close?(): MaybePromise<void>;
}

/** What failed in a backend; each kind has its own sense data. */
export type BackendFailure =
  /** The block cannot be read or written: MEDIUM ERROR with the LBA. */
  | 'medium'
  /** The store is broken: HARDWARE ERROR, INTERNAL TARGET FAILURE. */
  | 'hardware'
  /** No room for a block that was not allocated: DATA PROTECT, SPACE ALLOCATION FAILED WRITE PROTECT. */
  | 'space'
  /** The store refuses writes: DATA PROTECT, WRITE PROTECTED. */
  | 'protected'
  /** The store is not there now: NOT READY. */
  | 'not-ready';

/**
 * A backend's failure, as the logical unit understands it.
 *
 * @example
 * ```ts
 * throw new BackendError('medium', 'sector 7 has a scratch', { lba: 7 });
 * ```
 */
export class BackendError extends Error {
  /** The name of the class. */
  override readonly name = 'BackendError';
  /** Stable code for programs: `BACKEND_MEDIUM`, `BACKEND_SPACE`… */
  readonly code: string;
  /** What failed. */
  readonly kind: BackendFailure;
  /** The first block it failed at, where that is known. */
  readonly lba?: number;

  constructor(
    kind: BackendFailure,
    message: string,
    options: { readonly lba?: number; readonly cause?: unknown } = {},
  ) {
    super(message, 'cause' in options ? { cause: options.cause } : undefined);
    this.kind = kind;
    this.code = `BACKEND_${kind.toUpperCase().replace('-', '_')}`;
    if (options.lba !== undefined) this.lba = options.lba;
  }
}
