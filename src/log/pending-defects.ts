/** Pending Defects log page, 15h/01h (SBC): blocks that cannot be read until they are written. */
import { getU32, getU64, putU32, putU64 } from '../bytes.ts';
import {
  encodeLogPage,
  findLogParameters,
  LOG_PARAMETER_FORMAT,
  type LogParameter,
} from './log-page.ts';
import type { LogEncodeOptions } from './log-page-spec.ts';

/** Pending Defect parameter (SBC). */
export interface PendingDefect {
  /** ACCUMULATED POWER ON HOURS when it was found, 0 to 2^32 − 1. */
  readonly powerOnHours: number;
  /** LOGICAL BLOCK ADDRESS, 0 to 2^53 − 1. */
  readonly lba: number;
}

/** Pending Defects log page (SBC). */
export interface PendingDefectsPage {
  /** PENDING DEFECT COUNT, 0 to 2^32 − 1; absent: it has no parameter, encoded the number of defects. */
  readonly count?: number;
  /** The defects, at most 61440. */
  readonly defects: readonly PendingDefect[];
}

const PAGE = { pageCode: 0x15, subpage: 0x01 } as const;
const DEFECT_LENGTH = 12;
const LAST_DEFECT = 0xf000;

/**
 * The parameters of a Pending Defects log page (SBC): the count, then the defects with codes from 1.
 *
 * @throws RangeError - a value has no code in its field, or there are too many defects.
 */
export function pendingDefectParameters(
  page: PendingDefectsPage,
  options: LogEncodeOptions = {},
): readonly LogParameter[] {
  const { defects, count = defects.length } = page;
  check('defects', defects.length, LAST_DEFECT);
  check('count', count, 0xffff_ffff);
  const format = LOG_PARAMETER_FORMAT.BINARY_LIST;
  const targetSaveDisable = options.targetSaveDisable ?? false;
  const value = new Uint8Array(4);
  putU32(value, 0, count);
  const parameters: LogParameter[] = [{ code: 0, format, targetSaveDisable, value }];
  for (const [i, defect] of defects.entries()) {
    check('powerOnHours', defect.powerOnHours, 0xffff_ffff);
    check('lba', defect.lba, Number.MAX_SAFE_INTEGER);
    const value = new Uint8Array(DEFECT_LENGTH);
    putU32(value, 0, defect.powerOnHours);
    putU64(value, 4, defect.lba);
    parameters.push({ code: i + 1, format, targetSaveDisable, value });
  }
  return parameters;
}

/**
 * Encodes a Pending Defects log page (SBC).
 *
 * @throws RangeError - a value has no code in its field, or the page is over 65535 bytes (4095
 * defects).
 */
export function encodePendingDefects(
  page: PendingDefectsPage,
  options?: LogEncodeOptions,
): Uint8Array {
  return encodeLogPage(PAGE, pendingDefectParameters(page, options), options);
}

/**
 * Decodes a Pending Defects log page (SBC); undefined where the bytes are no such page. Parameters of
 * other codes, or too short, are left out.
 */
export function decodePendingDefects(bytes: Uint8Array): PendingDefectsPage | undefined {
  const found = findLogParameters(bytes, PAGE);
  if (found === undefined) return undefined;
  const count = found.find(({ code, value }) => code === 0 && value.length >= 4);
  return {
    ...(count && { count: getU32(count.value, 0) }),
    defects: found.flatMap(({ code, value }) =>
      code === 0 || code > LAST_DEFECT || value.length < DEFECT_LENGTH
        ? []
        : [{ powerOnHours: getU32(value, 0), lba: getU64(value, 4) }],
    ),
  };
}

function check(name: string, value: number, largest: number): void {
  if (!Number.isInteger(value) || value < 0 || value > largest)
    throw new RangeError(`${name}: ${value} is not an integer from 0 to ${largest}`);
}
