/** Node's own time, for an initiator and for a server. */
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

/** Real time that keeps no process alive: a server lives as long as it listens. */
export const serverClock: Clock = {
  now: () => performance.now(),
  after(ms, fn) {
    const timer = setTimeout(fn, ms);
    timer.unref();
    return () => clearTimeout(timer);
  },
};
