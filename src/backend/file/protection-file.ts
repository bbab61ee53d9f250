/** The protection information of a disk in a file, in a file beside that: 8 bytes a block, inverted. */
import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { invert, PROTECTION_BYTES } from '../protection-bytes.ts';
import { clearRange } from './clear-range.ts';
import { errnoOf } from './errors.ts';
import { readAt, syncData, writeAt } from './positional-io.ts';
import { openHolePuncher, type HolePuncher } from './punch-hole.ts';
import { syncDirectory } from './sync-directory.ts';

/** Where the protection information of a file is. */
export const protectionPath = (path: string): string => `${path}.pi`;

/** How to open it. */
export interface ProtectionFileOptions {
  /** The blocks of the disk: what lies behind them is cut off. */
  readonly blocks: number;
  /** It is not written, nor made where it is missing. */
  readonly readOnly: boolean;
  /** Give back what is unmapped, where that can be done. */
  readonly punchHoles: boolean;
}

/** An open file of protection information. It may be shorter than it could be: the rest is FFh. */
export class ProtectionFile {
  readonly #handle: FileHandle;
  readonly #puncher: HolePuncher | undefined;

  private constructor(handle: FileHandle, puncher: HolePuncher | undefined) {
    this.#handle = handle;
    this.#puncher = puncher;
  }

  /**
   * Opens it, or makes it.
   *
   * @returns undefined where there is none and it must not be made.
   * @throws Error - a Node system error.
   */
  static async open(
    path: string,
    { blocks, readOnly, punchHoles }: ProtectionFileOptions,
  ): Promise<ProtectionFile | undefined> {
    if (readOnly) {
      const found = await openExisting(path);
      return found && new ProtectionFile(found, undefined);
    }
    const handle = await open(path, constants.O_RDWR | constants.O_CREAT, 0o666);
    try {
      const { size, blksize } = await handle.stat();
      const length = blocks * PROTECTION_BYTES;
      // What is left of a longer disk would come back, were this one to grow.
      if (size > length) await handle.truncate(length);
      if (size === 0) await syncDirectory(path);
      const target = { fd: handle.fd, path, length: Math.max(size, length) };
      const puncher = punchHoles
        ? await openHolePuncher({ ...target, fileSystemBlock: blksize })
        : undefined;
      return new ProtectionFile(handle, puncher);
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  /** Fills `into` with the protection information of the blocks from `lba` on. */
  async read(lba: number, into: Uint8Array): Promise<void> {
    const count = await readAt(this.#handle.fd, into, lba * PROTECTION_BYTES);
    into.fill(0, count);
    invert(into, into);
  }

  /** Stores the protection information of the blocks from `lba` on. */
  write(lba: number, from: Uint8Array): Promise<void> {
    return writeAt(this.#handle.fd, invert(from), lba * PROTECTION_BYTES);
  }

  /** Makes that of some blocks FFh. */
  clear(lba: number, blocks: number): Promise<void> {
    const end = (lba + blocks) * PROTECTION_BYTES;
    return clearRange(this.#handle.fd, this.#puncher, lba * PROTECTION_BYTES, end);
  }

  /** Puts what was written on stable storage. */
  sync(): Promise<void> {
    return syncData(this.#handle.fd);
  }

  /** Forgets what belongs to blocks from `blocks` on. */
  async shrink(blocks: number): Promise<void> {
    const { size } = await this.#handle.stat();
    const length = blocks * PROTECTION_BYTES;
    if (size > length) await this.#handle.truncate(length);
  }

  /** Lets go of it. */
  async close(): Promise<void> {
    this.#puncher?.close();
    await this.#handle.close();
  }
}

async function openExisting(path: string): Promise<FileHandle | undefined> {
  try {
    return await open(path, 'r');
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}
