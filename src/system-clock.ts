/** The clock of the platform: the one place outside of Node's rooms that knows a timer. */
import type { Clock } from './scsi/clock.ts';

// Every JavaScript runtime has these; Node's timer alone has `unref`.
declare function setTimeout(fn: () => void, ms: number): unknown;
declare function clearTimeout(timer: unknown): void;
declare const performance: { now(): number };

/** Milliseconds that a timer of the platform takes; more of them are none at all. */
const LONGEST = 2 ** 31 - 1;

/** Real time. A pending call does not keep a Node process alive. */
export const systemClock: Clock = {
  now: () => performance.now(),
  after(ms, fn) {
    let timer: unknown;
    const wait = (left: number): void => {
      const step = Math.min(left, LONGEST);
      timer = setTimeout(() => (left > step ? wait(left - step) : fn()), step);
      (timer as { unref?: () => void }).unref?.();
    };
    wait(ms);
    return () => clearTimeout(timer);
  },
};
