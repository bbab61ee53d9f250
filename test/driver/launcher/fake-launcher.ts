/** A launcher in this process: its messages, its rules, and programs that are only names. */
import type { LauncherCall, Registry, RegistryKey } from '../../../driver/index.ts';

const keyName = ({ path, view32 = false }: RegistryKey) => `${view32 ? '32 ' : ''}${path}`;

/** The registry of nobody. */
export function fakeRegistry() {
  const keys = new Map<string, Map<string, string>>();
  const registry: Registry = {
    async read(key) {
      const values = keys.get(keyName(key));
      const below = `${keyName(key)}\\`;
      const inside = [...keys.keys()].filter((name) => name.startsWith(below));
      if (values === undefined && inside.length === 0) return undefined;
      return { values: values ?? new Map(), keys: inside.map((name) => name.slice(below.length)) };
    },
    async set(key, name, value) {
      const values = keys.get(keyName(key)) ?? new Map<string, string>();
      keys.set(keyName(key), values);
      values.set(name, typeof value === 'number' ? `0x${value.toString(16)}` : value);
    },
    async remove(key, name) {
      keys.get(keyName(key))?.delete(name);
    },
    async removeKey(key) {
      keys.delete(keyName(key));
    },
  };
  return { registry, keys };
}

const MISSING = 2;
const INVALID = 87;
const EXISTS = 183;
const IN_USE = 2404;

/** A launcher with some classes; instances called `busy` are in use. */
export function fakeLauncher(classes: Readonly<Record<string, string>>) {
  const running = new Map<string, string>();
  const call: LauncherCall = async (message) => {
    const text = Buffer.from(message).toString('utf16le');
    const reply = answer(text[0] ?? '', text.slice(1).split('\0').slice(0, -1));
    return Buffer.from(typeof reply === 'number' ? `!${reply}\0` : `$${reply}`, 'utf16le');
  };
  function answer(letter: string, [className, instanceName, ...args]: string[]): string | number {
    if (letter === 'L')
      return [...running.keys()].map((name) => `${name.replace('|', '\0')}\0`).join('');
    if (className === undefined || instanceName === undefined) return INVALID;
    const name = `${className}|${instanceName}`;
    if (letter === 'S') {
      const line = classes[className];
      if (running.has(name)) return EXISTS;
      if (line === undefined) return MISSING;
      const words = [className, ...args];
      const expand = (_: string, found: string) =>
        /\d/.test(found) ? `"${(words[Number(found)] ?? '').replaceAll('"', '')}"` : found;
      running.set(name, line.replaceAll(/%(.)/g, expand));
      return '';
    }
    const line = running.get(name);
    if (line === undefined) return MISSING;
    if (letter === 'I') return `${className}\0${instanceName}\0${line}\0`;
    if (letter === 'T' && instanceName === 'busy') return IN_USE;
    if (letter !== 'T' && letter !== 'F') return INVALID;
    running.delete(name);
    return '';
  }
  return { call, running };
}
