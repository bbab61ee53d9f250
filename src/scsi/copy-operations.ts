/** The third-party copies of one unit: those that go on, and those whose end is remembered. */
import { isPromise, type MaybePromise } from '../maybe-promise.ts';
import { INSUFFICIENT_RESOURCES, OPERATION_IN_PROGRESS, SENSE_KEY } from '../sense/codes.ts';
import type { Context } from './command.ts';
import { COPY_LIMITS } from './copy-limits.ts';
import { CopyOperation, type CopyPlan } from './copy-operation.ts';
import type { Nexus } from './nexus.ts';
import { check, GOOD, type Result } from './result.ts';

/** The copies that a unit makes as a copy manager. */
export class CopyOperations {
  readonly #running = new Set<CopyOperation>();
  /** Those that have ended and can be asked for, the oldest first. */
  readonly #ended = new Set<CopyOperation>();

  /** The copy with a list identifier of a nexus. */
  find(nexus: Nexus, listId: number): CopyOperation | undefined {
    const is = ({ plan }: CopyOperation): boolean => plan.nexus === nexus && plan.listId === listId;
    return [...this.#running].find(is) ?? [...this.#ended].find(is);
  }

  /**
   * Makes a copy. Its command ends when it does, or with IMMED as soon as it has begun; it is
   * refused where its list identifier is in use, or too many copies go on.
   */
  begin(
    plan: Omit<CopyPlan, 'nexus'>,
    context: Context,
    work: (copy: CopyOperation) => MaybePromise<Result>,
  ): MaybePromise<Result> {
    const { nexus, unit } = context;
    const copy = new CopyOperation({ ...plan, nexus });
    const same = plan.listId === undefined ? undefined : this.find(nexus, plan.listId);
    if (same !== undefined && same.result === undefined)
      return check({ ...OPERATION_IN_PROGRESS, key: SENSE_KEY.ILLEGAL_REQUEST });
    if (this.#running.size >= COPY_LIMITS.concurrentCopies) return check(INSUFFICIENT_RESOURCES);
    if (same !== undefined) this.#ended.delete(same);
    this.#running.add(copy);
    // An aborted task takes its copy with it; one that has ended does not.
    if (!plan.immed) context.whenAborted(() => void copy.abort());
    const result = copy.run(() => work(copy), unit);
    const ended = (value: Result): Result => {
      this.#retire(copy);
      return value;
    };
    if (!isPromise(result)) return plan.immed ? (ended(result), GOOD) : ended(result);
    const settled = result.then(ended);
    return plan.immed ? GOOD : settled;
  }

  /** Aborts the copies of one nexus, or all. Settles when they have ended. */
  abort(nexus?: Nexus): MaybePromise<void> {
    const pending: Promise<void>[] = [];
    for (const copy of this.#running) {
      if (nexus !== undefined && copy.plan.nexus !== nexus) continue;
      const ended = copy.abort();
      if (isPromise(ended)) pending.push(ended);
    }
    return pending.length === 0 ? undefined : Promise.all(pending).then(() => undefined);
  }

  /** Forgets the copies of a nexus that have ended. */
  forget(nexus: Nexus): void {
    for (const copy of this.#ended) if (copy.plan.nexus === nexus) this.#ended.delete(copy);
  }

  #retire(copy: CopyOperation): void {
    this.#running.delete(copy);
    if (copy.plan.listId === undefined) return;
    this.#ended.add(copy);
    for (const oldest of this.#ended) {
      if (this.#ended.size <= COPY_LIMITS.rememberedCopies) return;
      this.#ended.delete(oldest);
    }
  }
}
