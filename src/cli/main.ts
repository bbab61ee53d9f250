#!/usr/bin/env node
/** The process around the `scsi-target` command. */
import { isatty } from 'node:tty';
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

const onTerminal = [0, 1, 2].some((fd) => isatty(fd));

/**
 * Node aborts at its end where it cannot put the terminal back as it was, since that has been closed.
 * So it dies of the signal, when all is done, which is what shells expect.
 */
function catchAll(): AbortSignal {
  const signal = catchSignals();
  signal.addEventListener('abort', () => {
    if (signal.reason !== 'SIGHUP' || !onTerminal) return;
    process.on('exit', () => {
      process.removeAllListeners('SIGHUP');
      process.kill(process.pid, 'SIGHUP');
    });
  });
  return signal;
}

const terminal = { stdout, stderr, stdin, catchSignals: catchAll, onHangup };
void run(process.argv.slice(2), terminal).then((exitCode) => {
  if (exitCode !== 0) process.exitCode = exitCode;
});
