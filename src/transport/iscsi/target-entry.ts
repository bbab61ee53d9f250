/** A target that a server offers, with a SCSI target port for each portal group. */
import { lunView, type Luns } from '../../scsi/lun-map.ts';
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

/** What some initiators see in place of all LUNs. */
export interface IscsiLunMap {
  /** iSCSI names of the initiators. */
  readonly initiators: readonly string[];
  /** By the LUN that they see: the LUN of the target. */
  readonly luns: ReadonlyMap<number, number>;
}

/** How a target is offered: what can change while it is. */
export interface IscsiTargetSettings {
  /** A name for people. */
  readonly alias?: string;
  /** Who may log in, and what the target proves itself with; absent: whoever reaches it. */
  readonly chap?: ChapTargetOptions;
  /** iSCSI names of the initiators that see the target and may log in; absent: all. */
  readonly initiators?: readonly string[];
  /** What initiators see that do not see all; the first that names one counts. */
  readonly lunMaps?: readonly IscsiLunMap[];
  /** Where logins are sent instead; absent: they are served here. Sessions that are there go on. */
  readonly redirect?: IscsiRedirect;
}

/** A target that a server offers. */
export interface IscsiTargetOptions extends IscsiTargetSettings {
  /** iSCSI name, e.g. `iqn.2026-11.com.example:disk`. */
  readonly name: string;
  /** The SCSI target device. */
  readonly target: Target;
  /** Portal group tags through which it is reached; all unless told. */
  readonly portalGroups?: readonly number[];
}

/** A target as sessions see it. */
export class TargetEntry {
  /** Normalised iSCSI name. */
  readonly name: string;
  /** The SCSI target device. */
  readonly target: Target;
  readonly #portalGroups: readonly number[] | undefined;
  readonly #ports = new Map<number, TargetPort>();
  #settings: CheckedSettings;

  /** @throws TypeError - a name is no iSCSI name, or the CHAP options or the redirection make no sense. */
  constructor(options: IscsiTargetOptions) {
    const { target, portalGroups } = options;
    this.name = checkedName(options.name);
    this.target = target;
    this.#portalGroups = portalGroups;
    this.#settings = checkSettings(options, target);
  }

  /** A name for people. */
  get alias(): string | undefined {
    return this.#settings.alias;
  }

  /** Who may log in; undefined: nobody has to prove himself. */
  get chap(): ChapPolicy | undefined {
    return this.#settings.chap;
  }

  /**
   * Takes other settings.
   *
   * @throws TypeError - they make no sense; those before stay.
   */
  change(settings: IscsiTargetSettings): void {
    this.#settings = checkSettings(settings, this.target);
  }

  /** Whether an initiator, by its normalised name, may see it. */
  admits(initiator: string): boolean {
    return this.#settings.initiators?.includes(initiator) ?? true;
  }

  /** Whether it is reached through a portal group. */
  isIn(portalGroupTag: number): boolean {
    return this.#portalGroups?.includes(portalGroupTag) ?? true;
  }

  /** Where logins through a portal group are sent instead; undefined: they are served here. */
  redirect(portalGroupTag: number): IscsiRedirect | undefined {
    const { redirect } = this.#settings;
    return redirect?.portalGroups?.includes(portalGroupTag) === false ? undefined : redirect;
  }

  /** What an initiator, by its normalised name, sees. */
  lunsOf(initiator: string): Luns {
    const map = this.#settings.lunMaps.find(({ initiators }) => initiators.includes(initiator));
    return map?.luns ?? this.target.luns;
  }

  /** Its port in a portal group. */
  port(tag: number): TargetPort {
    const known = this.#ports.get(tag);
    if (known !== undefined) return known;
    const name = `${this.name},t,0x${tag.toString(16).padStart(4, '0')}`;
    // A target that is offered again after it was removed has the ports that it had, and who is registered there.
    const port =
      this.target.ports.find((one) => one.name === name) ??
      this.target.addPort({
        protocol: ISCSI_PROTOCOL,
        name,
        deviceName: this.name,
        // A portal group is a port (RFC 7143), and each may be reached in its own way (ALUA).
        portGroup: tag,
      });
    this.#ports.set(tag, port);
    return port;
  }
}

interface CheckedSettings {
  readonly alias: string | undefined;
  readonly chap: ChapPolicy | undefined;
  readonly initiators: readonly string[] | undefined;
  readonly lunMaps: readonly { readonly initiators: readonly string[]; readonly luns: Luns }[];
  readonly redirect: IscsiRedirect | undefined;
}

function checkSettings(settings: IscsiTargetSettings, { luns }: Target): CheckedSettings {
  const { alias, chap, initiators, lunMaps = [], redirect } = settings;
  if (redirect !== undefined && !TARGET_ADDRESS.test(redirect.address))
    throw new TypeError(`redirect: ${redirect.address} is not ADDRESS:PORT`);
  return {
    alias,
    chap: chap && chapPolicy(chap),
    initiators: initiators?.map(checkedName),
    lunMaps: lunMaps.map((map) => ({
      initiators: map.initiators.map(checkedName),
      luns: lunView(luns, map.luns),
    })),
    redirect,
  };
}

function checkedName(text: string): string {
  const name = normalizeName(text);
  if (!isIscsiName(name)) throw new TypeError(`${text} is no iSCSI name`);
  return name;
}
