/** What error recovery keeps of the data-out of one command (RFC 7143, 7.1.4.1 and 7.8). */
import type { DataSequence } from './data-sequence.ts';
import { NO_TAG } from './pdu-spec.ts';

/** How often the data of one command is asked for again. */
const MOST_RECOVERIES = 16;

/** What is to be done about a sequence of which nothing comes. */
export type Overdue =
  /** Nothing: something did come. */
  | 'wait'
  /** The same R2T again. */
  | 'remind'
  /** Another R2T, for what is missing. */
  | 'ask again';

/** What was asked for, and how often. */
export class DataOutRecovery {
  #asked: DataSequence[] = [];
  #recoveries = 0;
  /** Something came, or was asked for, since this was looked at last. */
  #progress = false;
  /** The last R2T was sent twice, and nothing came. */
  #reminded = false;

  /** An R2T was sent. */
  asked(sequence: DataSequence): void {
    this.#asked.push(sequence);
    this.#progress = true;
  }

  /** A Data-Out PDU came. */
  came(): void {
    this.#progress = true;
  }

  /** The R2Ts from `r2tSn` to below `end`. */
  between(r2tSn: number, end: number): readonly DataSequence[] {
    return this.#asked.slice(r2tSn, end);
  }

  /** The R2Ts from `r2tSn` on are as if they had not been sent. */
  forgetFrom(r2tSn: number): void {
    this.#asked = this.#asked.slice(0, r2tSn);
    this.#reminded = false;
  }

  /** Whether what is missing may be asked for once more. */
  askAgain(): boolean {
    this.#reminded = false;
    return ++this.#recoveries <= MOST_RECOVERIES;
  }

  /** Time has passed. */
  overdue(sequence: DataSequence | undefined): Overdue {
    if (this.#progress || sequence === undefined) {
      this.#progress = false;
      this.#reminded = false;
      return 'wait';
    }
    const untouched = sequence.dataSn === 0 && !sequence.broken;
    if (sequence.tag === NO_TAG || !untouched || this.#reminded) return 'ask again';
    // Perhaps the R2T itself was lost: who has it ignores a second copy.
    this.#reminded = true;
    return 'remind';
  }
}
