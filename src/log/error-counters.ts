/** Write, Read and Verify Error Counters log pages, 02h, 03h and 05h (SPC). */
import { LOG_PARAMETER_FORMAT } from './log-page.ts';
import {
  decodeLogPageOf,
  encodeLogPageOf,
  type LogEncodeOptions,
  type LogFields,
  type LogPageSpec,
  type LogParameterSpec,
} from './log-page-spec.ts';

/** Write, Read or Verify Error Counters log page (SPC). Counters are 0 to 2^53 − 1. */
export interface ErrorCountersPage {
  /** Errors corrected without substantial delay. */
  readonly correctedWithoutDelay?: number;
  /** Errors corrected with possible delays. */
  readonly correctedWithDelay?: number;
  /** Total rewrites or rereads. */
  readonly retries?: number;
  /** Total errors corrected. */
  readonly corrected?: number;
  /** Total times the correction algorithm was processed. */
  readonly correctionsProcessed?: number;
  /** Total bytes processed. */
  readonly bytesProcessed?: number;
  /** Total uncorrected errors. */
  readonly uncorrected?: number;
}

const { BOUNDED_COUNTER } = LOG_PARAMETER_FORMAT;

const PARAMETERS: readonly LogParameterSpec[] = [
  { code: 0x0000, length: 8, format: BOUNDED_COUNTER },
  { code: 0x0001, length: 8, format: BOUNDED_COUNTER },
  { code: 0x0002, length: 8, format: BOUNDED_COUNTER },
  { code: 0x0003, length: 8, format: BOUNDED_COUNTER },
  { code: 0x0004, length: 8, format: BOUNDED_COUNTER },
  { code: 0x0005, length: 8, format: BOUNDED_COUNTER },
  { code: 0x0006, length: 8, format: BOUNDED_COUNTER },
];

const FIELDS: LogFields<ErrorCountersPage> = {
  correctedWithoutDelay: [0x0000, 'counter'],
  correctedWithDelay: [0x0001, 'counter'],
  retries: [0x0002, 'counter'],
  corrected: [0x0003, 'counter'],
  correctionsProcessed: [0x0004, 'counter'],
  bytesProcessed: [0x0005, 'counter'],
  uncorrected: [0x0006, 'counter'],
};

/** The Write Error Counters log page as data: counters of 8 bytes. */
export const WRITE_ERROR_COUNTERS: LogPageSpec<ErrorCountersPage> = {
  pageCode: 0x02,
  parameters: PARAMETERS,
  fields: FIELDS,
};

/** The Read Error Counters log page as data: counters of 8 bytes. */
export const READ_ERROR_COUNTERS: LogPageSpec<ErrorCountersPage> = {
  pageCode: 0x03,
  parameters: PARAMETERS,
  fields: FIELDS,
};

/** The Verify Error Counters log page as data: counters of 8 bytes. */
export const VERIFY_ERROR_COUNTERS: LogPageSpec<ErrorCountersPage> = {
  pageCode: 0x05,
  parameters: PARAMETERS,
  fields: FIELDS,
};

/**
 * Encodes a Write Error Counters log page (SPC). What is absent has no parameter.
 *
 * @throws RangeError - a counter has no code in its field.
 */
export function encodeWriteErrorCounters(
  page: ErrorCountersPage,
  options?: LogEncodeOptions,
): Uint8Array {
  return encodeLogPageOf(WRITE_ERROR_COUNTERS, page, options);
}

/**
 * Decodes a Write Error Counters log page (SPC), whose counters may have any length; undefined where
 * the bytes are no such page.
 */
export function decodeWriteErrorCounters(bytes: Uint8Array): ErrorCountersPage | undefined {
  return decodeLogPageOf(WRITE_ERROR_COUNTERS, bytes);
}

/**
 * Encodes a Read Error Counters log page (SPC). What is absent has no parameter.
 *
 * @throws RangeError - a counter has no code in its field.
 */
export function encodeReadErrorCounters(
  page: ErrorCountersPage,
  options?: LogEncodeOptions,
): Uint8Array {
  return encodeLogPageOf(READ_ERROR_COUNTERS, page, options);
}

/**
 * Decodes a Read Error Counters log page (SPC), whose counters may have any length; undefined where
 * the bytes are no such page.
 */
export function decodeReadErrorCounters(bytes: Uint8Array): ErrorCountersPage | undefined {
  return decodeLogPageOf(READ_ERROR_COUNTERS, bytes);
}

/**
 * Encodes a Verify Error Counters log page (SPC). What is absent has no parameter.
 *
 * @throws RangeError - a counter has no code in its field.
 */
export function encodeVerifyErrorCounters(
  page: ErrorCountersPage,
  options?: LogEncodeOptions,
): Uint8Array {
  return encodeLogPageOf(VERIFY_ERROR_COUNTERS, page, options);
}

/**
 * Decodes a Verify Error Counters log page (SPC), whose counters may have any length; undefined where
 * the bytes are no such page.
 */
export function decodeVerifyErrorCounters(bytes: Uint8Array): ErrorCountersPage | undefined {
  return decodeLogPageOf(VERIFY_ERROR_COUNTERS, bytes);
}
