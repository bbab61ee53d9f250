/** The task sets of a logical unit: which task may run when (SAM, task set management). */
import { isPromise, type MaybePromise } from '../maybe-promise.ts';
import type { TaskAttribute } from './task.ts';

/** A task as the task set sees it. */
export interface Schedulable<T> {
  readonly attribute: TaskAttribute;
  /** Names its task set, where there are several (TST). */
  readonly taskSet?: unknown;
  /** Place among the SIMPLE tasks that may start at the same time: the lowest first. Default 0. */
  readonly rank?: number;
  /** Whether an ACA condition keeps it from starting. */
  readonly blocked?: boolean;
  /** It works on memory that has to be left alone once it has ended: it cannot be given up on. */
  readonly borrows?: boolean;
  /** What its promise gives when it was aborted before it ran, or was given up on. */
  readonly aborted: T;
  /** Does the task's work; never throws, never rejects. */
  run(): MaybePromise<T>;
  /** Tells the task that it is being aborted; called at most once. */
  abort(): void;
}

/** Aborted tasks that are still at work. */
export interface Aborting {
  /** Settles when their work has ended. */
  readonly ended: Promise<unknown>;
  /**
   * Waits for them no longer: those still at work are taken out of the set and end as aborted, but for
   * those that borrow memory. Their work goes on, and nobody hears of its outcome.
   */
  giveUp(): void;
}

interface Slot<T, S extends Schedulable<T>> {
  readonly task: S;
  /** Starts a waiting task; absent once it runs. */
  start?: (() => void) | undefined;
  /** Ends a waiting task without running it. */
  drop?: (() => void) | undefined;
  /** Settles when the task's work has ended. */
  done: Promise<unknown>;
  /** Gives the outcome of a running task to who submitted it. */
  settle?: (outcome: T) => void;
  /** The task has been told that it is being aborted. */
  told?: boolean;
}

/** What stands in the way of the tasks of one task set. */
interface Barriers {
  /** Tasks that wait for none: HEAD OF QUEUE and ACA. */
  heads: number;
  /** Older ORDERED tasks. */
  ordered: number;
  /** All older tasks. */
  older: number;
}

/**
 * Tasks in the order they came. A SIMPLE task waits for older ORDERED ones, an ORDERED task for
 * all older ones, and both for every HEAD OF QUEUE and ACA task; those wait for none.
 *
 * A task that ends in the same tick never shows in the set: nobody could have seen it.
 */
export class TaskSet<T, S extends Schedulable<T>> {
  readonly #slots = new Set<Slot<T, S>>();
  /** Tasks in the set that are not SIMPLE. */
  #barriers = 0;
  #waiting = 0;
  #held = false;

  /** Number of tasks that have not ended. */
  get size(): number {
    return this.#slots.size;
  }

  /** Lets no task start until the returned function is called. */
  hold(): () => void {
    this.#held = true;
    return () => {
      this.#held = false;
      this.advance();
    };
  }

  /** Enters a task; gives its outcome as soon as it ended. */
  submit(task: S): MaybePromise<T> {
    const simple = task.attribute === 'simple';
    const free = this.#slots.size === 0 || (simple && this.#barriers === 0);
    if (!this.#held && ((free && this.#waiting === 0) || passesOthers(task))) {
      const outcome = task.run();
      if (!isPromise(outcome)) return outcome;
      const slot: Slot<T, S> = { task, done: outcome };
      this.#add(slot);
      return this.#removeWhenDone(slot, outcome);
    }
    return new Promise<T>((resolve) => {
      const slot: Slot<T, S> = { task, done: Promise.resolve() };
      slot.start = () => {
        slot.start = slot.drop = undefined;
        this.#waiting--;
        const outcome = Promise.resolve(task.run());
        slot.done = outcome;
        resolve(this.#removeWhenDone(slot, outcome));
      };
      slot.drop = () => {
        slot.start = slot.drop = undefined;
        this.#waiting--;
        this.#remove(slot);
        resolve(task.aborted);
      };
      this.#waiting++;
      this.#add(slot);
      // Those in its way may be of another task set.
      this.advance();
    });
  }

  /** Whether `which` picks a task that has not ended. */
  some(which: (task: S) => boolean): boolean {
    for (const { task } of this.#slots) if (which(task)) return true;
    return false;
  }

  /** The tasks that have not ended, oldest first. */
  *tasks(): Generator<S> {
    for (const { task } of this.#slots) yield task;
  }

  /**
   * Aborts the tasks that `which` picks. Those that wait end now; those that run end when what they
   * are doing has settled.
   *
   * @returns those that run; `undefined` where none does.
   */
  abort(which: (task: S) => boolean): Aborting | undefined {
    const running: Slot<T, S>[] = [];
    const picked = [...this.#slots].filter((slot) => which(slot.task));
    for (const slot of picked) {
      // What a task does when it is told may come back here: by then it is out, or has been told.
      if (slot.drop) slot.drop();
      else if (this.#slots.has(slot)) running.push(slot);
      if (slot.told === true) continue;
      slot.told = true;
      slot.task.abort();
    }
    this.advance();
    if (running.length === 0) return undefined;
    return {
      ended: Promise.all(running.map(({ done }) => done)),
      giveUp: () => {
        for (const slot of running)
          if (this.#slots.has(slot) && slot.task.borrows !== true)
            this.#end(slot, slot.task.aborted);
      },
    };
  }

  /** Starts every waiting task that nothing stands in the way of: those of the lowest rank first. */
  advance(): void {
    if (this.#held || this.#waiting === 0) return;
    const sets = new Map<unknown, Barriers>();
    for (const { task } of this.#slots) {
      const barriers = sets.get(task.taskSet) ?? { heads: 0, ordered: 0, older: 0 };
      if (passesOthers(task)) barriers.heads++;
      sets.set(task.taskSet, barriers);
    }
    const ready: Slot<T, S>[] = [];
    for (const slot of this.#slots) {
      const barriers = sets.get(slot.task.taskSet) as Barriers;
      if (slot.start !== undefined && mayStart(slot.task, barriers)) ready.push(slot);
      barriers.older++;
      if (slot.task.attribute === 'ordered') barriers.ordered++;
    }
    ready.sort((a, b) => (a.task.rank ?? 0) - (b.task.rank ?? 0));
    // What one does in its first tick may abort another, or block it.
    for (const slot of ready) if (slot.task.blocked !== true) slot.start?.();
  }

  #add(slot: Slot<T, S>): void {
    this.#slots.add(slot);
    if (slot.task.attribute !== 'simple') this.#barriers++;
  }

  #remove(slot: Slot<T, S>): void {
    this.#slots.delete(slot);
    if (slot.task.attribute !== 'simple') this.#barriers--;
  }

  #removeWhenDone(slot: Slot<T, S>, outcome: Promise<T>): Promise<T> {
    return new Promise((resolve) => {
      slot.settle = resolve;
      slot.done = outcome.then((value) => {
        if (this.#slots.has(slot)) this.#end(slot, value);
      });
    });
  }

  #end(slot: Slot<T, S>, outcome: T): void {
    this.#remove(slot);
    slot.settle?.(outcome);
    if (this.#waiting > 0) this.advance();
  }
}

const passesOthers = ({ attribute }: Schedulable<unknown>): boolean =>
  attribute === 'head of queue' || attribute === 'aca';

function mayStart(task: Schedulable<unknown>, { heads, ordered, older }: Barriers): boolean {
  if (task.blocked === true) return false;
  if (passesOthers(task)) return true;
  return heads === 0 && (task.attribute === 'simple' ? ordered === 0 : older === 0);
}
