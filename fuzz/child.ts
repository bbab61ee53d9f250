/** A server in a process of its own. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Heap } from './names.ts';

/** The process. */
export interface Child {
  /** Where its server listens. */
  readonly port: number;
  /** Rejects when the process ends by itself. */
  readonly died: Promise<never>;
  /** Its heap after a garbage collection. */
  heap(): Promise<Heap>;
  /** Ends it. */
  stop(): void;
}

/** Starts the server of a bundled file. */
export async function startServer(file: string): Promise<Child> {
  const child = fork(fileURLToPath(new URL(file, import.meta.url)), { execArgv: ['--expose-gc'] });
  const died = once(child, 'exit').then(([code, signal]) => {
    throw new Error(`the server has ended: ${String(signal ?? code)}`);
  });
  // It is looked at where something waits for the server.
  died.catch(() => {});
  const [{ port }] = (await Promise.race([once(child, 'message'), died])) as [
    { readonly port: number },
  ];
  return {
    port,
    died,
    async heap() {
      const answer = once(child, 'message');
      child.send('heap');
      const [heap] = (await Promise.race([answer, died])) as [Heap];
      return heap;
    },
    stop() {
      child.removeAllListeners();
      child.kill();
    },
  };
}

/** Bytes in words. */
export const mebibytes = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(1)} MiB`;
