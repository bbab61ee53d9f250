/** A third-party copy: how far it is, how it ended, and who may end it early. */
import { isPromise, type MaybePromise } from '../maybe-promise.ts';
import { COPY_OPERATION_STATUS } from '../cdb/receive-copy-data.ts';
import { SENSE_KEY } from '../sense/codes.ts';
import { resultOfFailure, TaskAborted } from './failure.ts';
import type { LogicalUnit } from './logical-unit.ts';
import type { MediumUser } from './block-access.ts';
import type { Nexus } from './nexus.ts';
import { check, type Result } from './result.ts';
import { STATUS } from './status.ts';

/** What a copy is begun with. */
export interface CopyPlan {
  /** Who began it. */
  readonly nexus: Nexus;
  /** SERVICE ACTION of the command that began it. */
  readonly serviceAction: number;
  /** LIST IDENTIFIER; absent: it has none, and nobody can ask for it. */
  readonly listId?: number;
  /** It goes on when its command has ended. */
  readonly immed: boolean;
}

/** One copy, from its begin until nobody asks for it any more. */
export class CopyOperation implements MediumUser {
  /** What it was begun with. */
  readonly plan: CopyPlan;
  /** Segments that are done. */
  segmentsProcessed = 0;
  /** Bytes that have been written. */
  bytes = 0;
  /** Pieces that have been written. */
  pieces = 0;
  /** Not all that was asked for could be had. */
  residual = false;
  /** The ROD token that it made. */
  token: Uint8Array | undefined;
  #aborted = false;
  #result: Result | undefined;
  #settled: Promise<void> | undefined;

  constructor(plan: CopyPlan) {
    this.plan = plan;
  }

  /** How it ended; `undefined` while it goes on. */
  get result(): Result | undefined {
    return this.#result;
  }

  /** COPY OPERATION STATUS. */
  get status(): number {
    if (this.#result === undefined)
      return this.plan.immed ? COPY_OPERATION_STATUS.BACKGROUND : COPY_OPERATION_STATUS.FOREGROUND;
    if (this.#aborted) return COPY_OPERATION_STATUS.ABORTED;
    if (this.#result.status !== STATUS.GOOD) return COPY_OPERATION_STATUS.FAILED;
    return this.residual ? COPY_OPERATION_STATUS.RESIDUAL : COPY_OPERATION_STATUS.COMPLETED;
  }

  /** Leaves by an exception if the copy has been aborted. */
  throwIfAborted(): void {
    if (this.#aborted) throw new TaskAborted();
  }

  /** A piece has been written. */
  moved(bytes: number): void {
    this.bytes += bytes;
    this.pieces++;
  }

  /** Aborts it. Settles when it has ended: it writes nothing after that. */
  abort(): MaybePromise<void> {
    if (this.#result !== undefined) return undefined;
    this.#aborted = true;
    return this.#settled;
  }

  /** Makes the copy; gives how it ended. Called once. Never throws. */
  run(
    work: () => MaybePromise<Result>,
    reporter: Pick<LogicalUnit, 'report'>,
  ): MaybePromise<Result> {
    const failed = (error: unknown): Result => this.#end(this.#resultOf(error, reporter));
    try {
      const result = work();
      if (!isPromise(result)) return this.#end(result);
      const ended = result.then((value) => this.#end(value)).catch(failed);
      this.#settled = ended.then(() => undefined);
      return ended;
    } catch (error) {
      return failed(error);
    }
  }

  #end(result: Result): Result {
    this.#result = result;
    return result;
  }

  #resultOf(error: unknown, reporter: Pick<LogicalUnit, 'report'>): Result {
    if (error instanceof TaskAborted) return ABORTED;
    reporter.report(error);
    return resultOfFailure(error, true);
  }
}

/** COPY ABORTED without a further reason: somebody wanted it so. */
const ABORTED: Result = check({ key: SENSE_KEY.COPY_ABORTED, asc: 0x00, ascq: 0x00 });
