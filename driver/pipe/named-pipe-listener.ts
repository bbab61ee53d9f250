/**
 * A pipe server's clients on Windows: a named pipe of messages, as WinSpd's own. Node's pipes are of
 * bytes, and WinSpd's clients refuse those.
 */
import { totalLength } from '../../src/bytes.ts';
import { WinSpdError } from '../errors.ts';
import { RESPONSE_LENGTH } from '../protocol/transact.ts';
import { CompletionPort } from '../win32/completion-port.ts';
import { WIN32_ERROR, win32Error } from '../win32/win32-error.ts';
import {
  INVALID_HANDLE,
  loadWin32,
  type Handle,
  type NativeMemory,
  type Win32,
} from '../win32/win32.ts';
import type { MessageLimits, PipeConnection, PipeEvents, PipeListener } from './listener.ts';

/** How long a client may take to read what it was sent when the server ends, in milliseconds. */
const LINGER_MS = 5000;

type Greet = (connection: PipeConnection) => PipeEvents;

/** Listens on a named pipe of Windows with one instance. */
export class NamedPipeListener implements PipeListener {
  readonly path: string;
  readonly #messageLength: number;
  #pipe: OpenPipe | undefined;
  #served: Promise<void> | undefined;
  #connected = false;
  #closing = false;

  constructor(path: string, { maxTransferLength }: MessageLimits) {
    this.path = path;
    this.#messageLength = RESPONSE_LENGTH + maxTransferLength;
  }

  async listen(greet: Greet): Promise<void> {
    const win32 = await loadWin32();
    const handle = win32.createMessagePipe(this.path, this.#messageLength);
    if (handle === INVALID_HANDLE) {
      const error = win32.lastError();
      if (error === WIN32_ERROR.ACCESS_DENIED || error === WIN32_ERROR.PIPE_BUSY)
        throw new WinSpdError('PIPE_TAKEN', `pipe '${this.path}' is served already`);
      throw win32Error(`pipe '${this.path}'`, error);
    }
    const port = new CompletionPort(win32);
    port.associate(handle);
    this.#pipe = { win32, handle, port };
    this.#served = this.#serve(this.#pipe, greet);
  }

  async close(): Promise<void> {
    this.#closing = true;
    if (this.#pipe === undefined) return;
    if (this.#connected) return; // it ends with its client
    this.#pipe.win32.cancel(this.#pipe.handle);
    await this.#served;
  }

  /** One client after the other. */
  async #serve(pipe: OpenPipe, greet: Greet): Promise<void> {
    const { win32, handle, port } = pipe;
    const memory = win32.allocate(this.#messageLength);
    while (!this.#closing) {
      const { error } = await port.start((overlapped) => win32.connectPipe(handle, overlapped));
      if (error === 0 || error === WIN32_ERROR.PIPE_CONNECTED) {
        this.#connected = true;
        const connection = new NamedPipeConnection(pipe);
        await connection.receive(memory, greet(connection));
        this.#connected = false;
      } else if (!this.#closing) win32.disconnectPipe(handle); // it came and went
    }
    memory.free();
    win32.close(handle);
    port.close();
  }
}

interface OpenPipe {
  readonly win32: Win32;
  readonly handle: Handle;
  readonly port: CompletionPort;
}

/** The client that is connected. */
class NamedPipeConnection implements PipeConnection {
  readonly #pipe: OpenPipe;
  #open = true;
  #paused = false;
  #resumed = (): void => {};
  #gone = (): void => {};
  readonly #disconnected = new Promise<void>((resolve) => (this.#gone = resolve));
  /** Writes in flight. */
  readonly #writes = new Set<Promise<void>>();

  constructor(pipe: OpenPipe) {
    this.#pipe = pipe;
  }

  /** Reads messages until the client is gone, or is let go of. */
  async receive(memory: NativeMemory, events: PipeEvents): Promise<void> {
    const { win32, handle, port } = this.#pipe;
    while (this.#open) {
      if (this.#paused) {
        await new Promise<void>((resolve) => (this.#resumed = resolve));
        continue;
      }
      const { error, length } = await port.start((overlapped) =>
        win32.read(handle, memory.address, memory.bytes.length, overlapped),
      );
      // A message longer than any that the unit takes is an error too, as it is for WinSpd.
      if (error !== 0) this.#disconnect();
      else if (this.#open) events.message(memory.bytes.slice(0, length));
    }
    events.closed();
    // Their memory is used until they have ended.
    await Promise.all(this.#writes);
  }

  send(chunks: readonly Uint8Array[], sent: () => void): void {
    if (!this.#open) {
      sent();
      return;
    }
    const { win32, handle, port } = this.#pipe;
    const length = totalLength(chunks);
    const memory = win32.allocate(length);
    let at = 0;
    for (const chunk of chunks) {
      memory.bytes.set(chunk, at);
      at += chunk.length;
    }
    const write = port
      .start((overlapped) => win32.write(handle, memory.address, length, overlapped))
      .then(() => {
        this.#writes.delete(write);
        memory.free();
        sent();
      });
    this.#writes.add(write);
  }

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
    this.#resumed();
  }

  async end(): Promise<void> {
    if (!this.#open) return;
    const timer = setTimeout(() => this.#disconnect(), LINGER_MS);
    // Disconnecting takes away what the client has not read.
    await Promise.race([Promise.all(this.#writes), this.#disconnected]);
    if (this.#open) await this.#pipe.win32.flush(this.#pipe.handle);
    clearTimeout(timer);
    this.#disconnect();
  }

  #disconnect(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#pipe.win32.disconnectPipe(this.#pipe.handle);
    this.#gone();
    this.#resumed();
  }
}
