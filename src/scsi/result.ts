/** How a command's behaviour says how it ended. Expected failures are values, never exceptions. */
import type { SenseCondition, SenseData } from '../sense/sense-data.ts';
import { STATUS, type Status } from './status.ts';

/** The end of a command. */
export interface Result {
  /** Status byte. */
  readonly status: Status;
  /** Data-in as a list of chunks. */
  readonly dataIn: readonly Uint8Array[];
  /** Bytes of data-in that were not read since the initiator has no room for them; absent: none. */
  readonly omitted?: number;
  /** With CHECK CONDITION: what happened. */
  readonly sense?: SenseData;
  /** To be called once when the data-in has left. */
  readonly release?: () => void;
}

/** What may be known about a condition, beyond its codes. */
export type SenseDetails = Omit<SenseData, keyof SenseCondition>;

const NOTHING: readonly Uint8Array[] = [];

/** GOOD, without data. */
export const GOOD: Result = { status: STATUS.GOOD, dataIn: NOTHING };

/** GOOD, with these chunks of data. */
export function good(...dataIn: Uint8Array[]): Result {
  return { status: STATUS.GOOD, dataIn };
}

/**
 * CHECK CONDITION.
 *
 * @example
 * ```ts
 * return check(LOGICAL_BLOCK_ADDRESS_OUT_OF_RANGE, { information: 2048 });
 * ```
 */
export function check(condition: SenseCondition, details?: SenseDetails): Result {
  return {
    status: STATUS.CHECK_CONDITION,
    dataIn: NOTHING,
    sense: details === undefined ? condition : { ...condition, ...details },
  };
}

/** A status that carries neither data nor sense: BUSY, TASK SET FULL, RESERVATION CONFLICT… */
export function ended(status: Status): Result {
  return { status, dataIn: NOTHING };
}
