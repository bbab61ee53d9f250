/** The guest's first and only file system: busybox, modules, a few programs of this machine, scripts. */
import { readFile, writeFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runWell, whereIs, type Program } from '../programs.ts';
import { writeCpio, type ArchiveFile } from './cpio.ts';
import { withDependencies, type Kernel } from './kernel.ts';

/** What a guest does, and what it needs for that. */
export interface Scenario {
  /** A shell script beside this file; `guest.sh` tells what it can call. */
  readonly script: string;
  /** Programs to take along, with their shared libraries. */
  readonly programs: readonly Program[];
  /** Kernel modules, without those that they need themselves. */
  readonly modules: readonly string[];
  /** More files, by path. */
  readonly files?: Readonly<Record<string, Uint8Array>>;
  /** Variables that the script sees. */
  readonly variables?: Readonly<Record<string, string>>;
}

/** Writes the archive that `kernel` unpacks to run a scenario. */
export async function writeInitramfs(
  path: string,
  kernel: Kernel,
  scenario: Scenario,
): Promise<void> {
  const modules = await withDependencies(kernel, scenario.modules);
  const variables = Object.entries(scenario.variables ?? {});
  const files: readonly ArchiveFile[] = [
    await program('busybox', 'bin/busybox'),
    { path: 'init', data: await beside('init.sh'), executable: true },
    { path: 'guest.sh', data: await beside('guest.sh') },
    { path: 'scenario.sh', data: await beside(scenario.script) },
    text('variables', variables.map(([name, value]) => `${name}='${value}'\n`).join('')),
    text('modules/order', modules.map(({ name }) => `${name}\n`).join('')),
    ...modules.map(({ name, data }) => ({ path: `modules/${name}.ko`, data })),
    ...Object.entries(scenario.files ?? {}).map(([path, data]) => ({ path, data })),
    ...(await Promise.all(scenario.programs.map((name) => program(name, `opt/bin/${name}`)))),
    ...(await libraries(scenario.programs)),
  ];
  await writeFile(path, writeCpio(files));
}

async function beside(name: string): Promise<Uint8Array> {
  return readFile(fileURLToPath(new URL(name, import.meta.url)));
}

function text(path: string, content: string): ArchiveFile {
  return { path, data: new TextEncoder().encode(content) };
}

async function program(name: Program, path: string): Promise<ArchiveFile> {
  const from = whereIs(name);
  if (from === undefined) throw new Error(`no ${name} here`);
  return { path, data: await readFile(from), executable: true };
}

/** The shared libraries of programs, and the loader, where the programs look for them. */
async function libraries(programs: readonly Program[]): Promise<readonly ArchiveFile[]> {
  const paths = new Set<string>();
  for (const name of programs) {
    const { stdout } = await runWell('ldd', [whereIs(name) ?? name]);
    for (const [, path] of stdout.matchAll(/(?:^|=>)\s*(\/\S+)/gm)) paths.add(path!);
  }
  return Promise.all(
    [...paths].map(async (path) => ({
      // Both the loader and libraries are found by their names in these folders.
      path: path.startsWith('/lib64/') ? path.slice(1) : `lib/${basename(path)}`,
      data: await readFile(path),
      executable: true,
    })),
  );
}
