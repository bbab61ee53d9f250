/** What the servers that are attacked or soaked have in common. */
import { setTimeout as delay } from 'node:timers/promises';
import { memoryBackend } from '../src/index.ts';
import type { IscsiServer } from '../src/transport/iscsi/index.ts';
import type { Heap, Told } from './names.ts';

/** A memory backend all of whose blocks are allocated, so that writing does not make it grow. */
export function filled(size: number, blockLength = 512): ReturnType<typeof memoryBackend> {
  const backend = memoryBackend({ size, blockLength });
  const piece = new Uint8Array(64 * 1024).fill(0xff);
  for (let at = 0; at < size; at += piece.length) backend.write(at / blockLength, piece);
  return backend;
}

/** Says that something has happened that must not. */
export function fault(message: string): void {
  process.send?.({ fault: message } satisfies Told);
}

/** Listens, tells the ports, and from then on the heap whenever it is asked. */
export async function tell(...servers: readonly IscsiServer[]): Promise<void> {
  const ports: number[] = [];
  for (const server of servers) ports.push((await server.listen({ port: 0 })).port);
  process.on('message', () => void report(servers));
  process.on('disconnect', () => process.exit());
  process.send?.({ ports } satisfies Told);
}

async function report(servers: readonly IscsiServer[]): Promise<void> {
  // What a first collection lets go of (sockets, their buffers) is free after a second one.
  globalThis.gc?.();
  await delay(10);
  globalThis.gc?.();
  const { heapUsed, external, rss: resident } = process.memoryUsage();
  const counters = servers.map((server) => server.counters);
  const heap: Heap = {
    bytes: heapUsed + external,
    resident,
    sessions: counters.reduce((sum, { sessions }) => sum + sessions, 0),
    connections: counters.reduce((sum, { connections }) => sum + connections, 0),
  };
  process.send?.({ heap } satisfies Told);
}
