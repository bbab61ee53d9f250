import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { startStatusLine, statusText, type StatusSample } from '../../src/cli/status-line.ts';

const none: StatusSample = { sessions: 0, commands: 0, bytesRead: 0, bytesWritten: 0 };

describe('statusText', () => {
  it('gives rates over the time between the samples', () => {
    const before = { sessions: 1, commands: 100, bytesRead: 1_000_000, bytesWritten: 0 };
    const after = { sessions: 2, commands: 1100, bytesRead: 11_000_000, bytesWritten: 1_048_576 };
    // In 2 s: 1000 commands, 10 MB read, 1.05 MB written.
    expect(statusText(before, after, 2)).toBe(
      '2 sessions  500 IOPS  read 5.0 MB/s  write 0.5 MB/s',
    );
  });

  it('has no negative rates when a session took its counts with it', () => {
    expect(statusText({ ...none, commands: 9 }, { ...none, sessions: 1 }, 1)).toMatch(
      /^1 session {2}0 IOPS/,
    );
  });
});

describe('startStatusLine', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('writes over its line every second and wipes it at the end', () => {
    const written: string[] = [];
    const terminal = { write: (text: string) => written.push(text), columns: 40 };
    let sample = none;
    const line = startStatusLine(terminal, () => sample);
    sample = { ...none, sessions: 3, commands: 50 };
    vi.advanceTimersByTime(1000);
    expect(written).toEqual(['\r3 sessions  50 IOPS  read 0.0 MB/s  wri\u001b[K']); // 39 columns
    line.close();
    vi.advanceTimersByTime(5000);
    expect(written.slice(1)).toEqual(['\r\u001b[K']);
  });
});
