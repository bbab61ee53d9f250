/** What the servers that are attacked or soaked have in common. */
import { setTimeout as delay } from 'node:timers/promises';
import { memoryBackend } from '../src/index.ts';
import type { IscsiServer } from '../src/transport/iscsi/index.ts';
import type { Heap } from './names.ts';

/** A memory backend all of whose blocks are allocated, so that writing does not make it grow. */
export function filled(size: number, blockLength = 512): ReturnType<typeof memoryBackend> {
  const backend = memoryBackend({ size, blockLength });
  const piece = new Uint8Array(64 * 1024).fill(0xff);
  for (let at = 0; at < size; at += piece.length) backend.write(at / blockLength, piece);
  return backend;
}

/** Listens, tells the port, and from then on the heap whenever it is asked. */
export async function tell(server: IscsiServer): Promise<void> {
  const { port } = await server.listen({ port: 0 });
  process.on('message', () => void report(server));
  process.on('disconnect', () => process.exit());
  process.send?.({ port });
}

async function report(server: IscsiServer): Promise<void> {
  // What a first collection lets go of (sockets, their buffers) is free after a second one.
  globalThis.gc?.();
  await delay(10);
  globalThis.gc?.();
  const { heapUsed, external, rss: resident } = process.memoryUsage();
  const { sessions, connections } = server.counters;
  process.send?.({ bytes: heapUsed + external, resident, sessions, connections } satisfies Heap);
}
