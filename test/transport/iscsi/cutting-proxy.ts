/** A wire between an initiator and a target that a test cuts where it wants. */
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { closeLater } from './serving.ts';

/** How many bytes of a connection pass before it is cut, each way; absent: all of them. */
export interface Cut {
  readonly toTarget?: number;
  readonly toInitiator?: number;
}

export interface CuttingProxy {
  readonly port: number;
  /** Connections so far. */
  readonly connections: number;
  /** Bytes that went to the target, and to the initiator, on all connections. */
  readonly passed: { toTarget: number; toInitiator: number };
  /** Cuts all connections now. */
  cut(): void;
  /** Lets nothing through any more and tells nobody, as a broken cable does, until `flow`. */
  stall(): void;
  flow(): void;
  /** Cuts all connections, and takes none any more. */
  close(): void;
}

/** Listens for connections to `port`; the n-th is cut as `cuts` says of it. */
export async function cuttingProxy(
  port: () => number,
  cuts: (connection: number) => Cut = () => ({}),
): Promise<CuttingProxy> {
  const sockets = new Set<Socket>();
  const passed = { toTarget: 0, toInitiator: 0 };
  let connections = 0;
  let stalled = false;
  const server = createServer((near) => {
    const { toTarget = Infinity, toInitiator = Infinity } = cuts(connections++);
    const far = connect({ host: '127.0.0.1', port: port(), noDelay: true });
    const end = (): void => {
      near.destroy();
      far.destroy();
    };
    const pass = (from: Socket, to: Socket, limit: number, way: keyof typeof passed): void => {
      let left = limit;
      sockets.add(from);
      from.on('data', (chunk: Uint8Array) => {
        if (stalled) return;
        const some = chunk.subarray(0, left);
        passed[way] += some.length;
        left -= some.length;
        if (left > 0) to.write(some);
        else to.write(some, end);
      });
      from.on('error', end);
      from.on('close', () => {
        sockets.delete(from);
        end();
      });
    };
    pass(near, far, toTarget, 'toTarget');
    pass(far, near, toInitiator, 'toInitiator');
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const cut = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  const close = (): void => {
    cut();
    server.close();
  };
  closeLater(close);
  return {
    port: (server.address() as AddressInfo).port,
    passed,
    cut,
    close,
    stall: () => void (stalled = true),
    flow: () => void (stalled = false),
    get connections() {
      return connections;
    },
  };
}
