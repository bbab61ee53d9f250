/** `scsi-target serve`: puts disks on the network. */
import { Target } from '../scsi/target.ts';
import { systemClock } from '../system-clock.ts';
import {
  IscsiServer,
  type ChapTargetOptions,
  type DigestPolicy,
  type IscsiRedirect,
} from '../transport/iscsi/index.ts';
import { readCredentials, type ChapSpec } from './chap-option.ts';
import type { DiskSpec } from './disk-option.ts';
import { CommandError } from './errors.ts';
import { createLog, type Log, type LogOptions } from './log.ts';
import { CommandCounts } from './metrics/command-counts.ts';
import { serveMetrics, type MetricsServer } from './metrics/metrics-server.ts';
import { diskName, messageOf, openDisk, type OpenDisk } from './open-disk.ts';
import {
  accessStatesOf,
  formatAddress,
  isLoopback,
  type Address,
  type PortalSpec,
} from './portal-option.ts';
import { jsonReport, servedUrls, textReport, type ServedDisk } from './serve-report.ts';
import { startStatusLine, type StatusSample } from './status-line.ts';
import type { TextOutput } from './terminal.ts';

/** What to serve, and where. */
export interface ServeOptions {
  /** One LUN each, from 0 on. */
  readonly disks: readonly DiskSpec[];
  /** Where to listen. */
  readonly portals: readonly PortalSpec[];
  /** iSCSI name of the target. */
  readonly targetName: string;
  /** Whether PDU headers carry a CRC32C; absent: none. */
  readonly headerDigest?: DigestPolicy;
  /** Whether data segments carry a CRC32C; absent: none. */
  readonly dataDigest?: DigestPolicy;
  /** Most connections of a session; absent: the server's default. */
  readonly maxConnections?: number;
  /** The highest ErrorRecoveryLevel that is agreed to; absent: 0. */
  readonly errorRecoveryLevel?: 0 | 1 | 2;
  /** CHAP names that may log in, and where their secrets are; absent: nobody has to prove himself. */
  readonly chap?: readonly ChapSpec[];
  /** What the target proves itself with. */
  readonly mutualChap?: ChapSpec;
  /** CHAP names that may ask for targets. */
  readonly discoveryChap?: readonly ChapSpec[];
  /** The initiators that see the target; absent: all. */
  readonly initiators?: readonly string[];
  /** Where logins are sent instead; absent: they are served here. */
  readonly redirect?: IscsiRedirect;
  /** Where Prometheus finds the metrics; absent: nowhere. */
  readonly metrics?: Address;
  /** What is logged, and how; absent: warnings and errors, as text. */
  readonly log?: LogOptions;
  /** Events as JSON lines in place of text. */
  readonly json?: boolean;
  /** The URLs and nothing else. */
  readonly quiet?: boolean;
}

/** Where `serve` writes, and what ends it. */
export interface ServeSurroundings {
  readonly stdout: TextOutput;
  readonly stderr: TextOutput;
  /** Aborted: finish what was accepted, flush, return. The reason is the name of the signal. */
  readonly signal: AbortSignal;
}

/**
 * Serves disks until the signal is aborted; resolves when everything accepted has been answered and
 * is on stable storage.
 *
 * @throws CommandError - a disk cannot be opened, a portal cannot be listened on, or a flush failed.
 */
export async function serve(options: ServeOptions, surroundings: ServeSurroundings): Promise<void> {
  const { stdout, stderr, signal } = surroundings;
  const { json = false, quiet = false, portals, targetName } = options;
  const { headerDigest = 'none', dataDigest = 'none', initiators, redirect } = options;
  const report = json ? jsonReport(stdout) : textReport(stdout, quiet);
  const log = createLog(stderr, options.log ?? {});
  const secrets = readSecrets(options, log);
  const commands = options.metrics && new CommandCounts();
  const target = new Target({ clock: systemClock, ...(commands && { observe: commands.observe }) });
  const server = configured(
    () =>
      new IscsiServer({
        headerDigest,
        dataDigest,
        errorRecoveryLevel: options.errorRecoveryLevel ?? 0,
        ...(options.maxConnections !== undefined && {
          maxConnectionsPerSession: options.maxConnections,
        }),
        ...(secrets.discovery && { discoveryChap: secrets.discovery }),
        log,
      }),
  );
  let metrics: MetricsServer | undefined;
  try {
    const disks = await addDisks(target, options, log);
    configured(() =>
      server.addTarget({
        name: targetName,
        target,
        ...(secrets.target && { chap: secrets.target }),
        ...(initiators && { initiators }),
        ...(redirect && { redirect }),
      }),
    );
    if (secrets.target === undefined) for (const portal of portals) warnAboutAccess(portal, log);
    if (options.metrics !== undefined && commands !== undefined) {
      const targets = () => [[targetName, target] as const];
      // Who wants none does not wait for prom-client to load.
      const { metricsRegistry } = await import('./metrics/metrics.ts');
      metrics = await serveMetrics(options.metrics, metricsRegistry({ commands, server, targets }));
    }
    const listening = await listen(server, portals);
    const urls = servedUrls(listening, targetName, disks);
    report({ event: 'listening', target: targetName, urls, portals: listening, disks });
    if (metrics !== undefined) report({ event: 'metrics', url: metrics.url });

    const showStatus = stdout.isTTY === true && !json && !quiet;
    const status = showStatus ? startStatusLine(stdout, () => sampleOf(server)) : undefined;
    await aborted(signal);
    status?.close();
    report({ event: 'closing', reason: String(signal.reason) });
  } catch (error) {
    await closeAll(server, target).catch(() => undefined); // The first failure is the one to tell.
    throw error;
  } finally {
    await metrics?.close();
  }
  await closeAll(server, target);
  report({ event: 'closed', commands: server.counters.commands });
}

/** Opens the disks, LUN 0 first; each belongs to the target as soon as it is open. */
async function addDisks(
  target: Target,
  { disks, portals, targetName }: ServeOptions,
  log: Log,
): Promise<readonly ServedDisk[]> {
  const served: ServedDisk[] = [];
  const accessStates = accessStatesOf(portals);
  for (const [lun, spec] of disks.entries()) {
    const disk = await openDisk(spec, {
      identity: `${targetName},lun,${lun}`,
      accessStates,
      onError: (error) => log({ level: 'warn', message: `LUN ${lun}: ${messageOf(error)}` }),
    });
    target.luns.add(lun, disk.unit);
    served.push(servedDisk(lun, disk));
  }
  return served;
}

/** What the server refuses of its options (a secret for both directions, a user twice) is the user's. */
function configured<T>(make: () => T): T {
  try {
    return make();
  } catch (error) {
    if (error instanceof TypeError) throw new CommandError(error.message, { cause: error });
    throw error;
  }
}

interface Secrets {
  readonly target: ChapTargetOptions | undefined;
  readonly discovery: ChapTargetOptions | undefined;
}

/** Reads the secrets that the CHAP options name. */
function readSecrets(options: ServeOptions, log: Log): Secrets {
  const { chap, mutualChap, discoveryChap } = options;
  const warn = (message: string): void => log({ level: 'warn', message });
  const mutual = mutualChap && readCredentials(mutualChap, warn);
  const read = (specs: readonly ChapSpec[] | undefined): ChapTargetOptions | undefined =>
    specs && {
      users: specs.map((spec) => readCredentials(spec, warn)),
      ...(mutual && { mutual }),
    };
  return { target: read(chap), discovery: read(discoveryChap) };
}

function servedDisk(lun: number, { spec, backend, unit }: OpenDisk): ServedDisk {
  const { readOnly, removable, thin } = unit.settings;
  const { blocks, blockLength } = backend;
  const { serial } = unit.identity;
  return { lun, name: diskName(spec), serial, blocks, blockLength, readOnly, removable, thin };
}

function warnAboutAccess(portal: PortalSpec, log: Log): void {
  if (isLoopback(portal.host)) return;
  const message =
    `${formatAddress(portal)} can be reached from other machines, and there is no authentication: ` +
    'whoever reaches it reads and writes the disks';
  log({ level: 'warn', message });
}

/** Listens on all portals; gives them with their real ports. */
async function listen(
  server: IscsiServer,
  portals: readonly PortalSpec[],
): Promise<readonly PortalSpec[]> {
  const listening: PortalSpec[] = [];
  for (const portal of portals) {
    try {
      const { host, port: wanted, advertise, group } = portal;
      const { port } = await server.listen({
        host,
        port: wanted,
        ...(advertise && { advertise: formatAddress(advertise) }),
        ...(group !== undefined && { portalGroupTag: group }),
      });
      listening.push({ ...portal, port });
    } catch (error) {
      throw new CommandError(
        `cannot listen on ${formatAddress(portal)}: ${listenProblem(error, portal)}`,
        { cause: error },
      );
    }
  }
  return listening;
}

function listenProblem(error: unknown, { host, port }: PortalSpec): string {
  switch ((error as NodeJS.ErrnoException).code) {
    case 'EADDRINUSE':
      return 'the port is in use; --portal with another port, or with port 0, finds a free one';
    case 'EACCES':
      return `no permission for port ${port}; ports from 1024 on need none`;
    case 'EADDRNOTAVAIL':
      return 'this machine has no such address';
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return `there is no host '${host}'`;
    default:
      return messageOf(error);
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

/** Ends the sessions first, so that nothing is accepted any more when the disks are flushed. */
async function closeAll(server: IscsiServer, target: Target): Promise<void> {
  await server.close();
  try {
    await target.close();
  } catch (error) {
    throw new CommandError(`closing the disks: ${messageOf(error)}`, { cause: error });
  }
}

/** The server counts as the target sees it: `bytesIn` is data-out. */
function sampleOf(server: IscsiServer): StatusSample {
  const { sessions, commands, bytesIn, bytesOut } = server.counters;
  return { sessions, commands, bytesRead: bytesOut, bytesWritten: bytesIn };
}
