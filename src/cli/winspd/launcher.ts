/** `scsi-target winspd launcher …`: disks that Explorer mounts and ejects, through WinSpd's launcher. */
import {
  associateDiskFiles,
  dissociateDiskFiles,
  EVERYBODY_MAY_START,
  LauncherError,
  openLauncher,
  readLauncherClass,
  registerLauncherClass,
  unregisterLauncherClass,
  WinSpdError,
  type Launcher,
  type LauncherClass,
  type LauncherInstance,
  type Registry,
} from '../../../driver/index.ts';
import { CommandError, UsageError } from '../errors.ts';
import { writeLine, type Terminal } from '../terminal.ts';

/** What the commands work on. */
export interface LauncherSurroundings extends Pick<Terminal, 'stdout' | 'stderr'> {
  /** The launcher. Default: that of this Windows. */
  readonly launcher?: Launcher;
  /** The registry. Default: that of this Windows. */
  readonly registry?: Registry;
}

/** How to register a class. */
export interface RegisterOptions {
  /** The program that runs this: Node. */
  readonly executable: string;
  /** What it runs: this program. */
  readonly script: string;
  /** Options of `winspd serve` behind the file. */
  readonly args: readonly string[];
  /** Who may start it. Default: everybody. */
  readonly security?: string;
  /** The folder where it runs. */
  readonly workDirectory?: string;
  /** Whether Explorer mounts files with this extension. */
  readonly fileType: boolean;
}

/** The command line of the program behind one disk: its file is the first argument of the instance. */
export function launcherClass(options: RegisterOptions): LauncherClass {
  const { executable, script, args, security = EVERYBODY_MAY_START, workDirectory } = options;
  const words = [quoted(script), 'winspd', 'serve', '-f', '%1', ...args.map(quoted)];
  return {
    executable,
    commandLine: words.join(' '),
    security,
    ...(workDirectory !== undefined && { workDirectory }),
  };
}

/** A word as Windows' programs take command lines apart, with its percent signs kept from the launcher. */
function quoted(word: string): string {
  const plain = word.replaceAll('%', '%%');
  if (/^[^\s"]+$/.test(plain)) return plain;
  const escaped = plain.replace(/(\\*)"/g, String.raw`$1$1\"`).replace(/(\\+)$/, '$1$1');
  return `"${escaped}"`;
}

/** Runs `register`. @throws UsageError, CommandError */
export async function register(
  name: string,
  options: RegisterOptions,
  { stdout, stderr, registry }: LauncherSurroundings,
): Promise<void> {
  const launched = launcherClass(options);
  await explained(async () => {
    await registerLauncherClass(name, launched, registry);
    writeLine(stdout, `${name}: ${launched.executable} ${launched.commandLine ?? ''}`);
    if (!options.fileType) return;
    const other = await associateDiskFiles(name, registry);
    if (other === undefined) writeLine(stdout, `.${name}: mounted by Explorer`);
    else
      writeLine(
        stderr,
        `scsi-target: warning: files .${name} are ${other}'s, and stay so: Explorer does not mount them`,
      );
  });
}

/** Runs `unregister`. @throws UsageError, CommandError */
export async function unregister(
  name: string,
  { stdout, registry }: LauncherSurroundings,
): Promise<void> {
  await explained(async () => {
    if (!(await unregisterLauncherClass(name, registry)))
      throw new CommandError(`there is no class '${name}'`);
    await dissociateDiskFiles(name, registry);
    writeLine(stdout, 'OK');
  });
}

/** Runs `start`: without arguments the instance is the file, as where Explorer starts it. */
export async function start(
  instance: LauncherInstance,
  args: readonly string[],
  { stdout, launcher = openLauncher() }: LauncherSurroundings,
): Promise<void> {
  await explained(() =>
    launcher.start(instance, args.length === 0 ? [instance.instanceName] : args),
  );
  writeLine(stdout, 'OK');
}

/** Runs `stop`. @throws UsageError, CommandError */
export async function stop(
  instance: LauncherInstance,
  options: { readonly forced: boolean },
  { stdout, launcher = openLauncher() }: LauncherSurroundings,
): Promise<void> {
  await explained(() => launcher.stop(instance, options));
  writeLine(stdout, 'OK');
}

/** Runs `list`: class and instance, a line each. @throws CommandError */
export async function list({
  stdout,
  launcher = openLauncher(),
}: LauncherSurroundings): Promise<void> {
  for (const { className, instanceName } of await explained(() => launcher.list()))
    writeLine(stdout, `${className} ${instanceName}`);
}

/** Runs `info`: how an instance was started, or how a class is registered. @throws UsageError, CommandError */
export async function info(
  className: string,
  instanceName: string | undefined,
  { stdout, registry, launcher = openLauncher() }: LauncherSurroundings,
): Promise<void> {
  if (instanceName !== undefined) {
    const found = await explained(() => launcher.info({ className, instanceName }));
    writeLine(stdout, `${found.className} ${found.instanceName}`);
    writeLine(stdout, found.commandLine);
    return;
  }
  const found = await explained(() => readLauncherClass(className, registry));
  if (found === undefined) throw new CommandError(`there is no class '${className}'`);
  for (const [member, value] of Object.entries(found)) writeLine(stdout, `${member}=${value}`);
}

async function explained<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof RangeError) throw new UsageError(error.message);
    if (error instanceof LauncherError || error instanceof WinSpdError)
      throw new CommandError(error.message, { cause: error });
    throw error;
  }
}
