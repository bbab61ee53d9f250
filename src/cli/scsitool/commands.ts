/** `scsi-target scsitool …` on the command line. */
import type { Command } from 'commander';
import { UsageError } from '../errors.ts';
import { addInitiatorOptions } from '../initiator-option.ts';
import type { Terminal } from '../terminal.ts';
import { QUERIES } from './queries.ts';
import { devpath, query, rawCommand, type ScsitoolFlags } from './scsitool.ts';

const DEVICE = String.raw`iscsi://HOST:PORT/TARGET/LUN; \\.\pipe\NAME\INDEX or NAME\INDEX; a DISK as for serve; on Windows root\winspd or the path of a device`;

interface CdbFlags extends ScsitoolFlags {
  readonly in?: number;
  readonly out?: string;
  readonly outFile?: string;
  readonly address?: string;
}

/** Adds `scsitool`. */
export function addScsitool(root: Command, terminal: Terminal): void {
  const scsitool = root
    .command('scsitool')
    .description("Ask a disk what it is, as WinSpd's scsitool does.")
    .option('-c, --canonical', 'a line for each field, in place of a table');
  addInitiatorOptions(scsitool).addHelpText('after', HELP);
  for (const [name, asked] of Object.entries(QUERIES))
    scsitool
      .command(name)
      .description(asked.description)
      .argument('<DEVICE>', DEVICE)
      .argument('[B:T:L]', 'bus, target and LUN; what is missing on the left is 0')
      .action((device: string, address: string | undefined, _: object, command: Command) =>
        query(asked, device, address, command.optsWithGlobals(), terminal),
      );
  scsitool
    .command('devpath')
    .description('where the device is found')
    .argument('<DEVICE>', DEVICE)
    .action((device: string) => devpath(device, terminal));
  scsitool
    .command('cdb')
    .description('a CDB of your own')
    .argument('<DEVICE>', DEVICE)
    .argument('<HEX...>', 'hex digits, with or without blanks and 0x')
    .option('--in <LENGTH>', 'bytes of data-in wanted (as many as the CDB says)', length)
    .option('--out <HEX>', 'data-out, in hex digits')
    .option('--out-file <FILE>', 'data-out, from a file')
    .option('--address <B:T:L>', 'bus, target and LUN (what the DEVICE says)')
    .action((device: string, hex: readonly string[], _: object, command: Command) => {
      const { in: dataIn, out, outFile, address, ...flags } = command.optsWithGlobals<CdbFlags>();
      const raw = {
        cdb: hex.join(' '),
        ...(dataIn !== undefined && { dataIn }),
        ...(out !== undefined && { out }),
        ...(outFile !== undefined && { outFile }),
        ...(address !== undefined && { address }),
      };
      return rawCommand(raw, device, flags, terminal);
    });
}

function length(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new UsageError(`--in '${text}' is not a number of bytes`);
  return Number(text);
}

const HELP = String.raw`
A pipe has no SCSI commands: what it shows is what WinSpd's miniport would make of the unit. A unit
attention is taken, and the command sent again. On Windows root\winspd and paths of devices go
through the driver, and B:T:L says which disk; elsewhere it is bus 0, target 0 and the LUN.

Exit code 1: nobody is there, or the command did not end with GOOD (the sense data is shown);
2: the command line is wrong.

Examples:
  scsi-target scsitool inquiry iscsi://127.0.0.1:3260/iqn.2026-11.io.github.scsi-target:disk/0
  scsi-target scsitool -c vpd83 \\.\pipe\rawdisk\0
  scsi-target scsitool capacity16 memory:64M
  scsi-target scsitool cdb memory:64M 12 01 b1 00 40 00`;
