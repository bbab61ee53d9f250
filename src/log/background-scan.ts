/** Background Scan log page, 15h (SBC). */
import { decodeLayout, encodeLayout, type Layout } from '../layout.ts';
import {
  encodeLogPage,
  findLogParameters,
  LOG_PARAMETER_FORMAT,
  type LogParameter,
} from './log-page.ts';
import type { LogEncodeOptions } from './log-page-spec.ts';

/** PAGE CODE of the Background Scan log page. */
export const BACKGROUND_SCAN = 0x15;

/** Background Scan Status parameter (SBC). */
export interface BackgroundScanStatus {
  /** ACCUMULATED POWER ON MINUTES, 0 to 2^32 − 1. */
  readonly powerOnMinutes: number;
  /** BACKGROUND SCAN STATUS, 0 to 255: 0 none active, 1 medium scan, 2 pre-scan, 3 and above halted. */
  readonly status: number;
  /** NUMBER OF BACKGROUND SCANS PERFORMED, 0 to 65535. */
  readonly scansPerformed: number;
  /** BACKGROUND SCAN PROGRESS, 0 to 65535 parts of 65536. */
  readonly progress: number;
  /** NUMBER OF BACKGROUND MEDIUM SCANS PERFORMED, 0 to 65535; 0: not told. */
  readonly mediumScansPerformed: number;
}

/** Background Scan parameter (SBC): a block in which a scan found an error. */
export interface BackgroundScanError {
  /** PARAMETER CODE, 1 to 800h. */
  readonly code: number;
  /** ACCUMULATED POWER ON MINUTES when it was found, 0 to 2^32 − 1. */
  readonly powerOnMinutes: number;
  /** REASSIGN STATUS, 0 to 15: what was or has to be done about the block. */
  readonly reassignStatus: number;
  /** SENSE KEY, 0 to 15. */
  readonly senseKey: number;
  /** ADDITIONAL SENSE CODE, 0 to 255. */
  readonly asc: number;
  /** ADDITIONAL SENSE CODE QUALIFIER, 0 to 255. */
  readonly ascq: number;
  /** LOGICAL BLOCK ADDRESS, 0 to 2^53 − 1. */
  readonly lba: number;
}

/** Background Scan log page (SBC). */
export interface BackgroundScanPage {
  /** The status; absent: it has no parameter. */
  readonly status?: BackgroundScanStatus;
  /** The errors found. */
  readonly errors: readonly BackgroundScanError[];
}

const STATUS_LENGTH = 12;

const STATUS: Layout<BackgroundScanStatus> = {
  powerOnMinutes: ['u32', 0],
  status: ['u8', 5],
  scansPerformed: ['u16', 6],
  progress: ['u16', 8],
  mediumScansPerformed: ['u16', 10],
};

const ERROR_LENGTH = 20;
const LAST_ERROR = 0x800;

const ERROR: Layout<Omit<BackgroundScanError, 'code'>> = {
  powerOnMinutes: ['u32', 0],
  reassignStatus: ['bits', 4, 7, 4],
  senseKey: ['bits', 4, 3, 0],
  asc: ['u8', 5],
  ascq: ['u8', 6],
  lba: ['u64', 12],
};

/**
 * The parameters of a Background Scan log page (SBC): the status, then the errors in the order given.
 *
 * @throws RangeError - a value has no code in its field.
 */
export function backgroundScanParameters(
  page: BackgroundScanPage,
  options: LogEncodeOptions = {},
): readonly LogParameter[] {
  const format = LOG_PARAMETER_FORMAT.BINARY_LIST;
  const targetSaveDisable = options.targetSaveDisable ?? false;
  const parameters: LogParameter[] = [];
  if (page.status !== undefined) {
    const value = encodeLayout(STATUS, page.status, new Uint8Array(STATUS_LENGTH));
    parameters.push({ code: 0, format, targetSaveDisable, value });
  }
  for (const error of page.errors) {
    const { code } = error;
    if (!Number.isInteger(code) || code < 1 || code > LAST_ERROR)
      throw new RangeError(`code: ${code} is not an integer from 1 to ${LAST_ERROR}`);
    const value = encodeLayout(ERROR, error, new Uint8Array(ERROR_LENGTH));
    parameters.push({ code, format, targetSaveDisable, value });
  }
  return parameters;
}

/**
 * Encodes a Background Scan log page (SBC). The errors are to be ascending in code.
 *
 * @throws RangeError - a value has no code in its field.
 */
export function encodeBackgroundScan(
  page: BackgroundScanPage,
  options?: LogEncodeOptions,
): Uint8Array {
  const address = { pageCode: BACKGROUND_SCAN };
  return encodeLogPage(address, backgroundScanParameters(page, options), options);
}

/**
 * Decodes a Background Scan log page (SBC); undefined where the bytes are no such page. Parameters of
 * other codes, or too short, are left out.
 */
export function decodeBackgroundScan(bytes: Uint8Array): BackgroundScanPage | undefined {
  const found = findLogParameters(bytes, { pageCode: BACKGROUND_SCAN });
  if (found === undefined) return undefined;
  const status = found.find(({ code, value }) => code === 0 && value.length >= STATUS_LENGTH);
  return {
    ...(status && { status: decodeLayout(STATUS, status.value) }),
    errors: found.flatMap(({ code, value }) =>
      code === 0 || code > LAST_ERROR || value.length < ERROR_LENGTH
        ? []
        : [{ code, ...decodeLayout(ERROR, value) }],
    ),
  };
}
