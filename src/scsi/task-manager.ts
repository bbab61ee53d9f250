/** The task manager of a logical unit (SAM): lets tasks in, and ends them before their time. */
import { isUndecodable } from '../cdb/codec.ts';
import { nacaOf } from '../cdb/spec.ts';
import { andThen, type MaybePromise } from '../maybe-promise.ts';
import {
  COMMANDS_CLEARED_BY_ANOTHER_INITIATOR,
  OVERLAPPED_COMMANDS_ATTEMPTED,
  PREVIOUS_BUSY_STATUS,
  PREVIOUS_RESERVATION_CONFLICT_STATUS,
  PREVIOUS_TASK_SET_FULL_STATUS,
} from '../sense/codes.ts';
import { encodeSense } from '../sense/encode.ts';
import type { SenseCondition } from '../sense/sense-data.ts';
import { AutoContingentAllegiance } from './aca.ts';
import type { Clock } from './clock.ts';
import { Execution } from './execution.ts';
import type { LogicalUnit } from './logical-unit.ts';
import type { Nexus } from './nexus.ts';
import { STATUS, type Status } from './status.ts';
import type { Response, Task } from './task.ts';
import { TaskSet } from './task-set.ts';

/** Which tasks a task management function means. */
export type TaskPredicate = (task: { readonly nexus: Nexus; readonly task: Task }) => boolean;

/** QERR (SPC, Control mode page): which other tasks a CHECK CONDITION aborts. */
const QERR = { NONE: 0b00, ALL: 0b01, OF_THE_NEXUS: 0b11 } as const;

/** UA_INTLCK_CTRL (SPC, Control mode page): a status that says no is told again as unit attention. */
const INTERLOCK_STATUS = 0b11;

const PREVIOUS_STATUS: Readonly<Partial<Record<Status, SenseCondition>>> = {
  [STATUS.BUSY]: PREVIOUS_BUSY_STATUS,
  [STATUS.TASK_SET_FULL]: PREVIOUS_TASK_SET_FULL_STATUS,
  [STATUS.RESERVATION_CONFLICT]: PREVIOUS_RESERVATION_CONFLICT_STATUS,
};

/** The tasks of one logical unit, from their arrival to their end. */
export class TaskManager {
  readonly #unit: LogicalUnit;
  readonly #tasks = new TaskSet<Response | undefined, Execution>();
  readonly #aca = new AutoContingentAllegiance();
  /** Tasks whose answer, or data, waits for the end of an ACA condition. */
  #blocked: { readonly task: Execution; readonly resume: () => void }[] = [];
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
      if (size >= this.#unit.settings.queueDepth)
        return this.#turnAway(nexus, STATUS.TASK_SET_FULL);
      if (this.has(nexus, task.tag)) return this.#overlapped(nexus, task);
    }
    return this.#aca.inEffect && this.#aca.concerns(nexus, this.#shared)
      ? this.#executeDuringAca(nexus, task)
      : this.#tasks.submit(new Execution(this.#unit, nexus, task));
  }

  /** Whether a task of the nexus is in the task set: any, or the one with this tag. */
  has(nexus: Nexus, tag?: number): boolean {
    return this.#tasks.some(isOf(nexus, tag));
  }

  /** Whether a CHECK CONDITION to this nexus established an ACA condition that is in effect. */
  isFaulted(nexus: Nexus): boolean {
    return this.#aca.isFaulted(nexus);
  }

  /** Whether an ACA condition keeps a task of the task set from going on. */
  blocks({ nexus, taskSet, passesAca }: Execution): boolean {
    return this.#aca.inEffect && !passesAca && this.#aca.concerns(nexus, taskSet === undefined);
  }

  /** Calls `resume` when an ACA condition that blocks the task has ended. */
  whenUnblocked(task: Execution, resume: () => void): void {
    this.#blocked.push({ task, resume });
  }

  /**
   * A command ends with another status than GOOD. After CHECK CONDITION, NACA establishes an ACA
   * condition and QERR aborts others: settles when those have ended.
   */
  failed(task: Execution, status: Status): MaybePromise<void> {
    if (status !== STATUS.CHECK_CONDITION) return this.#interlock(task.nexus, status);
    // An ACA task that fails ends the condition in which it ran.
    const ended = task.attribute === 'aca' && this.#aca.clear(task.nexus);
    if (task.naca) this.#aca.establish(task.nexus);
    const aborted = this.#abortForError(task);
    if (ended) this.#unblock();
    return aborted;
  }

  /** Aborts the tasks of one nexus, or one of them. Settles when they have ended. */
  abort(nexus: Nexus, tag?: number): MaybePromise<void> {
    return this.abortWhere(isOf(nexus, tag));
  }

  /**
   * Aborts the tasks that `which` picks. Settles when they have ended; should they not in time, they
   * are given up on, so that nothing waits for them, and the unit is fenced until their work has ended.
   *
   * @param by - who does it: where TAS is set, the tasks of others end with TASK ABORTED.
   */
  abortWhere(which: TaskPredicate, by?: Nexus): MaybePromise<void> {
    if (by !== undefined && this.#unit.mode.control.taskAbortedStatus) this.#answer(which, by);
    const aborting = this.#tasks.abort(which);
    return aborting && this.#inTime(aborting.ended, () => aborting.giveUp());
  }

  /** Settles when some work that was aborted has ended; should it not in time, the unit is fenced until it has. */
  waitFor(aborted: MaybePromise<void>): MaybePromise<void> {
    return aborted && this.#inTime(aborted, () => undefined);
  }

  #inTime(ended: Promise<unknown>, giveUp: () => void): Promise<void> {
    const { readiness, settings } = this.#unit;
    return new Promise((resolve) => {
      let fenced = false;
      const cancel = this.#clock?.after(settings.abortTimeout, () => {
        fenced = true;
        readiness.fences++;
        giveUp();
        resolve();
      });
      void ended.then(() => {
        if (fenced) readiness.fences--;
        cancel?.();
        resolve();
      });
    });
  }

  /** Aborts all tasks. Settles when they have ended. */
  abortAll(by?: Nexus): MaybePromise<void> {
    return this.abortWhere(() => true, by);
  }

  /**
   * The device takes the unit away from those who sent these tasks: they end with TASK ABORTED, for
   * no unit attention could tell of it. Settles when they have ended.
   */
  withdraw(which: TaskPredicate): MaybePromise<void> {
    this.#answer(which);
    return this.abortWhere(which);
  }

  /** Aborts tasks, and tells the other nexuses that lost some: by TASK ABORTED or by unit attention. */
  clearWhere(by: Nexus, which: TaskPredicate): MaybePromise<void> {
    if (!this.#unit.mode.control.taskAbortedStatus) {
      const losers = new Set<Nexus>();
      for (const task of this.#tasks.tasks())
        if (task.nexus !== by && which(task)) losers.add(task.nexus);
      this.#unit.establish(COMMANDS_CLEARED_BY_ANOTHER_INITIATOR, (nexus) => losers.has(nexus));
    }
    return this.abortWhere(which, by);
  }

  /** CLEAR TASK SET: aborts all tasks of the task set that commands of the nexus enter. */
  clear(nexus: Nexus): MaybePromise<void> {
    return this.clearWhere(nexus, (other) => this.#shared || other.nexus === nexus);
  }

  /** CLEAR ACA: ends the ACA condition of the nexus, and its ACA task with it. */
  clearAca(nexus: Nexus): MaybePromise<void> {
    if (!this.#aca.clear(nexus)) return undefined;
    const aborted = this.abortWhere(
      ({ task, nexus: sender }) => sender === nexus && task.attribute === 'aca',
    );
    this.#unblock();
    return aborted;
  }

  /** Ends every ACA condition: the unit has been reset. */
  clearEveryAca(): void {
    this.#aca.clearAll();
    this.#unblock();
  }

  /** How many tasks there are, those that wait included. */
  get size(): number {
    return this.#tasks.size;
  }

  /** TST = 000b: there is one task set for all nexuses. */
  get #shared(): boolean {
    return this.#unit.mode.control.taskSetType === 0;
  }

  #executeDuringAca(nexus: Nexus, task: Task): MaybePromise<Response | undefined> {
    const { attribute = 'simple', cdb } = task;
    const form = this.#unit.find(cdb);
    const refusal = this.#aca.refusal(
      {
        nexus,
        attribute,
        naca: nacaOf(cdb),
        preemptsAndAborts: !isUndecodable(form) && form.command.preemptsAndAborts === true,
      },
      {
        shared: this.#shared,
        taskManagementOnly: this.#unit.mode.control.taskManagementOnly,
      },
      this.#tasks.some((other) => other.nexus === nexus && other.attribute === 'aca'),
    );
    if (refusal !== undefined) return this.#turnAway(nexus, refusal);
    return this.#tasks.submit(new Execution(this.#unit, nexus, task, true));
  }

  #abortForError(failed: Execution): MaybePromise<void> {
    const { queueErrorManagement } = this.#unit.mode.control;
    if (queueErrorManagement === QERR.NONE) return undefined;
    const shared = queueErrorManagement === QERR.ALL && failed.taskSet === undefined;
    return this.clearWhere(
      failed.nexus,
      ({ nexus, task }) => task !== failed.task && (shared || nexus === failed.nexus),
    );
  }

  /** An ACA condition has ended: what it alone kept back goes on. */
  #unblock(): void {
    const waiting = this.#blocked;
    this.#blocked = waiting.filter(({ task }) => this.blocks(task));
    for (const { task, resume } of waiting) if (!this.blocks(task)) resume();
    this.#tasks.advance();
  }

  /** Has aborted tasks answered with TASK ABORTED, but for those of `by`. */
  #answer(which: TaskPredicate, by?: Nexus): void {
    for (const task of this.#tasks.tasks())
      if (task.nexus !== by && which(task)) task.answerAbort();
  }

  #turnAway(nexus: Nexus, status: Status): Response {
    this.#interlock(nexus, status);
    return { status, dataIn: [], dataOutLength: 0 };
  }

  #interlock(nexus: Nexus, status: Status): void {
    const condition = PREVIOUS_STATUS[status];
    if (
      condition !== undefined &&
      this.#unit.mode.control.unitAttentionInterlock === INTERLOCK_STATUS
    )
      this.#unit.attentions(nexus).establish(condition);
  }

  #overlapped(nexus: Nexus, task: Task): MaybePromise<Response> {
    const format = this.#unit.descriptorSense ? 'descriptor' : 'fixed';
    const sense = encodeSense(OVERLAPPED_COMMANDS_ATTEMPTED, format);
    const response = { status: STATUS.CHECK_CONDITION, dataIn: [], dataOutLength: 0, sense };
    const aborted = this.abort(nexus);
    return andThen(aborted, () => {
      const failed = this.failed(new Execution(this.#unit, nexus, task), STATUS.CHECK_CONDITION);
      return andThen(failed, () => response);
    });
  }
}

const isOf =
  (nexus: Nexus, tag: number | undefined): TaskPredicate =>
  (other) =>
    other.nexus === nexus && (tag === undefined || other.task.tag === tag);
