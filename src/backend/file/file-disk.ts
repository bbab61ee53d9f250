/** An open file as a backend. */
import type { FileHandle } from 'node:fs/promises';
import { BackendError } from '../backend.ts';
import type { BackendEvent, WriteOptions } from '../backend.ts';
import { PROTECTION_BYTES } from '../protection-bytes.ts';
import { clearRange } from './clear-range.ts';
import { ioError } from './errors.ts';
import type { FileBackend } from './index.ts';
import type { FileLock } from './lock.ts';
import { LostBlocks, lostError } from './lost-blocks.ts';
import { bytesDone, readAt, syncData, writeAt } from './positional-io.ts';
import type { ProtectionFile } from './protection-file.ts';
import type { HolePuncher } from './punch-hole.ts';

/** What {@link FileDisk} is made of; it owns all of it. */
export interface FileDiskParts {
  readonly id: string;
  readonly handle: FileHandle;
  readonly blockLength: number;
  readonly blocks: number;
  readonly readOnly: boolean;
  readonly resizable: boolean;
  readonly unmapGranularity: number;
  readonly puncher: HolePuncher | undefined;
  /** What keeps protection information; `none yet` where there is no file for it, and all of it is FFh. */
  readonly protection: ProtectionFile | 'none yet' | undefined;
  readonly lock: FileLock | undefined;
}

/** See {@link FileBackend}. */
export class FileDisk implements FileBackend {
  readonly id: string;
  readonly blockLength: number;
  readonly readOnly: boolean;
  readonly unmappedReadsZeros = true;
  readonly unmapGranularity?: number;
  readonly unmap?: (lba: number, blocks: number) => Promise<void>;
  readonly readProtection?: (lba: number, into: Uint8Array) => Promise<void>;
  readonly #parts: FileDiskParts;
  readonly #fd: number;
  readonly #protection: ProtectionFile | undefined;
  readonly #listeners = new Set<(event: BackendEvent) => void>();
  readonly #lostBlocks = new LostBlocks();
  readonly #inFlight = new Set<Promise<unknown>>();
  #blocks: number;
  #syncing: Promise<void> | undefined;
  #nextSync: Promise<void> | undefined;
  #lost: BackendError | undefined;
  #resizing: Promise<void> = Promise.resolve();
  #closing: Promise<void> | undefined;

  constructor(parts: FileDiskParts) {
    this.#parts = parts;
    this.#fd = parts.handle.fd;
    this.id = parts.id;
    this.blockLength = parts.blockLength;
    this.#blocks = parts.blocks;
    this.readOnly = parts.readOnly;
    const { puncher, protection } = parts;
    this.#protection = protection === 'none yet' ? undefined : protection;
    if (protection !== undefined)
      this.readProtection = (lba, into) => this.#run(this.#readProtection(lba, into));
    if (puncher === undefined) return;
    this.unmap = (lba, blocks) => this.#run(this.#unmap(puncher, lba, blocks));
    if (parts.unmapGranularity > 1) this.unmapGranularity = parts.unmapGranularity;
  }

  get blocks(): number {
    return this.#blocks;
  }

  read(lba: number, into: Uint8Array): Promise<void> {
    return this.#run(this.#read(lba, into));
  }

  write(lba: number, from: Uint8Array, options?: WriteOptions): Promise<void> {
    return this.#run(this.#write(lba, from, options));
  }

  flush(): Promise<void> {
    return this.#run(this.#flush());
  }

  #flush(): Promise<void> {
    if (this.#syncing === undefined) return this.#sync();
    // One that runs already may have missed what was written since; all who wait share the next.
    return (this.#nextSync ??= this.#syncing
      .catch(() => undefined)
      .then(() => {
        this.#nextSync = undefined;
        return this.#sync();
      }));
  }

  watch(listener: (event: BackendEvent) => void): () => void {
    const own = (event: BackendEvent): void => listener(event);
    this.#listeners.add(own);
    return () => void this.#listeners.delete(own);
  }

  resize(blocks: number): Promise<void> {
    const resized = this.#resizing.catch(() => undefined).then(() => this.#resize(blocks));
    this.#resizing = resized;
    return resized;
  }

  close(): Promise<void> {
    return (this.#closing ??= this.#close());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** Keeps a call in sight, so that `close` and `resize` can wait for it. */
  #run<T>(call: Promise<T>): Promise<T> {
    this.#inFlight.add(call);
    const settled = (): void => void this.#inFlight.delete(call);
    call.then(settled, settled);
    return call;
  }

  async #read(lba: number, into: Uint8Array): Promise<void> {
    this.#lostBlocks.expect(lba, into.length / this.blockLength);
    let count: number;
    try {
      count = await readAt(this.#fd, into, lba * this.blockLength);
    } catch (error) {
      throw ioError(error, lba + Math.floor(bytesDone(error) / this.blockLength));
    }
    if (count === into.length) return;
    // The file had all its length when it was opened. Zeros here would be made-up data.
    const missing = lba + Math.floor(count / this.blockLength);
    this.#lostBlocks.lose(missing, this.#blocks);
    throw lostError(missing);
  }

  async #readProtection(lba: number, into: Uint8Array): Promise<void> {
    try {
      if (this.#protection === undefined) into.fill(0xff);
      else await this.#protection.read(lba, into);
    } catch (error) {
      throw ioError(error, lba + Math.floor(bytesDone(error) / PROTECTION_BYTES));
    }
  }

  async #write(lba: number, from: Uint8Array, options?: WriteOptions): Promise<void> {
    this.#refuseReadOnly(lba);
    try {
      await writeAt(this.#fd, from, lba * this.blockLength);
    } catch (error) {
      throw ioError(error, lba + Math.floor(bytesDone(error) / this.blockLength));
    }
    this.#lostBlocks.restore(lba, from.length / this.blockLength);
    try {
      if (options?.protection !== undefined) await this.#protection?.write(lba, options.protection);
    } catch (error) {
      throw ioError(error, lba + Math.floor(bytesDone(error) / PROTECTION_BYTES));
    }
    if (options?.fua === true) await this.flush();
  }

  async #unmap(puncher: HolePuncher, lba: number, blocks: number): Promise<void> {
    this.#refuseReadOnly(lba);
    const from = lba * this.blockLength;
    const to = from + blocks * this.blockLength;
    try {
      await clearRange(this.#fd, puncher, from, to);
      await this.#protection?.clear(lba, blocks);
    } catch (error) {
      throw ioError(error, lba);
    }
  }

  #refuseReadOnly(lba: number): void {
    if (this.readOnly) throw new BackendError('protected', `${this.id}: is read-only`, { lba });
  }

  #sync(): Promise<void> {
    const syncing = this.#syncData();
    this.#syncing = syncing;
    const settled = (): void => {
      if (this.#syncing === syncing) this.#syncing = undefined;
    };
    syncing.then(settled, settled);
    return syncing;
  }

  async #syncData(): Promise<void> {
    // After a failure the system may have dropped what it could not write and call the next one a
    // success. So no flush succeeds any more until the file was opened anew.
    if (this.#lost !== undefined) throw this.#lost;
    try {
      await syncData(this.#fd);
      await this.#protection?.sync();
    } catch (error) {
      throw (this.#lost = ioError(error));
    }
  }

  async #resize(blocks: number): Promise<void> {
    const { handle, resizable } = this.#parts;
    if (!Number.isSafeInteger(blocks * this.blockLength) || blocks < 1)
      throw new RangeError(`blocks: ${blocks} of ${this.blockLength} bytes are no file`);
    if (!resizable) throw new BackendError('protected', `${this.id}: cannot be resized`);
    if (blocks > this.#blocks) await this.#truncate(handle, blocks);
    const shrinks = blocks < this.#blocks;
    if (blocks !== this.#blocks) this.#announce(blocks);
    // A write under way beyond the new end would make the file longer again.
    await Promise.allSettled(this.#inFlight);
    if (shrinks) await this.#truncate(handle, blocks, this.#protection);
  }

  async #truncate(handle: FileHandle, blocks: number, protection?: ProtectionFile): Promise<void> {
    try {
      await handle.truncate(blocks * this.blockLength);
      await protection?.shrink(blocks);
    } catch (error) {
      throw ioError(error);
    }
  }

  #announce(blocks: number): void {
    this.#lostBlocks.restore(blocks, Math.max(this.#blocks - blocks, 0));
    this.#blocks = blocks;
    for (const listener of this.#listeners) listener({ type: 'resized' });
  }

  async #close(): Promise<void> {
    const { handle, puncher, lock } = this.#parts;
    await Promise.allSettled([this.#resizing]);
    while (this.#inFlight.size > 0) await Promise.allSettled(this.#inFlight);
    try {
      if (!this.readOnly) await this.flush();
    } finally {
      puncher?.close();
      await this.#protection?.close();
      await handle.close();
      lock?.release();
    }
  }
}
