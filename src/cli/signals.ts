/** SIGINT, SIGTERM, SIGHUP and, on Windows, Ctrl-Break: the first asks, the second insists. */
import { constants } from 'node:os';

/**
 * Under npm a Ctrl-C may come twice, from the terminal and from npm, which passes it on. What comes
 * so soon after the first is the same signal.
 */
const SAME_SIGNAL_MS = 200;

/** How often to look whether npm's shell is still there. */
const LOOK_FOR_PARENT_MS = 500;

/**
 * SIGHUP: the terminal was closed. Ctrl-Break is how WinSpd's launcher ends a program, five seconds
 * before it kills it.
 */
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGBREAK'] as const;

/**
 * Makes SIGINT, SIGTERM, SIGHUP and SIGBREAK abort the signal returned; a second one ends the process at
 * once, unless it is SIGHUP: the kernel sends it when a terminal is closed, and the shell once more.
 */
export function catchSignals(): AbortSignal {
  const shutdown = new AbortController();
  const underNpm = process.env['npm_lifecycle_event'] !== undefined;
  let first = 0;
  for (const signal of SIGNALS) {
    process.on(signal, () => {
      if (!shutdown.signal.aborted) {
        first = performance.now();
        shutdown.abort(signal);
      } else if (signal !== 'SIGHUP' && (!underNpm || performance.now() - first > SAME_SIGNAL_MS)) {
        process.exit(128 + constants.signals[signal]);
      }
    });
  }
  if (underNpm) endWithParent(shutdown);
  return shutdown.signal;
}

/** Makes SIGHUP call the listener from now on, and do nothing else. */
export function onHangup(listener: () => void): void {
  process.removeAllListeners('SIGHUP');
  process.on('SIGHUP', listener);
}

/** npm's shell dies of a SIGTERM and does not pass it on: the port would stay taken. */
function endWithParent(shutdown: AbortController): void {
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    shutdown.abort('SIGTERM');
  }, LOOK_FOR_PARENT_MS);
  timer.unref();
}
