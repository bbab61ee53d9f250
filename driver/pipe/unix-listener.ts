/** A pipe server's clients on a Unix socket: the messages of the named pipe, in a stream of bytes. */
import { lstat, unlink } from 'node:fs/promises';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { MessageStream } from './message-stream.ts';
import type { MessageLimits, PipeConnection, PipeEvents, PipeListener } from './listener.ts';

/** Clients that may wait for their turn. */
const MOST_WAITING = 16;

/** How long a client may take to read what it was sent when the server ends, in milliseconds. */
const LINGER_MS = 5000;

/** Listens on a Unix socket. */
export class UnixListener implements PipeListener {
  readonly path: string;
  readonly #limits: MessageLimits;
  readonly #server: Server;
  readonly #waiting: Socket[] = [];
  #current: Socket | undefined;
  #greet: ((connection: PipeConnection) => PipeEvents) | undefined;

  constructor(path: string, limits: MessageLimits) {
    this.path = path;
    this.#limits = limits;
    // A client that waits is not read from, so it costs nothing but its socket.
    this.#server = createServer({ pauseOnConnect: true }, (socket) => this.#accept(socket));
  }

  async listen(greet: (connection: PipeConnection) => PipeEvents): Promise<void> {
    this.#greet = greet;
    try {
      await this.#bind();
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE' || !(await isDead(this.path)))
        throw error;
      // What a server that did not end in order has left behind.
      await unlink(this.path);
      await this.#bind();
    }
  }

  async close(): Promise<void> {
    for (const socket of this.#waiting.splice(0)) socket.destroy();
    this.#greet = undefined;
    // Node's `close` waits for the connected client too; listening ends at once.
    this.#server.close();
  }

  #bind(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(this.path, () => {
        this.#server.off('error', reject);
        resolve();
      });
    });
  }

  #accept(socket: Socket): void {
    socket.on('error', () => {}); // `close` follows
    socket.once('close', () => this.#gone(socket));
    if (this.#waiting.length >= MOST_WAITING) socket.destroy();
    else this.#waiting.push(socket);
    this.#next();
  }

  #gone(socket: Socket): void {
    const at = this.#waiting.indexOf(socket);
    if (at >= 0) this.#waiting.splice(at, 1);
    if (this.#current === socket) this.#current = undefined;
    this.#next();
  }

  #next(): void {
    if (this.#current !== undefined || this.#greet === undefined) return;
    const socket = this.#waiting.shift();
    if (socket === undefined) return;
    this.#current = socket;
    const events = this.#greet(connectionOf(socket));
    const messages = new MessageStream(this.#limits, (message) => events.message(message));
    socket.on('data', (chunk) => {
      if (!messages.push(chunk)) socket.destroy();
    });
    // A client that ends its side cannot be told anything more that it would understand.
    socket.once('end', () => socket.destroy());
    socket.once('close', () => events.closed());
    socket.resume();
  }
}

function connectionOf(socket: Socket): PipeConnection {
  return {
    send(chunks, sent) {
      if (socket.destroyed) {
        sent();
        return;
      }
      const last = chunks.length - 1;
      socket.cork();
      for (const [i, chunk] of chunks.entries())
        // The callback comes too where the socket is closed instead.
        if (i === last) socket.write(chunk, () => sent());
        else socket.write(chunk);
      socket.uncork();
    },
    pause: () => void socket.pause(),
    resume: () => void socket.resume(),
    end() {
      return new Promise((resolve) => {
        if (socket.destroyed) {
          resolve();
          return;
        }
        const timer = setTimeout(() => socket.destroy(), LINGER_MS);
        socket.once('close', () => {
          clearTimeout(timer);
          resolve();
        });
        socket.end(() => socket.destroy());
      });
    },
  };
}

/** Whether a path is a socket on which nobody listens; any other file is none of our business. */
async function isDead(path: string): Promise<boolean> {
  if (!(await lstat(path)).isSocket()) return false;
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once('connect', () => {
      socket.destroy();
      resolve(false);
    });
    socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code === 'ECONNREFUSED'));
  });
}
