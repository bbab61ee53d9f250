/** A backend that nobody can change. */
import type { MaybePromise } from '../maybe-promise.ts';
import { BackendError } from './backend.ts';
import type { Backend, BackendEvent, View } from './backend.ts';

/**
 * Shows another backend write-protected. What it does not pass on, the inner backend never sees:
 * writes, unmaps and flushes. Closing it closes the inner backend.
 *
 * @example
 * ```ts
 * const golden = readOnlyBackend(memoryBackend({ blocks: 2048 }));
 * ```
 */
export function readOnlyBackend(inner: Backend): Backend {
  return new ReadOnly(inner);
}

class ReadOnly implements Backend {
  readonly blockLength: number;
  readonly readOnly = true;
  readonly id?: string;
  readonly readProtection?: (lba: number, into: Uint8Array) => MaybePromise<void>;
  readonly view?: (lba: number, blocks: number) => View | undefined;
  readonly watch?: (listener: (event: BackendEvent) => void) => () => void;
  readonly #inner: Backend;

  constructor(inner: Backend) {
    this.#inner = inner;
    this.blockLength = inner.blockLength;
    if (inner.id !== undefined) this.id = inner.id;
    if (inner.readProtection !== undefined) this.readProtection = inner.readProtection.bind(inner);
    if (inner.view !== undefined) this.view = inner.view.bind(inner);
    if (inner.watch !== undefined) this.watch = inner.watch.bind(inner);
  }

  get blocks(): number {
    return this.#inner.blocks;
  }

  read(lba: number, into: Uint8Array): MaybePromise<void> {
    return this.#inner.read(lba, into);
  }

  write(lba: number): never {
    throw new BackendError('protected', 'the backend is read-only', { lba });
  }

  close(): MaybePromise<void> {
    return this.#inner.close?.();
  }
}
