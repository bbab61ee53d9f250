/** Node's own time for an initiator. */
import type { Clock } from '../../scsi/clock.ts';

/**
 * Real time. Unlike `systemClock` it keeps the process alive: a program whose commands wait for the next
 * connection is not at its end.
 */
export const nodeClock: Clock = {
  now: () => performance.now(),
  after(ms, fn) {
    const timer = setTimeout(fn, ms);
    return () => clearTimeout(timer);
  },
};
