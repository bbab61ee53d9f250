/** What goes wrong with files, as the caller and as the logical unit have to hear it. */
import { existsSync } from 'node:fs';
import { hostname } from 'node:os';
import { dirname } from 'node:path';
import { BackendError } from '../backend.ts';
import type { BackendFailure } from '../backend.ts';
import type { LockHolder } from './lock.ts';

/**
 * Why a file could not be opened as a disk, or for the state of one. Stable: programs may compare.
 *
 * - `FILE_MISSING`: there is none, and no `size` to create it with.
 * - `FILE_KIND`: it is neither a regular file nor a block device.
 * - `FILE_LENGTH`: it is empty, no whole number of blocks, longer than `size` wants it, or its size is unknown.
 * - `FILE_LOCKED`: another disk uses it; see `PATH.lock`.
 * - `FILE_READ_ONLY`: it may be read but not written; `readOnly: true` opens it.
 * - `FILE_UNREADABLE`: it may not be read.
 * - `FILE_PROTECTION`: it has protection information beside it, and is to be written without.
 * - `FILE_CONTENT`: it is not what a unit's state was saved to.
 * - `FILE_FAILED`: the system said something else; see `cause`.
 */
export type FileBackendErrorCode =
  | 'FILE_MISSING'
  | 'FILE_KIND'
  | 'FILE_LENGTH'
  | 'FILE_LOCKED'
  | 'FILE_READ_ONLY'
  | 'FILE_UNREADABLE'
  | 'FILE_PROTECTION'
  | 'FILE_CONTENT'
  | 'FILE_FAILED';

/**
 * A file cannot be a disk, or keep the state of one.
 *
 * @example
 * ```ts
 * throw new FileBackendError('FILE_MISSING', 'disk.img', 'does not exist');
 * ```
 */
export class FileBackendError extends Error {
  /** The name of the class. */
  override readonly name = 'FileBackendError';
  /** What is wrong, for programs. */
  readonly code: FileBackendErrorCode;
  /** The file, as it was given. */
  readonly path: string;

  constructor(code: FileBackendErrorCode, path: string, message: string, cause?: unknown) {
    super(`${path}: ${message}`, cause === undefined ? undefined : { cause });
    this.code = code;
    this.path = path;
  }
}

/** The error for a file that somebody else has locked; `holder` is absent where that is not known. */
export function lockedError(
  path: string,
  lockPath: string,
  holder: LockHolder | undefined,
): FileBackendError {
  return new FileBackendError('FILE_LOCKED', path, `is in use by ${nameOf(holder)} (${lockPath})`);
}

function nameOf(holder: LockHolder | undefined): string {
  if (holder === undefined) return 'another process';
  const { pid, host } = holder;
  const own = pid === process.pid && host === hostname();
  return `process ${pid} on ${host}${own ? ', which is this one' : ''}`;
}

/** The `code` of a Node system error, such as `ENOENT`. */
export function errnoOf(error: unknown): string | undefined {
  const code = (error as { readonly code?: unknown } | null | undefined)?.code;
  return typeof code === 'string' ? code : undefined;
}

function missing(path: string): string {
  return existsSync(dirname(path)) ? 'does not exist' : 'is in a folder that does not exist';
}

/** The error for the opener of a file. One that says what is wrong already stays as it is. */
export function openError(error: unknown, path: string, readOnly: boolean): FileBackendError {
  if (error instanceof FileBackendError) return error;
  switch (errnoOf(error)) {
    case 'ENOENT':
    case 'ENOTDIR':
      return new FileBackendError('FILE_MISSING', path, missing(path), error);
    case 'EISDIR':
      return new FileBackendError('FILE_KIND', path, 'is a directory', error);
    case 'EROFS':
    case 'EACCES':
    case 'EPERM':
      return readOnly
        ? new FileBackendError('FILE_UNREADABLE', path, 'may not be read', error)
        : new FileBackendError('FILE_READ_ONLY', path, 'may not be written', error);
    default: {
      const reason = error instanceof Error ? error.message : String(error);
      return new FileBackendError('FILE_FAILED', path, reason, error);
    }
  }
}

const FAILURES: Readonly<Record<string, BackendFailure>> = {
  EIO: 'medium',
  ENOSPC: 'space',
  EDQUOT: 'space',
  EFBIG: 'space',
  EROFS: 'protected',
  EACCES: 'protected',
  EPERM: 'protected',
  ENODEV: 'not-ready',
  ENXIO: 'not-ready',
  ENOMEDIUM: 'not-ready',
};

/** The error for the logical unit. Without an LBA a failed medium cannot be pointed at: hardware. */
export function ioError(error: unknown, lba?: number): BackendError {
  if (error instanceof BackendError) return error;
  const kind = FAILURES[errnoOf(error) ?? ''] ?? 'hardware';
  const message = error instanceof Error ? error.message : String(error);
  if (lba === undefined)
    return new BackendError(kind === 'medium' ? 'hardware' : kind, message, { cause: error });
  return new BackendError(kind, message, { lba, cause: error });
}
