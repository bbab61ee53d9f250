/** Servers in a process of their own. */
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Heap, Told } from './names.ts';

/** The process. */
export interface Child {
  /** Where its servers listen. */
  readonly ports: readonly [number, ...number[]];
  /** Rejects when the process ends by itself, or tells of something that must not happen. */
  readonly failed: Promise<never>;
  /** Its heap after a garbage collection. */
  heap(): Promise<Heap>;
  /** Ends it. */
  stop(): void;
}

/** Starts the servers of a bundled file. */
export async function startServer(file: string): Promise<Child> {
  const child = fork(fileURLToPath(new URL(file, import.meta.url)), { execArgv: ['--expose-gc'] });
  let hear: ((told: Told) => void) | undefined;
  const failed = new Promise<never>((_, reject) => {
    child.on('exit', (code, signal) =>
      reject(new Error(`the server has ended: ${String(signal ?? code)}`)),
    );
    child.on('message', (message) => {
      const told = message as Told;
      if ('fault' in told) reject(new Error(`the server has an error: ${told.fault}`));
      else hear?.(told);
    });
  });
  // It is looked at where something waits for the server.
  failed.catch(() => {});
  const next = (): Promise<Told> =>
    Promise.race([new Promise<Told>((resolve) => (hear = resolve)), failed]);
  const { ports } = (await next()) as { readonly ports: readonly [number] };
  return {
    ports,
    failed,
    async heap() {
      const answer = next();
      child.send('heap');
      return ((await answer) as { readonly heap: Heap }).heap;
    },
    stop() {
      child.removeAllListeners();
      child.kill();
    },
  };
}

/** Bytes in words. */
export const mebibytes = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(1)} MiB`;
