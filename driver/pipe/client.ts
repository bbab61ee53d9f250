/** The other side of a pipe: speaks to our server, and to the disks of WinSpd. */
import { connect, type Socket } from 'node:net';
import { WinSpdError } from '../errors.ts';
import {
  decodeParams,
  geometryProblem,
  PARAMS_LENGTH,
  type StorageUnitParams,
} from '../protocol/storage-unit-params.ts';
import type { StorageUnitStatus } from '../protocol/storage-unit-status.ts';
import {
  decodeResponse,
  encodeRequest,
  requestDataLength,
  RESPONSE_LENGTH,
  responseDataLength,
  TRANSACT_KIND,
  type BlockRequest,
  type FlushRequest,
  type TransactRequest,
  type UnknownRequest,
  type UnmapRequest,
} from '../protocol/transact.ts';
import { clientPath } from './name.ts';

/** How a request ended. */
export interface TransactReply {
  /** Status and sense. */
  readonly status: StorageUnitStatus;
  /** What came with it: after a read all its blocks, whatever the status; else nothing. */
  readonly data: Uint8Array;
}

/** A request to which the client gives the hint. */
export type UnhintedRequest =
  | Omit<BlockRequest, 'hint'>
  | Omit<FlushRequest, 'hint'>
  | Omit<UnmapRequest, 'hint'>
  | Omit<UnknownRequest, 'hint'>;

interface Pending {
  readonly length: number;
  readonly resolve: (reply: TransactReply) => void;
  readonly reject: (error: Error) => void;
}

const NO_DATA = new Uint8Array(0);

/**
 * A client of a storage unit behind a pipe.
 *
 * @example
 * ```ts
 * const client = await PipeClient.connect('\\\\.\\pipe\\rawdisk\\0');
 * const { status, data } = await client.transact({
 *   kind: 'Read', blockAddress: 0, blockCount: 1, forceUnitAccess: false,
 * });
 * await client.close();
 * ```
 */
export class PipeClient {
  /** What the server said of its unit. */
  readonly params: StorageUnitParams;
  readonly #reader: Reader;
  readonly #socket: Socket;
  readonly #pending = new Map<bigint, Pending>();
  #nextHint = 1n;
  #error: Error | undefined;

  private constructor(socket: Socket, reader: Reader, params: StorageUnitParams) {
    this.#socket = socket;
    this.#reader = reader;
    this.params = params;
    void this.#receive();
  }

  /**
   * Connects to a pipe and waits to be greeted: while another client is served, that is its end.
   *
   * @param name - `\\.\pipe\NAME\INDEX` or `NAME\INDEX`; not on Windows also the path of a Unix socket.
   * @throws WinSpdError - PIPE_MISSING, PIPE_CLOSED or PIPE_PROTOCOL.
   */
  static async connect(name: string): Promise<PipeClient> {
    const path = clientPath(name);
    const socket = connect(path);
    const reader = new Reader(socket);
    const params = decodeParams(await reader.take(PARAMS_LENGTH, name));
    const problem = geometryProblem(params);
    if (problem === undefined) return new PipeClient(socket, reader, params);
    socket.destroy();
    throw new WinSpdError('PIPE_PROTOCOL', `${name}: ${problem}`);
  }

  /**
   * Sends a request and waits for its response. Any number may be in flight.
   *
   * @param dataOut - with Write and Unmap; not touched after this has settled.
   * @throws WinSpdError - PIPE_CLOSED or PIPE_PROTOCOL.
   * @throws RangeError - the data is not as long as the request says, more than the unit takes, or
   * the request has no code.
   */
  transact(request: UnhintedRequest, dataOut: Uint8Array = NO_DATA): Promise<TransactReply> {
    const hint = this.#nextHint++;
    const hinted: TransactRequest = { ...request, hint };
    const { blockLength, maxTransferLength } = this.params;
    const expected = requestDataLength(hinted, blockLength);
    const length = responseDataLength(hinted, blockLength);
    if (dataOut.length !== expected)
      throw new RangeError(`dataOut: ${dataOut.length} bytes, not ${expected}`);
    // The server would drop it and never answer.
    if (Math.max(expected, length) > maxTransferLength)
      throw new RangeError(`more than ${maxTransferLength} bytes in one request`);
    if (this.#error !== undefined) return Promise.reject(this.#error);
    // One write is one message of a named pipe.
    const message = new Uint8Array(RESPONSE_LENGTH + dataOut.length);
    encodeRequest(hinted, message);
    message.set(dataOut, RESPONSE_LENGTH);
    return new Promise((resolve, reject) => {
      this.#pending.set(hint, { length, resolve, reject });
      this.#socket.write(message);
    });
  }

  /** Closes the pipe; what is in flight fails with PIPE_CLOSED. */
  close(): Promise<void> {
    return new Promise((resolve) => {
      this.#fail(new WinSpdError('PIPE_CLOSED', 'the pipe was closed'));
      if (this.#socket.closed) resolve();
      else this.#socket.once('close', () => resolve());
      this.#socket.destroy();
    });
  }

  async #receive(): Promise<void> {
    try {
      for (;;) {
        const { hint, kind, status } = decodeResponse(await this.#reader.take(RESPONSE_LENGTH));
        const pending = this.#pending.get(hint);
        if (pending === undefined)
          throw new WinSpdError('PIPE_PROTOCOL', `a response to no request, hint ${hint}`);
        const length = kind === TRANSACT_KIND.Read ? pending.length : 0;
        const data = length === 0 ? NO_DATA : await this.#reader.take(length);
        this.#pending.delete(hint);
        pending.resolve({ status, data });
      }
    } catch (error) {
      this.#fail(error as Error);
      this.#socket.destroy();
    }
  }

  #fail(error: Error): void {
    this.#error ??= error;
    for (const { reject } of this.#pending.values()) reject(this.#error);
    this.#pending.clear();
  }
}

/** Takes pieces of known lengths out of a socket, one at a time. */
class Reader {
  #chunks: Uint8Array[] = [];
  #length = 0;
  #error: Error | undefined;
  #wanted = 0;
  #wake: (() => void) | undefined;

  constructor(socket: Socket) {
    socket.on('data', (chunk) => {
      this.#chunks.push(chunk);
      this.#length += chunk.length;
      if (this.#length >= this.#wanted) this.#wake?.();
    });
    socket.once('error', (error) => {
      this.#error = error;
    });
    socket.once('close', () => {
      this.#error ??= new Error('closed');
      this.#wake?.();
    });
  }

  /** The next bytes, in an array of their own. */
  async take(length: number, name = 'the pipe'): Promise<Uint8Array> {
    this.#wanted = length;
    while (this.#length < length) {
      if (this.#error !== undefined) throw closedBecause(this.#error, name);
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
    const bytes = new Uint8Array(length);
    let filled = 0;
    while (filled < length) {
      const chunk = this.#chunks[0] ?? new Uint8Array(0);
      const piece = chunk.subarray(0, length - filled);
      bytes.set(piece, filled);
      filled += piece.length;
      if (piece.length < chunk.length) this.#chunks[0] = chunk.subarray(piece.length);
      else this.#chunks.shift();
    }
    this.#length -= length;
    return bytes;
  }
}

function closedBecause(error: Error, name: string): WinSpdError {
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'ENOENT' || code === 'ECONNREFUSED')
    return new WinSpdError('PIPE_MISSING', `${name}: nobody serves it`, { cause: error });
  return new WinSpdError('PIPE_CLOSED', `${name}: the server has closed it`, { cause: error });
}
