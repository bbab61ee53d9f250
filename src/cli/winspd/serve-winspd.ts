/** `scsi-target winspd serve`: makes a disk one of this Windows, or puts it behind a pipe. */
import { appendFileSync } from 'node:fs';
import { serveOn } from '../../../driver/device/serve-device.ts';
import {
  formatBtl,
  openMiniport,
  servePipe,
  WinSpdError,
  type StorageUnit,
  type StorageUnitOptions,
} from '../../../driver/index.ts';
import { Target } from '../../scsi/target.ts';
import { systemClock } from '../../system-clock.ts';
import type { DiskSpec } from '../disk-option.ts';
import { CommandError, UsageError } from '../errors.ts';
import { diskName, messageOf, openDisk } from '../open-disk.ts';
import type { ServeSurroundings } from '../serve.ts';
import { writeLine, type TextOutput } from '../terminal.ts';
import type { MiniportSurroundings } from './miniport-option.ts';
import { partitionNewDisk } from './new-disk.ts';

/** What to serve, and how. */
export interface ServeWinspdOptions {
  /** The disk. */
  readonly disk: DiskSpec;
  /** The disk is new, and gets a partition. */
  readonly partitioned?: boolean;
  /** The name of the pipe. Default: there is none, and the miniport has the disk. */
  readonly pipe?: string;
  /** The name of the miniport. Default: WinSpd's. */
  readonly device?: string;
  /** Requests of the miniport that are answered at a time. */
  readonly fetches?: number;
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
 * The miniport ends the flushes that Windows sends without a word to us, so a write has to be on stable
 * storage when it is answered, unless the disk is said to be otherwise.
 */
const FLUSHED: Pick<DiskSpec, 'cache'> = { cache: 'write-through' };

/** The surroundings, with the miniport. */
export type ServeWinspdSurroundings = ServeSurroundings & MiniportSurroundings;

/**
 * Serves a disk until the signal is aborted, or Windows takes it away.
 *
 * @throws CommandError - the disk cannot be opened, the name of the pipe is taken, the miniport refuses
 * the unit, or a flush failed.
 * @throws UsageError - an option is out of range.
 */
export async function serveWinspd(
  options: ServeWinspdOptions,
  surroundings: ServeWinspdSurroundings,
): Promise<void> {
  const { pipe } = options;
  const spec = pipe === undefined ? { ...FLUSHED, ...options.disk } : options.disk;
  const { stderr, signal } = surroundings;
  const target = new Target({ clock: systemClock });
  const onError = (error: unknown): void =>
    writeLine(stderr, `scsi-target: warning: ${messageOf(error)}`);
  const disk = await openDisk(spec, { identity: pipe ?? 'winspd', accessStates: {}, onError });
  target.luns.add(0, disk.unit);
  try {
    if (options.partitioned === true) await partitionNewDisk(disk.backend);
    const serving = pipe === undefined ? onMiniport : behindPipe;
    const served = await serving(target, options, surroundings).catch(explain);
    const stopped = new Promise<void>((resolve) => {
      if (signal.aborted) resolve();
      else signal.addEventListener('abort', () => resolve(), { once: true });
    });
    await Promise.race([stopped, served.ended]);
    await served.shutdown().catch((error: unknown) => {
      throw new CommandError(messageOf(error), { cause: error });
    });
    tellEnd(served.error, stderr);
  } finally {
    await target.close();
  }
}

function unitOptions(
  options: ServeWinspdOptions,
  { stderr }: MiniportSurroundings,
): StorageUnitOptions {
  const { debugLog, debugLogFile, guid, maxTransferLength } = options;
  const log = (line: string): void => {
    if (debugLogFile === '-') writeLine(stderr, line);
    else appendFileSync(debugLogFile, `${line}\n`);
  };
  return {
    log,
    debugLog,
    ...(guid !== undefined && { guid }),
    ...(maxTransferLength !== undefined && { maxTransferLength }),
  };
}

async function behindPipe(
  target: Target,
  options: ServeWinspdOptions,
  surroundings: ServeWinspdSurroundings,
): Promise<StorageUnit> {
  const { pipe = '', disk } = options;
  const rest = unitOptions(options, surroundings);
  const { unit, path } = await servePipe(target, { pipe, ...rest });
  writeLine(surroundings.stdout, `${path}  ${diskName(disk)}, ${unit.params.guid}`);
  return unit;
}

async function onMiniport(
  target: Target,
  options: ServeWinspdOptions,
  surroundings: ServeWinspdSurroundings,
): Promise<StorageUnit> {
  const { device, fetches, disk } = options;
  const { stdout, stderr, open = openMiniport } = surroundings;
  const rest = { ...unitOptions(options, surroundings), ...(fetches !== undefined && { fetches }) };
  const { unit, btl, physicalDrive } = await serveOn(await open(device), target, rest);
  writeLine(stdout, `${formatBtl(btl)}  ${diskName(disk)}, ${unit.params.guid}`);
  void physicalDrive().then(
    (number) => {
      if (number !== undefined) writeLine(stdout, `\\\\.\\PhysicalDrive${number}`);
      else if (!surroundings.signal.aborted && unit.error === undefined)
        writeLine(stderr, 'scsi-target: warning: Windows does not show the disk: rescan disks');
    },
    (error: unknown) => writeLine(stderr, `scsi-target: warning: ${messageOf(error)}`),
  );
  return unit;
}

/** Eject in Explorer is an end as good as any. */
function tellEnd(error: Error | undefined, stderr: TextOutput): void {
  if (error === undefined) return;
  if (!(error instanceof WinSpdError) || error.code !== 'UNIT_REMOVED')
    throw new CommandError(messageOf(error), { cause: error });
  writeLine(stderr, `scsi-target: ${error.message}`);
}

function explain(error: unknown): never {
  if (error instanceof RangeError) throw new UsageError(error.message);
  if (error instanceof WinSpdError || (error as NodeJS.ErrnoException).code !== undefined)
    throw new CommandError(messageOf(error), { cause: error });
  throw error;
}
