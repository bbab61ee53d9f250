/** `scsi-target winspd serve`: puts a disk behind a pipe of WinSpd's protocol. */
import { appendFileSync } from 'node:fs';
import { servePipe, WinSpdError, type ServedUnit } from '../../../driver/index.ts';
import { Target } from '../../scsi/target.ts';
import { systemClock } from '../../system-clock.ts';
import type { DiskSpec } from '../disk-option.ts';
import { CommandError, UsageError } from '../errors.ts';
import { diskName, messageOf, openDisk } from '../open-disk.ts';
import type { ServeSurroundings } from '../serve.ts';
import { writeLine } from '../terminal.ts';

/** What to serve, and how. */
export interface ServeWinspdOptions {
  /** The disk. */
  readonly disk: DiskSpec;
  /** The name of the pipe. */
  readonly pipe: string;
  /** GUID of the unit. Default: it follows from the disk. */
  readonly guid?: string;
  /** Most bytes of one request. */
  readonly maxTransferLength?: number;
  /** Which requests are logged: a bit for each kind, −1: all. */
  readonly debugLog: number;
  /** Where the log goes; `-`: standard error. */
  readonly debugLogFile: string;
}

/**
 * Serves a disk until the signal is aborted.
 *
 * @throws CommandError - the disk cannot be opened, the name of the pipe is taken, or a flush failed.
 * @throws UsageError - an option is out of range.
 */
export async function serveWinspd(
  options: ServeWinspdOptions,
  { stdout, stderr, signal }: ServeSurroundings,
): Promise<void> {
  const { disk: spec, pipe, debugLogFile, ...rest } = options;
  const target = new Target({ clock: systemClock });
  const log = (line: string): void => {
    if (debugLogFile === '-') writeLine(stderr, line);
    else appendFileSync(debugLogFile, `${line}\n`);
  };
  const onError = (error: unknown): void =>
    writeLine(stderr, `scsi-target: warning: ${messageOf(error)}`);
  const { unit } = await openDisk(spec, { identity: pipe, accessStates: {}, onError });
  target.luns.add(0, unit);
  try {
    const served = await servePipe(target, { pipe, log, ...rest }).catch(explain);
    writeLine(stdout, `${served.path}  ${diskName(spec)}, ${served.unit.params.guid}`);
    if (!signal.aborted)
      await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
    await served.unit.shutdown().catch((error: unknown) => {
      throw new CommandError(messageOf(error), { cause: error });
    });
  } finally {
    await target.close();
  }
}

function explain(error: unknown): ServedUnit {
  if (error instanceof RangeError) throw new UsageError(error.message);
  if (error instanceof WinSpdError || (error as NodeJS.ErrnoException).code !== undefined)
    throw new CommandError(messageOf(error), { cause: error });
  throw error;
}
