/** A file, or a block device, as a disk. Node only. */
import { constants } from 'node:fs';
import { open, realpath, stat, unlink } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Backend, BackendEvent, WriteOptions } from '../backend.ts';
import { deviceSize } from './device-size.ts';
import { FileBackendError, errnoOf, lockedError, openError } from './errors.ts';
import { FileDisk } from './file-disk.ts';
import { acquireLock, findHolder } from './lock.ts';
import type { FileLock, Locked } from './lock.ts';
import { readAt } from './positional-io.ts';
import { ProtectionFile, protectionPath } from './protection-file.ts';
import { openHolePuncher } from './punch-hole.ts';
import { syncDirectory } from './sync-directory.ts';

export { FileBackendError } from './errors.ts';
export type { FileBackendErrorCode } from './errors.ts';
export { openUnitStateFile } from './unit-state-file.ts';
export type { UnitStateFile } from './unit-state-file.ts';

/** How to open a file as a disk. */
export interface FileBackendOptions {
  /** Bytes a block: a power of two, 512 to 65536. Default 512. */
  readonly blockLength?: number;
  /**
   * Bytes that the disk has, a multiple of the block length. A missing file is created and a shorter
   * one extended, both sparse. A longer one is refused: nothing is ever cut off. Of a block device
   * only so much is used. Default: the length of the file.
   */
  readonly size?: number;
  /** Never write to it; it has to be there. Default false. */
  readonly readOnly?: boolean;
  /**
   * Keep `PATH.lock` while it is open, so that no second disk writes to the same file. A read-only
   * disk makes no lock, so that any number can read, but is refused while there is one: its data
   * would change under the initiator's cache. Default true.
   */
  readonly lock?: boolean;
  /** Free unmapped blocks in the file system, where koffi is installed and it can. Default true. */
  readonly punchHoles?: boolean;
  /**
   * Keep protection information, 8 bytes a block, in `PATH.pi`: made where it is missing, all of it FFh
   * then. Not of a block device. A file that has one is not opened for writing without. Default false.
   */
  readonly protection?: boolean;
}

/**
 * A {@link Backend} on a file. Calls run side by side on Node's thread pool, 4 at a time unless
 * UV_THREADPOOL_SIZE says more. FUA and `flush` are fdatasync; once one has failed all fail, since
 * the system may have dropped data: data is safe again from the next opening on. Blocks that somebody
 * else cuts off the file cannot be read (`medium`), and stay lost until they are written, once a read
 * has found them missing. `unmap` is there where the file system can punch holes.
 */
export interface FileBackend extends Backend, AsyncDisposable {
  /** The real path of the file. */
  readonly id: string;
  readonly readOnly: boolean;
  read(lba: number, into: Uint8Array): Promise<void>;
  write(lba: number, from: Uint8Array, options?: WriteOptions): Promise<void>;
  flush(): Promise<void>;
  unmap?(lba: number, blocks: number): Promise<void>;
  readProtection?(lba: number, into: Uint8Array): Promise<void>;
  watch(listener: (event: BackendEvent) => void): () => void;
  /**
   * Makes the file longer or shorter; what is cut off is lost.
   *
   * @throws RangeError - the new length is no safe integer, or 0.
   * @throws BackendError - `protected`: it is read-only or a device; `space` and others as they come.
   */
  resize(blocks: number): Promise<void>;
  close(): Promise<void>;
}

/**
 * Opens a file or a block device as a disk.
 *
 * @throws FileBackendError - it cannot be used; `code` says why, `cause` has the system's error.
 * @throws RangeError - `blockLength` or `size` is not one that a disk can have.
 *
 * @example
 * ```ts
 * const backend = await openFileBackend('disk.img', { size: 2 ** 30 });
 * await backend.close();
 * ```
 */
export async function openFileBackend(
  path: string,
  options: FileBackendOptions = {},
): Promise<FileBackend> {
  const { blockLength = 512, size, readOnly = false, lock = true } = options;
  const { punchHoles = true, protection = false } = options;
  checkGeometry(blockLength, size);
  const settings = { blockLength, size, readOnly, lock, punchHoles, protection };
  const opened: Opened = {};
  try {
    return await openDisk(path, settings, opened);
  } catch (error) {
    await opened.protection?.close();
    await opened.handle?.close();
    // There is nothing in it yet, and it would only be in the way of the next try.
    if (opened.created !== undefined) await unlink(opened.created).catch(() => undefined);
    opened.lock?.release();
    throw openError(error, path, readOnly);
  }
}

interface Settings {
  readonly blockLength: number;
  readonly size: number | undefined;
  readonly readOnly: boolean;
  readonly lock: boolean;
  readonly punchHoles: boolean;
  readonly protection: boolean;
}

/** What has to be let go of should the rest fail. */
interface Opened {
  handle?: FileHandle;
  /** The file, where it was made just now. */
  created?: string;
  lock?: FileLock;
  protection?: ProtectionFile;
}

async function openDisk(path: string, settings: Settings, opened: Opened): Promise<FileBackend> {
  const { blockLength, size, readOnly } = settings;
  const create = size !== undefined && !readOnly;
  // Opened before it is locked, so that what is wrong with the file itself is said first; but only
  // the holder of the lock creates and extends.
  const existing = await openExisting(path, readOnly, create);
  if (existing !== undefined) opened.handle = existing;
  const id = existing === undefined ? await realPathOfNew(path) : await realpath(path);
  if (settings.lock) {
    const lock = takeLock(path, `${id}.lock`, readOnly);
    if (lock !== undefined) opened.lock = lock;
  }
  const handle = (opened.handle ??= await createFile(id));
  if (existing === undefined) opened.created = id;
  const stats = await handle.stat();
  const isFile = stats.isFile();
  const length = isFile ? stats.size : await lengthOfDevice(path, handle, stats.rdev);
  const usable = checkLength(path, settings, length, isFile);
  if (isFile && usable > length) await handle.truncate(usable);
  if (existing === undefined) await syncDirectory(id);
  const holes = { fd: handle.fd, path: id, length: usable, fileSystemBlock: stats.blksize };
  // On a block device nothing lies beyond the end, so trying is not harmless there.
  const punch = settings.punchHoles && !readOnly && isFile;
  const protection = await openProtection(path, id, settings, usable / blockLength, isFile);
  if (protection instanceof ProtectionFile) opened.protection = protection;
  return new FileDisk({
    id,
    handle,
    blockLength,
    blocks: usable / blockLength,
    readOnly,
    resizable: isFile && !readOnly,
    unmapGranularity: Math.floor(stats.blksize / blockLength),
    puncher: punch ? await openHolePuncher(holes) : undefined,
    protection,
    lock: opened.lock,
  });
}

/** Opens the file for protection information, if there is to be one. */
async function openProtection(
  path: string,
  id: string,
  { protection, readOnly, punchHoles }: Settings,
  blocks: number,
  isFile: boolean,
): Promise<ProtectionFile | 'none yet' | undefined> {
  const own = protectionPath(id);
  if (!protection) {
    // Blocks that are written without it would not match it any more.
    if (!readOnly && isFile && (await exists(own)))
      throw new FileBackendError('FILE_PROTECTION', path, `has protection information in ${own}`);
    return undefined;
  }
  if (!isFile)
    throw new FileBackendError(
      'FILE_KIND',
      path,
      'is a device: protection information needs a file',
    );
  return (await ProtectionFile.open(own, { blocks, readOnly, punchHoles })) ?? 'none yet';
}

async function exists(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return false;
    throw error;
  }
}

function checkGeometry(blockLength: number, size: number | undefined): void {
  if (blockLength < 512 || blockLength > 65_536 || !Number.isInteger(Math.log2(blockLength)))
    throw new RangeError(`blockLength: ${blockLength} is not a power of two from 512 to 65536`);
  if (size === undefined) return;
  if (!Number.isSafeInteger(size) || size < blockLength || size % blockLength !== 0)
    throw new RangeError(`size: ${size} is no number of ${blockLength}-byte blocks`);
}

async function openExisting(
  path: string,
  readOnly: boolean,
  create: boolean,
): Promise<FileHandle | undefined> {
  try {
    // Looked at before it is opened: to open a FIFO would wait for its other end.
    const stats = await stat(path);
    if (!stats.isFile() && !stats.isBlockDevice())
      throw new FileBackendError('FILE_KIND', path, 'is neither a file nor a block device');
    return await open(path, readOnly ? 'r' : 'r+');
  } catch (error) {
    if (create && errnoOf(error) === 'ENOENT') return undefined;
    if (readOnly || openError(error, path, readOnly).code !== 'FILE_READ_ONLY') throw error;
    // Not writable. If it cannot be read either, opening it read-only would not help.
    const readable = await open(path, 'r').catch((failure: unknown) => {
      throw openError(failure, path, true);
    });
    await readable.close();
    throw error;
  }
}

/** Refuses a link that leads nowhere: the lock would be beside the link, not beside its target. */
function createFile(path: string): Promise<FileHandle> {
  return open(path, constants.O_RDWR | constants.O_CREAT | constants.O_EXCL, 0o666);
}

async function realPathOfNew(path: string): Promise<string> {
  return join(await realpath(dirname(path)), basename(path));
}

function takeLock(path: string, lockPath: string, readOnly: boolean): FileLock | undefined {
  if (readOnly) {
    const holder = findHolder(lockPath);
    if (holder !== undefined) throw lockedError(path, lockPath, holder.lockedBy);
    return undefined;
  }
  let lock: FileLock | Locked;
  try {
    lock = acquireLock(lockPath);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new FileBackendError('FILE_FAILED', path, `cannot make its lock file: ${reason}`, error);
  }
  if ('lockedBy' in lock) throw lockedError(path, lockPath, lock.lockedBy);
  return lock;
}

async function lengthOfDevice(path: string, handle: FileHandle, rdev: number): Promise<number> {
  const sector = new Uint8Array(512);
  try {
    return await deviceSize(rdev, (position) => readAt(handle.fd, sector, position));
  } catch (error) {
    const message = 'is a device whose size cannot be found out';
    throw new FileBackendError('FILE_LENGTH', path, message, error);
  }
}

/** The bytes of the disk, or an error where the file has not as many as it has to. */
function checkLength(
  path: string,
  { blockLength, size, readOnly }: Settings,
  length: number,
  isFile: boolean,
): number {
  const refuse = (message: string): never => {
    throw new FileBackendError('FILE_LENGTH', path, message);
  };
  if (size === undefined) {
    if (length < blockLength) refuse(`has ${length} bytes, less than a block of ${blockLength}`);
    if (length % blockLength !== 0)
      refuse(`has ${length} bytes, which is no multiple of the block length ${blockLength}`);
    if (!Number.isSafeInteger(length)) refuse(`has ${length} bytes, which is too many`);
    return length;
  }
  if (isFile && length > size) refuse(`has ${length} bytes, and size=${size} would cut it`);
  if (length < size && (readOnly || !isFile)) refuse(`has only ${length} bytes, not ${size}`);
  return size;
}
