/** Environmental Reporting log page, 0Dh/01h (SPC). */
import {
  encodeLogPage,
  findLogParameters,
  LOG_PARAMETER_FORMAT,
  type LogParameter,
} from './log-page.ts';
import type { LogEncodeOptions } from './log-page-spec.ts';

/**
 * One sensor of an Environmental Reporting log page (SPC). Temperatures are −127 to 127 degrees
 * Celsius, humidities 0 to 100 percent; absent: no valid value.
 */
export interface EnvironmentalReport {
  /** What the sensor measures. */
  readonly sensor: 'temperature' | 'humidity';
  /** Which of the sensors of its kind, 0 to 255. */
  readonly number: number;
  /** The most recent value. */
  readonly current?: number;
  /** LIFETIME MAXIMUM. */
  readonly lifetimeMaximum?: number;
  /** LIFETIME MINIMUM. */
  readonly lifetimeMinimum?: number;
  /** MAXIMUM SINCE POWER ON. */
  readonly maximumSincePowerOn?: number;
  /** MINIMUM SINCE POWER ON. */
  readonly minimumSincePowerOn?: number;
}

/** SUBPAGE CODE of the Environmental Reporting log page. */
export const ENVIRONMENTAL_REPORTING = 0x01;

const PAGE = { pageCode: 0x0d, subpage: ENVIRONMENTAL_REPORTING } as const;
const LENGTH = 8;
const HUMIDITY = 0x0100;
const NO_TEMPERATURE = 0x80;
const NO_HUMIDITY = 0xff;

/** The values, in the order in which they follow the reserved byte at the beginning. */
const VALUES = [
  'current',
  'lifetimeMaximum',
  'lifetimeMinimum',
  'maximumSincePowerOn',
  'minimumSincePowerOn',
] as const;

/**
 * The parameters of an Environmental Reporting log page (SPC), ascending in code.
 *
 * @throws RangeError - a value has no code in its field.
 */
export function environmentalParameters(
  reports: readonly EnvironmentalReport[],
  options: LogEncodeOptions = {},
): readonly LogParameter[] {
  return reports
    .map((report) => {
      check('number', report.number, 0, 255);
      const value = new Uint8Array(LENGTH);
      for (const [i, name] of VALUES.entries())
        value[1 + i] = codeOf(report.sensor, name, report[name]);
      return {
        code: (report.sensor === 'humidity' ? HUMIDITY : 0) + report.number,
        format: LOG_PARAMETER_FORMAT.BINARY_LIST,
        targetSaveDisable: options.targetSaveDisable ?? false,
        value,
      };
    })
    .sort((a, b) => a.code - b.code);
}

/**
 * Encodes an Environmental Reporting log page (SPC).
 *
 * @throws RangeError - a value has no code in its field.
 */
export function encodeEnvironmentalReporting(
  reports: readonly EnvironmentalReport[],
  options?: LogEncodeOptions,
): Uint8Array {
  return encodeLogPage(PAGE, environmentalParameters(reports, options), options);
}

/**
 * Decodes an Environmental Reporting log page (SPC); undefined where the bytes are no such page.
 * Parameters of other codes, or too short, are left out.
 */
export function decodeEnvironmentalReporting(
  bytes: Uint8Array,
): readonly EnvironmentalReport[] | undefined {
  return findLogParameters(bytes, PAGE)?.flatMap(({ code, value }) => {
    if (code >= 2 * HUMIDITY || value.length < 1 + VALUES.length) return [];
    const sensor = code >= HUMIDITY ? 'humidity' : 'temperature';
    const report: { -readonly [K in keyof EnvironmentalReport]: EnvironmentalReport[K] } = {
      sensor,
      number: code & 0xff,
    };
    for (const [i, name] of VALUES.entries()) {
      const found = valueOf(sensor, value[1 + i] ?? 0);
      if (found !== undefined) report[name] = found;
    }
    return [report];
  });
}

function codeOf(
  sensor: EnvironmentalReport['sensor'],
  name: string,
  value: number | undefined,
): number {
  if (sensor === 'humidity') {
    if (value === undefined) return NO_HUMIDITY;
    check(name, value, 0, 100);
    return value;
  }
  if (value === undefined) return NO_TEMPERATURE;
  check(name, value, -127, 127);
  return value & 0xff;
}

function valueOf(sensor: EnvironmentalReport['sensor'], code: number): number | undefined {
  if (sensor === 'humidity') return code > 100 ? undefined : code;
  if (code === NO_TEMPERATURE) return undefined;
  return code > 0x7f ? code - 0x100 : code;
}

function check(name: string, value: number, least: number, largest: number): void {
  if (!Number.isInteger(value) || value < least || value > largest)
    throw new RangeError(`${name}: ${value} is not an integer from ${least} to ${largest}`);
}
