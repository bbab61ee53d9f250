/** Failures foretold and warnings: what a unit says of them, and how (SPC, Informational Exceptions). */
import {
  FAILURE_PREDICTION_THRESHOLD_EXCEEDED,
  FAILURE_PREDICTION_THRESHOLD_EXCEEDED_FALSE,
  SENSE_KEY,
} from '../sense/codes.ts';
import type { SenseCondition } from '../sense/sense-data.ts';
import type { Clock } from './clock.ts';
import type { LogicalUnit } from './logical-unit.ts';
import type { Result } from './result.ts';
import { STATUS } from './status.ts';

/** MRIE (SPC): how an informational exception is reported. */
export const EXCEPTION_REPORTING = {
  /** Not at all. */
  NONE: 0x0,
  /** To every nexus, as a unit attention condition. */
  UNIT_ATTENTION: 0x2,
  /** As the next command's RECOVERED ERROR, where PER wants to know of those. */
  RECOVERED_ERROR_IF_WANTED: 0x3,
  /** As the next command's RECOVERED ERROR. */
  RECOVERED_ERROR: 0x4,
  /** As the next command's CHECK CONDITION with NO SENSE. */
  NO_SENSE: 0x5,
  /** To REQUEST SENSE. */
  ON_REQUEST: 0x6,
} as const;

/** The additional sense codes of informational exceptions. */
const WARNING = 0x0b;
const FAILURE_PREDICTION = 0x5d;

/** What INTERVAL TIMER counts, in milliseconds. */
const TICK = 100;

/** INTERVAL TIMER of 0 or this: the exception is reported once. */
const NO_INTERVAL = 0xffff_ffff;

/**
 * The informational exception of a unit, and how often it has been reported. A disk in software does
 * not wear out: who made it says what happens to it, or an initiator by the TEST bit.
 */
export class InformationalExceptions {
  readonly #unit: LogicalUnit;
  #clock: Clock | undefined;
  #occurred: SenseCondition | undefined;
  #reports = 0;
  /** The next command that ends with GOOD has to tell. */
  #due = false;
  #cancel: (() => void) | undefined;

  /** @param unit - whose mode page says how exceptions are reported. */
  constructor(unit: LogicalUnit) {
    this.#unit = unit;
  }

  /** Says where time comes from. */
  attach(clock: Clock): void {
    this.#clock = clock;
  }

  /** The condition that there is, reported or not; `undefined` where there is none. */
  get condition(): SenseCondition | undefined {
    return this.#isTest ? FAILURE_PREDICTION_THRESHOLD_EXCEEDED_FALSE : this.#occurred;
  }

  /** What REQUEST SENSE says of it, where exceptions are reported on request. */
  get sense(): SenseCondition | undefined {
    const { condition } = this;
    const { method } = this.#unit.mode.informationalExceptions;
    if (condition === undefined || method !== EXCEPTION_REPORTING.ON_REQUEST) return undefined;
    return this.#isReported(condition) ? { ...condition, key: SENSE_KEY.NO_SENSE } : undefined;
  }

  /**
   * Something is about to fail, or not as it should be: it is reported as the Informational
   * Exceptions Control mode page says, in place of what occurred before.
   *
   * @param condition - a failure prediction (additional sense code 5Dh) or a warning (0Bh, reported
   * only with EWASC); its sense key does not matter. Default: FAILURE PREDICTION THRESHOLD EXCEEDED.
   * @throws RangeError - it is another condition.
   */
  occur(condition: SenseCondition = FAILURE_PREDICTION_THRESHOLD_EXCEEDED): void {
    if (condition.asc !== FAILURE_PREDICTION && condition.asc !== WARNING)
      throw new RangeError(`condition: ${condition.asc} is no informational exception (5Dh, 0Bh)`);
    this.#occurred = condition;
    this.restart();
  }

  /** It is over: nothing is reported any more. */
  cease(): void {
    this.#occurred = undefined;
    this.restart();
  }

  /** What there is to report is reported from the beginning: the mode page has changed. */
  restart(): void {
    this.#stop();
    this.#reports = 0;
    this.#report();
  }

  /** Reports no more: the unit is being closed. */
  close(): void {
    this.#occurred = undefined;
    this.#stop();
  }

  /** How a command ends that would end with this: with the exception, where it is its turn to tell. */
  reportedBy(result: Result): Result {
    const { condition } = this;
    if (!this.#due || condition === undefined || result.status !== STATUS.GOOD) return result;
    this.#due = false;
    const { method } = this.#unit.mode.informationalExceptions;
    const key =
      method === EXCEPTION_REPORTING.NO_SENSE ? SENSE_KEY.NO_SENSE : SENSE_KEY.RECOVERED_ERROR;
    return { ...result, status: STATUS.CHECK_CONDITION, sense: { ...condition, key } };
  }

  /** Whether the next command that ends with GOOD has to tell. */
  get due(): boolean {
    return this.#due;
  }

  get #isTest(): boolean {
    const { test, disableExceptionControl } = this.#unit.mode.informationalExceptions;
    return test && !disableExceptionControl;
  }

  #isReported({ asc }: SenseCondition): boolean {
    const { enableWarning, disableExceptionControl } = this.#unit.mode.informationalExceptions;
    return asc === WARNING ? enableWarning : !disableExceptionControl;
  }

  #report(): void {
    const { condition } = this;
    if (condition === undefined || !this.#isReported(condition)) return;
    const { informationalExceptions, readWriteErrorRecovery } = this.#unit.mode;
    const { method, intervalTimer, reportCount } = informationalExceptions;
    switch (method) {
      case EXCEPTION_REPORTING.UNIT_ATTENTION:
        this.#unit.establish({ ...condition, key: SENSE_KEY.UNIT_ATTENTION });
        break;
      case EXCEPTION_REPORTING.RECOVERED_ERROR_IF_WANTED:
        this.#due = readWriteErrorRecovery.postError;
        break;
      case EXCEPTION_REPORTING.RECOVERED_ERROR:
      case EXCEPTION_REPORTING.NO_SENSE:
        this.#due = true;
        break;
      default:
        return;
    }
    this.#reports++;
    if (intervalTimer === 0 || intervalTimer === NO_INTERVAL) return;
    if (reportCount > 0 && this.#reports >= reportCount) return;
    this.#cancel = this.#clock?.after(TICK * intervalTimer, () => this.#report());
  }

  #stop(): void {
    this.#due = false;
    this.#cancel?.();
    this.#cancel = undefined;
  }
}

/** The byte of the Informational Exceptions Control mode page that has a value that the unit does not have. */
export function reservedExceptionControl({
  method,
  test,
  disableExceptionControl,
}: {
  readonly method: number;
  readonly test: boolean;
  readonly disableExceptionControl: boolean;
}): number | undefined {
  if (test && disableExceptionControl) return 2;
  return (Object.values(EXCEPTION_REPORTING) as readonly number[]).includes(method) ? undefined : 3;
}
