/** Start-Stop Cycle Counter log page, 0Eh (SPC). */
import { LOG_PARAMETER_FORMAT } from './log-page.ts';
import {
  decodeLogPageOf,
  encodeLogPageOf,
  type LogEncodeOptions,
  type LogPageSpec,
} from './log-page-spec.ts';

/** Start-Stop Cycle Counter log page (SPC). Counts are 0 to 2^32 − 1. */
export interface StartStopCycleCounterPage {
  /** YEAR OF MANUFACTURE: four digits. */
  readonly manufactureYear?: string;
  /** WEEK OF MANUFACTURE: two digits. */
  readonly manufactureWeek?: string;
  /** ACCOUNTING DATE YEAR: four characters, blank until LOG SELECT sets them. */
  readonly accountingYear?: string;
  /** ACCOUNTING DATE WEEK: two characters. */
  readonly accountingWeek?: string;
  /** SPECIFIED CYCLE COUNT OVER DEVICE LIFETIME. */
  readonly specifiedCycles?: number;
  /** ACCUMULATED START-STOP CYCLES. */
  readonly accumulatedCycles?: number;
  /** SPECIFIED LOAD-UNLOAD COUNT OVER DEVICE LIFETIME. */
  readonly specifiedLoadUnloads?: number;
  /** ACCUMULATED LOAD-UNLOAD CYCLES. */
  readonly accumulatedLoadUnloads?: number;
}

const { ASCII_LIST, BINARY_LIST } = LOG_PARAMETER_FORMAT;

/** The Start-Stop Cycle Counter log page as data. */
export const START_STOP_CYCLE_COUNTER: LogPageSpec<StartStopCycleCounterPage> = {
  pageCode: 0x0e,
  parameters: [
    { code: 0x0001, length: 6, format: ASCII_LIST },
    { code: 0x0002, length: 6, format: ASCII_LIST },
    { code: 0x0003, length: 4, format: BINARY_LIST },
    { code: 0x0004, length: 4, format: BINARY_LIST },
    { code: 0x0005, length: 4, format: BINARY_LIST },
    { code: 0x0006, length: 4, format: BINARY_LIST },
  ],
  fields: {
    manufactureYear: [0x0001, ['ascii', 0, 4]],
    manufactureWeek: [0x0001, ['ascii', 4, 2]],
    accountingYear: [0x0002, ['ascii', 0, 4]],
    accountingWeek: [0x0002, ['ascii', 4, 2]],
    specifiedCycles: [0x0003, 'counter'],
    accumulatedCycles: [0x0004, 'counter'],
    specifiedLoadUnloads: [0x0005, 'counter'],
    accumulatedLoadUnloads: [0x0006, 'counter'],
  },
};

/**
 * Encodes a Start-Stop Cycle Counter log page (SPC). What is absent has no parameter.
 *
 * @throws RangeError - a value has no code in its field.
 */
export function encodeStartStopCycleCounter(
  page: StartStopCycleCounterPage,
  options?: LogEncodeOptions,
): Uint8Array {
  return encodeLogPageOf(START_STOP_CYCLE_COUNTER, page, options);
}

/**
 * Decodes a Start-Stop Cycle Counter log page (SPC); undefined where the bytes are no such page. What has no parameter is
 * absent.
 */
export function decodeStartStopCycleCounter(
  bytes: Uint8Array,
): StartStopCycleCounterPage | undefined {
  return decodeLogPageOf(START_STOP_CYCLE_COUNTER, bytes);
}
