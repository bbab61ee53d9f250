/** Changes kept apart: copy-on-write over any backend. */
import { isPromise } from '../maybe-promise.ts';
import type { MaybePromise } from '../maybe-promise.ts';
import type { Backend, BackendEvent, View, WriteOptions } from './backend.ts';
import { memoryBackend } from './memory.ts';
import { PROTECTION_BYTES } from './protection-bytes.ts';
import { RangeMap } from './range-map.ts';

/** Where a block is: in the base, in the top, or nowhere (it was unmapped and reads as zeros). */
const BASE = 0;
const TOP = 1;
const NOWHERE = 2;

/**
 * Lays a store for changes over a base that is never written. Writes go to `top`, reads come from
 * wherever a block was last put, unmapped blocks read as zeros. What is changed is kept in RAM,
 * block by block, so nothing is ever copied from base to top, and a new overlay shows the base again
 * even where `top` is a file. Closing it closes both. It keeps protection information where `top` does.
 *
 * It has the `id` of `top`: two overlays over one base are two disks.
 *
 * @param top - holds the changes; the same block length, at least as many blocks, nobody else writes
 * to it. Default: a sparse {@link memoryBackend}.
 * @throws RangeError - `top` has another block length or fewer blocks than `base`.
 *
 * @example
 * ```ts
 * const golden = memoryBackend({ blocks: 2048 });
 * const scratch = overlayBackend(golden); // whatever happens to it, golden stays as it is
 * ```
 */
export function overlayBackend(base: Backend, top?: Backend): Backend {
  const { blockLength } = base;
  const changes = top ?? memoryBackend({ blocks: Number.MAX_SAFE_INTEGER, blockLength });
  if (changes.blockLength !== blockLength)
    throw new RangeError(`top: has blocks of ${changes.blockLength} bytes, base of ${blockLength}`);
  if (changes.blocks < base.blocks)
    throw new RangeError(`top: has ${changes.blocks} blocks, base has ${base.blocks}`);
  return new Overlay(base, changes);
}

class Overlay implements Backend {
  readonly blockLength: number;
  readonly unmappedReadsZeros = true;
  readonly id?: string;
  readonly flush?: () => MaybePromise<void>;
  readonly readProtection?: (lba: number, into: Uint8Array) => MaybePromise<void>;
  readonly #base: Backend;
  readonly #top: Backend;
  readonly #places = new RangeMap();
  readonly #listeners = new Set<(event: BackendEvent) => void>();
  readonly #unwatch: readonly ((() => void) | undefined)[];
  #blocks: number;

  constructor(base: Backend, top: Backend) {
    this.#base = base;
    this.#top = top;
    this.blockLength = base.blockLength;
    this.#blocks = base.blocks;
    if (top.id !== undefined) this.id = top.id;
    if (top.flush !== undefined) this.flush = top.flush.bind(top);
    const readTop = top.readProtection?.bind(top);
    if (readTop !== undefined)
      this.readProtection = (lba, into) => this.#readProtection(lba, into, readTop);
    this.#unwatch = [base, top].map((part) => part.watch?.(() => this.#resized()));
  }

  get blocks(): number {
    return this.#blocks;
  }

  read(lba: number, into: Uint8Array): MaybePromise<void> {
    return this.#gather(lba, into, this.blockLength, (place, from, part) => {
      if (place === BASE) return this.#base.read(from, part);
      if (place === TOP) return this.#top.read(from, part);
      part.fill(0);
    });
  }

  #readProtection(
    lba: number,
    into: Uint8Array,
    readTop: (lba: number, into: Uint8Array) => MaybePromise<void>,
  ): MaybePromise<void> {
    return this.#gather(lba, into, PROTECTION_BYTES, (place, from, part) => {
      if (place === TOP) return readTop(from, part);
      if (place === BASE && this.#base.readProtection !== undefined)
        return this.#base.readProtection(from, part);
      part.fill(0xff);
    });
  }

  /** Fills a buffer, which has so many bytes a block, from wherever the blocks are. */
  #gather(
    lba: number,
    into: Uint8Array,
    length: number,
    fill: (place: number, from: number, part: Uint8Array) => MaybePromise<void>,
  ): MaybePromise<void> {
    const calls: (() => MaybePromise<void>)[] = [];
    this.#places.runs(lba, lba + into.length / length, (from, to, place) => {
      const part = into.subarray((from - lba) * length, (to - lba) * length);
      calls.push(() => fill(place, from, part));
    });
    return allOf(calls);
  }

  write(lba: number, from: Uint8Array, options: WriteOptions): MaybePromise<void> {
    const end = lba + from.length / this.blockLength;
    const written = this.#top.write(lba, from, options);
    // Not before it is there: a write that fails leaves what was to be seen before.
    if (isPromise(written)) return written.then(() => this.#place(lba, end, TOP));
    this.#place(lba, end, TOP);
  }

  unmap(lba: number, blocks: number): MaybePromise<void> {
    this.#place(lba, lba + blocks, NOWHERE);
    return this.#top.unmap?.(lba, blocks);
  }

  view(lba: number, blocks: number): View | undefined {
    const views: (View | undefined)[] = [];
    this.#places.runs(lba, lba + blocks, (from, to, place) => {
      if (place === NOWHERE) views.push(zeros((to - from) * this.blockLength));
      else views.push((place === BASE ? this.#base : this.#top).view?.(from, to - from));
    });
    const release = (): void => {
      for (const view of views.splice(0)) view?.release();
    };
    const chunks: Uint8Array[] = [];
    for (const view of views) {
      if (view === undefined) {
        release();
        return undefined;
      }
      chunks.push(...view.chunks);
    }
    return { chunks, release };
  }

  watch(listener: (event: BackendEvent) => void): () => void {
    const own = (event: BackendEvent): void => listener(event);
    this.#listeners.add(own);
    return () => void this.#listeners.delete(own);
  }

  close(): MaybePromise<void> {
    for (const unwatch of this.#unwatch) unwatch?.();
    return allOf([() => this.#top.close?.(), () => this.#base.close?.()]);
  }

  #place(from: number, to: number, place: number): void {
    // A write may settle when the disk has shrunk already; what lies beyond is the base's again.
    this.#places.set(from, Math.min(to, this.#blocks), place);
  }

  #resized(): void {
    const blocks = Math.min(this.#base.blocks, this.#top.blocks);
    if (blocks === this.#blocks) return;
    if (blocks < this.#blocks) this.#places.set(blocks, this.#blocks, BASE);
    this.#blocks = blocks;
    for (const listener of this.#listeners) listener({ type: 'resized' });
  }
}

const zeros = (length: number): View => ({ chunks: [new Uint8Array(length)], release() {} });

/**
 * Makes all calls at once. Settles when the last has, though one failed: until then the buffer is
 * not the caller's again. Fails as the first in order that failed.
 */
function allOf(calls: readonly (() => MaybePromise<void>)[]): MaybePromise<void> {
  const pending: Promise<void>[] = [];
  const failures: { readonly at: number; readonly error: unknown }[] = [];
  for (const [at, call] of calls.entries()) {
    try {
      const answer = call();
      if (isPromise(answer))
        pending.push(answer.catch((error: unknown) => void failures.push({ at, error })));
    } catch (error) {
      failures.push({ at, error });
    }
  }
  const finish = (): void => {
    const [first] = failures.sort((a, b) => a.at - b.at);
    if (first !== undefined) throw first.error;
  };
  return pending.length === 0 ? finish() : Promise.all(pending).then(finish);
}
