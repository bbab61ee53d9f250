/** A target that a server offers, with a SCSI target port for each portal group. */
import type { Target } from '../../scsi/target.ts';
import { ISCSI_PROTOCOL } from '../../scsi/target-port.ts';
import type { TargetPort } from '../../scsi/target-port.ts';
import { chapPolicy } from './chap-target.ts';
import type { ChapPolicy } from './chap-target.ts';
import type { ChapTargetOptions } from './chap.ts';
import { isIscsiName, normalizeName } from './names.ts';

/** Domain name or address, port, and perhaps a portal group tag (RFC 7143, 13.8). */
const TARGET_ADDRESS = /^(?:\[[0-9a-fA-F:.]+\]|[^:[\]\s,]+):\d{1,5}(?:,\d{1,5})?$/;

/** Where logins to a target are sent instead (RFC 7143, 6.3.1). */
export interface IscsiRedirect {
  /** `ADDRESS:PORT`, an IPv6 address in brackets; perhaps `,PORTAL-GROUP-TAG` behind it. */
  readonly address: string;
  /** Whether initiators are to remember it (0102h); otherwise (0101h) they come here again next time. */
  readonly permanent?: boolean;
  /** Portal group tags through which logins are sent there; all unless told. */
  readonly portalGroups?: readonly number[];
}

/** A target that a server offers. */
export interface IscsiTargetOptions {
  /** iSCSI name, e.g. `iqn.2026-11.com.example:disk`. */
  readonly name: string;
  /** The SCSI target device. */
  readonly target: Target;
  /** A name for people. */
  readonly alias?: string;
  /** Who may log in, and what the target proves itself with; absent: whoever reaches it. */
  readonly chap?: ChapTargetOptions;
  /** iSCSI names of the initiators that see the target and may log in; absent: all. */
  readonly initiators?: readonly string[];
  /** Portal group tags through which it is reached; all unless told. */
  readonly portalGroups?: readonly number[];
  /** Where logins are sent instead; absent: they are served here. Sessions that are there go on. */
  readonly redirect?: IscsiRedirect;
}

/** A target as sessions see it. */
export interface TargetEntry {
  /** Normalised iSCSI name. */
  readonly name: string;
  /** The SCSI target device. */
  readonly target: Target;
  /** A name for people. */
  readonly alias: string | undefined;
  /** Who may log in; undefined: nobody has to prove himself. */
  readonly chap: ChapPolicy | undefined;
  /** Whether an initiator, by its normalised name, may see it. */
  admits(initiatorName: string): boolean;
  /** Whether it is reached through a portal group. */
  isIn(portalGroupTag: number): boolean;
  /** Where logins through a portal group are sent instead; undefined: they are served here. */
  redirect(portalGroupTag: number): IscsiRedirect | undefined;
  /** Its port in a portal group. */
  port(portalGroupTag: number): TargetPort;
}

/**
 * Makes the entry of a target.
 *
 * @throws TypeError - a name is no iSCSI name, or the CHAP options or the redirection make no sense.
 */
export function createTargetEntry(options: IscsiTargetOptions): TargetEntry {
  const name = normalizeName(options.name);
  if (!isIscsiName(name)) throw new TypeError(`${options.name} is no iSCSI name`);
  const initiators = options.initiators?.map(initiatorName);
  const ports = new Map<number, TargetPort>();
  const { target, portalGroups, redirect } = options;
  if (redirect !== undefined && !TARGET_ADDRESS.test(redirect.address))
    throw new TypeError(`redirect: ${redirect.address} is not ADDRESS:PORT`);
  return {
    name,
    target,
    alias: options.alias,
    chap: options.chap && chapPolicy(options.chap),
    admits: (initiator) => initiators?.includes(initiator) ?? true,
    isIn: (tag) => portalGroups?.includes(tag) ?? true,
    redirect: (tag) => (redirect?.portalGroups?.includes(tag) === false ? undefined : redirect),
    port: (tag) => {
      const known = ports.get(tag);
      if (known !== undefined) return known;
      const port = target.addPort({
        protocol: ISCSI_PROTOCOL,
        name: `${name},t,0x${tag.toString(16).padStart(4, '0')}`,
        deviceName: name,
        // A portal group is a port (RFC 7143), and each may be reached in its own way (ALUA).
        portGroup: tag,
      });
      ports.set(tag, port);
      return port;
    },
  };
}

function initiatorName(text: string): string {
  const name = normalizeName(text);
  if (!isIscsiName(name)) throw new TypeError(`${text} is no iSCSI name`);
  return name;
}
