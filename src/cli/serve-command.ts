/** The command line of `scsi-target serve`. */
import { Option, type Command } from 'commander';
import { readConfig } from './config/config-file.ts';
import { parseConfig, type Config, type ConfigInput } from './config/config.ts';
import { MAX_SERIAL } from './disk-option.ts';
import { UsageError } from './errors.ts';
import { LOG_LEVELS, type LogFormat, type LogLevel } from './log.ts';
import {
  DEFAULT_PORTAL,
  DEFAULT_TARGET_NAME,
  formatAddress,
  parseMaxConnections,
} from './portal-option.ts';
import { serve } from './serve.ts';
import { writeLine, type Terminal } from './terminal.ts';

/** The disk that `serve` makes without a DISK argument. */
const DEFAULT_DISK = 'memory:1G';

type Digest = 'none' | 'prefer' | 'require';

interface ServeFlags {
  readonly config?: string;
  readonly printConfig?: boolean;
  readonly portal?: readonly string[];
  readonly redirect?: string;
  readonly targetName: string;
  readonly chap?: readonly string[];
  readonly mutualChap?: string;
  readonly discoveryChap?: readonly string[];
  readonly initiator?: readonly string[];
  readonly headerDigest: Digest;
  readonly dataDigest: Digest;
  readonly errorRecoveryLevel: string;
  readonly maxConnections: number;
  readonly metrics?: string;
  readonly logFormat: LogFormat;
  readonly logLevel: LogLevel;
  readonly json?: boolean;
  readonly quiet?: boolean;
}

/** What may stand beside `--config`; the file says all else. */
const BESIDE_CONFIG: ReadonlySet<string> = new Set(['config', 'printConfig', 'json', 'quiet']);

const several = (value: string, all: readonly string[] = []): readonly string[] => [...all, value];

function digestOption(flags: string, description: string): Option {
  return new Option(flags, description).choices(['none', 'prefer', 'require']).default('none');
}

/** Adds the subcommand. */
export function addServe(root: Command, terminal: Terminal): void {
  root
    .command('serve')
    .description('Serve disks over iSCSI until SIGINT or SIGTERM.')
    .argument('[DISK...]', `memory:SIZE or file:PATH with options; one LUN each (${DEFAULT_DISK})`)
    .option('--config <FILE>', 'read everything from a file, as JSON')
    .option('--print-config', 'print the configuration as such a file, and serve nothing')
    .option(
      '--portal <ADDRESS:PORT>',
      `where to listen; may be given again (${formatAddress(DEFAULT_PORTAL)})`,
      several,
    )
    .option('--redirect <ADDRESS:PORT>', 'where logins are sent instead')
    .option('--target-name <IQN>', 'iSCSI name of the target', DEFAULT_TARGET_NAME)
    .option('--chap <NAME=SOURCE>', 'who may log in; may be given again', several)
    .option('--mutual-chap <NAME=SOURCE>', 'what the target proves itself with')
    .option('--discovery-chap <NAME=SOURCE>', 'who may ask for targets; again', several)
    .option('--initiator <IQN>', 'who sees the target; may be given again (all)', several)
    .addOption(digestOption('--header-digest <POLICY>', 'CRC32C over the headers of PDUs'))
    .addOption(digestOption('--data-digest <POLICY>', 'CRC32C over the data of PDUs'))
    .addOption(
      new Option('--max-connections <NUMBER>', 'most of a session')
        .default(4)
        .argParser(parseMaxConnections),
    )
    .addOption(
      new Option('--error-recovery-level <LEVEL>', 'most that is agreed to')
        .choices(['0', '1', '2'])
        .default('0'),
    )
    .option('--metrics <ADDRESS:PORT>', 'where Prometheus finds metrics, by HTTP')
    .addOption(
      new Option('--log-level <LEVEL>', 'what is logged, on standard error')
        .choices(LOG_LEVELS)
        .default('warn'),
    )
    .addOption(
      new Option('--log-format <FORMAT>', 'how it is logged')
        .choices(['text', 'json'])
        .default('text'),
    )
    .option('--json', 'print events as JSON lines on standard output')
    .option('--quiet', 'print the URLs and nothing else')
    .addHelpText('after', SERVE_HELP)
    .action(async (disks: readonly string[], flags: ServeFlags, command: Command) => {
      const { input, config } =
        flags.config === undefined
          ? fromFlags(disks, flags)
          : await fromFile(flags.config, disks, command);
      if (flags.printConfig === true) {
        writeLine(terminal.stdout, JSON.stringify(input, null, 2));
        return;
      }
      const { stdout, stderr } = terminal;
      const { config: path, json = false, quiet = false } = flags;
      const reread = path === undefined ? undefined : async () => (await readConfig(path)).config;
      const onHangup = (listener: () => void): void => terminal.onHangup(listener);
      await serve(
        { config, reread, json, quiet },
        { stdout, stderr, signal: terminal.catchSignals(), onHangup },
      );
    });
}

interface Configured {
  readonly input: ConfigInput;
  readonly config: Config;
}

async function fromFile(
  path: string,
  disks: readonly string[],
  command: Command,
): Promise<Configured> {
  const beside = command.options
    .filter((option) => command.getOptionValueSource(option.attributeName()) === 'cli')
    .filter((option) => !BESIDE_CONFIG.has(option.attributeName()))
    .map((option) => option.long ?? option.flags);
  if (disks.length > 0) beside.push('DISK');
  if (beside.length > 0)
    throw new UsageError(`${beside.join(', ')}: with --config the file says that`);
  return readConfig(path);
}

/** The command line says what a file could say; both are checked alike. */
function fromFlags(disks: readonly string[], flags: ServeFlags): Configured {
  const { chap, mutualChap, discoveryChap, initiator, redirect, metrics } = flags;
  if (mutualChap !== undefined && chap === undefined && discoveryChap === undefined)
    throw new UsageError('--mutual-chap is for who proves himself by --chap or --discovery-chap');
  const access = (users: readonly string[]) => ({ chap: users, ...(mutualChap && { mutualChap }) });
  const input: ConfigInput = {
    portals: flags.portal ?? [formatAddress(DEFAULT_PORTAL)],
    targets: [
      {
        name: flags.targetName,
        luns: Object.fromEntries((disks.length === 0 ? [DEFAULT_DISK] : disks).entries()),
        ...(chap && access(chap)),
        ...(initiator && { initiators: initiator }),
        ...(redirect && { redirect }),
      },
    ],
    ...(discoveryChap && { discovery: access(discoveryChap) }),
    headerDigest: flags.headerDigest,
    dataDigest: flags.dataDigest,
    limits: {
      maxConnectionsPerSession: flags.maxConnections,
      errorRecoveryLevel: Number(flags.errorRecoveryLevel),
    },
    ...(metrics && { metrics }),
    log: { format: flags.logFormat, level: flags.logLevel },
  };
  const result = parseConfig(input);
  if ('config' in result) return { input, config: result.config };
  // The messages name the option's own text; where it would stand in a file says nothing here.
  throw new UsageError(result.problems[0]?.message ?? '');
}

const SERVE_HELP = `
Disk options, after commas:
  size=SIZE                      make the file if there is none; SIZE is in bytes, or
                                 with K, M, G, T, P (powers of 1024)
  block-length=SIZE              logical blocks: a power of two, 512 (default) to 64K
  physical-block-length=SIZE     physical blocks: a power of two, block-length or more
  read-only                      refuse writes
  removable                      say that the medium can be removed
  thin=yes|no                    thin provisioning; yes where the backend can unmap
  space=SIZE                     most that the blocks of a memory disk may take: a multiple
                                 of 64K; beyond that writes fail, as on a full thin disk
  soft-threshold=PERCENT         how much of its space is in use when initiators are told
  cache=write-back|write-through whether the disk says that it has a write cache
  compatibility=standard|lenient where the two differ: as the standard has it (default), or
                                 as libiscsi's conformance suite wants it
  alua=none|implicit|explicit|both
                                 who may change how the disk is reached through a portal
                                 group: nobody, this side (default), initiators
  protection-type=0|1|2|3        protection information (T10 DIF) of this type; 0: none yet,
                                 FORMAT UNIT can change it; a file has it in FILE.pi
  sanitize-rate=, format-rate=   bytes a second that SANITIZE and FORMAT UNIT do, like SIZE;
                                 0 (default): as many as they can
  state=FILE                     keep what the disk must not forget over a restart:
                                 registrations with APTPL, saved mode pages, bad blocks…
  vendor=, product=, revision=   texts of INQUIRY: at most 8, 16, 4 characters
  serial=                        at most ${MAX_SERIAL} characters; without it one that is the same
                                 at every start
A comma in a path or text is written \\, and a backslash before it or another \\\\.

Portals:
  ADDRESS:PORT or [IPV6]:PORT; port 0 takes a free one. Without --chap an address outside
  loopback lets everybody who can reach it read and write the disks.
  ADDRESS:PORT,advertise=ADDRESS:PORT answers discovery with another address, for
  containers, NAT and guests.
  ADDRESS:PORT,group=TAG puts the portal into a portal group, 0 to 65535 (default 1): each
  group is a target port of its own, a path to the same disks. With access=STATE the disks
  are optimized (default), non-optimized, standby or unavailable through it to begin with.
  --redirect ADDRESS:PORT sends logins to another portal, until further notice; with ,permanent
  initiators remember it, with ,group=TAG only those are sent that come through that group.

Authentication (CHAP): NAME=file:PATH or NAME=env:VARIABLE says where a secret is; 12 bytes or
more. With --chap nobody else gets to the disks; with --mutual-chap the target proves itself
to initiators that ask. Discovery is for all, unless --discovery-chap says for whom.

Digests: none (default); prefer: with every initiator that offers CRC32C; require: the login
of an initiator that does not offer it is refused, discovery excepted.
--error-recovery-level 1 has damaged PDUs sent again, with initiators that offer as much;
with 2 commands outlive the connection that they came by.

Metrics: --metrics 127.0.0.1:9100 answers http://127.0.0.1:9100/metrics as Prometheus reads it;
whoever reaches it sees the names of targets and initiators.

Configuration: --config FILE has all this as JSON, and several targets; --print-config prints the
file that says the same as the options. SIGHUP has it read again: what it says of targets, disks,
authentication and the log counts at once, and sessions go on. docs/operating.md has more.

SIGINT and SIGTERM finish what was accepted, flush, and exit with 0; a second one exits at once.
A closed terminal (SIGHUP, without --config) is such an end, too. Exit code 1: something went
wrong; 2: the command line is wrong.

Examples:
  scsi-target serve
  scsi-target serve memory:64M file:disk.img,size=2G,block-length=4K
  scsi-target serve file:golden.img,read-only --portal [::1]:0 --json
  scsi-target serve --portal 127.0.0.1:3260 --portal 127.0.0.1:3261,group=2,access=standby
  scsi-target serve --config /etc/scsi-target.json
  scsi-target serve --portal 0.0.0.0:3260,advertise=192.168.1.7:3260`;
