import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  realpathSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openFileBackend } from '../../../src/backend/file/index.ts';
import { acquireLock } from '../../../src/backend/file/lock.ts';
import { startOf } from '../../../src/backend/file/process-start.ts';

let directory: string;
let path: string;
let lockPath: string;
const children: ChildProcess[] = [];
beforeEach(() => {
  directory = realpathSync(mkdtempSync(join(tmpdir(), 'scsi-target-lock-')));
  path = join(directory, 'disk.img');
  lockPath = `${path}.lock`;
  writeFileSync(path, new Uint8Array(512));
});
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  rmSync(directory, { recursive: true });
});

/** A process that lives until its standard input ends or it is killed. */
function startProcess(...args: readonly string[]): ChildProcess & { readonly pid: number } {
  const child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  children.push(child);
  if (child.pid === undefined) throw new Error('no process');
  return child as ChildProcess & { readonly pid: number };
}

interface Fields {
  readonly pid?: number;
  readonly start?: string | undefined;
  readonly host?: string;
  readonly nonce?: string;
}

function writeLock(fields: Fields, to = lockPath): void {
  const own = { pid: process.pid, start: startOf(process.pid), host: hostname(), nonce: 'n-1' };
  writeFileSync(to, JSON.stringify({ ...own, ...fields }));
}

async function deadPid(): Promise<number> {
  const child = startProcess('-e', '');
  await once(child, 'exit');
  return child.pid;
}

describe('the lock of a file disk', () => {
  it('says who holds it', async () => {
    await using disk = await openFileBackend(path);
    expect(disk.blocks).toBe(1);
    expect(JSON.parse(readFileSync(lockPath, 'utf8'))).toMatchObject({ pid: process.pid });
  });

  it('keeps out a second disk, a writing and a reading one, until it is closed', async () => {
    const first = await openFileBackend(path);
    await expect(openFileBackend(path)).rejects.toMatchObject({ code: 'FILE_LOCKED' });
    const reader = openFileBackend(path, { readOnly: true });
    await expect(reader).rejects.toMatchObject({ code: 'FILE_LOCKED' });
    await first.close();
    await (await openFileBackend(path)).close();
  });

  it('is not made by readers, of which there may be many', async () => {
    await using a = await openFileBackend(path, { readOnly: true });
    await using b = await openFileBackend(path, { readOnly: true });
    expect(a.id).toBe(b.id);
    expect(existsSync(lockPath)).toBe(false);
  });

  it('is neither made nor minded where the user wants none', async () => {
    writeLock({});
    await using disk = await openFileBackend(path, { lock: false });
    await disk.close();
    expect(existsSync(lockPath)).toBe(true);
  });

  it('holds as long as its process lives, and no longer', async () => {
    const child = startProcess('-e', 'process.stdin.resume()');
    writeLock({ pid: child.pid, start: startOf(child.pid) });
    await expect(openFileBackend(path)).rejects.toThrow(`process ${child.pid}`);
    child.kill('SIGKILL');
    await once(child, 'exit');
    await using disk = await openFileBackend(path);
    expect(JSON.parse(readFileSync(lockPath, 'utf8'))).toMatchObject({ pid: process.pid });
    await disk.close();
    expect(readdirSync(directory)).toEqual(['disk.img']);
  });

  it('is stale where its process id has gone to a process that started later', async () => {
    writeLock({ start: '1@another-boot' });
    await (await openFileBackend(path)).close();
  });

  it('does not keep out a reader when it is stale', async () => {
    writeLock({ pid: await deadPid() });
    await (await openFileBackend(path, { readOnly: true })).close();
    expect(existsSync(lockPath)).toBe(true);
  });

  it('counts as held where its process is on another machine', async () => {
    writeLock({ pid: await deadPid(), host: 'elsewhere.invalid' });
    await expect(openFileBackend(path)).rejects.toThrow('elsewhere.invalid');
  });

  it('counts as held while it is being made, but not when nobody has filled it for long', async () => {
    writeFileSync(lockPath, '');
    await expect(openFileBackend(path)).rejects.toMatchObject({ code: 'FILE_LOCKED' });
    const long = new Date(Date.now() - 60_000);
    utimesSync(lockPath, long, long);
    await (await openFileBackend(path)).close();
  });

  it('is taken over though another died while taking it over', async () => {
    const pid = await deadPid();
    writeLock({ pid, nonce: 'old' });
    writeLock({ pid, nonce: 'guard' }, `${lockPath}.old`);
    await (await openFileBackend(path)).close();
    expect(readdirSync(directory)).toEqual(['disk.img']);
  });

  it('is left alone by who waits behind a living one that takes it over', async () => {
    writeLock({ pid: await deadPid(), nonce: 'old' });
    writeLock({ nonce: 'guard' }, `${lockPath}.old`);
    await expect(openFileBackend(path)).rejects.toMatchObject({ code: 'FILE_LOCKED' });
  });

  it('is not removed by a former holder when it has become another one', () => {
    const lock = acquireLock(lockPath);
    if ('lockedBy' in lock) throw new Error('locked');
    writeLock({ nonce: 'another' });
    lock.release();
    expect(existsSync(lockPath)).toBe(true);
  });

  it('goes to exactly one of many processes that find it stale at once', async () => {
    const script = join(transpileLock(), 'contender.mjs');
    const pid = await deadPid();
    for (let round = 0; round < 5; round++) {
      const target = join(directory, `round-${round}.lock`);
      writeLock({ pid, nonce: `stale-${round}` }, target);
      const contenders = Array.from({ length: 6 }, () => startProcess(script, target));
      await Promise.all(contenders.map((child) => nextLine(child)));
      const verdicts = contenders.map((child) => nextLine(child));
      for (const child of contenders) child.stdin?.write('go\n');
      expect((await Promise.all(verdicts)).sort()).toEqual([
        'held',
        ...Array.from({ length: 5 }, () => 'locked'),
      ]);
      const gone = contenders.map((child) => once(child, 'exit'));
      for (const child of contenders) child.stdin?.end();
      await Promise.all(gone);
      expect(readdirSync(directory).filter((name) => name.startsWith('round-'))).toEqual([]);
    }
  });
});

async function nextLine(child: ChildProcess): Promise<string> {
  if (child.stdout === null) throw new Error('no output');
  const [data] = (await once(child.stdout, 'data')) as [Buffer];
  return data.toString().trim();
}

/** Makes the lock's modules runnable without a loader, with a program that tries to take a lock. */
function transpileLock(): string {
  const source = fileURLToPath(new URL('../../../src/', import.meta.url));
  const out = join(directory, 'js');
  for (const name of ['file/lock', 'file/errors', 'file/process-start', 'backend']) {
    const file = join(out, 'backend', `${name}.js`);
    mkdirSync(dirname(file), { recursive: true });
    const { outputText } = ts.transpileModule(
      readFileSync(join(source, 'backend', `${name}.ts`), 'utf8'),
      {
        compilerOptions: {
          target: ts.ScriptTarget.ES2022,
          module: ts.ModuleKind.ESNext,
          verbatimModuleSyntax: true,
          rewriteRelativeImportExtensions: true,
        },
      },
    );
    writeFileSync(file, outputText);
  }
  writeFileSync(join(out, 'package.json'), '{ "type": "module" }');
  writeFileSync(
    join(out, 'contender.mjs'),
    `import { acquireLock } from './backend/file/lock.js';
     let lock;
     process.stdin.on('data', () => {
       lock = acquireLock(process.argv[2]);
       console.log('lockedBy' in lock ? 'locked' : 'held');
     });
     process.stdin.on('end', () => lock.release?.());
     console.log('ready');`,
  );
  return out;
}
