import type * as fsModule from 'node:fs';
import { mkdtempSync, readdirSync, realpathSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { acquireLock } from '../../../src/backend/file/lock.ts';

/** Runs once, right after a lock file was read: what another process may do at that moment. */
const afterRead = vi.hoisted(() => ({ run: undefined as (() => void) | undefined }));

vi.mock('node:fs', async (importOriginal) => {
  const fs = await importOriginal<typeof fsModule>();
  return {
    ...fs,
    readFileSync(...args: Parameters<typeof fs.readFileSync>) {
      const result = fs.readFileSync(...args);
      if (String(args[0]).includes('.lock')) {
        const { run } = afterRead;
        afterRead.run = undefined;
        run?.();
      }
      return result;
    },
  };
});

let directory: string;
let path: string;
beforeEach(() => {
  directory = realpathSync(mkdtempSync(join(tmpdir(), 'scsi-target-race-')));
  path = join(directory, 'disk.img.lock');
});
afterEach(() => rmSync(directory, { recursive: true }));

const lockText = (pid: number, nonce: string): string =>
  JSON.stringify({ pid, host: hostname(), nonce });

/** No process has it: ids end at 2^22 on Linux, at 99 999 on macOS. */
const NOBODY = 2 ** 30;

describe('taking over a stale lock', () => {
  it('leaves alone the lock of one who was faster, made after the stale one was looked at', () => {
    writeFileSync(path, lockText(NOBODY, 'stale'));
    afterRead.run = () => {
      writeFileSync(join(directory, 'theirs'), lockText(process.pid, 'theirs'));
      renameSync(join(directory, 'theirs'), path);
    };
    expect(acquireLock(path)).toMatchObject({ lockedBy: { nonce: 'theirs' } });
    expect(readdirSync(directory)).toEqual(['disk.img.lock']);
  });

  it('takes a lock that was given back after it was looked at', () => {
    writeFileSync(path, lockText(NOBODY, 'stale'));
    afterRead.run = () => rmSync(path);
    const lock = acquireLock(path);
    expect(lock).toHaveProperty('release');
    expect(readdirSync(directory)).toEqual(['disk.img.lock']);
  });
});
