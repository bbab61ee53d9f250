/** Miniports for tests: units and commands in memory that Windows programs share. */
import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'tsup';
import { compile, FOLDER, prepare, startWindows, windows } from './wine.ts';

const HERE = fileURLToPath(new URL('.', import.meta.url));

/** A folder like the others', but for koffi: its calls reach the fake miniport. */
export const MINIPORT_FOLDER = join(FOLDER, 'miniport');

/** Brings together what the tests need. */
export async function prepareMiniport(): Promise<void> {
  await prepare();
  const koffi = join(MINIPORT_FOLDER, 'node_modules/koffi');
  mkdirSync(koffi, { recursive: true });
  writeFileSync(join(koffi, 'package.json'), '{ "name": "koffi", "main": "index.cjs" }\n');
  cpSync(join(HERE, 'fake-koffi.cjs'), join(koffi, 'index.cjs'));
  writeFileSync(join(MINIPORT_FOLDER, 'package.json'), '{ "private": true, "type": "module" }\n');
  cpSync(join(FOLDER, 'dist'), join(MINIPORT_FOLDER, 'dist'), { recursive: true });
  cpSync(join(HERE, 'device-server.mjs'), join(MINIPORT_FOLDER, 'device-server.mjs'));
  await compile('fake-miniport', 'miniport/fake-miniport.dll', '-shared');
  await compile('device-host', 'miniport/device-host.exe');
  await build({
    config: false,
    silent: true,
    entry: [join(HERE, 'ioctl-tests.ts')],
    outDir: MINIPORT_FOLDER,
    format: 'esm',
    target: 'node20',
    platform: 'node',
    external: ['koffi'],
    splitting: false,
  });
}

let count = 0;

/** A miniport of its own. As in WinSpd a fetch waits in the thread that makes it, unless it `pends`. */
export function miniport({ pends = false, delay = 0 } = {}) {
  const number = ++count;
  const surroundings = {
    cwd: MINIPORT_FOLDER,
    env: {
      FAKE_MINIPORT: `miniport-${process.pid}-${number}`,
      FAKE_MINIPORT_DELAY: String(delay),
      ...(pends && { FAKE_MINIPORT_PENDS: '1' }),
    },
  };
  const winspd = ['dist/cli/main.js', 'winspd'];
  return {
    /** For names of files. */
    number,
    node: (...args: readonly string[]) => windows('node.exe', args, surroundings),
    winspd: (...args: readonly string[]) => windows('node.exe', [...winspd, ...args], surroundings),
    host: (...args: readonly string[]) => windows('device-host.exe', ['0', ...args], surroundings),
    start: (...args: readonly string[]) => startWindows('node.exe', args, surroundings),
    startServe: (...args: readonly string[]) =>
      startWindows('node.exe', [...winspd, 'serve', ...args], surroundings),
    startHost: (...args: readonly string[]) =>
      startWindows('device-host.exe', ['0', ...args], surroundings),
  };
}
