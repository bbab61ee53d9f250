/** One command in a logical unit, from its arrival to its response. */
import type { CdbSpec } from '../cdb/spec.ts';
import { isPromise, type MaybePromise } from '../maybe-promise.ts';
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
  /** Set when the command has been found, before its behaviour runs. */
  spec: CdbSpec = UNKNOWN;
  /** Whether a bad block is an error in writing. */
  writes = false;
  #aborted = false;
  readonly #onAbort: (() => void)[] = [];
  /** Which background operation was the last one when this task began. */
  #operation = 0;
  #dataOutLength = 0;

  constructor(unit: LogicalUnit, nexus: Nexus, task: Task) {
    this.unit = unit;
    this.nexus = nexus;
    this.task = task;
    this.attribute = task.attribute ?? 'simple';
  }

  run(): MaybePromise<Response | undefined> {
    this.#operation = this.unit.operation.begun;
    try {
      const result = this.unit.perform(this);
      if (!isPromise(result)) return this.#respond(result);
      return result
        .then((value) => this.#respond(value))
        .catch((error: unknown) => this.#failed(error));
    } catch (error) {
      return this.#failed(error);
    }
  }

  abort(): void {
    this.#aborted = true;
    this.task.cancel?.();
    for (const listener of this.#onAbort) listener();
  }

  whenAborted(listener: () => void): void {
    if (this.#aborted) listener();
    else this.#onAbort.push(listener);
  }

  dataOut(length: number): MaybePromise<Uint8Array> {
    this.#dataOutLength = length;
    const data = length === 0 ? NO_DATA : (this.task.dataOut?.(length) ?? NO_DATA);
    if (!isPromise(data)) return atMost(data, length);
    return data.then((bytes) => {
      this.throwIfAborted();
      return atMost(bytes, length);
    });
  }

  throwIfAborted(): void {
    if (this.#aborted) throw new TaskAborted();
    this.unit.operation.throwIfBegunSince(this.#operation);
  }

  #failed(error: unknown): Response | undefined {
    const result = resultOfFailure(error, this.writes);
    // No error of the medium: initiators asked for it, and SBC has it count nowhere.
    if (error instanceof MarkedBad) return this.#respond(result);
    if (!this.#aborted && !(error instanceof OperationBegun)) this.unit.report(error);
    if (result.sense?.key === SENSE_KEY.MEDIUM_ERROR)
      this.unit.statistics.failed(this.spec.transfer, this.writes);
    return this.#respond(result);
  }

  #respond(result: Result): Response | undefined {
    const { status, dataIn, sense, release } = result;
    if (this.writes) this.unit.thresholds.look();
    if (this.#aborted) {
      release?.();
      return undefined;
    }
    const dataOutLength = this.#dataOutLength;
    if (status === STATUS.GOOD)
      this.unit.statistics.ended(this.spec.transfer, dataIn, dataOutLength);
    if (sense !== undefined) {
      const format = this.unit.descriptorSense ? 'descriptor' : 'fixed';
      return { status, dataIn, dataOutLength, sense: encodeSense(sense, format) };
    }
    return release === undefined
      ? { status, dataIn, dataOutLength }
      : { status, dataIn, dataOutLength, release };
  }
}

/** More than was asked for would be written past the blocks that were checked. */
const atMost = (data: Uint8Array, length: number): Uint8Array =>
  data.length > length ? data.subarray(0, length) : data;

const NO_DATA = new Uint8Array(0);

const UNKNOWN: CdbSpec = { op: 'UNKNOWN', opcode: 0, length: 6, transfer: 'none', fields: {} };
