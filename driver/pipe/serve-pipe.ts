/** A storage unit behind a pipe, under the first free index of its name. */
import type { Target } from '../../src/scsi/target.ts';
import { WinSpdError } from '../errors.ts';
import { StorageUnit, type StorageUnitOptions } from '../storage-unit.ts';
import type { PipeListener } from './listener.ts';
import { MOST_PIPES, pipePath } from './name.ts';
import { NamedPipeListener } from './named-pipe-listener.ts';
import { PipeServer } from './server.ts';
import { UnixListener } from './unix-listener.ts';

/** How to serve a unit behind a pipe. */
export interface ServePipeOptions extends StorageUnitOptions {
  /** `NAME` or `\\.\pipe\NAME`; not on Windows also the path of a Unix socket. */
  readonly pipe: string;
}

/** A unit that is being served. */
export interface ServedUnit {
  /** The unit; `shutdown` ends the serving. */
  readonly unit: StorageUnit;
  /** Where clients find it: the name of the pipe with its index, or the path of the Unix socket. */
  readonly path: string;
}

/** The paths that this process serves. */
const taken = new Set<string>();

/**
 * Serves a unit of a target behind a pipe.
 *
 * @throws WinSpdError - PIPE_TAKEN: the name, with every index, is served already; on Windows also
 * KOFFI_MISSING: install koffi beside this package.
 * @throws RangeError - there is no unit under the LUN, or an option is out of range.
 *
 * @example
 * ```ts
 * import { createDisk, createTarget, memoryBackend } from 'scsi-target';
 * import { servePipe } from 'scsi-target/winspd';
 *
 * const target = createTarget([createDisk({ backend: memoryBackend({ size: 2 ** 30 }) })]);
 * const { unit, path } = await servePipe(target, { pipe: 'ram' });
 * console.log(path); // \\.\pipe\ram\0
 * await unit.shutdown();
 * await target.close();
 * ```
 */
export async function servePipe(target: Target, options: ServePipeOptions): Promise<ServedUnit> {
  const unit = new StorageUnit(target, options);
  const path = freePath(options.pipe);
  const listener: PipeListener =
    process.platform === 'win32'
      ? new NamedPipeListener(path, unit.params)
      : new UnixListener(path, unit.params);
  const server = new PipeServer(listener, unit);
  taken.add(path);
  try {
    await unit.start({
      start: () => server.start(),
      async close() {
        await server.close();
        taken.delete(path);
      },
    });
  } catch (error) {
    taken.delete(path);
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    throw pipeTaken(options.pipe, error);
  }
  return { unit, path };
}

function freePath(pipe: string): string {
  for (let index = 0; index < MOST_PIPES; index++) {
    const path = pipePath(pipe, index);
    if (!taken.has(path)) return path;
  }
  throw pipeTaken(pipe);
}

function pipeTaken(pipe: string, cause?: unknown): WinSpdError {
  return new WinSpdError('PIPE_TAKEN', `pipe '${pipe}' is served already; another name is free`, {
    cause,
  });
}
