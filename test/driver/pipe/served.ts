/** A storage unit behind a Unix socket, and clients of it that send what they like. */
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach } from 'vitest';
import { servePipe, type ServePipeOptions } from '../../../driver/index.ts';
import type { Backend } from '../../../src/backend/backend.ts';
import { memoryBackend } from '../../../src/backend/memory.ts';
import { createDisk, type DiskOptions } from '../../../src/create-disk.ts';
import { createTarget } from '../../../src/create-target.ts';
import { HeldBackend } from '../../scsi/held-backend.ts';

const cleanups: (() => unknown)[] = [];

afterEach(async () => {
  for (const clean of cleanups.splice(0).toReversed()) await clean();
});

/** Does something after the test. */
export function later(clean: () => unknown): void {
  cleanups.push(clean);
}

let pipes = 0;

/** A path for a Unix socket in a folder of its own; on Windows a name that nobody has. */
export function socketPath(): string {
  if (process.platform === 'win32') return `scsi-target-${process.pid}-${++pipes}`;
  const folder = mkdtempSync(join(tmpdir(), 'scsi-target-pipe-'));
  later(() => rmSync(folder, { recursive: true }));
  return join(folder, 'disk');
}

/** Serves a disk of 1024 blocks unless told otherwise. */
export async function serveDisk(
  disk: Partial<DiskOptions> = {},
  options: Partial<ServePipeOptions> = {},
) {
  const backend: Backend = disk.backend ?? memoryBackend({ blocks: 1024, id: 'pipe' });
  const target = createTarget([createDisk({ ...disk, backend })]);
  const served = await servePipe(target, { pipe: socketPath(), ...options });
  later(async () => {
    // A backend that is held never ends by itself.
    const close = () => target.close();
    const ended = served.unit.shutdown().then(close, close);
    if (!(backend instanceof HeldBackend)) await ended.catch(() => {});
    else ended.catch(() => {});
  });
  return { ...served, target, backend };
}

/** A client that sends bytes as they are. */
export class RawClient {
  readonly socket: Socket;
  #bytes = Buffer.alloc(0);
  #wake = (): void => {};
  closed = false;

  constructor(path: string) {
    this.socket = connect(path);
    this.socket.on('data', (chunk) => {
      this.#bytes = Buffer.concat([this.#bytes, chunk]);
      this.#wake();
    });
    this.socket.on('error', () => {});
    this.socket.on('close', () => {
      this.closed = true;
      this.#wake();
    });
    later(() => this.socket.destroy());
  }

  /** The next bytes that come; fewer where the server closes the connection before. */
  async take(length: number): Promise<Uint8Array> {
    while (this.#bytes.length < length && !this.closed)
      await new Promise<void>((resolve) => (this.#wake = resolve));
    const taken = Uint8Array.from(this.#bytes.subarray(0, length));
    this.#bytes = this.#bytes.subarray(length);
    return taken;
  }

  /** Connects, and gives the greeting. */
  greeting(): Promise<Uint8Array> {
    return this.take(128);
  }

  /** Bytes that came and were not taken. */
  get left(): number {
    return this.#bytes.length;
  }

  send(bytes: Uint8Array): void {
    this.socket.write(bytes);
  }

  async gone(): Promise<void> {
    if (!this.closed) await once(this.socket, 'close');
  }
}
