/** Long work on the whole medium that goes on behind its command: FORMAT UNIT and SANITIZE. */
import { andThen, isPromise, type MaybePromise } from '../maybe-promise.ts';
import { CAPACITY_DATA_HAS_CHANGED, NOT_READY_TO_READY_CHANGE } from '../sense/codes.ts';
import type { SenseCondition, SenseData } from '../sense/sense-data.ts';
import type { Clock } from './clock.ts';
import type { Command } from './command.ts';
import { OperationBegun, TaskAborted } from './failure.ts';
import type { LogicalUnit } from './logical-unit.ts';
import type { MediumUser } from './block-access.ts';
import type { Nexus } from './nexus.ts';
import {
  FAILED,
  IN_PROGRESS,
  restoredOperation,
  type OperationKind,
  type OperationPlan,
} from './operation-plan.ts';
import { OperationWork, type OperationTerms } from './operation-work.ts';

/**
 * Whether a command runs although a background operation keeps the unit from the others: always,
 * after an operation that failed, or only after a FORMAT UNIT that failed.
 */
export type OperationPolicy = 'always' | 'failed' | 'failed format';

/** What the operation needs of its unit. */
export type OperationHost = Pick<
  LogicalUnit,
  'medium' | 'memory' | 'settings' | 'protection' | 'thresholds' | 'report' | 'establish'
>;

/** Who waits for the end of an operation, and may be aborted meanwhile. */
export interface Waiter {
  /** Calls `listener` when the task is aborted. */
  whenAborted(listener: () => void): void;
}

/** The name of its section in the unit store. */
const SECTION = 'operation';

/**
 * The background operation of a unit, if there is one. It belongs to the unit: no abort, reset or
 * loss of a nexus ends it, and with a unit store a restart goes on with it.
 */
export class BackgroundOperation implements MediumUser {
  readonly #unit: OperationHost;
  #clock: Clock | undefined;
  #current: OperationWork | undefined;
  #failed: OperationPlan | undefined;
  #begun = 0;
  #lastKind: OperationKind = 'sanitize';
  #closed = false;
  #cancel: (() => void) | undefined;
  /** The piece, or the end, that is under way; never rejects. */
  #busy: Promise<void> | undefined;

  constructor(unit: OperationHost) {
    this.#unit = unit;
  }

  /** How many operations have begun: commands that entered before the last one must not go on. */
  get begun(): number {
    return this.#begun;
  }

  /** What keeps the unit from its commands: an operation in progress, or one that failed. */
  get sense(): SenseData | undefined {
    const current = this.#current;
    if (current !== undefined)
      return { ...IN_PROGRESS[current.plan.kind], progress: current.progress };
    return this.#failed && FAILED[this.#failed.kind];
  }

  /** Whether there is work to do. */
  get inProgress(): boolean {
    return this.#current !== undefined;
  }

  /** Whether a SANITIZE failed in the restricted completion mode: only a successful one ends that. */
  get restricted(): boolean {
    return this.#failed?.kind === 'sanitize' && !this.#failed.unrestrictedExit;
  }

  /** Why a command must not run now; `undefined` where it may. */
  obstacle({ passesOperation, needsMedium }: Command): SenseData | undefined {
    if (this.#current === undefined && this.#failed === undefined) return undefined;
    if (passesOperation === 'always') return undefined;
    if (this.#current === undefined) {
      if (passesOperation === 'failed') return undefined;
      // After a failed format only the medium is out of order.
      const formatOnly = this.#failed?.kind === 'format';
      if (formatOnly && (passesOperation === 'failed format' || needsMedium !== true))
        return undefined;
    }
    return this.sense;
  }

  /** Leaves by an exception where an operation began since `begun` had this value. */
  throwIfBegunSince(begun: number): void {
    if (begun !== this.#begun)
      throw new OperationBegun(this.sense ?? { ...IN_PROGRESS[this.#lastKind], progress: 0xffff });
  }

  /** Leaves by an exception if the unit has been closed. */
  throwIfAborted(): void {
    if (this.#closed) throw new TaskAborted();
  }

  /** Gives it the time; an operation that was loaded before that goes on now. */
  attach(clock: Clock): void {
    if (this.#clock !== undefined) return;
    this.#clock = clock;
    this.#go();
  }

  /**
   * Takes up what the unit store kept.
   *
   * @throws TypeError - what it kept is damaged.
   */
  load(): void {
    const kept = restoredOperation(this.#unit.memory.section(SECTION));
    if (kept === undefined) return;
    if (kept.failed) {
      this.#failed = kept.plan;
      return;
    }
    this.#current = new OperationWork(this.#terms(kept.plan), kept.plan, undefined, kept);
    this.#go();
  }

  /**
   * Begins an operation; from now on other commands are refused. Settles when the unit store has it.
   * There is none in progress: the checks before every command see to that.
   */
  begin(plan: OperationPlan, starter: Nexus): MaybePromise<OperationWork> {
    const work = new OperationWork(this.#terms(plan), plan, starter);
    this.#begun++;
    this.#lastKind = plan.kind;
    this.#current = work;
    const begun = (): OperationWork => {
      this.#go();
      return work;
    };
    const undo = (error: unknown): never => {
      this.#current = undefined;
      throw error;
    };
    try {
      const kept = this.#unit.memory.keep(SECTION, work.state(false));
      if (isPromise(kept)) return kept.then(begun, undo);
    } catch (error) {
      return undo(error);
    }
    return begun();
  }

  /** Waits for the end of an operation: whether it ended well. Rejects where the waiter is aborted. */
  ended({ outcome, waiting }: OperationWork, waiter: Waiter): MaybePromise<boolean> {
    if (outcome !== undefined) return outcome;
    return new Promise((resolve, reject) => {
      waiting.push(resolve);
      waiter.whenAborted(() => reject(new TaskAborted()));
    });
  }

  /** EXIT FAILURE MODE: forgets that a SANITIZE failed. Settles when the unit store has forgotten it. */
  exitFailureMode(): MaybePromise<void> {
    const failed = this.#failed;
    if (failed?.kind !== 'sanitize') return undefined;
    return andThen(this.#unit.memory.keep(SECTION, undefined), () => {
      if (this.#failed === failed) this.#failed = undefined;
    });
  }

  /** Stops where it is, and keeps that. */
  close(): MaybePromise<void> {
    this.#closed = true;
    this.#cancel?.();
    return this.#current === undefined ? undefined : this.#stop();
  }

  async #stop(): Promise<void> {
    await this.#busy;
    const work = this.#current;
    // It came to its end meanwhile.
    if (work === undefined) return;
    try {
      // What is said to be done has to be on stable storage.
      await this.#unit.medium.flush();
      await this.#unit.memory.keep(SECTION, work.state(false));
    } catch (error) {
      this.#unit.report(error);
    }
  }

  #terms({ kind }: OperationPlan): OperationTerms {
    const { medium, settings } = this.#unit;
    const { formatRate, sanitizeRate, unmapGranularity } = settings;
    return { medium, unmapGranularity, rate: kind === 'format' ? formatRate : sanitizeRate };
  }

  #go(): void {
    if (this.#clock === undefined || this.#current === undefined) return;
    this.#current.resume(this.#clock.now());
    this.#run(this.#clock, this.#current);
  }

  /** Does piece after piece, until one takes its time or it is too early for the next. */
  #run(clock: Clock, work: OperationWork): void {
    while (!this.#closed) {
      const pause = work.pause(clock.now());
      if (pause !== undefined) {
        this.#cancel = clock.after(pause, () => {
          // It would keep the work, and the mebibyte that it writes, when that has long ended.
          this.#cancel = undefined;
          this.#run(clock, work);
        });
        return;
      }
      const more = this.#step(work);
      if (isPromise(more)) {
        this.#busy = more.then((value) => {
          if (value) this.#run(clock, work);
        });
        return;
      }
      if (!more) return;
    }
  }

  /** A piece, or the end: whether there is more to do. Never throws. */
  #step(work: OperationWork): MaybePromise<boolean> {
    const stumble = (error: unknown): MaybePromise<boolean> => this.#stumble(work, error);
    try {
      const step = andThen(work.next(this), (more) => more || this.#finish(work));
      return isPromise(step) ? step.catch(stumble) : step;
    } catch (error) {
      return stumble(error);
    }
  }

  #finish(work: OperationWork): MaybePromise<false> {
    const { medium, memory, protection } = this.#unit;
    const { protectionType = protection.type } = work.plan;
    const changes = protectionType !== protection.type;
    return andThen(medium.flush(), () =>
      andThen(protection.formatted(protectionType), () =>
        // Were this not kept, a restart would do it all again, to newer data.
        andThen(memory.keep(SECTION, undefined), () => {
          if (changes) this.#tell(CAPACITY_DATA_HAS_CHANGED, work);
          return this.#end(work, true);
        }),
      ),
    );
  }

  #stumble(work: OperationWork, error: unknown): MaybePromise<boolean> {
    if (work.survives(error)) return true;
    if (this.#closed && error instanceof TaskAborted) return false;
    const { memory } = this.#unit;
    this.#unit.report(error);
    const unkept = (problem: unknown): false => {
      this.#unit.report(problem);
      return this.#end(work, false);
    };
    try {
      const kept = memory.keep(SECTION, work.state(true));
      if (isPromise(kept)) return kept.then(() => this.#end(work, false), unkept);
    } catch (problem) {
      return unkept(problem);
    }
    return this.#end(work, false);
  }

  #end(work: OperationWork, outcome: boolean): false {
    this.#current = undefined;
    this.#failed = outcome ? undefined : work.plan;
    if (outcome && work.plan.kind === 'format') this.#tell(NOT_READY_TO_READY_CHANGE, work);
    this.#unit.thresholds.look();
    work.end(outcome);
    return false;
  }

  /** All but those who began it, and know. */
  #tell(condition: SenseCondition, { starter }: OperationWork): void {
    this.#unit.establish(condition, (nexus) => nexus !== starter);
  }
}
