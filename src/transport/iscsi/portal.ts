/** A portal: an address where a server listens. */
import { createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';

/** Where to listen. */
export interface IscsiPortalOptions {
  /** Address; default 127.0.0.1. */
  readonly host?: string;
  /** TCP port; default 3260, 0 picks one. */
  readonly port?: number;
  /** Portal group tag, 0 to 65 535; default 1. */
  readonly portalGroupTag?: number;
  /** What SendTargets answers instead, `ADDRESS:PORT`. */
  readonly advertise?: string;
}

/** Where a portal listens. */
export interface IscsiPortalAddress {
  /** Address. */
  readonly host: string;
  /** TCP port. */
  readonly port: number;
  /** Portal group tag. */
  readonly portalGroupTag: number;
  /** What SendTargets answers, `ADDRESS:PORT`. */
  readonly advertise: string;
}

/** A portal that listens. */
export interface Portal extends IscsiPortalAddress {
  /** What listens. */
  readonly server: Server;
  /** Whether it listens on all addresses. */
  readonly wildcard: boolean;
  /** Whether the user said what to advertise. */
  readonly fixed: boolean;
}

/**
 * Listens.
 *
 * @throws Error - the address is in use or not of this machine (the error of `node:net`).
 */
export async function openPortal(
  options: IscsiPortalOptions,
  accept: (socket: Socket, portalGroupTag: number) => void,
): Promise<Portal> {
  const portalGroupTag = options.portalGroupTag ?? 1;
  if (!Number.isInteger(portalGroupTag) || portalGroupTag < 0 || portalGroupTag > 65_535)
    throw new RangeError(`portalGroupTag: ${portalGroupTag} is not an integer from 0 to 65535`);
  const server = createServer(
    // Nothing is read before it is known where to.
    { noDelay: true, keepAlive: true, pauseOnConnect: true },
    (socket) => accept(socket, portalGroupTag),
  );
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host: options.host ?? '127.0.0.1', port: options.port ?? 3260 }, () => {
      server.off('error', reject);
      resolve();
    });
  });
  const { address: host, port } = server.address() as AddressInfo;
  return {
    host,
    port,
    portalGroupTag,
    advertise: options.advertise ?? formatAddress(host, port),
    server,
    wildcard: host === '0.0.0.0' || host === '::',
    fixed: options.advertise !== undefined,
  };
}

/** What SendTargets answers; on a wildcard the initiator is told the address by which it came. */
export function advertised(portal: Portal, socket: Socket): string {
  const { localAddress } = socket;
  if (portal.fixed || !portal.wildcard || localAddress === undefined) return portal.advertise;
  return formatAddress(localAddress.replace(/^::ffff:/, ''), portal.port);
}

function formatAddress(host: string, port: number): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}
