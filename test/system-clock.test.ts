import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { systemClock } from '../src/system-clock.ts';

describe('the clock of the platform', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('waits longer than a timer of the platform can', () => {
    const fn = vi.fn();
    systemClock.after(2 ** 32, fn); // setTimeout takes 2^31 - 1, and runs at once for more
    vi.advanceTimersByTime(2 ** 32 - 1);
    expect(fn).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1);
    expect(fn).toHaveBeenCalledOnce();
  });

  it('can be called off, whichever part of the wait it is in', () => {
    const fn = vi.fn();
    const cancel = systemClock.after(2 ** 32, fn);
    vi.advanceTimersByTime(2 ** 31);
    cancel();
    vi.advanceTimersByTime(2 ** 33);
    expect(fn).not.toHaveBeenCalled();
  });
});
