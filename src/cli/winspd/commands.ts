/** `scsi-target winspd …` on the command line. */
import type { Command } from 'commander';
import { UsageError } from '../errors.ts';
import { parseSize, SIZE_FORMAT } from '../size.ts';
import type { Terminal } from '../terminal.ts';
import { addLauncher } from './launcher-commands.ts';
import { list } from './list.ts';
import { parseUnit } from './miniport-option.ts';
import { rawdiskSpec, type RawdiskFlags } from './rawdisk-options.ts';
import { selftest } from './selftest.ts';
import { serveWinspd } from './serve-winspd.ts';
import { unprovision } from './unprovision.ts';

interface ServeFlags extends RawdiskFlags {
  readonly pipe?: string;
  readonly device?: string;
  readonly fetches?: string;
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
    .description('Serve a disk on the miniport, or behind a pipe, until SIGINT or SIGTERM.')
    .argument('[DISK]', 'memory:SIZE or file:PATH with options, as for serve')
    .option('-p, --pipe <NAME>', String.raw`behind a pipe, not the miniport: NAME or \\.\pipe\NAME`)
    .option('--device <NAME>', DEVICE)
    .option('--fetches <N>', 'requests of the miniport that are answered at a time, 1 to 64 (4)')
    .option('--guid <GUID>', 'name of the unit (follows from the disk)')
    .option('--max-transfer <SIZE>', 'most bytes of one request (64K)')
    .option('-f, --file <FILE>', 'the file, in place of DISK; a new one gets one partition')
    .option('-c, --block-count <N>', 'blocks of the file (those that it has, or 1048576)')
    .option('-l, --block-length <N>', 'bytes a block of the file (512)')
    .option('-i, --product-id <TEXT>', 'product, at most 16 characters')
    .option('-r, --product-revision <TEXT>', 'revision, at most 4 characters')
    .option('-W, --write-protected <0|1>', 'refuse writes')
    .option('-C, --cache-supported <0|1>', 'a write cache (0 on the miniport, 1 behind a pipe)')
    .option('-U, --unmap-supported <0|1>', 'thin provisioning')
    .option(
      '-d, --debug-log <MASK>',
      'log requests: 2 Read, 4 Write, 8 Flush, 16 Unmap, -1 all',
      '0',
    )
    .option('-D, --debug-log-file <FILE>', 'where to; - is standard error', '-')
    .addHelpText('after', SERVE_HELP)
    .action(async (disk: string | undefined, flags: ServeFlags) => {
      const { pipe, device, fetches, guid, maxTransfer, debugLogFile } = flags;
      if (pipe !== undefined && (device !== undefined || fetches !== undefined))
        throw new UsageError(
          '--device and --fetches are of the miniport, and --pipe is without it',
        );
      const spec = rawdiskSpec(disk, flags);
      const options = {
        disk: spec,
        // Only a file that is to be made has a size.
        partitioned: flags.file !== undefined && spec.size !== undefined,
        ...(pipe !== undefined && { pipe }),
        ...(device !== undefined && { device }),
        ...(fetches !== undefined && { fetches: fetchCount(fetches) }),
        debugLog: mask(flags.debugLog),
        debugLogFile,
        ...(guid !== undefined && { guid }),
        ...(maxTransfer !== undefined && { maxTransferLength: size(maxTransfer) }),
      };
      const { stdout, stderr } = terminal;
      await serveWinspd(options, { stdout, stderr, signal: terminal.catchSignals() });
    });
  winspd
    .command('list')
    .description('list the units of the miniport: address, GUID, process, drive (Windows)')
    .option('--device <NAME>', DEVICE)
    .action(({ device }: DeviceFlags) => list(device, terminal));
  winspd
    .command('unprovision')
    .description('take a unit of this process away, or say which process has it (Windows)')
    .argument('[GUID]')
    .option('--btl <BUS:TARGET:LUN>', 'its address, in place of GUID')
    .option('--device <NAME>', DEVICE)
    .action((guid: string | undefined, { btl, device }: UnprovisionFlags) =>
      unprovision(device, parseUnit(guid, btl), terminal),
    );
  winspd
    .command('selftest')
    .description('try the miniport with a disk in memory, and say what fails (Windows)')
    .option('--device <NAME>', DEVICE)
    .addHelpText('after', SELFTEST_HELP)
    .action(({ device }: DeviceFlags) => selftest(device, terminal));
  addLauncher(winspd, terminal);
}

interface DeviceFlags {
  readonly device?: string;
}

interface UnprovisionFlags extends DeviceFlags {
  readonly btl?: string;
}

const DEVICE = String.raw`hardware id or path of the miniport (root\winspd)`;

const SELFTEST_HELP = `
Provisions a unit of 16 MiB, writes, reads, flushes, unmaps, reads past its end, looks for the
drive and takes the unit away, as an administrator. Nothing else is touched. Exit code 0:
everything passed.`;

const SERVE_HELP = String.raw`
Without --pipe the disk is one of this Windows: WinSpd and the package koffi have to be installed,
and only an administrator may. It prints the address of the unit, and the drive as soon as Windows
shows it. There is no write cache unless -C 1 or cache=write-back say so: WinSpd hands on none of
the flushes that Windows sends.

The options -f -c -l -i -r -W -C -U -d -D -p are those of WinSpd's rawdisk. Outside of Windows
the pipe is a Unix socket, NAME.0.sock in $XDG_RUNTIME_DIR or the folder for temporary files; a
NAME with a slash is the path of the socket itself.

Examples:
  scsi-target winspd serve file:disk.img,size=10G
  scsi-target winspd serve memory:64M --pipe ram
  scsi-target stgtest ram\0 10000 WRUR '*' '*'`;

function fetchCount(text: string): number {
  const count = Number(text);
  if (!/^\d+$/.test(text) || count < 1 || count > 64)
    throw new UsageError(`--fetches '${text}' is not a number from 1 to 64`);
  return count;
}

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
