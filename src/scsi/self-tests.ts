/** The self-tests of a unit, on its clock (SPC, self-test operations). */
import type { View } from '../backend/backend.ts';
import { SELF_TEST_CODE } from '../cdb/diagnostic.ts';
import type { SelfTestResult } from '../log/self-test-results.ts';
import { andThen, isPromise, type MaybePromise } from '../maybe-promise.ts';
import { LOGICAL_UNIT_NOT_READY_SELF_TEST_IN_PROGRESS } from '../sense/codes.ts';
import type { SenseCondition, SenseData } from '../sense/sense-data.ts';
import type { Clock } from './clock.ts';
import type { Command } from './command.ts';
import { BlocksGone, resultOfFailure, TaskAborted } from './failure.ts';
import type { LogicalUnit } from './logical-unit.ts';
import type { MediumUser } from './block-access.ts';

/** Which self-test: the default one of SELFTEST, the short or the extended one. */
export type SelfTestKind = 'default' | 'short' | 'extended';

/** A self-test of the user's own: what it found, or undefined where all is well. */
export type SelfTestHook = (kind: SelfTestKind) => MaybePromise<SenseCondition | undefined>;

/** What the self-tests need of their unit. */
export type SelfTestHost = Pick<
  LogicalUnit,
  'medium' | 'settings' | 'readiness' | 'report' | 'powerOnMinutes'
>;

/** SELF-TEST RESULTS (SPC). */
const RESULT = {
  PASSED: 0,
  ABORTED_BY_SEND_DIAGNOSTIC: 1,
  ABORTED: 2,
  UNKNOWN_ERROR: 3,
  /** The first segment: the user's own test. */
  FIRST_SEGMENT: 5,
  /** The second segment: the medium. */
  SECOND_SEGMENT: 6,
  IN_PROGRESS: 15,
} as const;

type Finding = Pick<SelfTestResult, 'result'> & Partial<SelfTestResult>;

/** How a self-test goes over the medium: at so many places, so many bytes at most at each. */
const EXTENT = {
  default: { places: 1, bytes: 1 },
  short: { places: 16, bytes: 64 * 1024 },
  extended: { places: 256, bytes: 1024 * 1024 },
} as const;

/** The short self-test takes this part of the time of the extended one. */
const SHORT_PART = 10;
const MOST_RESULTS = 20;

interface Running {
  readonly code: number;
  readonly kind: 'short' | 'extended';
  readonly foreground: boolean;
  /** When it began, in ms of the clock. */
  readonly begun: number;
  /** Places that have been looked at. */
  done: number;
  cancel?: () => void;
  /** Told whether it found nothing. */
  readonly ended: (passed: boolean) => void;
}

const { BACKGROUND_EXTENDED, FOREGROUND_SHORT, FOREGROUND_EXTENDED } = SELF_TEST_CODE;

/**
 * Runs one self-test at a time: first the user's own, if there is one, then it reads places spread
 * evenly over the medium, and with them all of a small one. Remembers the last twenty results.
 */
export class SelfTests implements MediumUser {
  readonly #unit: SelfTestHost;
  readonly #hook: SelfTestHook | undefined;
  readonly #results: SelfTestResult[] = [];
  #clock: Clock | undefined;
  #running: Running | undefined;
  #closed = false;

  /** @param hook - the user's own test. */
  constructor(unit: SelfTestHost, hook: SelfTestHook | undefined) {
    this.#unit = unit;
    this.#hook = hook;
  }

  /** Gives it the time. */
  attach(clock: Clock): void {
    this.#clock ??= clock;
  }

  /** That one is in progress, and how far; undefined where none is. */
  get sense(): SenseData | undefined {
    const running = this.#running;
    if (running === undefined) return undefined;
    const part = running.done / EXTENT[running.kind].places;
    const progress = Math.min(0xffff, Math.floor(part * 0x1_0000));
    return { ...LOGICAL_UNIT_NOT_READY_SELF_TEST_IN_PROGRESS, progress };
  }

  /** Whether one goes on in the background. */
  get inBackground(): boolean {
    return this.#running?.foreground === false;
  }

  /**
   * Why a command must not run now; `undefined` where it may. One in the foreground keeps the unit
   * from all but INQUIRY, REPORT LUNS and REQUEST SENSE.
   */
  obstacle(command: Command): SenseData | undefined {
    if (this.#running?.foreground !== true || command.passesUnitAttention === true)
      return undefined;
    return this.sense;
  }

  /** The results, the most recent first; one in progress before them. */
  get results(): readonly SelfTestResult[] {
    const running = this.#running;
    if (running === undefined) return this.#results;
    const now = this.#entry(running.code, { result: RESULT.IN_PROGRESS });
    return [now, ...this.#results].slice(0, MOST_RESULTS);
  }

  /** The default self-test: at once, and without a trace. Whether it found nothing. */
  runDefault(): MaybePromise<boolean> {
    return andThen(this.#own('default'), (own) => {
      if (own !== undefined || this.#unit.readiness.obstacle !== undefined)
        return own === undefined;
      return andThen(this.#look('default', 0), (finding) => finding === undefined);
    });
  }

  /**
   * Begins one; there must be none.
   *
   * @param code - SELF-TEST CODE: short or extended, background or foreground.
   * @param ended - is told whether it found nothing; an abort is no passing.
   */
  begin(code: number, ended: (passed: boolean) => void = () => undefined): void {
    const foreground = code === FOREGROUND_SHORT || code === FOREGROUND_EXTENDED;
    const extended = code === BACKGROUND_EXTENDED || code === FOREGROUND_EXTENDED;
    const kind = extended ? 'extended' : 'short';
    const begun = this.#clock?.now() ?? 0;
    const running: Running = { code, kind, foreground, begun, done: 0, ended };
    this.#running = running;
    void this.#run(running);
  }

  /** SEND DIAGNOSTIC: aborts the one in the background. */
  abortBackground(): void {
    this.#end(this.#running, { result: RESULT.ABORTED_BY_SEND_DIAGNOSTIC });
  }

  /** Something else ends the one in progress, if there is one. */
  abort(): void {
    this.#end(this.#running, { result: RESULT.ABORTED });
  }

  /** For good: the unit is closed. */
  close(): void {
    this.#closed = true;
    this.abort();
  }

  /** Leaves by an exception if the unit has been closed. */
  throwIfAborted(): void {
    if (this.#closed) throw new TaskAborted();
  }

  /** Never rejects. */
  async #run(running: Running): Promise<void> {
    const { kind } = running;
    const { places } = EXTENT[kind];
    let finding = await this.#own(kind);
    while (finding === undefined && running.done < places) {
      await this.#pause(running);
      if (running !== this.#running) return;
      finding = await this.#look(kind, running.done);
      running.done++;
    }
    this.#end(running, finding ?? { result: RESULT.PASSED });
  }

  /** Waits for the time of the next place. */
  #pause(running: Running): Promise<void> {
    const { extendedSelfTestTime } = this.#unit.settings;
    const time = (extendedSelfTestTime * 1000) / (running.kind === 'short' ? SHORT_PART : 1);
    const due = running.begun + (time * (running.done + 1)) / EXTENT[running.kind].places;
    return new Promise((resolve) => {
      const clock = this.#clock;
      const cancel = clock?.after(Math.max(0, due - clock.now()), resolve);
      running.cancel = () => {
        cancel?.();
        resolve();
      };
    });
  }

  /** The user's own test. Never throws. */
  #own(kind: SelfTestKind): MaybePromise<Finding | undefined> {
    const found = (sense: SenseCondition | undefined): Finding | undefined =>
      sense && { result: RESULT.FIRST_SEGMENT, segment: 1, ...codesOf(sense) };
    const failed = (error: unknown): Finding => {
      this.#unit.report(error);
      return { result: RESULT.UNKNOWN_ERROR };
    };
    try {
      const answer = this.#hook?.(kind);
      return isPromise(answer) ? answer.then(found).catch(failed) : found(answer);
    } catch (error) {
      return failed(error);
    }
  }

  /** Reads the medium at a place. Never throws. */
  #look(kind: SelfTestKind, place: number): MaybePromise<Finding | undefined> {
    const { medium } = this.#unit;
    const { places, bytes } = EXTENT[kind];
    const lba = Math.floor((medium.blocks / places) * place);
    const end = Math.floor((medium.blocks / places) * (place + 1));
    const most = Math.max(1, Math.floor(bytes / medium.blockLength));
    const blocks = Math.min(end - lba, most);
    if (blocks === 0) return undefined;
    const failed = (error: unknown): Finding | undefined => this.#findingOf(error);
    try {
      const view = medium.read(lba, blocks, false, undefined, this);
      return isPromise(view) ? view.then(readWell, failed) : readWell(view);
    } catch (error) {
      return failed(error);
    }
  }

  #findingOf(error: unknown): Finding | undefined {
    // The disk became smaller: there is just less to look at.
    if (error instanceof BlocksGone || error instanceof TaskAborted) return undefined;
    this.#unit.report(error);
    const { sense } = resultOfFailure(error, false);
    if (sense === undefined) return { result: RESULT.UNKNOWN_ERROR };
    const { information } = sense;
    return {
      result: RESULT.SECOND_SEGMENT,
      segment: 2,
      ...codesOf(sense),
      ...(typeof information === 'number' && { firstFailure: information }),
    };
  }

  #end(running: Running | undefined, finding: Finding): void {
    if (running === undefined || running !== this.#running) return;
    this.#running = undefined;
    this.#results.unshift(this.#entry(running.code, finding));
    this.#results.length = Math.min(this.#results.length, MOST_RESULTS);
    running.cancel?.();
    running.ended(finding.result === RESULT.PASSED);
  }

  #entry(selfTestCode: number, finding: Finding): SelfTestResult {
    const powerOnHours = Math.min(0xffff, Math.floor(this.#unit.powerOnMinutes / 60));
    return { selfTestCode, segment: 0, senseKey: 0, asc: 0, ascq: 0, powerOnHours, ...finding };
  }
}

/** What was read is of no interest: it could be read. */
const readWell = (view: View): undefined => {
  view.release();
};

const codesOf = ({ key, asc, ascq }: SenseCondition): Partial<SelfTestResult> => ({
  senseKey: key,
  asc,
  ascq,
});
