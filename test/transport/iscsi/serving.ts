/** A server with a fake disk for one test, and what is to be closed after it. */
import { afterEach } from 'vitest';
import { IscsiServer } from '../../../src/transport/iscsi/server.ts';
import type {
  IscsiLogEvent,
  IscsiServerOptions,
} from '../../../src/transport/iscsi/server-info.ts';
import { FakeDisk } from './fake-target.ts';
import { IQN, RawClient } from './raw-client.ts';

export interface Serving {
  readonly server: IscsiServer;
  readonly disk: FakeDisk;
  readonly port: number;
  readonly log: IscsiLogEvent[];
  /** A new connection. */
  readonly client: () => RawClient;
}

const open: (() => Promise<void> | void)[] = [];

afterEach(async () => {
  for (const close of open.splice(0).toReversed()) await close();
});

export function closeLater(close: () => Promise<void> | void): void {
  open.push(close);
}

export async function serve(options: IscsiServerOptions = {}, blocks = 256): Promise<Serving> {
  const log: IscsiLogEvent[] = [];
  const server = new IscsiServer({ ...options, log: (event) => log.push(event) });
  const disk = new FakeDisk(blocks);
  server.addTarget({ name: IQN, target: disk.target });
  const { port } = await server.listen({ port: 0 });
  closeLater(() => server.close({ graceful: false }));
  const client = (): RawClient => {
    const made = new RawClient(port);
    closeLater(() => made.close());
    return made;
  };
  return { server, disk, port, log, client };
}

/** A promise that a test settles. */
export function gate<T = void>(): {
  readonly promise: Promise<T>;
  readonly open: (value: T) => void;
} {
  const opener: { open?: (value: T) => void } = {};
  const promise = new Promise<T>((settle) => (opener.open = settle));
  return { promise, open: (value) => opener.open?.(value) };
}

/** Waits until a condition holds. */
export async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setImmediate(resolve));
}
