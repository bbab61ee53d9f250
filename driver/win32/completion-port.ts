/**
 * Calls in flight, waited for by one thread whatever their number.
 *
 * A thread for each would take all that Node has for files, and the backend that has to answer would
 * never run.
 */
import { getBig64, getU32 } from '../protocol/little-endian.ts';
import { WIN32_ERROR } from './win32-error.ts';
import type { Handle, NativeMemory, Win32 } from './win32.ts';

/** How a call ended. */
export interface Completion {
  /** Win32 error; 0: none. */
  readonly error: number;
  /** Bytes that were moved. */
  readonly length: number;
}

/** Length of an OVERLAPPED, and of an OVERLAPPED_ENTRY: key, OVERLAPPED, NTSTATUS, bytes. */
const ENTRY_LENGTH = 32;
/** Completions that are taken at once. */
const MOST_ENTRIES = 64;

interface InFlight {
  readonly overlapped: NativeMemory;
  readonly resolve: (completion: Completion) => void;
}

/** Waits for overlapped calls. Each has an OVERLAPPED of its own. */
export class CompletionPort {
  readonly #win32: Win32;
  readonly #port: Handle;
  readonly #entries: NativeMemory;
  /** By the address of their OVERLAPPED. */
  readonly #inFlight = new Map<bigint, InFlight>();
  #waiting = false;
  #closed = false;

  constructor(win32: Win32) {
    this.#win32 = win32;
    this.#port = win32.createPort();
    this.#entries = win32.allocate(ENTRY_LENGTH * MOST_ENTRIES);
  }

  /** Calls on this file are waited for here from now on. */
  associate(file: Handle): void {
    this.#win32.associate(this.#port, file);
  }

  /** Begins a call, and settles when it has ended. */
  start(begin: (overlapped: bigint) => boolean): Promise<Completion> {
    const overlapped = this.#win32.allocate(ENTRY_LENGTH);
    if (!begin(overlapped.address)) {
      const error = this.#win32.lastError();
      if (error !== WIN32_ERROR.IO_PENDING) {
        // It has not begun, so nothing will come.
        overlapped.free();
        return Promise.resolve({ error, length: 0 });
      }
    }
    return new Promise((resolve) => {
      this.#inFlight.set(overlapped.address, { overlapped, resolve });
      if (!this.#waiting) void this.#wait();
    });
  }

  /** Lets go of the port when nothing is in flight any more; begin nothing after this. */
  close(): void {
    this.#closed = true;
    if (!this.#waiting) this.#release();
  }

  async #wait(): Promise<void> {
    this.#waiting = true;
    while (this.#inFlight.size > 0) {
      const count = await this.#win32.wait(this.#port, this.#entries.address, MOST_ENTRIES);
      // What is done with one must not see the entries of another: first all, then tell.
      const ended = Array.from({ length: count }, (_, i) => this.#take(i * ENTRY_LENGTH));
      for (const tell of ended) tell();
    }
    this.#waiting = false;
    if (this.#closed) this.#release();
  }

  #take(at: number): () => void {
    const { bytes } = this.#entries;
    const address = getBig64(bytes, at + 8);
    const call = this.#inFlight.get(address);
    if (call === undefined) return () => {};
    this.#inFlight.delete(address);
    const status = getU32(bytes, at + 16);
    const length = getU32(bytes, at + 24);
    call.overlapped.free();
    const error = status === 0 ? 0 : this.#win32.errorOfStatus(status);
    return () => call.resolve({ error, length });
  }

  #release(): void {
    this.#win32.close(this.#port);
    this.#entries.free();
  }
}
