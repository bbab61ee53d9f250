/** The task manager of a logical unit (SAM): lets tasks in, and ends them before their time. */
import { isPromise, type MaybePromise } from '../maybe-promise.ts';
import {
  COMMANDS_CLEARED_BY_ANOTHER_INITIATOR,
  OVERLAPPED_COMMANDS_ATTEMPTED,
} from '../sense/codes.ts';
import { encodeSense } from '../sense/encode.ts';
import type { Clock } from './clock.ts';
import { Execution } from './execution.ts';
import type { LogicalUnit } from './logical-unit.ts';
import type { Nexus } from './nexus.ts';
import { STATUS } from './status.ts';
import type { Response, Task } from './task.ts';
import { TaskSet } from './task-set.ts';

/** Which tasks a task management function means. */
export type TaskPredicate = (task: { readonly nexus: Nexus; readonly task: Task }) => boolean;

/** The tasks of one logical unit, from their arrival to their end. */
export class TaskManager {
  readonly #unit: LogicalUnit;
  readonly #tasks = new TaskSet<Response | undefined, Execution>(undefined);
  #clock: Clock | undefined;

  constructor(unit: LogicalUnit) {
    this.#unit = unit;
  }

  /** Says where time comes from. */
  attach(clock: Clock): void {
    this.#clock = clock;
  }

  /** Lets no task start until the returned function is called. */
  hold(): () => void {
    return this.#tasks.hold();
  }

  /** Runs a command: see `Nexus.execute`. */
  execute(nexus: Nexus, task: Task): MaybePromise<Response | undefined> {
    const { size } = this.#tasks;
    if (size > 0) {
      if (size >= this.#unit.settings.queueDepth) return TASK_SET_FULL;
      if (this.has(nexus, task.tag)) return this.#overlapped(nexus);
    }
    return this.#tasks.submit(new Execution(this.#unit, nexus, task));
  }

  /** Whether a task of the nexus is in the task set: any, or the one with this tag. */
  has(nexus: Nexus, tag?: number): boolean {
    return this.#tasks.some(isOf(nexus, tag));
  }

  /** Aborts the tasks of one nexus, or one of them. Settles when they have ended. */
  abort(nexus: Nexus, tag?: number): MaybePromise<void> {
    return this.abortWhere(isOf(nexus, tag));
  }

  /**
   * Aborts the tasks that `which` picks. Settles when they have ended; should they not in time, the
   * unit is fenced until they have.
   */
  abortWhere(which: TaskPredicate): MaybePromise<void> {
    const running = this.#tasks.abort(which);
    if (running === undefined) return undefined;
    const { readiness, settings } = this.#unit;
    return new Promise((resolve) => {
      let fenced = false;
      const cancel = this.#clock?.after(settings.abortTimeout, () => {
        fenced = true;
        readiness.fences++;
        resolve();
      });
      void running.then(() => {
        if (fenced) readiness.fences--;
        cancel?.();
        resolve();
      });
    });
  }

  /** Aborts all tasks. Settles when they have ended. */
  abortAll(): MaybePromise<void> {
    return this.abortWhere(() => true);
  }

  /** CLEAR TASK SET: aborts all tasks; the other nexuses that lost some are told. */
  clear(nexus: Nexus): MaybePromise<void> {
    const others = new Set<Nexus>();
    for (const task of this.#tasks.tasks()) if (task.nexus !== nexus) others.add(task.nexus);
    this.#unit.establish(COMMANDS_CLEARED_BY_ANOTHER_INITIATOR, (other) => others.has(other));
    return this.abortAll();
  }

  #overlapped(nexus: Nexus): MaybePromise<Response> {
    const format = this.#unit.descriptorSense ? 'descriptor' : 'fixed';
    const sense = encodeSense(OVERLAPPED_COMMANDS_ATTEMPTED, format);
    const response = { status: STATUS.CHECK_CONDITION, dataIn: [], dataOutLength: 0, sense };
    const aborted = this.abort(nexus);
    return isPromise(aborted) ? aborted.then(() => response) : response;
  }
}

const TASK_SET_FULL: Response = { status: STATUS.TASK_SET_FULL, dataIn: [], dataOutLength: 0 };

const isOf =
  (nexus: Nexus, tag: number | undefined): TaskPredicate =>
  (other) =>
    other.nexus === nexus && (tag === undefined || other.task.tag === tag);
