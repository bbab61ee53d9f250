#!/usr/bin/env node
/** The process around the `scsi-target` command. */
import { run } from './program.ts';
import { catchSignals, onHangup } from './signals.ts';
import { writeLine } from './terminal.ts';

const { stdout, stderr, stdin } = process;

// What serves goes on, whoever reads what it says: a reader may go away (`scsi-target serve | head`),
// a terminal may be closed, the disk of a log may be full. Without a listener each would be the end.
stderr.on('error', () => undefined); // There is nobody left to tell.
stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE' || process.exitCode !== undefined) return;
  process.exitCode = 1;
  writeLine(stderr, `scsi-target: cannot write to standard output: ${error.message}`);
});

void run(process.argv.slice(2), { stdout, stderr, stdin, catchSignals, onHangup }).then(
  (exitCode) => {
    if (exitCode !== 0) process.exitCode = exitCode;
  },
);
