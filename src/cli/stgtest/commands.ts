/** `scsi-target stgtest` on the command line. */
import type { Command } from 'commander';
import { addInitiatorOptions, type InitiatorFlags } from '../initiator-option.ts';
import type { Terminal } from '../terminal.ts';
import { stgtest } from './stgtest.ts';

/** Adds `stgtest`. */
export function addStgtest(root: Command, terminal: Terminal): void {
  const command = root
    .command('stgtest')
    .description("Test a disk as WinSpd's stgtest does: write, read back, unmap, read zeros.")
    .argument(
      '<DEVICE>',
      String.raw`\\.\pipe\NAME\INDEX, NAME\INDEX or iscsi://HOST:PORT/TARGET/LUN`,
    )
    .argument('<COUNT>', 'how many operations')
    .argument('[OPERATIONS]', 'letters of R, W, F, U: one set, done again and again (WR)')
    .argument('[ADDRESS]', 'the first block, or * for random blocks (0)')
    .argument('[BLOCKS]', 'blocks of a set, or * for random (1)')
    .option('-s, --seed <SEED>', 'seed of the random numbers; the same test for the same seed');
  addInitiatorOptions(command)
    .addHelpText('after', HELP)
    .action(
      async (
        device: string,
        operations: string,
        kinds: string | undefined,
        address: string | undefined,
        count: string | undefined,
        { seed, ...initiator }: InitiatorFlags & { readonly seed?: string },
      ) => {
        const args = {
          device,
          operations,
          ...(kinds !== undefined && { kinds }),
          ...(address !== undefined && { address }),
          ...(count !== undefined && { count }),
          ...(seed !== undefined && { seed }),
          initiator,
        };
        await stgtest(args, terminal);
      },
    );
}

const HELP = String.raw`
What is on the blocks is lost. The first line printed is the command that does the same again;
the last is OK.

Examples:
  scsi-target stgtest \\.\pipe\rawdisk\0 10000 WRUR '*' '*'
  scsi-target stgtest iscsi://127.0.0.1:3260/iqn.2026-11.io.github.scsi-target:disk/0 1000`;
