/** The registry of Windows, as much of it as a launcher class needs: through reg.exe, which every Windows has. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { LauncherError } from './launcher-error.ts';

/** A key below HKEY_LOCAL_MACHINE. */
export interface RegistryKey {
  /** Its path. */
  readonly path: string;
  /** Whether it is the one that programs of 32 bits see. */
  readonly view32?: boolean;
}

/** What a key holds. */
export interface RegistryContent {
  /** Its values by name, as text; the default value has the name ''. */
  readonly values: ReadonlyMap<string, string>;
  /** Names of the keys in it. */
  readonly keys: readonly string[];
}

/** A registry. */
export interface Registry {
  /** What a key holds; `undefined`: there is no such key, or it may not be read. */
  read(key: RegistryKey): Promise<RegistryContent | undefined>;
  /** Sets a value: text, or a number of 32 bits. The default value has the name ''. */
  set(key: RegistryKey, name: string, value: string | number): Promise<void>;
  /** Removes a value. */
  remove(key: RegistryKey, name: string): Promise<void>;
  /** Removes a key and all in it. */
  removeKey(key: RegistryKey): Promise<void>;
}

/** The registry of this Windows. Its methods throw LauncherError (REGISTRY). */
export const windowsRegistry: Registry = {
  async read(key) {
    const { code, stdout } = await reg('query', key, []);
    return code === 0 ? parseQuery(stdout, key.path) : undefined;
  },
  async set(key, name, value) {
    const data =
      typeof value === 'string'
        ? ['/t', 'REG_SZ', '/d', value]
        : ['/t', 'REG_DWORD', '/d', `${value}`];
    await change('add', key, [...valueName(name), ...data]);
  },
  remove: (key, name) => change('delete', key, valueName(name)),
  removeKey: (key) => change('delete', key, []),
};

function valueName(name: string): readonly string[] {
  return name === '' ? ['/ve'] : ['/v', name];
}

async function change(
  operation: 'add' | 'delete',
  key: RegistryKey,
  args: readonly string[],
): Promise<void> {
  const { code, stderr } = await reg(operation, key, [...args, '/f']);
  if (code === 0) return;
  const why = stderr.trim() === '' ? `reg.exe ended with ${code}` : stderr.trim();
  const message = `HKEY_LOCAL_MACHINE\\${key.path}: ${why}; only an administrator may change it`;
  throw new LauncherError('REGISTRY', message);
}

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

function reg(operation: string, key: RegistryKey, args: readonly string[]): Promise<Ended> {
  if (process.platform !== 'win32')
    throw new LauncherError(
      'REGISTRY',
      `only Windows has a registry, and this is ${process.platform}`,
    );
  const program = join(process.env['SystemRoot'] ?? 'C:\\Windows', 'System32', 'reg.exe');
  const view = key.view32 === true ? ['/reg:32'] : [];
  return new Promise((resolve, reject) => {
    execFile(
      program,
      [operation, `HKLM\\${key.path}`, ...args, ...view],
      { windowsHide: true },
      (error, stdout, stderr) => {
        if (error === null) resolve({ code: 0, stdout, stderr });
        else if (typeof error.code === 'number') resolve({ code: error.code, stdout, stderr });
        else
          reject(new LauncherError('REGISTRY', `${program}: ${error.message}`, { cause: error }));
      },
    );
  });
}

/**
 * Reads what `reg query` prints: the key, which may be missing where it has no values, its values with four
 * blanks before name, type and data, and the keys in it. The default value is called `(Default)` in the
 * language of Windows.
 *
 * @param path - the key that was asked for, below HKEY_LOCAL_MACHINE.
 */
export function parseQuery(text: string, path: string): RegistryContent {
  const values = new Map<string, string>();
  const keys: string[] = [];
  const below = `hkey_local_machine\\${path}\\`.toLowerCase();
  for (const line of text.split(/\r?\n/)) {
    const [, name = '', data = ''] = /^ {4}(.+?) {4}REG_[A-Z_]+(?: {4}(.*))?$/.exec(line) ?? [];
    if (name !== '') values.set(/^\(.*\)$/.test(name) ? '' : name, data);
    else if (line.toLowerCase().startsWith(below)) keys.push(line.slice(below.length));
  }
  return { values, keys };
}
