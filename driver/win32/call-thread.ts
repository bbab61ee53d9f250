/**
 * Calls that block, each on a thread of its own.
 *
 * The miniport waits for a request inside the call that fetches it, in the thread that made the call,
 * whatever OVERLAPPED it was given. On Node's own thread that would stop the program; on libuv's few
 * threads for files it would stop the backend that has to answer. So every fetch has a worker thread.
 */
import module from 'node:module';
import type * as workerThreads from 'node:worker_threads';
import { Worker } from 'node:worker_threads';
import type { Completion } from './completion-port.ts';
import type { Handle, Koffi, NativeMemory } from './win32.ts';

/** What a file is opened for: to be asked what it is, or to be read and written. */
export type FileAccess = 'query' | 'read and write';

/** What opening gave: a handle, or −1 and an error. */
export interface Opened {
  /** The handle. */
  readonly handle: Handle;
  /** Win32 error; 0: none. */
  readonly error: number;
}

/** A thread that makes one call after the other, and has one OVERLAPPED with its own event for them. */
export interface CallThread {
  /** CreateFileW: what is there, shared, overlapped. */
  open(path: string, access: FileAccess): Promise<Opened>;
  /** DeviceIoControl, to its end: `memory` is input and output. */
  control(
    file: Handle,
    code: number,
    memory: NativeMemory,
    length: { readonly input: number; readonly output: number },
  ): Promise<Completion>;
  /** Makes no more calls; those asked for are still made. */
  end(): Promise<void>;
}

type Call =
  | readonly ['open', path: string, access: number]
  | readonly ['control', Handle, code: number, address: bigint, input: number, output: number];

interface Answer {
  readonly handle: Handle;
  readonly error: number;
  readonly length: number;
}

const GENERIC_READ_WRITE = 0xc000_0000;

/** Starts a thread. */
export function startCallThread(): CallThread {
  return new WorkerThread();
}

class WorkerThread implements CallThread {
  readonly #worker: Worker;
  /** Who waits for an answer, in the order of the calls. */
  readonly #waiting: PromiseWithResolvers[] = [];
  readonly #exited: Promise<void>;
  #failure: Error | undefined;

  constructor() {
    const koffi = module.createRequire(import.meta.url).resolve('koffi');
    // From its text, because no bundler then has to know of a second file.
    this.#worker = new Worker(`(${String(makeCalls)})(require)`, {
      eval: true,
      execArgv: [],
      workerData: { koffi },
    });
    this.#worker.on('message', (answer: Answer) => this.#waiting.shift()?.resolve(answer));
    this.#exited = new Promise((resolve) => {
      this.#worker.once('exit', () => {
        this.#fail(new Error('the thread that makes the calls of Windows has ended'));
        resolve();
      });
    });
    this.#worker.once('error', (error) => this.#fail(error));
  }

  async open(path: string, access: FileAccess): Promise<Opened> {
    return this.#call(['open', path, access === 'query' ? 0 : GENERIC_READ_WRITE]);
  }

  async control(
    file: Handle,
    code: number,
    { address }: NativeMemory,
    { input, output }: { readonly input: number; readonly output: number },
  ): Promise<Completion> {
    return this.#call(['control', file, code, address, input, output]);
  }

  end(): Promise<void> {
    this.#worker.postMessage(undefined);
    return this.#exited;
  }

  #call(call: Call): Promise<Answer> {
    return new Promise((resolve, reject) => {
      if (this.#failure !== undefined) return reject(this.#failure);
      this.#waiting.push({ resolve, reject });
      this.#worker.postMessage(call);
    });
  }

  #fail(error: Error): void {
    this.#failure ??= error;
    for (const { reject } of this.#waiting.splice(0)) reject(this.#failure);
  }
}

interface PromiseWithResolvers {
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: Error) => void;
}

/** The thread. It runs from its text: it may use nothing but what it is given. */
function makeCalls(load: (name: string) => unknown): void {
  const threads = load('node:worker_threads') as typeof workerThreads;
  const { koffi: path } = threads.workerData as { readonly koffi: string };
  const loaded = load(path) as Koffi & { readonly default?: Koffi };
  const koffi = loaded.default ?? loaded;
  const kernel = koffi.load('kernel32.dll');
  type Native = (...args: readonly unknown[]) => number;
  const declare = (prototype: string): Native => kernel.func(prototype);
  const createFile = declare(
    'intptr_t CreateFileW(str16, uint32_t, uint32_t, void *, uint32_t, uint32_t, intptr_t)',
  );
  const createEvent = declare('intptr_t CreateEventW(void *, int, int, void *)');
  const closeHandle = declare('int CloseHandle(intptr_t)');
  const getLastError = declare('uint32_t GetLastError()');
  const deviceIoControl = declare(
    'int DeviceIoControl(intptr_t, uint32_t, void *, uint32_t, void *, uint32_t, void *, void *)',
  );
  const getResult = declare('int GetOverlappedResult(intptr_t, void *, void *, int)');

  const SHARE_READ_WRITE = 3;
  const OPEN_EXISTING = 3;
  const FLAG_OVERLAPPED = 0x4000_0000;
  const IO_PENDING = 997;
  const OVERLAPPED_LENGTH = 32;
  const LENGTH_AT = 2; // InternalHigh, in words
  const EVENT_AT = 6;
  const overlapped = koffi.alloc('uint8_t', OVERLAPPED_LENGTH) as bigint;
  const words = new Uint32Array(koffi.view(overlapped, OVERLAPPED_LENGTH));
  const event = createEvent(null, 1, 0, null);
  const moved = new Uint32Array(1);
  const port = threads.parentPort;

  const control = (file: number, code: number, memory: bigint, input: number, output: number) => {
    words.fill(0);
    words[EVENT_AT] = event;
    let error = 0;
    if (deviceIoControl(file, code, memory, input, memory, output, null, overlapped) === 0) {
      error = getLastError();
      if (error === IO_PENDING)
        error = getResult(file, overlapped, moved, 1) === 0 ? getLastError() : 0;
    }
    return { handle: -1, error, length: words[LENGTH_AT] ?? 0 };
  };

  port?.on('message', (call: Call | undefined) => {
    if (call === undefined) {
      closeHandle(event);
      port.close();
    } else if (call[0] === 'open') {
      const [, name, access] = call;
      const flags = [access, SHARE_READ_WRITE, null, OPEN_EXISTING, FLAG_OVERLAPPED, 0] as const;
      const handle = createFile(name, ...flags);
      port.postMessage({ handle, error: handle === -1 ? getLastError() : 0, length: 0 });
    } else {
      const [, file, code, memory, input, output] = call;
      port.postMessage(control(file, code, memory, input, output));
    }
  });
}
