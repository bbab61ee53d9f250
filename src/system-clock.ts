/** The clock of the platform: the one place outside of Node's rooms that knows a timer. */
import type { Clock } from './scsi/clock.ts';

// Every JavaScript runtime has these; Node's timer alone has `unref`.
declare function setTimeout(fn: () => void, ms: number): unknown;
declare function clearTimeout(timer: unknown): void;
declare const performance: { now(): number };

/** Real time. A pending call does not keep a Node process alive. */
export const systemClock: Clock = {
  now: () => performance.now(),
  after(ms, fn) {
    const timer = setTimeout(fn, ms);
    (timer as { unref?: () => void }).unref?.();
    return () => clearTimeout(timer);
  },
};
