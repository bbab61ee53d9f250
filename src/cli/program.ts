/** The command line of `scsi-target`, apart from the process that it runs in. */
import { Command, CommanderError, Option } from 'commander';
import type { DigestPolicy, IscsiRedirect } from '../transport/iscsi/index.ts';
import { parseChap, type ChapSpec } from './chap-option.ts';
import { decode, type DecodeOptions } from './decode.ts';
import { parseDisk, MAX_SERIAL } from './disk-option.ts';
import { CommandError, UsageError } from './errors.ts';
import {
  DEFAULT_PORTAL,
  DEFAULT_TARGET_NAME,
  formatAddress,
  parseInitiatorName,
  parseMaxConnections,
  parseMetrics,
  parsePortal,
  parseRedirect,
  parseTargetName,
  type Address,
} from './portal-option.ts';
import { LOG_LEVELS, type LogFormat, type LogLevel } from './log.ts';
import { addScsitool } from './scsitool/commands.ts';
import { serve } from './serve.ts';
import { addStgtest } from './stgtest/commands.ts';
import { writeLine, type Terminal } from './terminal.ts';
import { VERSION } from './version.ts';
import { addWinspd } from './winspd/commands.ts';

/** The disk that `serve` makes without a DISK argument. */
const DEFAULT_DISK = 'memory:1G';

/**
 * Runs the command line and gives the exit code: 0, 1 where what was asked for went wrong, 2 where
 * the command line is wrong. Never rejects.
 *
 * @param args - the arguments after the program's name.
 *
 * @example
 * ```ts
 * await run(['decode', '12 00 00 00 24 00'], terminal); // 0
 * ```
 */
export async function run(args: readonly string[], terminal: Terminal): Promise<number> {
  try {
    await program(terminal).parseAsync(args, { from: 'user' });
    return 0;
  } catch (error) {
    // commander has printed its own message, or the help that was asked for.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    if (error instanceof UsageError || error instanceof CommandError) {
      writeLine(terminal.stderr, `scsi-target: ${error.message}`);
      return error instanceof UsageError ? 2 : 1;
    }
    writeLine(terminal.stderr, `scsi-target: this is a bug: ${bugText(error)}`);
    return 1;
  }
}

function bugText(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

function program(terminal: Terminal): Command {
  const root = new Command('scsi-target')
    .description('A SCSI disk in software.')
    .version(VERSION, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print help')
    .helpCommand('help [command]', 'print help for a command')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => terminal.stdout.write(text),
      writeErr: (text) => terminal.stderr.write(text),
      outputError: (text, write) => write(text.replace(/^error:/, 'scsi-target:')),
    })
    .showHelpAfterError('(scsi-target --help says more)');
  addServe(root, terminal);
  addDecode(root, terminal);
  addWinspd(root, terminal);
  addStgtest(root, terminal);
  addScsitool(root, terminal);
  root.addHelpText(
    'after',
    `
Examples:
  scsi-target serve
  scsi-target serve file:disk.img,size=2G
  scsi-target decode 28 00 00 00 08 00 00 00 01 00`,
  );
  return root;
}

interface ServeFlags {
  readonly portal?: readonly string[];
  readonly redirect?: IscsiRedirect;
  readonly targetName: string;
  readonly chap?: readonly ChapSpec[];
  readonly mutualChap?: ChapSpec;
  readonly discoveryChap?: readonly ChapSpec[];
  readonly initiator?: readonly string[];
  readonly headerDigest: DigestPolicy;
  readonly dataDigest: DigestPolicy;
  readonly errorRecoveryLevel: string;
  readonly maxConnections: number;
  readonly metrics?: Address;
  readonly logFormat: LogFormat;
  readonly logLevel: LogLevel;
  readonly json?: boolean;
  readonly quiet?: boolean;
}

function severalChap(value: string, all: readonly ChapSpec[] = []): readonly ChapSpec[] {
  return [...all, parseChap(value)];
}

function digestOption(flags: string, description: string): Option {
  return new Option(flags, description).choices(['none', 'prefer', 'require']).default('none');
}

function addServe(root: Command, terminal: Terminal): void {
  root
    .command('serve')
    .description('Serve disks over iSCSI until SIGINT or SIGTERM.')
    .argument('[DISK...]', `memory:SIZE or file:PATH with options; one LUN each (${DEFAULT_DISK})`)
    .option(
      '--portal <ADDRESS:PORT>',
      `where to listen; may be given again (${formatAddress(DEFAULT_PORTAL)})`,
      (value: string, all: readonly string[] | undefined) => [...(all ?? []), value],
    )
    .option('--redirect <ADDRESS:PORT>', 'where logins are sent instead', parseRedirect)
    .option('--target-name <IQN>', 'iSCSI name of the target', DEFAULT_TARGET_NAME)
    .option('--chap <NAME=SOURCE>', 'who may log in; may be given again', severalChap)
    .option('--mutual-chap <NAME=SOURCE>', 'what the target proves itself with', parseChap)
    .option('--discovery-chap <NAME=SOURCE>', 'who may ask for targets; again', severalChap)
    .option(
      '--initiator <IQN>',
      'who sees the target; may be given again (all)',
      (value: string, all: readonly string[] | undefined) => [
        ...(all ?? []),
        parseInitiatorName(value),
      ],
    )
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
    .option('--metrics <ADDRESS:PORT>', 'where Prometheus finds metrics, by HTTP', parseMetrics)
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
    .action(async (disks: readonly string[], flags: ServeFlags) => {
      const { portal, targetName, headerDigest, dataDigest, json = false, quiet = false } = flags;
      const { chap, mutualChap, discoveryChap, initiator, redirect } = flags;
      if (mutualChap !== undefined && chap === undefined && discoveryChap === undefined)
        throw new UsageError(
          '--mutual-chap is for who proves himself by --chap or --discovery-chap',
        );
      const options = {
        disks: (disks.length === 0 ? [DEFAULT_DISK] : disks).map(parseDisk),
        portals: portal?.map(parsePortal) ?? [DEFAULT_PORTAL],
        targetName: parseTargetName(targetName),
        ...(chap && { chap }),
        ...(mutualChap && { mutualChap }),
        ...(discoveryChap && { discoveryChap }),
        ...(initiator && { initiators: initiator }),
        ...(redirect && { redirect }),
        headerDigest,
        dataDigest,
        maxConnections: flags.maxConnections,
        errorRecoveryLevel: Number(flags.errorRecoveryLevel) as 0 | 1 | 2,
        ...(flags.metrics && { metrics: flags.metrics }),
        log: { format: flags.logFormat, level: flags.logLevel },
        json,
        quiet,
      };
      const { stdout, stderr } = terminal;
      await serve(options, { stdout, stderr, signal: terminal.catchSignals() });
    });
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

SIGINT and SIGTERM finish what was accepted, flush, and exit with 0; a second one exits at
once. Exit code 1: something went wrong; 2: the command line is wrong.

Examples:
  scsi-target serve
  scsi-target serve memory:64M file:disk.img,size=2G,block-length=4K
  scsi-target serve file:golden.img,read-only --portal [::1]:0 --json
  scsi-target serve --portal 127.0.0.1:3260 --portal 127.0.0.1:3261,group=2,access=standby
  scsi-target serve --portal 0.0.0.0:3260,advertise=192.168.1.7:3260`;

function addDecode(root: Command, terminal: Terminal): void {
  root
    .command('decode')
    .description('Say what a CDB or sense data means, field by field.')
    .argument('<HEX...>', 'hex digits, with or without blanks and 0x; - reads standard input')
    .option('--sense', 'the bytes are sense data, not a CDB')
    .option('--json', 'print one JSON object')
    .addHelpText('after', DECODE_HELP)
    .action((hex: readonly string[], options: DecodeOptions) => decode(hex, options, terminal));
}

const DECODE_HELP = `
Exit code 1: a device would refuse the CDB, or the bytes are no sense data.

Examples:
  scsi-target decode 28 00 00 00 08 00 00 00 01 00
  scsi-target decode 0x12000000ff00 --json
  scsi-target decode --sense 70 00 05 00 00 00 00 0a 00 00 00 00 24 00 00 c0 00 02
  xxd -p cdb.bin | scsi-target decode -`;
