/** `scsi-target winspd launcher …` on the command line. */
import { realpathSync } from 'node:fs';
import type { Command } from 'commander';
import type { Terminal } from '../terminal.ts';
import { info, list, register, start, stop, unregister } from './launcher.ts';

interface RegisterFlags {
  readonly security?: string;
  readonly workDirectory?: string;
  readonly fileType: boolean;
}

/** Adds `launcher`. */
export function addLauncher(winspd: Command, terminal: Terminal): void {
  const launcher = winspd
    .command('launcher')
    .description("Disks that Explorer mounts and ejects, through WinSpd's launcher (Windows).")
    .addHelpText('after', HELP);
  launcher
    .command('register')
    .description('make a class: how a disk in a file is served')
    .argument('<CLASS>', 'its name: the extension of the files, without the point')
    .argument('[ARGS...]', 'after --: options of winspd serve')
    .option('--security <SDDL>', 'who may start it (everybody)')
    .option('--work-directory <DIR>', "where it runs; . is the launcher's own folder")
    .option('--no-file-type', 'do not let Explorer mount the files')
    .action((name: string, args: readonly string[], flags: RegisterFlags) =>
      register(
        name,
        {
          executable: process.execPath,
          script: realpathSync(process.argv[1] ?? ''),
          args,
          ...flags,
        },
        terminal,
      ),
    );
  launcher
    .command('unregister')
    .description('remove a class')
    .argument('<CLASS>')
    .action((name: string) => unregister(name, terminal));
  launcher
    .command('start')
    .description('serve a disk')
    .argument('<CLASS>')
    .argument('<INSTANCE>', 'what it is called: the file')
    .argument('[ARGS...]', "%1 to %9 of the class's command line (INSTANCE)")
    .action((className: string, instanceName: string, args: readonly string[]) =>
      start({ className, instanceName }, args, terminal),
    );
  launcher
    .command('stop')
    .description('dismount the volumes of a disk, and end it')
    .argument('<CLASS>', 'or .pid. with the number of a process')
    .argument('<INSTANCE>')
    .option('--force', 'end it even if a volume is in use', false)
    .action((className: string, instanceName: string, { force }: { readonly force: boolean }) =>
      stop({ className, instanceName }, { forced: force }, terminal),
    );
  launcher
    .command('list')
    .description('what runs: class and instance')
    .action(() => list(terminal));
  launcher
    .command('info')
    .description('how an instance was started, or a class is registered')
    .argument('<CLASS>')
    .argument('[INSTANCE]')
    .action((className: string, instanceName: string | undefined) =>
      info(className, instanceName, terminal),
    );
}

const HELP = String.raw`
The launcher is a service that comes with WinSpd. A class is kept in the registry, which takes an
administrator; whoever may start it then needs to be none.

Examples:
  scsi-target winspd launcher register disk -- -C 1
  scsi-target winspd launcher start disk C:\disks\a.disk
  scsi-target winspd launcher stop disk C:\disks\a.disk`;
