/** One line of requests from the miniport: a thread, a buffer, and one call at a time. */
import {
  decodeTransactResult,
  encodeTransact,
  IOCTL_LENGTH,
  IOCTL_MINIPORT_PROCESS_SERVICE_IRP,
} from '../protocol/ioctl.ts';
import type { TransactRequest, TransactResponse } from '../protocol/transact.ts';
import type { CallThread } from '../win32/call-thread.ts';
import { WIN32_ERROR, win32Error } from '../win32/win32-error.ts';
import type { Handle, NativeMemory } from '../win32/win32.ts';

/** What a call of a line does: at least one of the two. */
export interface LineCall {
  /** Wait for a request. */
  readonly fetch: boolean;
  /** The response to a request of any line. */
  readonly response?: TransactResponse | undefined;
}

const ADVICE = {
  [WIN32_ERROR.ACCESS_DENIED]: 'another process serves this unit now',
  [WIN32_ERROR.NOACCESS]: 'the buffer is shorter than the maxTransferLength of the unit',
};

/** Answers requests and fetches them. */
export class TransactLine {
  readonly #thread: CallThread;
  readonly #file: Handle;
  readonly #btl: number;
  readonly #call: NativeMemory;
  readonly #data: NativeMemory;

  constructor(
    device: {
      readonly thread: CallThread;
      readonly file: Handle;
      readonly allocate: (length: number) => NativeMemory;
    },
    btl: number,
    maxTransferLength: number,
  ) {
    this.#thread = device.thread;
    this.#file = device.file;
    this.#btl = btl;
    this.#call = device.allocate(IOCTL_LENGTH.transact);
    this.#data = device.allocate(maxTransferLength);
  }

  /**
   * The buffer: holds what is to be written, or the descriptors to be unmapped, after `transact`, and
   * what was read before it.
   */
  get data(): Uint8Array {
    return this.#data.bytes;
  }

  /**
   * Answers, then waits for a request.
   *
   * @returns `undefined` - none came, or none was asked for.
   * @throws WinSpdError - WIN32, 995: the unit is gone.
   */
  async transact({ fetch, response }: LineCall): Promise<TransactRequest | undefined> {
    const dataBuffer = this.#data.address;
    const rest = response === undefined ? {} : { response };
    this.#call.bytes.set(encodeTransact({ btl: this.#btl, dataBuffer, fetch, ...rest }));
    const { error, length } = await this.#thread.control(
      this.#file,
      IOCTL_MINIPORT_PROCESS_SERVICE_IRP,
      this.#call,
      { input: IOCTL_LENGTH.transact, output: IOCTL_LENGTH.transact },
    );
    if (error !== 0) throw win32Error('wait for a request of Windows', error, ADVICE);
    return decodeTransactResult(this.#call.bytes.subarray(0, length));
  }

  /** Ends it, when the call that it makes has ended. */
  async close(): Promise<void> {
    await this.#thread.end();
    this.#call.free();
    this.#data.free();
  }
}
