import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { catchSignals, onHangup } from '../../src/cli/signals.ts';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGBREAK'] as const;

describe('catchSignals', () => {
  // The test runner listens too; it must not hear what is emitted here.
  const others = new Map(SIGNALS.map((signal) => [signal, process.listeners(signal)]));
  let exit: (code?: number) => void;

  beforeEach(() => {
    for (const signal of SIGNALS) process.removeAllListeners(signal);
    vi.useFakeTimers();
    exit = vi.fn();
    vi.spyOn(process, 'exit').mockImplementation(exit as typeof process.exit);
    vi.stubEnv('npm_lifecycle_event', undefined);
  });

  afterEach(() => {
    for (const signal of SIGNALS) {
      process.removeAllListeners(signal);
      for (const listener of others.get(signal) ?? []) process.on(signal, listener);
    }
    vi.useRealTimers();
    vi.restoreAllMocks();
    vi.unstubAllEnvs();
  });

  it.each(SIGNALS)('asks with the first %s, and names it', (name) => {
    const signal = catchSignals();
    expect(signal.aborted).toBe(false);
    process.emit(name);
    expect(signal.reason).toBe(name);
    expect(exit).not.toHaveBeenCalled();
  });

  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('ends at once with the second, a %s, and exit code %d', (name, code) => {
    catchSignals();
    process.emit('SIGINT');
    process.emit(name);
    expect(exit).toHaveBeenCalledExactlyOnceWith(code);
  });

  it('does not take the SIGHUP that a shell passes on for one that insists', () => {
    const signal = catchSignals();
    process.emit('SIGHUP');
    process.emit('SIGHUP');
    expect(signal.reason).toBe('SIGHUP');
    expect(exit).not.toHaveBeenCalled();
  });

  it('leaves SIGHUP to who listens for it', () => {
    const signal = catchSignals();
    const listener = vi.fn();
    onHangup(listener);
    process.emit('SIGHUP');
    expect(listener).toHaveBeenCalledOnce();
    expect(signal.aborted).toBe(false);
  });

  it('takes what npm passes on for the same signal', () => {
    vi.stubEnv('npm_lifecycle_event', 'start');
    const signal = catchSignals();
    process.emit('SIGINT');
    process.emit('SIGINT');
    expect(signal.aborted).toBe(true);
    expect(exit).not.toHaveBeenCalled();
    vi.advanceTimersByTime(300);
    process.emit('SIGINT');
    expect(exit).toHaveBeenCalledExactlyOnceWith(130);
  });

  it('asks when the shell of npm has gone', () => {
    vi.stubEnv('npm_lifecycle_event', 'start');
    let parent = 4711;
    vi.spyOn(process, 'ppid', 'get').mockImplementation(() => parent);
    const signal = catchSignals();
    vi.advanceTimersByTime(5000);
    expect(signal.aborted).toBe(false);
    parent = 1;
    vi.advanceTimersByTime(1000);
    expect(signal.reason).toBe('SIGTERM');
  });
});
