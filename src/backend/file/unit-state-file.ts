/** What a logical unit must not forget, in a file of JSON. Node only. */
import { open, readFile, realpath, rename, stat, unlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { UnitState, UnitStore } from '../unit-store.ts';
import { FileBackendError, errnoOf, lockedError, openError } from './errors.ts';
import { acquireLock } from './lock.ts';
import type { FileLock } from './lock.ts';
import { syncDirectory } from './sync-directory.ts';

/** A {@link UnitStore} in a file. The unit that it is given to closes it. */
export interface UnitStateFile extends UnitStore, AsyncDisposable {
  /** The real path of the file. */
  readonly path: string;
  load(): UnitState | undefined;
  /**
   * Writes the state beside the file and renames that over it: whenever the power goes, the file has
   * the whole of the old state or of the new.
   */
  save(state: UnitState): Promise<void>;
  close(): void;
}

/** The form that the file has; a later one gets another number. */
const VERSION = 1;

/**
 * Opens the file that keeps a unit's state, or one to be made with the first save. `PATH.lock` is
 * there while it is open, so that no second unit keeps its state in the same file.
 *
 * @throws FileBackendError - it cannot be used; `code` says why, `cause` has the system's error.
 *
 * @example
 * ```ts
 * const store = await openUnitStateFile('disk.state.json');
 * const disk = createDisk({ backend, store });
 * await disk.close();
 * ```
 */
export async function openUnitStateFile(path: string): Promise<UnitStateFile> {
  let lock: FileLock | undefined;
  try {
    const real = await realPathOf(path);
    lock = takeLock(path, `${real}.lock`);
    return new StateFile(real, await readState(path, real), lock);
  } catch (error) {
    lock?.release();
    throw openError(error, path, false);
  }
}

class StateFile implements UnitStateFile {
  readonly path: string;
  readonly #lock: FileLock;
  #state: UnitState | undefined;

  constructor(path: string, state: UnitState | undefined, lock: FileLock) {
    this.path = path;
    this.#state = state;
    this.#lock = lock;
  }

  load(): UnitState | undefined {
    return this.#state;
  }

  async save(state: UnitState): Promise<void> {
    const made = `${this.path}.new`;
    try {
      const handle = await open(made, 'w', 0o666);
      try {
        await handle.writeFile(`${JSON.stringify({ version: VERSION, state }, undefined, 2)}\n`);
        await handle.sync();
      } finally {
        await handle.close();
      }
      await rename(made, this.path);
    } catch (error) {
      await unlink(made).catch(() => undefined);
      throw error;
    }
    await syncDirectory(this.path);
    this.#state = state;
  }

  close(): void {
    this.#lock.release();
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.close();
    return Promise.resolve();
  }
}

/** A link is followed, so that a save replaces what it leads to. */
async function realPathOf(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw error;
    return join(await realpath(dirname(path)), basename(path));
  }
}

function takeLock(path: string, lockPath: string): FileLock {
  const lock = acquireLock(lockPath);
  if ('lockedBy' in lock) throw lockedError(path, lockPath, lock.lockedBy);
  return lock;
}

async function readState(path: string, real: string): Promise<UnitState | undefined> {
  const found = await stat(real).catch((error: unknown) => {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw error;
  });
  if (found === undefined) return undefined;
  // Looked at before it is opened: to open a FIFO would wait for its other end.
  if (!found.isFile()) throw new FileBackendError('FILE_KIND', path, 'is not a regular file');
  const text = await readFile(real, 'utf8').catch((error: unknown) => {
    throw openError(error, path, true);
  });
  const state = parse(text);
  if (state === undefined)
    throw new FileBackendError('FILE_CONTENT', path, 'does not hold the state of a logical unit');
  return state;
}

/** The state in the text; `undefined` where it is something else. Its sections are checked by the unit. */
function parse(text: string): UnitState | undefined {
  try {
    const content: unknown = JSON.parse(text);
    if (!isRecord(content) || content['version'] !== VERSION) return undefined;
    return isRecord(content['state']) ? content['state'] : undefined;
  } catch {
    return undefined;
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
