/** Where a disk stands: what its sensors would say if it had any (SPC, Temperature log page). */
import type { EnvironmentalReport } from '../log/environmental-reporting.ts';
import { WARNING_SPECIFIED_TEMPERATURE_EXCEEDED } from '../sense/codes.ts';
import type { LogicalUnit } from './logical-unit.ts';

/** REFERENCE TEMPERATURE: degrees Celsius up to which a disk works continuously. */
export const REFERENCE_TEMPERATURE = 60;

const TEMPERATURE_NOT_KNOWN = 0xff;

/** A sensor's reading and how far it has gone since the unit was made. */
interface Readings {
  current: number;
  highest: number;
  lowest: number;
}

/** Temperature and humidity, as who made the unit sets them; not known before. */
export class Environment {
  readonly #unit: LogicalUnit;
  #temperature: Readings | undefined;
  #humidity: Readings | undefined;

  /** @param unit - which warns when it becomes too warm. */
  constructor(unit: LogicalUnit) {
    this.#unit = unit;
  }

  /** Degrees Celsius, −127 to 127; `undefined` where that is not known. */
  get temperature(): number | undefined {
    return this.#temperature?.current;
  }

  /** The temperature as log pages code it: 0 for zero or below, 255 where it is not known. */
  get temperatureCode(): number {
    const { temperature } = this;
    return temperature === undefined ? TEMPERATURE_NOT_KNOWN : Math.max(0, temperature);
  }

  /**
   * Sets the temperature. Above the reference temperature that is an informational exception, WARNING -
   * SPECIFIED TEMPERATURE EXCEEDED, until it is at or below it again.
   *
   * @throws RangeError - not an integer from −127 to 127.
   */
  set temperature(celsius: number) {
    checkInteger('temperature', celsius, -127, 127);
    this.#temperature = read(this.#temperature, celsius);
    const { exceptions } = this.#unit;
    const warned = exceptions.condition?.asc === WARNING_SPECIFIED_TEMPERATURE_EXCEEDED.asc;
    const tooWarm = celsius > REFERENCE_TEMPERATURE;
    if (tooWarm && exceptions.condition === undefined)
      exceptions.occur(WARNING_SPECIFIED_TEMPERATURE_EXCEEDED);
    else if (!tooWarm && warned) exceptions.cease();
  }

  /** Relative humidity in percent; `undefined` where that is not known. */
  get humidity(): number | undefined {
    return this.#humidity?.current;
  }

  /**
   * Sets the relative humidity.
   *
   * @throws RangeError - not an integer from 0 to 100.
   */
  set humidity(percent: number) {
    checkInteger('humidity', percent, 0, 100);
    this.#humidity = read(this.#humidity, percent);
  }

  /** What the Environmental Reporting log page says: one sensor of each kind. */
  get reports(): readonly EnvironmentalReport[] {
    return [
      { sensor: 'temperature', number: 0, ...reported(this.#temperature) },
      { sensor: 'humidity', number: 0, ...reported(this.#humidity) },
    ];
  }
}

function read(before: Readings | undefined, current: number): Readings {
  return {
    current,
    highest: Math.max(before?.highest ?? current, current),
    lowest: Math.min(before?.lowest ?? current, current),
  };
}

/** Its life began when it was made. */
function reported(readings: Readings | undefined): Partial<EnvironmentalReport> {
  if (readings === undefined) return {};
  const { current, highest, lowest } = readings;
  return {
    current,
    lifetimeMaximum: highest,
    lifetimeMinimum: lowest,
    maximumSincePowerOn: highest,
    minimumSincePowerOn: lowest,
  };
}

function checkInteger(name: string, value: number, least: number, most: number): void {
  if (!Number.isInteger(value) || value < least || value > most)
    throw new RangeError(`${name}: ${value} is not an integer from ${least} to ${most}`);
}
