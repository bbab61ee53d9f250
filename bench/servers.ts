/** The targets that are compared, each a process of its own on loopback. */
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, open, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { IscsiInitiator, type IscsiInitiatorOptions } from '../src/transport/iscsi/index.ts';
import { whereIs } from './programs.ts';

const run = promisify(execFile);

/** A target that serves one disk. */
export interface Server {
  /** `iscsi://ADDRESS:PORT/TARGET/LUN` of the disk. */
  readonly url: string;
  /** Seconds of processor time that it has taken. */
  cpuSeconds(): Promise<number>;
  /** Bytes of memory that it has. */
  residentBytes(): Promise<number>;
  /** Ends it. */
  stop(): Promise<void>;
}

/** Logs in by this package's initiator. */
export async function connect(
  { url }: Server,
  options: Partial<IscsiInitiatorOptions> = {},
): Promise<IscsiInitiator> {
  const { hostname: host, port, pathname } = new URL(url);
  const targetName = pathname.split('/')[1] ?? '';
  return IscsiInitiator.connect({ host, port: Number(port), targetName, ...options });
}

/** Runs Node to its end. */
export async function runNode(args: readonly string[]): Promise<void> {
  await run(process.execPath, args);
}

/** Our own command, as it is installed. `options` are those of `scsi-target serve`. */
export async function serveOwn(disk: string, options: readonly string[] = []): Promise<Server> {
  const command = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
  return node([command, 'serve', disk, '--portal', '127.0.0.1:0', '--quiet', ...options]);
}

/** The same with a disk in a file that is in RAM, where there is a file system of that kind. */
export async function serveOwnFile(size: number): Promise<Server> {
  const { folder, store } = await fileInRam(size);
  const started = await serveOwn(`file:${store}`);
  return {
    ...started,
    async stop() {
      await started.stop();
      await rm(folder, { recursive: true });
    },
  };
}

/** The bare responder of responder.ts. */
export async function serveBare(size: number): Promise<Server> {
  return node([fileURLToPath(new URL('responder.js', import.meta.url)), String(size)]);
}

/** A Node process that prints the URL of its disk. */
async function node(args: readonly string[]): Promise<Server> {
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  child.stdout.setEncoding('utf8');
  let printed = '';
  for await (const text of child.stdout) {
    printed += String(text);
    const url = /iscsi:\/\/\S+/.exec(printed)?.[0];
    if (url !== undefined && printed.includes('\n')) {
      return server(child, url, () => Promise.resolve());
    }
  }
  throw new Error(`${args.join(' ')} ended without serving a disk`);
}

/** tgt with a disk in RAM: a file in /dev/shm, where there is one. */
export async function serveTgt(size: number): Promise<Server> {
  const { folder, store } = await fileInRam(size);
  const port = await freePort();
  // Its control socket is known by a number below 32768; another tgtd may have the first ones.
  const control = String(port % 32_768);
  const daemon = (await whereIs('tgtd')) ?? 'tgtd';
  const args = ['-f', '-C', control, '--iscsi', `portal=127.0.0.1:${port}`];
  const child = spawn(daemon, args, { stdio: 'ignore' });
  const admin = async (...words: string[]): Promise<void> => {
    await run((await whereIs('tgtadm')) ?? 'tgtadm', ['-C', control, '--lld', 'iscsi', ...words]);
  };
  const name = 'iqn.2026-11.org.example:tgt';
  const target = ['--mode', 'target', '--tid', '1'];
  await retry(() => admin('--op', 'new', ...target, '-T', name));
  await admin('--op', 'new', '--mode', 'logicalunit', '--tid', '1', '--lun', '1', '-b', store);
  await admin('--op', 'bind', ...target, '-I', 'ALL');
  return server(child, `iscsi://127.0.0.1:${port}/${name}/1`, () =>
    rm(folder, { recursive: true }),
  );
}

/** An empty file of a length, in a folder of its own: in /dev/shm, where there is one. */
async function fileInRam(size: number): Promise<{ folder: string; store: string }> {
  const shared = (await readFile('/proc/mounts', 'utf8')).includes(' /dev/shm ');
  const folder = await mkdtemp(join(shared ? '/dev/shm' : tmpdir(), 'scsi-target-bench-'));
  const store = join(folder, 'disk');
  const file = await open(store, 'w');
  await file.truncate(size);
  await file.close();
  return { folder, store };
}

function server(child: ChildProcess, url: string, cleanUp: () => Promise<void>): Server {
  const { pid } = child;
  const field = async (file: string): Promise<string> => readFile(`/proc/${pid}/${file}`, 'utf8');
  return {
    url,
    async cpuSeconds() {
      // The name in parentheses may have spaces; user and system time are the 12th and 13th behind it.
      const behind = (await field('stat')).split(') ').at(-1)!.split(' ');
      const TICKS_A_SECOND = 100;
      return (Number(behind[11]) + Number(behind[12])) / TICKS_A_SECOND;
    },
    async residentBytes() {
      return Number(/VmRSS:\s+(\d+) kB/.exec(await field('status'))?.[1]) * 1024;
    },
    async stop() {
      const over = child.exitCode === null ? once(child, 'exit') : undefined;
      child.kill('SIGTERM');
      // tgtd ends at SIGTERM only where it has no sessions.
      const late = setTimeout(() => child.kill('SIGKILL'), 5000);
      await over;
      clearTimeout(late);
      await cleanUp();
    },
  };
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const address = probe.address();
  probe.close();
  await once(probe, 'close');
  if (address === null || typeof address === 'string') throw new Error('There is no free port.');
  return address.port;
}

/** Tries again while something is starting. */
async function retry(attempt: () => Promise<void>): Promise<void> {
  for (let left = 50; ; left--) {
    try {
      return await attempt();
    } catch (error) {
      if (left === 0) throw error;
      await delay(100);
    }
  }
}
