/** `scsi-target winspd …` on the command line. */
import type { Command } from 'commander';
import { UsageError } from '../errors.ts';
import { parseSize, SIZE_FORMAT } from '../size.ts';
import type { Terminal } from '../terminal.ts';
import { addLauncher } from './launcher-commands.ts';
import { rawdiskSpec, type RawdiskFlags } from './rawdisk-options.ts';
import { serveWinspd } from './serve-winspd.ts';

interface ServeFlags extends RawdiskFlags {
  readonly pipe: string;
  readonly guid?: string;
  readonly maxTransfer?: string;
  readonly debugLog: string;
  readonly debugLogFile: string;
}

/** Adds `winspd`. */
export function addWinspd(root: Command, terminal: Terminal): void {
  const winspd = root.command('winspd').description('Disks for Windows through WinSpd.');
  winspd
    .command('serve')
    .description('Serve a disk behind a pipe of WinSpd until SIGINT or SIGTERM.')
    .argument('[DISK]', 'memory:SIZE or file:PATH with options, as for serve')
    .requiredOption('-p, --pipe <NAME>', String.raw`name of the pipe: NAME or \\.\pipe\NAME`)
    .option('--guid <GUID>', 'name of the unit (follows from the disk)')
    .option('--max-transfer <SIZE>', 'most bytes of one request (64K)')
    .option('-f, --file <FILE>', 'the file, in place of DISK')
    .option('-c, --block-count <N>', 'blocks of the file (1048576)')
    .option('-l, --block-length <N>', 'bytes a block of the file (512)')
    .option('-i, --product-id <TEXT>', 'product, at most 16 characters')
    .option('-r, --product-revision <TEXT>', 'revision, at most 4 characters')
    .option('-W, --write-protected <0|1>', 'refuse writes')
    .option('-C, --cache-supported <0|1>', 'say that there is a write cache')
    .option('-U, --unmap-supported <0|1>', 'thin provisioning')
    .option(
      '-d, --debug-log <MASK>',
      'log requests: 2 Read, 4 Write, 8 Flush, 16 Unmap, -1 all',
      '0',
    )
    .option('-D, --debug-log-file <FILE>', 'where to; - is standard error', '-')
    .addHelpText('after', SERVE_HELP)
    .action(async (disk: string | undefined, flags: ServeFlags) => {
      const { pipe, guid, maxTransfer, debugLogFile } = flags;
      const options = {
        disk: rawdiskSpec(disk, flags),
        pipe,
        debugLog: mask(flags.debugLog),
        debugLogFile,
        ...(guid !== undefined && { guid }),
        ...(maxTransfer !== undefined && { maxTransferLength: size(maxTransfer) }),
      };
      const { stdout, stderr } = terminal;
      await serveWinspd(options, { stdout, stderr, signal: terminal.catchSignals() });
    });
  addLauncher(winspd, terminal);
}

const SERVE_HELP = String.raw`
The options -f -c -l -i -r -W -C -U -d -D -p are those of WinSpd's rawdisk. Outside of Windows the pipe
is a Unix socket, NAME.0.sock in $XDG_RUNTIME_DIR or the folder for temporary files; a NAME with a
slash is the path of the socket itself.

Examples:
  scsi-target winspd serve memory:64M --pipe ram
  scsi-target stgtest ram\0 10000 WRUR '*' '*'`;

function mask(text: string): number {
  if (!/^(-1|\d+|0x[0-9a-f]+)$/i.test(text) || Number(text) > 0xffff_ffff)
    throw new UsageError(`-d '${text}' is not a mask`);
  return Number(text);
}

function size(text: string): number {
  const bytes = parseSize(text);
  if (bytes === undefined) throw new UsageError(`--max-transfer '${text}' is not ${SIZE_FORMAT}`);
  return bytes;
}
