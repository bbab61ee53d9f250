import type { Backend, BackendEvent, WriteOptions } from '../../src/backend/backend.ts';
import { memoryBackend, type MemoryBackend } from '../../src/backend/memory.ts';

/** A call that a backend has been given and has not answered. */
export interface HeldCall {
  readonly what: string;
  /** Does it, and settles. */
  finish(): void;
  /** Settles by rejecting. */
  fail(error: unknown): void;
}

/** A backend over memory whose calls settle when the test says so. */
export class HeldBackend implements Backend {
  readonly blockLength = 512;
  readonly id = 'held';
  readonly memory: MemoryBackend;
  /** Calls in flight, oldest first. */
  readonly calls: HeldCall[] = [];
  /** Every call ever made. */
  readonly log: string[] = [];
  closed = false;

  constructor(blocks = 2048) {
    this.memory = memoryBackend({ blocks });
  }

  get blocks(): number {
    return this.memory.blocks;
  }

  read(lba: number, into: Uint8Array): Promise<void> {
    return this.#call(`read ${lba}+${into.length / 512}`, () => this.memory.read(lba, into));
  }

  write(lba: number, from: Uint8Array, { fua }: WriteOptions): Promise<void> {
    const what = `write ${lba}+${from.length / 512}${fua ? ' fua' : ''}`;
    return this.#call(what, () => this.memory.write(lba, from));
  }

  flush(): Promise<void> {
    return this.#call('flush', () => undefined);
  }

  unmap(lba: number, blocks: number): Promise<void> {
    return this.#call(`unmap ${lba}+${blocks}`, () => this.memory.unmap(lba, blocks));
  }

  watch(listener: (event: BackendEvent) => void): () => void {
    return this.memory.watch(listener);
  }

  close(): void {
    this.closed = true;
    this.log.push('close');
  }

  /** What is in flight. */
  get pending(): readonly string[] {
    return this.calls.map(({ what }) => what);
  }

  /** Finishes the oldest call, or the oldest of this name. */
  finish(what?: string): void {
    this.#oldest(what).finish();
  }

  /** Fails the oldest call, or the oldest of this name. */
  fail(error: unknown, what?: string): void {
    this.#oldest(what).fail(error);
  }

  #oldest(what?: string): HeldCall {
    const call = this.calls.find((each) => what === undefined || each.what === what);
    if (call === undefined) throw new Error(`nothing in flight: ${what ?? 'at all'}`);
    return call;
  }

  #call(what: string, act: () => void): Promise<void> {
    if (this.closed) throw new Error(`${what} after close`);
    this.log.push(what);
    return new Promise((resolve, reject) => {
      const gone = (): void => void this.calls.splice(this.calls.indexOf(call), 1);
      const call: HeldCall = {
        what,
        finish: () => {
          gone();
          act();
          resolve();
        },
        fail: (error) => {
          gone();
          reject(error);
        },
      };
      this.calls.push(call);
    });
  }
}
