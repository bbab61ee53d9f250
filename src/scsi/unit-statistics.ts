/** What a unit has done: the numbers behind its log pages. */
import { totalLength } from '../bytes.ts';
import type { Transfer } from '../cdb/spec.ts';

/** Numbers of commands, bytes and errors. All are 0 or more. */
export interface UnitCounts {
  /** Commands that read blocks, and ended with GOOD. */
  readonly readCommands: number;
  /** Bytes that they returned. */
  readonly readBytes: number;
  /** Errors in reading that could not be corrected. */
  readonly readErrors: number;
  /** Commands that write blocks, and ended with GOOD. */
  readonly writeCommands: number;
  /** Bytes that they took. */
  readonly writeBytes: number;
  /** Errors in writing that could not be corrected. */
  readonly writeErrors: number;
  /** Bytes verified. */
  readonly verifyBytes: number;
  /** Errors in verifying that could not be corrected; a difference is none. */
  readonly verifyErrors: number;
  /** Times that the unit was started after a stop. */
  readonly startStopCycles: number;
  /** Times that a medium was loaded after it had been taken out. */
  readonly loadUnloadCycles: number;
}

/** Counts that can be written. */
export type RunningCounts = { -readonly [K in keyof UnitCounts]: number };

/** All zero. */
export const NO_COUNTS: UnitCounts = {
  readCommands: 0,
  readBytes: 0,
  readErrors: 0,
  writeCommands: 0,
  writeBytes: 0,
  writeErrors: 0,
  verifyBytes: 0,
  verifyErrors: 0,
  startStopCycles: 0,
  loadUnloadCycles: 0,
};

/**
 * Counts that only grow; a log page that is reset remembers what they were then, so that nothing
 * but an addition is on a command's way.
 */
export class UnitStatistics {
  /** Since the unit was made. */
  readonly total: RunningCounts = { ...NO_COUNTS };
  readonly #origins = new Map<object, UnitCounts>();

  /** A command has ended with GOOD. */
  ended(transfer: Transfer, dataIn: readonly Uint8Array[], dataOutLength: number): void {
    const { total } = this;
    if (transfer === 'blocks in') {
      total.readCommands++;
      // Nearly always one chunk: half the time of a loop, and this is on every command's way.
      const only = dataIn[0];
      total.readBytes +=
        only !== undefined && dataIn.length === 1 ? only.length : totalLength(dataIn);
    } else if (
      transfer === 'blocks out' ||
      transfer === 'twice the blocks out' ||
      transfer === 'one block out'
    ) {
      total.writeCommands++;
      total.writeBytes += dataOutLength;
    }
  }

  /** A command has ended with MEDIUM ERROR. */
  failed(transfer: Transfer, writes: boolean): void {
    if (writes) this.total.writeErrors++;
    else if (transfer === 'verify out') this.total.verifyErrors++;
    else this.total.readErrors++;
  }

  /** Begins anew for one reader, such as a log page. */
  reset(reader: object): void {
    this.#origins.set(reader, { ...this.total });
  }

  /** What has been counted since {@link UnitStatistics.reset} for this reader. */
  since(reader: object): UnitCounts {
    const origin = this.#origins.get(reader);
    if (origin === undefined) return this.total;
    const counts: RunningCounts = { ...this.total };
    for (const name of Object.keys(counts) as (keyof UnitCounts)[]) counts[name] -= origin[name];
    return counts;
  }
}
