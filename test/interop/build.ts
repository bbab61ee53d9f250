/** Before the interop tests: the command that they start has to be built from the sources at hand. */
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runWell, whereIs } from './programs.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** Any of these is a reason to build; with none of them every interop test is skipped. */
const CLIENTS = ['iscsi-ls', 'qemu-img', 'qemu-system-x86_64', 'wine'];

/** Builds `dist/` where it is absent or older than a source. */
export async function setup(): Promise<void> {
  if (process.env['SCSI_TARGET_CLI'] !== undefined) return;
  if (CLIENTS.every((client) => whereIs(client) === undefined)) return;
  const built = newest([join(ROOT, 'dist/cli/main.js')]);
  if (built > newest(sources())) return;
  await runWell('npm', ['run', 'build'], { cwd: ROOT, seconds: 180 });
}

function sources(): string[] {
  const folders = ['src', 'driver'].filter((folder) => existsSync(join(ROOT, folder)));
  const files = folders.flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' }).map((path) =>
      join(ROOT, folder, path),
    ),
  );
  return [...files, join(ROOT, 'package.json'), join(ROOT, 'tsup.config.ts')];
}

/** Milliseconds of the last change of any of these; 0 where there are none. */
function newest(paths: readonly string[]): number {
  const times = paths.map((path) => statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0);
  return times.reduce((latest, time) => Math.max(latest, time), 0);
}
