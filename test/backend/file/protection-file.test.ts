import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { openFileBackend, type FileBackend } from '../../../src/backend/file/index.ts';

const calls: string[] = [];
vi.mock(import('../../../src/backend/file/positional-io.ts'), async (original) => {
  const actual = await original();
  return {
    ...actual,
    writeAt: (fd, from, position) => {
      calls.push(`write ${from.length}`);
      return actual.writeAt(fd, from, position);
    },
    syncData: (fd) => {
      calls.push('sync');
      return actual.syncData(fd);
    },
  };
});

let directory: string;
let path: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'scsi-target-pi-'));
  path = join(directory, 'disk.img');
});
afterEach(() => rmSync(directory, { recursive: true }));

const SIZE = 64 * 512;
const open = (options = {}): Promise<FileBackend> =>
  openFileBackend(path, { size: SIZE, protection: true, ...options });
const block = new Uint8Array(512).fill(7);
const TUPLE = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8);
const FREE = new Uint8Array(8).fill(0xff);

async function tupleAt(disk: FileBackend, lba: number): Promise<Uint8Array> {
  const into = new Uint8Array(8);
  await disk.readProtection?.(lba, into);
  return into;
}

describe('a file with protection information', () => {
  it('keeps it beside the file, inverted, and finds it again', async () => {
    {
      await using disk = await open();
      expect(statSync(`${path}.pi`).size).toBe(0);
      await disk.write(3, block, { fua: false, protection: TUPLE });
      expect(await tupleAt(disk, 3)).toEqual(TUPLE);
      expect(await tupleAt(disk, 63)).toEqual(FREE);
    }
    const bytes = readFileSync(`${path}.pi`);
    expect([...bytes]).toEqual([...new Uint8Array(24), ...TUPLE.map((byte) => ~byte)]);
    expect(statSync(path).size).toBe(SIZE);
    await using again = await open();
    expect(await tupleAt(again, 3)).toEqual(TUPLE);
  });

  it('has both on stable storage after a flush, and after FUA', async () => {
    await using disk = await open();
    calls.length = 0;
    await disk.write(3, block, { fua: true, protection: TUPLE });
    expect(calls).toEqual(['write 512', 'write 8', 'sync', 'sync']);
    calls.length = 0;
    await disk.flush();
    expect(calls).toEqual(['sync', 'sync']);
  });

  it('forgets what was cut off', async () => {
    await using disk = await open();
    for (const lba of [3, 63]) await disk.write(lba, block, { fua: false, protection: TUPLE });
    await disk.resize(32);
    await disk.resize(64);
    expect([await tupleAt(disk, 3), await tupleAt(disk, 63)]).toEqual([TUPLE, FREE]);
    await disk.close();
    writeFileSync(`${path}.pi`, new Uint8Array(100 * 8));
    await using again = await open();
    expect(statSync(`${path}.pi`).size).toBe(64 * 8);
    expect(again.blocks).toBe(64);
  });

  it('is not written without', async () => {
    await (await open()).close();
    await expect(open({ protection: false })).rejects.toMatchObject({
      code: 'FILE_PROTECTION',
      message: expect.stringContaining('.pi') as string,
    });
    expect(existsSync(`${path}.lock`)).toBe(false);
    await using readable = await open({ protection: false, readOnly: true });
    expect(readable).not.toHaveProperty('readProtection', expect.any(Function));
    rmSync(`${path}.pi`);
    await readable.close();
    await (await open({ protection: false })).close();
    expect(existsSync(`${path}.pi`)).toBe(false);
  });

  it('that is read only makes none, and has FFh where there is none', async () => {
    writeFileSync(path, new Uint8Array(SIZE));
    await using disk = await open({ readOnly: true });
    expect(await tupleAt(disk, 3)).toEqual(FREE);
    expect(existsSync(`${path}.pi`)).toBe(false);
  });

  it('that is read only reads what is there', async () => {
    const writer = await open();
    await writer.write(3, block, { fua: false, protection: TUPLE });
    await writer.close();
    await using disk = await open({ readOnly: true });
    expect([await tupleAt(disk, 3), await tupleAt(disk, 4)]).toEqual([TUPLE, FREE]);
  });
});
