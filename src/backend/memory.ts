/** A disk in RAM that costs what was written to it. */
import {
  BackendError,
  type Backend,
  type BackendEvent,
  type Extent,
  type Space,
  type UnmapOptions,
  type View,
  type WriteOptions,
} from './backend.ts';
import { PageTable } from './page-table.ts';
import { invert, PROTECTION_BYTES } from './protection-bytes.ts';

/** Bytes that are allocated at once: small enough for sparse use, large enough that tables stay small. */
const PAGE = 65_536;

/** How big a memory disk is: a number of blocks, or of bytes. */
export type MemoryBackendOptions = (
  | {
      /** Number of blocks, 1 to 2^53 − 1. */
      readonly blocks: number;
    }
  | {
      /** Bytes: a multiple of the block length, to 2^53 − 1. */
      readonly size: number;
    }
) & {
  /** Bytes a block: a power of two, 512 to 65536. Default 512. */
  readonly blockLength?: number;
  /**
   * Most bytes of RAM that may hold blocks: a multiple of 64 KiB. A write that would take more fails
   * for want of space, as on a thin disk whose pool is full; and blocks can be anchored. Default: no
   * limit.
   */
  readonly maxAllocatedBytes?: number;
  /** Becomes {@link Backend.id}: give one where serial number and NAA must be the same in every run. */
  readonly id?: string;
};

/** A {@link Backend} in RAM: every call is finished when it returns. */
export interface MemoryBackend extends Backend {
  readonly unmappedReadsZeros: true;
  /** Bytes of RAM that hold blocks now, in whole pages of 64 KiB; protection information comes on top. */
  readonly allocatedBytes: number;
  read(lba: number, into: Uint8Array): void;
  write(lba: number, from: Uint8Array, options?: WriteOptions): void;
  readProtection(lba: number, into: Uint8Array): void;
  unmap(lba: number, blocks: number, options?: UnmapOptions): void;
  clone(lba: number, source: Backend, sourceLba: number, blocks: number): boolean;
  view(lba: number, blocks: number): View;
  extent(lba: number): Extent;
  space(): Space;
  watch(listener: (event: BackendEvent) => void): () => void;
  /**
   * Makes the disk larger (the new blocks read as zeros) or smaller (what lies beyond is gone).
   *
   * @throws RangeError - the number of blocks is not an integer from 1 to 2^53 − 1.
   */
  resize(blocks: number): void;
}

/**
 * Makes a sparse disk in RAM. A page of 64 KiB is allocated when the first byte is written into it,
 * so 1 PiB costs what was written; unmapping whole pages gives them back.
 *
 * It has no `flush`: there is nothing behind the RAM to flush it to, so no cache that could be lost
 * alone. SYNCHRONIZE CACHE and FUA are still served, and are done at once. It has no `close` either:
 * what was written can still be looked at when the target is gone.
 *
 * @throws RangeError - the block length, the size or the limit is not one that a disk can have.
 *
 * @example
 * ```ts
 * const backend = memoryBackend({ size: 64 * 1024 * 1024 });
 * backend.write(7, new Uint8Array(512).fill(1));
 * ```
 */
export function memoryBackend(options: MemoryBackendOptions): MemoryBackend {
  const blockLength = options.blockLength ?? 512;
  if (blockLength < 512 || blockLength > PAGE || !Number.isInteger(Math.log2(blockLength)))
    throw new RangeError(`blockLength: ${blockLength} is not a power of two from 512 to 65536`);
  const blocks = 'blocks' in options ? options.blocks : blocksOf(options.size, blockLength);
  checkBlocks(blocks);
  const limit = options.maxAllocatedBytes ?? Infinity;
  if (limit !== Infinity && (!Number.isSafeInteger(limit) || limit < PAGE || limit % PAGE !== 0))
    throw new RangeError(`maxAllocatedBytes: ${limit} is not a multiple of ${PAGE}`);
  return new Memory(blockLength, blocks, limit / PAGE, options.id);
}

function blocksOf(size: number, blockLength: number): number {
  if (size % blockLength !== 0)
    throw new RangeError(`size: ${size} is not a whole number of ${blockLength}-byte blocks`);
  return size / blockLength;
}

interface Page {
  readonly bytes: Uint8Array;
  /**
   * Views that show it, and places that it was cloned to. A page with any is replaced, never written
   * into.
   */
  pins: number;
}

/** What holes look like to a view. */
const ZEROS: Uint8Array = /* @__PURE__ */ new Uint8Array(PAGE);

/** An anchored page costs no RAM before it is written; it counts as allocated, and is never written into. */
const ANCHORED: Page = { bytes: ZEROS, pins: Infinity };

class Memory implements MemoryBackend {
  readonly blockLength: number;
  readonly unmappedReadsZeros = true;
  /** A write is done in one go, and there is nothing else that a power loss could leave. */
  readonly maxAtomicBlocks = Infinity;
  readonly canAnchor: boolean;
  readonly id?: string;
  readonly #maxPages: number;
  readonly #blocksPerPage: number;
  readonly #pages = new PageTable<Page>();
  readonly #listeners = new Set<(event: BackendEvent) => void>();
  #blocks: number;
  /** The protection information, inverted, as if it were blocks; absent as long as none was written. */
  #protection: Memory | undefined;

  constructor(blockLength: number, blocks: number, maxPages: number, id: string | undefined) {
    this.blockLength = blockLength;
    this.#blocks = blocks;
    this.#blocksPerPage = PAGE / blockLength;
    this.#maxPages = maxPages;
    // Without a limit space never runs out, and there is nothing to reserve.
    this.canAnchor = maxPages !== Infinity;
    if (id !== undefined) this.id = id;
  }

  get blocks(): number {
    return this.#blocks;
  }

  get allocatedBytes(): number {
    return this.#pages.size * PAGE;
  }

  read(lba: number, into: Uint8Array): void {
    // Byte addresses of a large disk are not exact in a double; page numbers and offsets are.
    let number = Math.floor(lba / this.#blocksPerPage);
    let offset = (lba % this.#blocksPerPage) * this.blockLength;
    for (let done = 0; done < into.length; number++, offset = 0) {
      const length = Math.min(PAGE - offset, into.length - done);
      const page = this.#pages.get(number);
      if (page === undefined) into.fill(0, done, done + length);
      else into.set(part(page.bytes, offset, length), done);
      done += length;
    }
  }

  write(lba: number, from: Uint8Array, options?: WriteOptions): void {
    let number = Math.floor(lba / this.#blocksPerPage);
    let offset = (lba % this.#blocksPerPage) * this.blockLength;
    this.#demand(lba, from.length / this.blockLength);
    for (let done = 0; done < from.length; number++, offset = 0) {
      const length = Math.min(PAGE - offset, from.length - done);
      this.#writable(number, length === PAGE).set(part(from, done, length), offset);
      done += length;
    }
    if (options?.protection === undefined) return;
    this.#protection ??= new Memory(PROTECTION_BYTES, this.#blocks, Infinity, undefined);
    this.#protection.write(lba, invert(options.protection));
  }

  readProtection(lba: number, into: Uint8Array): void {
    if (this.#protection === undefined) into.fill(0xff);
    else {
      this.#protection.read(lba, into);
      invert(into, into);
    }
  }

  unmap(lba: number, blocks: number, options?: UnmapOptions): void {
    this.#protection?.unmap(lba, blocks);
    if (options?.anchor === true) this.#anchor(lba, blocks);
    else this.#erase(lba, lba + blocks);
  }

  /** Fails where the pages of a range would take more than the limit; before anything changes. */
  #demand(lba: number, blocks: number): void {
    if (this.#maxPages === Infinity) return;
    let free = this.#maxPages - this.#pages.size;
    const end = Math.ceil((lba + blocks) / this.#blocksPerPage);
    for (let number = Math.floor(lba / this.#blocksPerPage); number < end; number++) {
      if (this.#pages.get(number) !== undefined || free-- > 0) continue;
      const short = Math.max(lba, number * this.#blocksPerPage);
      throw new BackendError('space', `There is no space for block ${short}.`, { lba: short });
    }
  }

  /** Blocks read as zeros, and keep their space; a page that they share with others keeps its own. */
  #anchor(lba: number, blocks: number): void {
    this.#demand(lba, blocks);
    this.#erase(lba, lba + blocks);
    const end = Math.ceil((lba + blocks) / this.#blocksPerPage);
    for (let number = Math.floor(lba / this.#blocksPerPage); number < end; number++)
      if (this.#pages.get(number) === undefined) this.#pages.set(number, ANCHORED);
  }

  /** Whole pages are shared until one side changes them; the parts at both ends are copied. */
  clone(lba: number, source: Backend, sourceLba: number, blocks: number): boolean {
    const perPage = this.#blocksPerPage;
    if (!(source instanceof Memory) || source.blockLength !== this.blockLength) return false;
    if (lba % perPage !== sourceLba % perPage) return false;
    this.#demand(lba, blocks);
    for (let done = 0; done < blocks;) {
      const at = lba + done;
      const count = Math.min(perPage - (at % perPage), blocks - done);
      const page = source.#pages.get(Math.floor((sourceLba + done) / perPage));
      if (page === undefined || page === ANCHORED) {
        this.#erase(at, at + count);
      } else if (count === perPage) {
        page.pins++;
        this.#pages.set(at / perPage, page);
      } else {
        const first = (at % perPage) * this.blockLength;
        this.write(at, part(page.bytes, first, count * this.blockLength));
      }
      done += count;
    }
    return true;
  }

  space(): Space {
    const used = this.#pages.size * this.#blocksPerPage;
    const limit = Math.min(this.#maxPages * this.#blocksPerPage, this.#blocks);
    return { used, available: Math.max(0, limit - used) };
  }

  view(lba: number, blocks: number): View {
    const chunks: Uint8Array[] = [];
    const pinned: Page[] = [];
    let number = Math.floor(lba / this.#blocksPerPage);
    let first = lba % this.#blocksPerPage;
    for (let left = blocks; left > 0; number++, first = 0) {
      const count = Math.min(this.#blocksPerPage - first, left);
      const page = this.#pages.get(number);
      if (page !== undefined) {
        page.pins++;
        pinned.push(page);
      }
      const bytes = page === undefined ? ZEROS : page.bytes;
      chunks.push(part(bytes, first * this.blockLength, count * this.blockLength));
      left -= count;
    }
    let held = true;
    return {
      chunks,
      release(): void {
        if (held) for (const page of pinned) page.pins--;
        held = false;
      },
    };
  }

  extent(lba: number): Extent {
    const number = Math.floor(lba / this.#blocksPerPage);
    const page = this.#pages.get(number);
    if (this.canAnchor && page !== undefined) {
      const blocks = Math.min((number + 1) * this.#blocksPerPage, this.#blocks) - lba;
      return { allocated: true, anchored: page === ANCHORED, blocks };
    }
    const end = this.#pages.runEnd(number, Math.ceil(this.#blocks / this.#blocksPerPage));
    return {
      allocated: page !== undefined,
      blocks: Math.min(end * this.#blocksPerPage, this.#blocks) - lba,
    };
  }

  watch(listener: (event: BackendEvent) => void): () => void {
    // Wrapped, so that a function that watches twice is called twice.
    const own = (event: BackendEvent): void => listener(event);
    this.#listeners.add(own);
    return () => void this.#listeners.delete(own);
  }

  resize(blocks: number): void {
    checkBlocks(blocks);
    if (blocks === this.#blocks) return;
    // What is cut off must read as zeros if the disk grows again.
    if (blocks < this.#blocks) this.#erase(blocks, this.#blocks);
    this.#protection?.resize(blocks);
    this.#blocks = blocks;
    for (const listener of this.#listeners) listener({ type: 'resized' });
  }

  /** Blocks `from … to − 1` read as zeros from now on: drops whole pages, zeroes parts. */
  #erase(from: number, to: number): void {
    let first = Math.floor(from / this.#blocksPerPage);
    let end = Math.floor(to / this.#blocksPerPage);
    const head = from % this.#blocksPerPage;
    let tail = to % this.#blocksPerPage;
    if (to === this.#blocks && tail > 0) {
      // A last page that the disk cuts short counts as whole.
      end++;
      tail = 0;
    }
    if (first === end) return this.#zero(first, head, tail);
    if (head > 0) this.#zero(first++, head, this.#blocksPerPage);
    this.#pages.deleteRange(first, end);
    if (tail > 0) this.#zero(end, 0, tail);
  }

  #zero(number: number, from: number, to: number): void {
    const page = this.#pages.get(number);
    if (page === undefined || page === ANCHORED) return;
    this.#writable(number, false).fill(0, from * this.blockLength, to * this.blockLength);
  }

  /** The bytes of a page that may be written into; not those that a view shows. */
  #writable(number: number, whole: boolean): Uint8Array {
    const page = this.#pages.get(number);
    if (page !== undefined && page.pins === 0) return page.bytes;
    const bytes = page === undefined || whole ? new Uint8Array(PAGE) : page.bytes.slice();
    // One place less has it; if that leaves one and no view, it may be written into there.
    if (page !== undefined) page.pins--;
    this.#pages.set(number, { bytes, pins: 0 });
    return bytes;
  }
}

/** Making a subarray costs more than many copies, so a whole array is passed as it is. */
function part(bytes: Uint8Array, at: number, length: number): Uint8Array {
  return length === bytes.length ? bytes : bytes.subarray(at, at + length);
}

function checkBlocks(blocks: number): void {
  if (!Number.isSafeInteger(blocks) || blocks < 1)
    throw new RangeError(`blocks: ${blocks} is not an integer from 1 to 2^53 − 1`);
}
