/** The command as a process: its streams, its signals, its exit code. */
import { spawn, type ChildProcess, type StdioOptions } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'tsup';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const READ_10 = '28 00 00 00 00 00 00 00 01 00';
const SERVE = ['serve', 'memory:1M', '--portal', '127.0.0.1:0'] as const;

let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'scsi-target-main-'));
  await build({
    config: false,
    silent: true,
    entry: { main: fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url)) },
    outDir: folder,
    outExtension: () => ({ js: '.mjs' }),
    format: 'esm',
    target: 'node20',
    platform: 'node',
    external: ['koffi'],
    noExternal: ['commander', 'prom-client', 'valibot'],
    splitting: false,
    banner: {
      js: "import { createRequire } from 'node:module';\nconst require = createRequire(import.meta.url);",
    },
  });
});

afterAll(() => {
  rmSync(folder, { recursive: true });
});

function start(args: readonly string[], stdio: StdioOptions): ChildProcess {
  return spawn(process.execPath, [join(folder, 'main.mjs'), ...args], { stdio });
}

/** What a stream says from now on, as it comes. */
function reading(stream: NodeJS.ReadableStream | null): { text: string } {
  const said = { text: '' };
  stream?.setEncoding('utf8').on('data', (text: string) => (said.text += text));
  return said;
}

async function codeOf(child: ChildProcess): Promise<unknown> {
  const [code, signal] = (await once(child, 'close')) as [number | null, string | null];
  return code ?? signal;
}

/** Waits until a stream has said something. */
async function saysSomething(stream: NodeJS.ReadableStream | null): Promise<void> {
  if (stream !== null) await once(stream, 'data');
}

/** Windows has no signals: to send one is to end the process at once. */
const POSIX = process.platform !== 'win32';

describe('the process of scsi-target', () => {
  it('ends with 2 and one line for a command line that is wrong', async () => {
    const child = start(['serve', 'memory:1X'], ['ignore', 'pipe', 'pipe']);
    const err = reading(child.stderr);
    expect(await codeOf(child)).toBe(2);
    expect(err.text).toMatch(/^scsi-target: disk 'memory:1X': [^\n]*\n$/);
  });

  it.skipIf(!POSIX)('goes on serving when the reader of its output has gone', async () => {
    const child = start([...SERVE, '--log-level', 'debug'], ['ignore', 'pipe', 'pipe']);
    const err = reading(child.stderr);
    const code = codeOf(child);
    await saysSomething(child.stdout);
    child.stdout?.destroy();
    child.kill('SIGTERM'); // of which it tells, too
    expect(await code).toBe(0);
    expect(err.text).toBe('');
  });

  it.skipIf(!POSIX)('finishes what was accepted when its terminal is closed', async () => {
    const child = start(SERVE, ['ignore', 'pipe', 'inherit']);
    const code = codeOf(child);
    await saysSomething(child.stdout);
    const out = reading(child.stdout);
    child.kill('SIGHUP');
    expect(await code).toBe(0);
    expect(out.text).toMatch(/SIGHUP: finishing what was accepted/);
    expect(out.text).toMatch(/closed after 0 commands/);
  });
});

/** util-linux, which makes pseudo-terminals. */
const SCRIPT = '/usr/bin/script';

describe.skipIf(process.platform !== 'linux' || !existsSync(SCRIPT))('on a terminal', () => {
  it('flushes and dies of the signal when that is closed', async () => {
    const [disk, ended] = [join(folder, 'disk.img'), join(folder, 'ended')];
    const main = `'${process.execPath}' '${join(folder, 'main.mjs')}'`;
    // The shell hears of it first, passes it on as shells do, and tells how the process ended.
    const command =
      `${main} serve file:${disk},size=1M --portal 127.0.0.1:0 & trap "kill -HUP $!" HUP; ` +
      `wait $!; wait $!; echo $? >${ended}`;
    const terminal = spawn(SCRIPT, ['-qec', command, '/dev/null'], {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, SHELL: '/bin/sh' },
    });
    const out = reading(terminal.stdout);
    const soon = { timeout: 30_000 };
    try {
      await expect.poll(() => out.text, soon).toContain('iscsi-inq'); // the end of what it says
    } finally {
      terminal.kill('SIGKILL');
    }
    const code = (): string => (existsSync(ended) ? readFileSync(ended, 'utf8') : '');
    await expect.poll(code, soon).toBe('129\n');
    expect(existsSync(disk)).toBe(true);
    expect(existsSync(`${disk}.lock`)).toBe(false);
  });
});

describe.skipIf(!existsSync('/dev/full'))('with nowhere to write to', () => {
  let full: number;
  beforeAll(() => {
    full = openSync('/dev/full', 'w');
  });
  afterAll(() => {
    closeSync(full);
  });

  it('a command that answers says so in one line, and ends with 1', async () => {
    const child = start(['decode', READ_10], ['ignore', full, 'pipe']);
    const err = reading(child.stderr);
    expect(await codeOf(child)).toBe(1);
    expect(err.text).toBe(
      'scsi-target: cannot write to standard output: ENOSPC: no space left on device, write\n',
    );
  });

  it('a server goes on, and ends in order', async () => {
    const child = start(SERVE, ['ignore', full, 'pipe']);
    const err = reading(child.stderr);
    const code = codeOf(child);
    await saysSomething(child.stderr); // The URL could not be written: it listens.
    child.kill('SIGTERM');
    expect(await code).toBe(1);
    expect(err.text.split('\n')).toHaveLength(2); // one line, and the end of it
  });

  it('errors that nobody can be told of end with their exit code', async () => {
    const child = start(['serve', 'memory:1X'], ['ignore', 'ignore', full]);
    expect(await codeOf(child)).toBe(2);
  });
});
