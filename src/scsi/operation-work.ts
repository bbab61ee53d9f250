/** The work of a background operation: which blocks come next, what is done to them, and when. */
import { andThen, type MaybePromise } from '../maybe-promise.ts';
import { BlocksGone } from './failure.ts';
import type { MediumUser } from './block-access.ts';
import type { Medium } from './medium.ts';
import type { Nexus } from './nexus.ts';
import {
  passesOf,
  patternBlocks,
  type OperationPlan,
  type OperationState,
} from './operation-plan.ts';

const MIB = 1024 * 1024;
/** Bytes that are written at a time. */
const WRITE_PIECE = MIB;
/** Bytes that are unmapped at a time. */
const UNMAP_PIECE = 1024 * MIB;
/** Bytes written after which the event loop gets its turn, although the backend answers in the same tick. */
const TURN = 8 * MIB;
/** At a given rate, the pieces that make a second: it goes on steadily, and progress can be seen. */
const PIECES_A_SECOND = 8;

/** At which speed an operation goes over which medium. */
export interface OperationTerms {
  /** The blocks to work on. */
  readonly medium: Medium;
  /** Bytes a second; 0: as fast as it goes. */
  readonly rate: number;
  /** Blocks that can be unmapped at once at least. */
  readonly unmapGranularity: number;
}

/** An operation that goes on, piece by piece. */
export class OperationWork {
  /** What it does. */
  readonly plan: OperationPlan;
  /** Whose command began it; unknown after a restart. */
  readonly starter: Nexus | undefined;
  /** Whether it ended well; undefined as long as it goes on. */
  outcome: boolean | undefined;
  /** Who waits for the outcome. */
  readonly waiting: ((outcome: boolean) => void)[] = [];
  readonly #terms: OperationTerms;
  #pass: number;
  #lba: number;
  /** When it would have begun had it gone at its rate all the time, in ms of the clock. */
  #origin = 0;
  #sinceTurn = 0;
  #blocks: { readonly pass: number; readonly bytes: Uint8Array } | undefined;

  /** @param at - where to go on. */
  constructor(
    terms: OperationTerms,
    plan: OperationPlan,
    starter?: Nexus,
    at: Pick<OperationState, 'pass' | 'lba'> = { pass: 0, lba: 0 },
  ) {
    this.#terms = terms;
    this.plan = plan;
    this.starter = starter;
    this.#pass = at.pass;
    this.#lba = at.lba;
  }

  /** What has to be kept of it. */
  state(failed: boolean): OperationState {
    return { plan: this.plan, pass: this.#pass, lba: this.#lba, failed };
  }

  /** PROGRESS INDICATION, 0 to 65535. */
  get progress(): number {
    const { blocks } = this.#terms.medium;
    const passes = this.#pass + Math.min(this.#lba, blocks) / blocks;
    return Math.min(0xffff, Math.floor((passes / Math.max(1, passesOf(this.plan))) * 0x1_0000));
  }

  /** Begins, or goes on, at this moment. */
  resume(now: number): void {
    this.#origin = now - this.#due();
  }

  /**
   * Milliseconds until the next piece: 0 where the event loop has to have its turn first, undefined
   * where the piece may begin at once.
   */
  pause(now: number): number | undefined {
    const wait = this.#origin + this.#due() - now;
    if (wait <= 0 && this.#sinceTurn < TURN) return undefined;
    this.#sinceTurn = 0;
    return Math.max(0, wait);
  }

  /** When the next piece may begin, in ms after the origin. */
  #due(): number {
    const { medium, rate } = this.#terms;
    if (rate === 0) return 0;
    return ((this.#pass * medium.blocks + this.#lba) * medium.blockLength * 1000) / rate;
  }

  /** Does the next piece; gives false where there is none. */
  next(user: MediumUser): MaybePromise<boolean> {
    const { medium } = this.#terms;
    while (this.#pass < passesOf(this.plan)) {
      const lba = this.#lba;
      const blocks = Math.min(this.#most(), medium.blocks - lba);
      if (blocks > 0) return this.#piece(lba, blocks, user);
      this.#pass++;
      this.#lba = 0;
    }
    return false;
  }

  #piece(lba: number, blocks: number, user: MediumUser): MaybePromise<boolean> {
    const { medium } = this.#terms;
    const step = (): true => {
      this.#lba = lba + blocks;
      const bytes = blocks * medium.blockLength;
      this.#sinceTurn += this.#unmaps ? (bytes * TURN) / UNMAP_PIECE : bytes;
      return true;
    };
    const done = this.#unmaps
      ? medium.unmap(lba, blocks, user)
      : medium.initialize(lba, this.#content(blocks), user);
    return andThen(done, step);
  }

  get #unmaps(): boolean {
    return this.#pass >= this.plan.writes;
  }

  /** Blocks of a whole piece. */
  #most(): number {
    const { medium, rate, unmapGranularity } = this.#terms;
    const most = this.#unmaps ? UNMAP_PIECE : WRITE_PIECE;
    const bytes = rate === 0 ? most : Math.min(most, rate / PIECES_A_SECOND);
    const granularity = this.#unmaps ? unmapGranularity : 1;
    const blocks = Math.floor(bytes / medium.blockLength / granularity) * granularity;
    return Math.max(granularity, blocks);
  }

  #content(blocks: number): Uint8Array {
    const { blockLength } = this.#terms.medium;
    if (this.#blocks?.pass !== this.#pass) {
      const bytes = patternBlocks(this.plan, this.#pass, this.#most(), blockLength);
      this.#blocks = { pass: this.#pass, bytes };
    }
    return this.#blocks.bytes.subarray(0, blocks * blockLength);
  }

  /** Whether an error means only that the disk became smaller: there is just less to do. */
  survives(error: unknown): boolean {
    return error instanceof BlocksGone;
  }

  /** Tells those who wait. */
  end(outcome: boolean): void {
    this.outcome = outcome;
    for (const resolve of this.waiting) resolve(outcome);
  }
}
