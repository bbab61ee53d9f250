/** The `--portal`, `--redirect`, `--metrics` and `--target-name` options. */
import type { SettableAccessState } from '../scsi/asymmetric-access.ts';
import { isIscsiName, normalizeName, type IscsiRedirect } from '../transport/iscsi/index.ts';
import { UsageError } from './errors.ts';

/** A host and a TCP port. IPv6 addresses are without brackets here. */
export interface Address {
  /** IPv4 address, IPv6 address or host name. */
  readonly host: string;
  /** TCP port, 0 to 65535. */
  readonly port: number;
}

/** A network portal as the command line describes it. */
export interface PortalSpec extends Address {
  /** What SendTargets answers in place of the address listened on. */
  readonly advertise?: Address;
  /** Portal group tag, 0 to 65535; absent: 1. */
  readonly group?: number;
  /** How the disks are reached through its portal group to begin with; absent: active/optimized. */
  readonly access?: SettableAccessState;
}

/** What `access=` can say. */
const ACCESS: Readonly<Record<string, SettableAccessState>> = {
  optimized: 'active/optimized',
  'non-optimized': 'active/non-optimized',
  standby: 'standby',
  unavailable: 'unavailable',
};

/** The portal without `--portal`: the iSCSI port, reachable from this machine only. */
export const DEFAULT_PORTAL: PortalSpec = { host: '127.0.0.1', port: 3260 };

/** The portal group of a portal that names none. */
const DEFAULT_GROUP = 1;

/** The target name without `--target-name`; the same at every start, so initiators find it again. */
export const DEFAULT_TARGET_NAME = 'iqn.2026-11.io.github.scsi-target:disk';

/**
 * Reads `ADDRESS:PORT[,advertise=ADDRESS:PORT][,group=TAG][,access=STATE]`.
 *
 * @throws UsageError - the message names the portal and what is wrong with it.
 *
 * @example
 * ```ts
 * parsePortal('[::1]:0'); // { host: '::1', port: 0 }
 * ```
 */
export function parsePortal(text: string): PortalSpec {
  const [listen = '', ...options] = text.split(',');
  const address = parseAddress(`portal '${text}'`, listen, 0);
  let advertise: Address | undefined;
  let group: number | undefined;
  let access: SettableAccessState | undefined;
  const seen = new Set<string>();
  for (const option of options) {
    const [, name = option, value = ''] = /^([^=]*)=(.*)$/.exec(option) ?? [];
    if (seen.has(name)) throw new UsageError(`portal '${text}': option '${name}' is given twice`);
    seen.add(name);
    if (name === 'advertise') advertise = parseAddress(`portal '${text}'`, value, 1);
    else if (name === 'group') group = parseGroup(`portal '${text}'`, value);
    else if (name === 'access') access = parseAccess(text, value);
    else
      throw new UsageError(
        `portal '${text}': there is no option '${name}'; there are advertise, group and access`,
      );
  }
  return {
    ...address,
    ...(advertise !== undefined && { advertise }),
    ...(group !== undefined && { group }),
    ...(access !== undefined && { access }),
  };
}

/**
 * Reads `ADDRESS:PORT[,permanent][,group=TAG]…`: where logins are sent instead.
 *
 * @throws UsageError - the message names the option and what is wrong with it.
 */
export function parseRedirect(text: string): IscsiRedirect {
  const [to = '', ...options] = text.split(',');
  const what = `redirect '${text}'`;
  const address = formatAddress(parseAddress(what, to, 1));
  const portalGroups: number[] = [];
  let permanent = false;
  for (const option of options)
    if (option === 'permanent') permanent = true;
    else if (option.startsWith('group=')) portalGroups.push(parseGroup(what, option.slice(6)));
    else
      throw new UsageError(
        `${what}: there is no option '${option}'; there are permanent and group`,
      );
  return { address, permanent, ...(portalGroups.length > 0 && { portalGroups }) };
}

/** The portal group that a portal is in. */
export function groupOf({ group = DEFAULT_GROUP }: PortalSpec): number {
  return group;
}

/**
 * Reads `ADDRESS:PORT`: where metrics are served; port 0 takes a free one.
 *
 * @throws UsageError - the message says what is wrong with it.
 */
export function parseMetrics(text: string): Address {
  return parseAddress(`metrics '${text}'`, text, 0);
}

/**
 * How disks are reached to begin with, by portal group.
 *
 * @throws UsageError - two portals say it differently of one group.
 */
export function accessStatesOf(
  portals: readonly PortalSpec[],
): Readonly<Record<number, SettableAccessState>> {
  const states: Record<number, SettableAccessState> = {};
  for (const portal of portals) {
    const { access } = portal;
    if (access === undefined) continue;
    const group = groupOf(portal);
    if ((states[group] ??= access) !== access)
      throw new UsageError(`portals of group ${group}: all that say access= have to say the same`);
  }
  return states;
}

function parseAccess(portal: string, text: string): SettableAccessState {
  const access = Object.hasOwn(ACCESS, text) ? ACCESS[text] : undefined;
  if (access === undefined)
    throw new UsageError(
      `portal '${portal}': access '${text}' is none of ${Object.keys(ACCESS).join(', ')}`,
    );
  return access;
}

function parseGroup(what: string, text: string): number {
  const group = /^\d{1,5}$/.test(text) ? Number(text) : Infinity;
  if (group > 65_535)
    throw new UsageError(`${what}: group '${text}' is not a number from 0 to 65535`);
  return group;
}

function parseAddress(what: string, text: string, leastPort: number): Address {
  const match = /^(?:\[([0-9a-fA-F:.]+(?:%[^\]]+)?)\]|([^:[\]\s]+)):(\d{1,5})$/.exec(text);
  const host = match?.[1] ?? match?.[2];
  const port = Number(match?.[3]);
  if (host === undefined || port > 65_535 || port < leastPort)
    throw new UsageError(
      `${what}: '${text}' is not ADDRESS:PORT or [IPV6]:PORT with a port from ` +
        `${leastPort} to 65535`,
    );
  return { host, port };
}

/** Writes an address as in a URL: IPv6 in brackets. */
export function formatAddress(address: Address): string {
  const host = address.host.includes(':') ? `[${address.host}]` : address.host;
  return `${host}:${address.port}`;
}

/** Whether only this machine can reach the address. */
export function isLoopback(host: string): boolean {
  return (
    host === 'localhost' ||
    host === '::1' ||
    /^127(\.\d{1,3}){3}$/.test(host) ||
    /^::ffff:127(\.\d{1,3}){3}$/i.test(host)
  );
}

/** Whether listening on the address means listening on every address of the machine. */
export function isWildcard(host: string): boolean {
  return host === '0.0.0.0' || host === '::';
}

/**
 * Reads how many connections a session may have.
 *
 * @throws UsageError - it is not a number from 1 to 65535.
 */
export function parseMaxConnections(text: string): number {
  const number = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (number < 1 || number > 65_535)
    throw new UsageError(`max-connections: '${text}' is not a number from 1 to 65535`);
  return number;
}

/**
 * Checks the iSCSI name of an initiator.
 *
 * @throws UsageError - it is none.
 */
export function parseInitiatorName(text: string): string {
  const name = normalizeName(text);
  if (!isIscsiName(name)) throw new UsageError(`initiator '${text}' is no iSCSI name`);
  return name;
}

/**
 * Checks an iSCSI name (RFC 7143, iSCSI Names): `iqn.`, `eui.` or `naa.`, at most 223 bytes, in lower
 * case as initiators send it.
 *
 * @throws UsageError - the message says what a name looks like.
 */
export function parseTargetName(text: string): string {
  const iqn = /^iqn\.\d{4}-(0[1-9]|1[0-2])\.[a-z0-9-]+(\.[a-z0-9-]+)*(:[a-z0-9.:-]+)?$/;
  const eui = /^eui\.[0-9a-f]{16}$/i;
  const naa = /^naa\.([0-9a-f]{16}|[0-9a-f]{32})$/i;
  if (text.length > 223 || ![iqn, eui, naa].some((form) => form.test(text)))
    throw new UsageError(
      `target name '${text}': it has to be like ${DEFAULT_TARGET_NAME}: iqn., year-month, a reversed ` +
        'domain name, and after a colon what you like of a-z 0-9 . : - ; 223 characters at most',
    );
  return text;
}
