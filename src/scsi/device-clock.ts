/** The clock that REPORT TIMESTAMP reads and SET TIMESTAMP sets (SPC, device clocks). */
import { TIMESTAMP_ORIGIN, type TimestampData } from '../cdb/timestamp.ts';
import type { Clock } from './clock.ts';

/** Clocks wrap at 48 bits. */
const WRAP = 2 ** 48;

/**
 * A clock in milliseconds. It starts at zero when the unit is powered on, unless it knows the time of
 * day; neither a logical unit reset nor the loss of a nexus touches it.
 */
export class DeviceClock {
  readonly #timeOfDay: (() => number) | undefined;
  #clock: Clock | undefined;
  /** What has to be added to the unit's clock. */
  #offset = 0;
  #isSet = false;

  /** @param timeOfDay - gives the milliseconds since 1970; absent: nobody knows. */
  constructor(timeOfDay: (() => number) | undefined) {
    this.#timeOfDay = timeOfDay;
  }

  /** The power comes on. */
  attach(clock: Clock): void {
    if (this.#clock !== undefined) return;
    this.#clock = clock;
    this.#offset = -clock.now();
  }

  /** What it shows, and who set it. */
  read(): TimestampData {
    if (!this.#isSet && this.#timeOfDay !== undefined)
      return { origin: TIMESTAMP_ORIGIN.OTHER, timestamp: wrapped(this.#timeOfDay()) };
    const origin = this.#isSet ? TIMESTAMP_ORIGIN.SET_TIMESTAMP : TIMESTAMP_ORIGIN.POWER_ON;
    return { origin, timestamp: wrapped(this.#now() + this.#offset) };
  }

  /** SET TIMESTAMP. */
  set(timestamp: number): void {
    this.#isSet = true;
    this.#offset = timestamp - this.#now();
  }

  #now(): number {
    return this.#clock?.now() ?? 0;
  }
}

/** A remainder that is never negative, of whole milliseconds. */
const wrapped = (ms: number): number => ((Math.floor(ms) % WRAP) + WRAP) % WRAP;
