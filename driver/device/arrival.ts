/** Windows finds a disk, and shows it, some time after it was made: it is looked for again and again. */
import type { Clock } from '../../src/scsi/clock.ts';
import { systemClock } from '../../src/system-clock.ts';

/** How to wait for a unit, or its drive. */
export interface ArrivalWait {
  /** How long, in milliseconds. Default 30 000. */
  readonly timeout?: number;
  /** Where time comes from. Default: `systemClock`. */
  readonly clock?: Clock;
}

/** How long Windows is waited for to find a disk, in milliseconds. */
const ARRIVES_AFTER_MS = 30_000;
/** How long until it is looked for again: the first times, and from then on. */
const LOOK_AGAIN_MS = [100, 300, 300, 300, 1000] as const;

/** Looks until there is something, it is given up, or time is over. */
export async function lookUntil<T>(
  look: () => Promise<T | undefined>,
  givenUp: () => boolean,
  { timeout = ARRIVES_AFTER_MS, clock = systemClock }: ArrivalWait = {},
): Promise<T | undefined> {
  const end = clock.now() + timeout;
  for (let looks = 0; !givenUp(); looks++) {
    const found = await look();
    const delay = LOOK_AGAIN_MS[Math.min(looks, LOOK_AGAIN_MS.length - 1)] ?? 0;
    if (found !== undefined || clock.now() + delay > end) return found;
    await new Promise<void>((resolve) => clock.after(delay, resolve));
  }
  return undefined;
}
