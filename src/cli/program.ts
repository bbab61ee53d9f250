/** The command line of `scsi-target`, apart from the process that it runs in. */
import { Command, CommanderError, Help } from 'commander';
import { decode, type DecodeOptions } from './decode.ts';
import { CommandError, UsageError } from './errors.ts';
import { addScsitool } from './scsitool/commands.ts';
import { addServe } from './serve-command.ts';
import { addStgtest } from './stgtest/commands.ts';
import { writeLine, type Terminal } from './terminal.ts';
import { VERSION } from './version.ts';
import { addWinspd } from './winspd/commands.ts';

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
    .configureHelp({ subcommandTerm });
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
  pointToHelp(root, root.name());
  return root;
}

/** A list of commands has no room for one with many arguments; its own help shows them. */
function subcommandTerm(command: Command): string {
  const term = new Help().subcommandTerm(command);
  return term.length > 40 ? `${command.name()} [options] …` : term;
}

/** An error says whose help says more. */
function pointToHelp(command: Command, name: string): void {
  command.showHelpAfterError(`(${name} --help says more)`);
  for (const sub of command.commands) pointToHelp(sub, `${name} ${sub.name()}`);
}

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
