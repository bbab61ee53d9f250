/** Time that passes when the test says so. */
import type { Clock } from '../scsi/clock.ts';

/** A {@link Clock} that stands still until it is advanced. */
export interface ManualClock extends Clock {
  /** Calls that wait for their time. */
  readonly pending: number;
  /**
   * Lets time pass: makes every call that falls due, in order of time, those that such calls ask for
   * included. `advance(0)` makes those due now.
   *
   * @throws RangeError - `ms` is negative or no number.
   */
  advance(ms: number): void;
}

/**
 * Makes a clock that starts at 0 and only goes when it is advanced.
 *
 * @example
 * ```ts
 * const clock = manualClock();
 * clock.after(1000, () => {});
 * clock.advance(1000);
 * ```
 */
export function manualClock(): ManualClock {
  let now = 0;
  const waiting = new Set<{ readonly due: number; readonly fn: () => void }>();
  const nextDue = (
    limit: number,
  ): { readonly due: number; readonly fn: () => void } | undefined => {
    let next: { readonly due: number; readonly fn: () => void } | undefined;
    for (const call of waiting)
      if (call.due <= limit && (next === undefined || call.due < next.due)) next = call;
    return next;
  };
  return {
    now: () => now,
    after(ms, fn) {
      const call = { due: now + Math.max(ms, 0), fn };
      waiting.add(call);
      return () => void waiting.delete(call);
    },
    get pending() {
      return waiting.size;
    },
    advance(ms) {
      if (!(ms >= 0)) throw new RangeError(`ms: ${ms} is not 0 or more`);
      const end = now + ms;
      for (let call = nextDue(end); call !== undefined; call = nextDue(end)) {
        waiting.delete(call);
        now = call.due;
        call.fn();
      }
      now = end;
    },
  };
}
