/** Debian's kernel and the modules that a guest needs: from /boot, or from the package's own file. */
import { mkdir, mkdtemp, readdir, readFile, rename, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runWell } from '../programs.ts';

/** Kept between runs; nothing is installed on this machine. */
const CACHE = fileURLToPath(new URL('../../../.cache/guest/', import.meta.url));

/** The part of the package that guests use; all of it would be 400 MB. */
const WANTED: readonly string[] = [
  './boot/vmlinuz-*',
  '*/modules.builtin',
  ...['block', 'crypto', 'lib', 'fs', 'net', 'arch/x86/crypto'].map((path) => `*/kernel/${path}`),
  ...['scsi', 'virtio', 'block', 'md', 'net/virtio_net*', 'net/net_failover*'].map(
    (path) => `*/kernel/drivers/${path}`,
  ),
];

/** A kernel that can be booted. */
export interface Kernel {
  /** File to give to QEMU. */
  readonly image: string;
  /** Path of each module by its name, with underscores. */
  readonly modules: ReadonlyMap<string, string>;
  /** Names of what is built in. */
  readonly builtIn: ReadonlySet<string>;
}

/** Finds a kernel, or downloads Debian's. @throws Error - when there is none and none can be had */
export async function kernel(): Promise<Kernel> {
  const root = join(CACHE, 'kernel');
  const found = (await kernelIn('/')) ?? (await kernelIn(root));
  if (found !== undefined) return found;
  await download(root);
  const downloaded = await kernelIn(root);
  if (downloaded === undefined) throw new Error(`no kernel in ${root}`);
  return downloaded;
}

/** The newest kernel below `root` that has its modules there too. */
async function kernelIn(root: string): Promise<Kernel | undefined> {
  const images = (await list(join(root, 'boot'))).filter((name) => name.startsWith('vmlinuz-'));
  for (const image of images.toSorted().toReversed()) {
    const version = image.slice('vmlinuz-'.length);
    for (const folder of ['lib/modules', 'usr/lib/modules']) {
      const modules = await modulesIn(join(root, folder, version));
      if (!modules.has('virtio_scsi')) continue;
      const list = await readFile(join(root, folder, version, 'modules.builtin'), 'utf8');
      const builtIn = new Set(list.split('\n').map(moduleName));
      return { image: join(root, 'boot', image), modules, builtIn };
    }
  }
  return undefined;
}

async function modulesIn(folder: string): Promise<ReadonlyMap<string, string>> {
  const files = await list(join(folder, 'kernel'), true);
  const modules = files.filter((path) => /\.ko(\.\w+)?$/.test(path));
  return new Map(modules.map((path) => [moduleName(path), join(folder, 'kernel', path)]));
}

function moduleName(path: string): string {
  return basename(path)
    .replace(/\.ko(\.\w+)?$/, '')
    .replaceAll('-', '_');
}

async function list(folder: string, recursive = false): Promise<readonly string[]> {
  return readdir(folder, { recursive }).catch(() => []);
}

async function download(root: string): Promise<void> {
  await mkdir(CACHE, { recursive: true });
  const work = await mkdtemp(join(CACHE, 'download-'));
  try {
    // linux-image-amd64 is empty: it only names the kernel of the day.
    const shown = await runWell('apt-cache', ['depends', 'linux-image-amd64']);
    const name = /Depends: (linux-image-\S+)/.exec(shown.stdout)?.[1];
    if (name === undefined) throw new Error(`no kernel package in\n${shown.stdout}`);
    await runWell('apt-get', ['-q', 'download', name], { cwd: work, seconds: 300 });
    const [file] = await list(work);
    const wanted = WANTED.map((path) => `'${path}'`).join(' ');
    // tar fails for a pattern without a match; whether all is there is seen by kernelIn.
    const unpack = `dpkg-deb --fsys-tarfile '${file}' | tar -x -C out --wildcards ${wanted} || true`;
    await runWell('sh', ['-c', `mkdir out && { ${unpack}; }`], { cwd: work });
    await rm(root, { recursive: true, force: true });
    await rename(join(work, 'out'), root);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** A module's bytes, as insmod wants them. */
export interface Module {
  readonly name: string;
  readonly data: Uint8Array;
}

/** The modules named and all that they need, each after those that it needs. */
export async function withDependencies(
  { modules, builtIn }: Kernel,
  names: readonly string[],
): Promise<readonly Module[]> {
  const loaded = new Map<string, Module>();
  const visit = async (name: string): Promise<void> => {
    if (loaded.has(name) || builtIn.has(name)) return;
    const path = modules.get(name);
    if (path === undefined) throw new Error(`this kernel has no module ${name}`);
    const data = await read(path);
    for (const needed of dependencies(data)) await visit(needed);
    loaded.set(name, { name, data });
  };
  for (const name of names) await visit(name);
  return [...loaded.values()];
}

/** Newer packages compress their modules. */
async function read(path: string): Promise<Uint8Array> {
  if (path.endsWith('.ko')) return readFile(path);
  const program = { xz: 'xz', zst: 'zstd', gz: 'gzip' }[path.slice(path.lastIndexOf('.') + 1)];
  if (program === undefined) throw new Error(`${path}: compressed in an unknown way`);
  await mkdir(CACHE, { recursive: true });
  const work = await mkdtemp(join(CACHE, 'module-'));
  try {
    const plain = join(work, 'plain');
    await runWell('sh', ['-c', `${program} -dc '${path}' > '${plain}'`]);
    return await readFile(plain);
  } finally {
    await rm(work, { recursive: true });
  }
}

/** What a module itself says it needs, in its .modinfo section. */
function dependencies(module: Uint8Array): readonly string[] {
  const text = Buffer.from(module.buffer, module.byteOffset, module.byteLength).toString('latin1');
  const needed = /\0depends=([^\0]*)\0/.exec(text)?.[1] ?? '';
  return needed
    .split(',')
    .filter((name) => name !== '')
    .map(moduleName);
}
