/** One command in a logical unit, from its arrival to its response. */
import { nacaOf, type CdbSpec } from '../cdb/spec.ts';
import { andThen, isPromise, type MaybePromise } from '../maybe-promise.ts';
import { SENSE_KEY } from '../sense/codes.ts';
import { encodeSense } from '../sense/encode.ts';
import type { Context } from './command.ts';
import { MarkedBad, OperationBegun, resultOfFailure, TaskAborted } from './failure.ts';
import type { LogicalUnit } from './logical-unit.ts';
import type { Nexus } from './nexus.ts';
import type { Result } from './result.ts';
import { STATUS } from './status.ts';
import type { Response, Task, TaskAttribute } from './task.ts';
import type { Schedulable } from './task-set.ts';

/** A task as its unit works on it: what commands see as {@link Context}, the task set as schedulable. */
export class Execution implements Context, Schedulable<Response | undefined> {
  readonly unit: LogicalUnit;
  readonly nexus: Nexus;
  readonly task: Task;
  readonly attribute: TaskAttribute;
  /** Its task set, where each nexus has one of its own (TST). */
  readonly taskSet: Nexus | undefined;
  /** Whether it runs although an ACA condition is in effect. */
  readonly passesAca: boolean;
  /** What it ends with when it is aborted. */
  aborted: Response | undefined;
  /** Set when the command has been found, before its behaviour runs. */
  spec: CdbSpec = UNKNOWN;
  /** Whether a bad block is an error in writing. */
  writes = false;
  #aborted = false;
  #onAbort: (() => void)[] | undefined;
  /** Which background operation was the last one when this task began. */
  #operation = 0;
  #dataOutLength = 0;

  /** @param passesAca - it has been let in although an ACA condition is in effect. */
  constructor(unit: LogicalUnit, nexus: Nexus, task: Task, passesAca = false) {
    const { attribute = 'simple' } = task;
    this.unit = unit;
    this.nexus = nexus;
    this.task = task;
    this.passesAca = passesAca;
    // The tasks that it would have to wait for are blocked.
    this.attribute = passesAca && attribute !== 'aca' ? 'head of queue' : attribute;
    this.taskSet = unit.mode.control.taskSetType === 0 ? undefined : nexus;
  }

  /** NACA of the CONTROL byte. */
  get naca(): boolean {
    return nacaOf(this.task.cdb, this.spec === UNKNOWN ? undefined : this.spec);
  }

  get rank(): number {
    if (this.attribute !== 'simple') return 0;
    const priority = this.task.priority || this.unit.priorities.of(this.nexus);
    return priority === 0 ? NO_PRIORITY : priority;
  }

  get borrows(): boolean {
    return this.task.dataIn !== undefined;
  }

  get blocked(): boolean {
    return this.unit.tasks.blocks(this);
  }

  run(): MaybePromise<Response | undefined> {
    this.#operation = this.unit.operation.begun;
    try {
      const result = this.unit.perform(this);
      if (!isPromise(result)) return this.#end(result);
      return result
        .then((value) => this.#end(value))
        .catch((error: unknown) => this.#failed(error));
    } catch (error) {
      return this.#failed(error);
    }
  }

  /** Should it be aborted, it ends with TASK ABORTED. */
  answerAbort(): void {
    if (!this.#aborted) this.aborted = TASK_ABORTED;
  }

  abort(): void {
    this.#aborted = true;
    this.task.cancel?.();
    for (const listener of this.#onAbort ?? []) listener();
  }

  whenAborted(listener: () => void): void {
    if (this.#aborted) listener();
    else (this.#onAbort ??= []).push(listener);
  }

  dataOut(length: number): MaybePromise<Uint8Array> {
    this.#dataOutLength = length;
    const data = length === 0 ? NO_DATA : (this.task.dataOut?.(length) ?? NO_DATA);
    if (!isPromise(data)) return atMost(data, length);
    return data
      .then((bytes) => andThen(this.#unblocked(), () => bytes))
      .then((bytes) => {
        this.throwIfAborted();
        return atMost(bytes, length);
      });
  }

  throwIfAborted(): void {
    if (this.#aborted) throw new TaskAborted();
    this.unit.operation.throwIfBegunSince(this.#operation);
  }

  #failed(error: unknown): MaybePromise<Response | undefined> {
    const result = resultOfFailure(error, this.writes);
    // No error of the medium: initiators asked for it, and SBC has it count nowhere.
    if (error instanceof MarkedBad) return this.#end(result);
    if (!this.#aborted && !(error instanceof OperationBegun)) this.unit.report(error);
    if (result.sense !== undefined) this.unit.errorHistory.record(this.task.cdb, result.sense);
    if (result.sense?.key === SENSE_KEY.MEDIUM_ERROR)
      this.unit.statistics.failed(this.spec.transfer, this.writes);
    return this.#end(result);
  }

  /** The work is done; where an ACA condition blocks the task, its end has to wait. */
  #end(result: Result): MaybePromise<Response | undefined> {
    const unblocked = this.#unblocked();
    return unblocked === undefined
      ? this.#respond(result)
      : unblocked.then(() => this.#respond(result));
  }

  /** Settles when no ACA condition blocks the task, or it has been aborted; `undefined`: none does. */
  #unblocked(): Promise<void> | undefined {
    if (this.#aborted || !this.blocked) return undefined;
    return new Promise<void>((resolve) => {
      this.whenAborted(resolve);
      this.unit.tasks.whenUnblocked(this, resolve);
    }).then(() => this.#unblocked());
  }

  #respond(result: Result): MaybePromise<Response | undefined> {
    const { status, dataIn, sense, release, omitted } = result;
    if (this.writes) this.unit.thresholds.look();
    if (this.#aborted) {
      release?.();
      return this.aborted;
    }
    const dataOutLength = this.#dataOutLength;
    if (status === STATUS.GOOD) {
      this.unit.statistics.ended(this.spec.transfer, dataIn, dataOutLength);
      if (omitted !== undefined)
        return { status, dataIn, dataOutLength, omitted, ...(release && { release }) };
      return release === undefined
        ? { status, dataIn, dataOutLength }
        : { status, dataIn, dataOutLength, release };
    }
    const format = this.unit.descriptorSense ? 'descriptor' : 'fixed';
    const response: Response = {
      status,
      dataIn,
      dataOutLength,
      ...(sense && { sense: encodeSense(sense, format) }),
      ...(release && { release }),
    };
    return andThen(this.unit.tasks.failed(this, status), () => {
      if (!this.#aborted) return response;
      release?.();
      return this.aborted;
    });
  }
}

/** More than was asked for would be written past the blocks that were checked. */
const atMost = (data: Uint8Array, length: number): Uint8Array =>
  data.length > length ? data.subarray(0, length) : data;

const TASK_ABORTED: Response = { status: STATUS.TASK_ABORTED, dataIn: [], dataOutLength: 0 };

/** Behind the tasks that have a priority, 1 to 15. */
const NO_PRIORITY = 16;

const NO_DATA = new Uint8Array(0);

const UNKNOWN: CdbSpec = { op: 'UNKNOWN', opcode: 0, length: 6, transfer: 'none', fields: {} };
