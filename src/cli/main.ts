#!/usr/bin/env node
/** The process around the `scsi-target` command. */
import { constants } from 'node:os';
import { run } from './program.ts';

/** The first signal asks, the second insists. */
function catchSignals(): AbortSignal {
  const shutdown = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      if (shutdown.signal.aborted) process.exit(128 + constants.signals[signal]);
      shutdown.abort(signal);
    });
  }
  return shutdown.signal;
}

// A reader that went away (`scsi-target serve | head`) is no reason to stop serving.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
}

const { stdout, stderr, stdin } = process;
void run(process.argv.slice(2), { stdout, stderr, stdin, catchSignals }).then((exitCode) => {
  process.exitCode = exitCode;
});
