/** Classes of WinSpd's launcher: how a program is started, kept in the registry of Windows. */
import { windowsRegistry, type Registry, type RegistryKey } from './registry.ts';

/** How the launcher starts a program. */
export interface LauncherClass {
  /** Path of the program, at most 259 characters. */
  readonly executable: string;
  /**
   * What comes after it, at most 508 characters. `%1` to `%9` are the arguments of the instance in
   * quotes, `%0` is the program, `%%` a percent sign.
   */
  readonly commandLine?: string;
  /** The folder where it runs; `.` is that of the launcher. */
  readonly workDirectory?: string;
  /**
   * Who may start it, in SDDL (RP: start, WP: stop, LC: query). Default of the launcher: administrators
   * and Windows itself. Who starts an instance may stop it.
   */
  readonly security?: string;
  /** Whether it is ended when the launcher is. Default of the launcher: yes. */
  readonly jobControl?: boolean;
}

/** Everybody may start an instance, as WinSpd's installer has it for its own classes. */
export const EVERYBODY_MAY_START = 'D:P(A;;RP;;;WD)';

/** The program that Explorer calls for a file that is a disk: WinSpd's own. */
export const DISK_FILE_TYPE = 'WinSpd.DiskFile';

/** The launcher is asked in its own way for the view of 32 bits. */
const CLASSES: RegistryKey = { path: String.raw`Software\WinSpd\Services`, view32: true };

/** Longest texts, in characters: those of the launcher's buffers. */
const LONGEST = { executable: 259, commandLine: 508, workDirectory: 259, security: 503 } as const;

/** The names of the values. */
const VALUES = {
  executable: 'Executable',
  commandLine: 'CommandLine',
  workDirectory: 'WorkDirectory',
  security: 'Security',
  jobControl: 'JobControl',
} as const;

type ValueName = keyof typeof VALUES;

/**
 * Registers a class, or changes one.
 *
 * @throws RangeError - the name is none, or a text is too long.
 * @throws LauncherError - REGISTRY.
 */
export async function registerLauncherClass(
  name: string,
  launched: LauncherClass,
  registry: Registry = windowsRegistry,
): Promise<void> {
  const key = keyOf(name);
  for (const [member, longest] of Object.entries(LONGEST) as [keyof typeof LONGEST, number][]) {
    const { length } = launched[member] ?? '';
    if (length > longest)
      throw new RangeError(`${member}: ${length} characters are more than ${longest}`);
  }
  const present = (await registry.read(key))?.values ?? new Map<string, string>();
  for (const [member, value] of Object.entries(VALUES) as [ValueName, string][]) {
    const wanted = launched[member];
    if (wanted !== undefined)
      await registry.set(key, value, typeof wanted === 'boolean' ? Number(wanted) : wanted);
    else if (present.has(value)) await registry.remove(key, value);
  }
}

/**
 * Removes a class.
 *
 * @returns false: there is none.
 * @throws RangeError - the name is none.
 * @throws LauncherError - REGISTRY.
 */
export async function unregisterLauncherClass(
  name: string,
  registry: Registry = windowsRegistry,
): Promise<boolean> {
  const key = keyOf(name);
  if ((await registry.read(key)) === undefined) return false;
  await registry.removeKey(key);
  return true;
}

/**
 * How a class is registered; `undefined`: there is none.
 *
 * @throws RangeError - the name is none.
 */
export async function readLauncherClass(
  name: string,
  registry: Registry = windowsRegistry,
): Promise<LauncherClass | undefined> {
  const values = (await registry.read(keyOf(name)))?.values;
  const executable = values?.get(VALUES.executable);
  if (values === undefined || executable === undefined) return undefined;
  const text = (member: Exclude<ValueName, 'jobControl'>): object => {
    const value = values.get(VALUES[member]);
    return value === undefined ? {} : { [member]: value };
  };
  const jobControl = values.get(VALUES.jobControl);
  return {
    executable,
    ...text('commandLine'),
    ...text('workDirectory'),
    ...text('security'),
    ...(jobControl !== undefined && { jobControl: Number(jobControl) !== 0 }),
  };
}

/** The names of all classes. */
export async function launcherClasses(
  registry: Registry = windowsRegistry,
): Promise<readonly string[]> {
  return (await registry.read(CLASSES))?.keys ?? [];
}

/**
 * Makes Explorer mount files with this extension: it asks the launcher for the class of that name.
 *
 * @param extension - without the point.
 * @returns the program that has the extension, where it is another: it keeps it.
 * @throws LauncherError - REGISTRY.
 */
export async function associateDiskFiles(
  extension: string,
  registry: Registry = windowsRegistry,
): Promise<string | undefined> {
  const key = extensionKey(extension);
  const other = (await registry.read(key))?.values.get('');
  if (other !== undefined && other !== '' && other !== DISK_FILE_TYPE) return other;
  await registry.set(key, '', DISK_FILE_TYPE);
  return undefined;
}

/**
 * Takes back what {@link associateDiskFiles} did; what other programs did stays.
 *
 * @throws LauncherError - REGISTRY.
 */
export async function dissociateDiskFiles(
  extension: string,
  registry: Registry = windowsRegistry,
): Promise<void> {
  const key = extensionKey(extension);
  if ((await registry.read(key))?.values.get('') === DISK_FILE_TYPE) await registry.remove(key, '');
}

function keyOf(name: string): RegistryKey {
  if (name === '' || name.includes('\\') || name.toLowerCase() === '.pid.')
    throw new RangeError(`'${name}' is no name of a class`);
  return { path: `${CLASSES.path}\\${name}`, view32: true };
}

function extensionKey(extension: string): RegistryKey {
  return { path: String.raw`Software\Classes\.${extension}` };
}
