/** The one line on a terminal that says how a served disk is doing. */

/** Counts since the start; rates are their differences. */
export interface StatusSample {
  /** Sessions now. */
  readonly sessions: number;
  /** Commands that have ended. */
  readonly commands: number;
  /** Bytes sent as data-in. */
  readonly bytesRead: number;
  /** Bytes received as data-out. */
  readonly bytesWritten: number;
}

/** Where the line is written, a terminal. */
export interface StatusTerminal {
  write(text: string): unknown;
  /** Columns, where known. */
  readonly columns?: number;
}

/**
 * The line for what happened between two samples.
 *
 * @param seconds - Time between the samples, more than 0.
 */
export function statusText(before: StatusSample, after: StatusSample, seconds: number): string {
  const rate = (count: number): number => Math.max(0, count) / seconds;
  const megabytes = (bytes: number): string => `${(rate(bytes) / 1e6).toFixed(1)} MB/s`;
  return [
    `${after.sessions} ${after.sessions === 1 ? 'session' : 'sessions'}`,
    `${Math.round(rate(after.commands - before.commands))} IOPS`,
    `read ${megabytes(after.bytesRead - before.bytesRead)}`,
    `write ${megabytes(after.bytesWritten - before.bytesWritten)}`,
  ].join('  ');
}

/**
 * Writes the line over itself until it is closed.
 *
 * @param sample - Gives the counts now.
 * @param every - Milliseconds between updates.
 */
export function startStatusLine(
  terminal: StatusTerminal,
  sample: () => StatusSample,
  every = 1000,
): { close(): void } {
  let before = sample();
  let at = performance.now();
  const show = (): void => {
    const after = sample();
    const now = performance.now();
    const text = statusText(before, after, Math.max(1, now - at) / 1000);
    terminal.write(`\r${text.slice(0, (terminal.columns ?? 80) - 1)}${CLEAR_TO_END}`);
    before = after;
    at = now;
  };
  const timer = setInterval(show, every);
  timer.unref();
  return {
    close() {
      clearInterval(timer);
      terminal.write(`\r${CLEAR_TO_END}`);
    },
  };
}

/** ECMA-48 EL: erases from the cursor to the end of the line. */
export const CLEAR_TO_END = '\u001b[K';
