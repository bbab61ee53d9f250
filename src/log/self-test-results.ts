/** Self-Test Results log page, 10h (SPC): the twenty most recent self-tests. */
import { getU32, getU64, putU64 } from '../bytes.ts';
import { decodeLayout, encodeLayout, type Layout } from '../layout.ts';
import {
  encodeLogPage,
  findLogParameters,
  LOG_PARAMETER_FORMAT,
  type LogParameter,
} from './log-page.ts';
import type { LogEncodeOptions } from './log-page-spec.ts';

/** PAGE CODE of the Self-Test Results log page. */
export const SELF_TEST_RESULTS = 0x10;

/** The result of a self-test (SPC). */
export interface SelfTestResult {
  /** SELF-TEST CODE of the SEND DIAGNOSTIC, 0 to 7; 0: the default self-test. */
  readonly selfTestCode: number;
  /** SELF-TEST RESULTS, 0 to 15: 0 no error, 1 and 2 aborted, 4 to 7 failed, 15 in progress… */
  readonly result: number;
  /** SELF-TEST NUMBER: the segment that failed, 0 to 255; 0: not told. */
  readonly segment: number;
  /** ACCUMULATED POWER ON HOURS at its end, 0 to 65535; FFFFh: that many or more. */
  readonly powerOnHours: number;
  /** ADDRESS OF FIRST FAILURE, 0 to 2^53 − 1; absent: there is none. */
  readonly firstFailure?: number;
  /** SENSE KEY, 0 to 15. */
  readonly senseKey: number;
  /** ADDITIONAL SENSE CODE, 0 to 255. */
  readonly asc: number;
  /** ADDITIONAL SENSE CODE QUALIFIER, 0 to 255. */
  readonly ascq: number;
}

const ENTRIES = 20;
const LENGTH = 16;
const ADDRESS = 4;

const LAYOUT: Layout<Omit<SelfTestResult, 'firstFailure'>> = {
  selfTestCode: ['bits', 0, 7, 5],
  result: ['bits', 0, 3, 0],
  segment: ['u8', 1],
  powerOnHours: ['u16', 2],
  senseKey: ['bits', 12, 3, 0],
  asc: ['u8', 13],
  ascq: ['u8', 14],
};

/**
 * The parameters of a Self-Test Results log page (SPC): always 20, zero where there is no result.
 *
 * @throws RangeError - a value has no code in its field, or there are over 20 results.
 */
export function selfTestParameters(
  results: readonly SelfTestResult[],
  options: LogEncodeOptions = {},
): readonly LogParameter[] {
  if (results.length > ENTRIES)
    throw new RangeError(`results: at most ${ENTRIES}, not ${results.length}`);
  return Array.from({ length: ENTRIES }, (_, i) => {
    const result = results[i];
    return {
      code: i + 1,
      format: LOG_PARAMETER_FORMAT.BINARY_LIST,
      targetSaveDisable: options.targetSaveDisable ?? false,
      value: result === undefined ? new Uint8Array(LENGTH) : valueOf(result),
    };
  });
}

/**
 * Encodes a Self-Test Results log page (SPC), 404 bytes, from results of which the most recent comes
 * first.
 *
 * @throws RangeError - a value has no code in its field, or there are over 20 results.
 */
export function encodeSelfTestResults(
  results: readonly SelfTestResult[],
  options?: LogEncodeOptions,
): Uint8Array {
  const page = { pageCode: SELF_TEST_RESULTS };
  return encodeLogPage(page, selfTestParameters(results, options), options);
}

/**
 * Decodes a Self-Test Results log page (SPC), the most recent result first; undefined where the bytes
 * are no such page. Parameters that are all zero have no result.
 */
export function decodeSelfTestResults(bytes: Uint8Array): readonly SelfTestResult[] | undefined {
  return findLogParameters(bytes, { pageCode: SELF_TEST_RESULTS })?.flatMap(({ value }) =>
    value.length < LENGTH || value.every((byte) => byte === 0) ? [] : [resultOf(value)],
  );
}

function valueOf(result: SelfTestResult): Uint8Array {
  const { firstFailure } = result;
  const value = encodeLayout(LAYOUT, result, new Uint8Array(LENGTH));
  if (firstFailure === undefined) {
    value.fill(0xff, ADDRESS, ADDRESS + 8);
    return value;
  }
  if (!Number.isSafeInteger(firstFailure) || firstFailure < 0)
    throw new RangeError(`firstFailure: ${firstFailure} is not an integer from 0 to 2^53 - 1`);
  putU64(value, ADDRESS, firstFailure);
  return value;
}

function resultOf(value: Uint8Array): SelfTestResult {
  const isNone =
    getU32(value, ADDRESS) === 0xffff_ffff && getU32(value, ADDRESS + 4) === 0xffff_ffff;
  return {
    ...decodeLayout(LAYOUT, value),
    ...(!isNone && { firstFailure: getU64(value, ADDRESS) }),
  };
}
