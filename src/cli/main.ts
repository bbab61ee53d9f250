#!/usr/bin/env node
/** The process around the `scsi-target` command. */
import { run } from './program.ts';
import { catchSignals } from './signals.ts';

// A reader that went away (`scsi-target serve | head`) is no reason to stop serving.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
}

const { stdout, stderr, stdin } = process;
const onHangup = (listener: () => void): void => void process.on('SIGHUP', listener);
void run(process.argv.slice(2), { stdout, stderr, stdin, catchSignals, onHangup }).then(
  (exitCode) => {
    process.exitCode = exitCode;
  },
);
