/** `scsi-target serve`: puts disks on the network. */
import { IscsiServer } from '../transport/iscsi/index.ts';
import { readAccess } from './chap-option.ts';
import type { Config } from './config/config.ts';
import { CommandError } from './errors.ts';
import { createLog, type Log } from './log.ts';
import { CommandCounts } from './metrics/command-counts.ts';
import { serveMetrics, type MetricsServer } from './metrics/metrics-server.ts';
import { messageOf } from './open-disk.ts';
import { accessStatesOf, formatAddress, isLoopback, type PortalSpec } from './portal-option.ts';
import { jsonReport, servedUrls, textReport, type ServeReport } from './serve-report.ts';
import { asked, ServedTargets } from './served-targets.ts';
import { startStatusLine, type StatusSample } from './status-line.ts';
import type { TextOutput } from './terminal.ts';

/** How to serve. */
export interface ServeOptions {
  /** What, where, and to whom. */
  readonly config: Config;
  /** Gives the configuration as it is now, when it is to be read again; absent: it stays. */
  readonly reread?: (() => Promise<Config>) | undefined;
  /** Events as JSON lines in place of text. */
  readonly json?: boolean;
  /** The URLs and nothing else. */
  readonly quiet?: boolean;
}

/** Where a serving command writes, and what ends it. */
export interface ServeSurroundings {
  readonly stdout: TextOutput;
  readonly stderr: TextOutput;
  /** Aborted: finish what was accepted, flush, return. The reason is the name of the signal. */
  readonly signal: AbortSignal;
  /** Has the listener called at each SIGHUP; absent: nothing is read again. */
  readonly onHangup?: (listener: () => void) => void;
}

/** What a configuration says that is looked at once, when the process starts. */
const AT_START = ['portals', 'headerDigest', 'dataDigest', 'limits', 'metrics'] as const;

/**
 * Serves disks until the signal is aborted; resolves when everything accepted has been answered and
 * is on stable storage.
 *
 * @throws CommandError - a disk cannot be opened, a portal cannot be listened on, or a flush failed.
 */
export async function serve(options: ServeOptions, surroundings: ServeSurroundings): Promise<void> {
  const { stdout, stderr, signal } = surroundings;
  const { config, reread, json = false, quiet = false } = options;
  const { portals, limits, headerDigest, dataDigest } = config;
  const report = json ? jsonReport(stdout) : textReport(stdout, quiet);
  const logger = { log: createLog(stderr, config.log) };
  const log: Log = (entry) => logger.log(entry);
  const warn = (message: string): void => log({ level: 'warn', message });
  const commands = config.metrics && new CommandCounts();
  const discoveryChap = readAccess(config.discovery ?? {}, warn);
  const server = asked(
    () =>
      new IscsiServer({
        ...limits,
        headerDigest,
        dataDigest,
        ...(discoveryChap && { discoveryChap }),
        log,
      }),
  );
  const served = new ServedTargets(server, {
    log,
    observe: commands?.observe,
    accessStates: accessStatesOf(portals),
  });
  let metrics: MetricsServer | undefined;
  try {
    await served.apply(config.targets, (error) => {
      throw error;
    });
    if (config.targets.some(({ chap }) => chap === undefined))
      for (const portal of portals) warnAboutAccess(portal, log);
    if (config.metrics !== undefined && commands !== undefined) {
      const targets = () => served.targets();
      // Who wants none does not wait for prom-client to load.
      const { metricsRegistry } = await import('./metrics/metrics.ts');
      metrics = await serveMetrics(config.metrics, metricsRegistry({ commands, server, targets }));
    }
    const listening = await listen(server, portals);
    reportListening(report, config, listening, served);
    if (metrics !== undefined) report({ event: 'metrics', url: metrics.url });
    let current = config;
    let reloading = Promise.resolve();
    if (reread !== undefined)
      surroundings.onHangup?.(() => {
        reloading = reloading.then(async () => {
          current = await reload(current, reread, { server, served, log, report });
          logger.log = createLog(stderr, current.log);
        });
      });

    const showStatus = stdout.isTTY === true && !json && !quiet;
    const status = showStatus ? startStatusLine(stdout, () => sampleOf(server)) : undefined;
    await aborted(signal);
    status?.close();
    report({ event: 'closing', reason: String(signal.reason) });
    await reloading;
  } catch (error) {
    await closeAll(server, served).catch(() => undefined); // The first failure is the one to tell.
    throw error;
  } finally {
    await metrics?.close();
  }
  await closeAll(server, served);
  report({ event: 'closed', commands: server.counters.commands });
}

interface Running {
  readonly server: IscsiServer;
  readonly served: ServedTargets;
  readonly log: Log;
  readonly report: ServeReport;
}

/** Does what a configuration says now; gives what is in effect then. */
async function reload(
  before: Config,
  reread: () => Promise<Config>,
  { server, served, log, report }: Running,
): Promise<Config> {
  let problems = 0;
  const failed = (error: unknown): void => {
    problems++;
    log({ level: 'error', message: messageOf(error) });
  };
  let next: Config;
  try {
    next = await reread();
  } catch (error) {
    log({ level: 'error', message: 'nothing is changed', detail: messageOf(error) });
    return before;
  }
  for (const name of AT_START)
    if (JSON.stringify(before[name]) !== JSON.stringify(next[name]))
      log({ level: 'warn', message: `${name}: what is there now counts from the next start on` });
  try {
    const warn = (message: string): void => log({ level: 'warn', message });
    const chap = readAccess(next.discovery ?? {}, warn);
    asked(() => server.changeDiscovery(chap));
  } catch (error) {
    failed(error);
  }
  await served.apply(next.targets, failed);
  report({ event: 'reloaded', problems });
  const { portals, headerDigest, dataDigest, limits, metrics } = before;
  return { ...next, portals, headerDigest, dataDigest, limits, metrics };
}

/** Says of each target where it is. */
function reportListening(
  report: ServeReport,
  { targets }: Config,
  portals: readonly PortalSpec[],
  served: ServedTargets,
): void {
  for (const { name, chap } of targets) {
    const disks = served.disks(name);
    const urls = servedUrls(portals, name, disks);
    report({
      event: 'listening',
      target: name,
      urls,
      portals,
      disks,
      chap: chap !== undefined,
    });
  }
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
async function closeAll(server: IscsiServer, served: ServedTargets): Promise<void> {
  try {
    await server.close();
  } finally {
    await served.close();
  }
}

/** The server counts as the target sees it: `bytesIn` is data-out. */
function sampleOf(server: IscsiServer): StatusSample {
  const { sessions, commands, bytesIn, bytesOut } = server.counters;
  return { sessions, commands, bytesRead: bytesOut, bytesWritten: bytesIn };
}
