/**
 * One writer a file: `PATH.lock`, made so that only one can make it, says who that is.
 *
 * A lock whose process is gone is stale and may be taken over. The takeover must not race: of two
 * processes that saw the same stale lock, the slower may otherwise remove the lock that the faster
 * has just made. So who wants to take over lock L first makes a guard, a lock file that is named for
 * L's nonce; only its maker may replace L, does so by renaming the guard over it, and only if L is
 * still the one it saw. A guard is a lock like any other: one left by a crash is taken over the same way.
 *
 * Node has no kernel locks (flock), and these would not tell who holds them.
 */
import { randomUUID } from 'node:crypto';
import {
  closeSync,
  openSync,
  readFileSync,
  renameSync,
  statSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { hostname } from 'node:os';
import { errnoOf } from './errors.ts';
import { isRunning, startOf } from './process-start.ts';

/** What a lock file holds, as JSON. */
export interface LockHolder {
  /** Process id. */
  readonly pid: number;
  /** When that process started, in any form that tells it from a later one of the same id; see `startOf`. */
  readonly start?: string;
  /** The machine that the process runs on. */
  readonly host: string;
  /** Tells this lock from any other. */
  readonly nonce: string;
}

/** A lock that is held. */
export interface FileLock {
  /** Gives it back: removes the file if it is still ours. More than once, it does nothing more. */
  release(): void;
}

/** A lock that could not be had. */
export interface Locked {
  /** Who holds it; absent where its file cannot be understood, as when it is being made. */
  readonly lockedBy: LockHolder | undefined;
}

/** A maker may be between making the file and filling it, but not for that long. */
const UNREADABLE_IS_STALE_AFTER_MS = 10_000;

/**
 * Makes the lock file `path`, or takes over a stale one. Synchronous: it is a few system calls, and a
 * pause between them would only widen the window in which others see a half-made lock.
 *
 * @throws Error - the system refuses: no such directory, not writable…
 */
export function acquireLock(path: string): FileLock | Locked {
  const own: LockHolder = {
    pid: process.pid,
    ...startField(),
    host: hostname(),
    nonce: randomUUID(),
  };
  const lockedBy = acquire(path, own);
  if (lockedBy !== undefined) return lockedBy;
  let held = true;
  return {
    release(): void {
      if (held && inspect(path)?.identity === own.nonce) unlinkSync(path);
      held = false;
    },
  };
}

/** Who holds the lock `path` now; `undefined` where nobody alive does. */
export function findHolder(path: string): Locked | undefined {
  const found = inspect(path);
  return found === undefined || found.stale ? undefined : { lockedBy: found.holder };
}

function startField(): Pick<LockHolder, 'start'> {
  const start = startOf(process.pid);
  return start === undefined ? {} : { start };
}

/** Puts `own` into `path`. Gives `undefined` when that is done, else what is in the way. */
function acquire(path: string, own: LockHolder): Locked | undefined {
  for (;;) {
    if (create(path, own)) return undefined;
    const found = inspect(path);
    if (found === undefined) continue;
    if (!found.stale) return { lockedBy: found.holder };
    const guard = `${path}.${found.identity}`;
    const blocked = acquire(guard, own);
    if (blocked !== undefined) return blocked;
    // Nobody but us may replace that lock now; but it may have been replaced before we had the guard.
    if (inspect(path)?.identity === found.identity) {
      renameSync(guard, path);
      return undefined;
    }
    unlinkSync(guard);
  }
}

function create(path: string, own: LockHolder): boolean {
  let fd: number;
  try {
    fd = openSync(path, 'wx', 0o644);
  } catch (error) {
    if (errnoOf(error) === 'EEXIST') return false;
    throw error;
  }
  try {
    writeSync(fd, `${JSON.stringify(own)}\n`);
  } catch (error) {
    unlinkSync(path); // No room: an empty lock would lock out everybody for a while.
    throw error;
  } finally {
    closeSync(fd);
  }
  return true;
}

interface Inspection {
  readonly holder: LockHolder | undefined;
  /** Tells this lock from the one that replaces it. */
  readonly identity: string;
  readonly stale: boolean;
}

function inspect(path: string): Inspection | undefined {
  try {
    const holder = parse(readFileSync(path, 'utf8'));
    if (holder !== undefined) return { holder, identity: holder.nonce, stale: isGone(holder) };
    const { ino, mtimeMs } = statSync(path);
    const stale = Date.now() - mtimeMs > UNREADABLE_IS_STALE_AFTER_MS;
    return { holder, identity: `${ino}-${Math.trunc(mtimeMs)}`, stale };
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

function parse(text: string): LockHolder | undefined {
  try {
    const { pid, start, host, nonce } = JSON.parse(text) as Partial<Record<string, unknown>>;
    if (typeof pid !== 'number' || typeof host !== 'string' || typeof nonce !== 'string')
      return undefined;
    // The nonce becomes part of a file name: nothing else may come in with it.
    if (!/^[\w-]{1,64}$/.test(nonce)) return undefined;
    return { pid, ...(typeof start === 'string' && { start }), host, nonce };
  } catch {
    return undefined;
  }
}

/** Of a process on another machine nothing is known, so it counts as alive. */
function isGone({ pid, start, host }: LockHolder): boolean {
  if (host !== hostname()) return false;
  if (!isRunning(pid)) return true;
  const current = startOf(pid);
  return start !== undefined && current !== undefined && start !== current;
}
