/** What `serve` tells on standard output: lines for people, or JSON lines for programs. */
import { hostname } from 'node:os';
import { attachHelp, lunUrl } from './attach-help.ts';
import { formatAddress, isWildcard, type Address, type PortalSpec } from './portal-option.ts';
import { formatSize } from './size.ts';
import { writeLine, type TextOutput } from './terminal.ts';

/** A disk that is being served. */
export interface ServedDisk {
  readonly lun: number;
  /** The DISK argument without its options. */
  readonly name: string;
  /** PRODUCT SERIAL NUMBER. */
  readonly serial: string;
  readonly blocks: number;
  /** Bytes a block. */
  readonly blockLength: number;
  readonly readOnly: boolean;
  readonly removable: boolean;
  readonly thin: boolean;
}

/** What `serve` does, as it happens. */
export type ServeEvent =
  | {
      readonly event: 'listening';
      readonly target: string;
      /** One a LUN and portal, LUN by LUN. */
      readonly urls: readonly string[];
      /** The port is the one listened on, also where 0 was asked for. */
      readonly portals: readonly PortalSpec[];
      readonly disks: readonly ServedDisk[];
      /** Initiators have to prove themselves. */
      readonly chap: boolean;
    }
  /** Where the metrics are. */
  | { readonly event: 'metrics'; readonly url: string }
  /** The configuration was read again; problems are in the log. */
  | { readonly event: 'reloaded'; readonly problems: number }
  | { readonly event: 'closing'; readonly reason: string }
  | { readonly event: 'closed'; readonly commands: number };

/** Takes the events. */
export type ServeReport = (event: ServeEvent) => void;

/** One JSON object a line: the event, with the time of day (ISO 8601). */
export function jsonReport(stdout: TextOutput, now: () => Date = () => new Date()): ServeReport {
  return (event) => writeLine(stdout, JSON.stringify({ time: now().toISOString(), ...event }));
}

/** Lines for people; `quiet` leaves the URLs. */
export function textReport(stdout: TextOutput, quiet: boolean): ServeReport {
  let helped = quiet;
  return (event) => {
    switch (event.event) {
      case 'listening':
        for (const line of listeningLines(event)) writeLine(stdout, line);
        // How to attach one target is how to attach them all.
        if (!helped) writeLine(stdout, helpText(event));
        helped = true;
        return;
      case 'reloaded':
        if (!quiet)
          writeLine(
            stdout,
            `read again${event.problems > 0 ? `; problems: ${event.problems}` : ''}`,
          );
        return;
      case 'metrics':
        if (!quiet) writeLine(stdout, `metrics at ${event.url}`);
        return;
      case 'closing':
        if (!quiet)
          writeLine(stdout, `${event.reason}: finishing what was accepted; again to exit at once`);
        return;
      case 'closed':
        if (!quiet) writeLine(stdout, `closed after ${event.commands} commands`);
    }
  };
}

type Listening = Extract<ServeEvent, { event: 'listening' }>;

/** The URLs of all LUNs at all portals, LUN by LUN. */
export function servedUrls(
  portals: readonly PortalSpec[],
  target: string,
  disks: readonly Pick<ServedDisk, 'lun'>[],
): readonly string[] {
  return disks.flatMap(({ lun }) => portals.map((portal) => lunUrl(portal, target, lun)));
}

function listeningLines({ disks, portals, urls }: Listening): readonly string[] {
  const width = Math.max(0, ...urls.map((url) => url.length));
  return disks.flatMap((disk, i) =>
    portals.map((portal, j) => {
      const url = urls[i * portals.length + j] ?? '';
      const advertised = portal.advertise
        ? `, advertised as ${formatAddress(portal.advertise)}`
        : '';
      return `${url.padEnd(width)}  ${diskText(disk)}${advertised}`;
    }),
  );
}

function diskText(disk: ServedDisk): string {
  const { name, blocks, blockLength, readOnly, removable, thin } = disk;
  const traits = [
    `${name.startsWith('memory:') ? 'memory' : name}, ${formatSize(blocks * blockLength)}`,
    `${blockLength}-byte blocks`,
    ...(readOnly ? ['read-only'] : []),
    ...(removable ? ['removable'] : []),
    ...(thin ? ['thin'] : []),
  ];
  return traits.join(', ');
}

function helpText({ portals, disks, target, chap }: Listening): string {
  const [portal] = portals;
  const [disk] = disks;
  if (portal === undefined || disk === undefined) return '';
  const to = { portal: reachable(portal), targetName: target, lun: disk.lun };
  const help = attachHelp({ ...to, chap });
  return `\n${help}\n`;
}

/** The address that an initiator should use. */
function reachable(portal: PortalSpec): Address {
  if (portal.advertise !== undefined) return portal.advertise;
  return isWildcard(portal.host) ? { host: hostname(), port: portal.port } : portal;
}
