/** What a file on a failing file system does to the disk in it. */
import type * as FileSystem from 'node:fs';
import { mkdtempSync, rmSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { openFileBackend } from '../../../src/backend/file/index.ts';

/** The byte addresses of data from which on the system fails reads and writes, and flushes that fail. */
const faults = vi.hoisted(() => ({ from: Infinity, code: 'EIO', syncs: 0 }));

vi.mock('node:fs', async (original) => {
  const fs = await original<typeof FileSystem>();
  const failure = (): Error => Object.assign(new Error(faults.code), { code: faults.code });
  type Transfer = (
    fd: number,
    buffer: Uint8Array,
    offset: number,
    length: number,
    position: number,
    done: (error: Error | null, count: number) => void,
  ) => void;
  /** As the kernel does it: what comes before the bad place is done, and a call at that place fails. */
  const limited =
    (call: Transfer): Transfer =>
    (fd, buffer, offset, length, position, done) => {
      if (position >= faults.from) queueMicrotask(() => done(failure(), 0));
      else call(fd, buffer, offset, Math.min(length, faults.from - position), position, done);
    };
  const fdatasync = (fd: number, done: (error: Error | null) => void): void => {
    if (faults.syncs === 0) return fs.fdatasync(fd, done);
    faults.syncs--;
    queueMicrotask(() => done(failure()));
  };
  return { ...fs, read: limited(fs.read), write: limited(fs.write), fdatasync };
});

const BLOCK = 512;
const BLOCKS = 64;
const FUA = { fua: true };

let directory: string;
let path: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'scsi-target-faults-'));
  path = join(directory, 'disk.img');
});
afterEach(() => {
  Object.assign(faults, { from: Infinity, code: 'EIO', syncs: 0 });
  rmSync(directory, { recursive: true });
});

const open = () => openFileBackend(path, { size: BLOCKS * BLOCK });
const lost = (lba: number): object => ({ kind: 'medium', lba });
const blocks = (count: number, value: number): Uint8Array =>
  new Uint8Array(count * BLOCK).fill(value);

describe('a call that the system fails half-way', () => {
  it('names the block that cannot be read, not the first of the call', async () => {
    await using disk = await open();
    faults.from = 24 * BLOCK;
    await expect(disk.read(20, blocks(8, 0))).rejects.toMatchObject({ kind: 'medium', lba: 24 });
    await disk.read(20, blocks(4, 0));
  });

  it('names the block that cannot be written, not the first of the call', async () => {
    await using disk = await open();
    Object.assign(faults, { from: 24 * BLOCK, code: 'ENOSPC' });
    await expect(disk.write(20, blocks(8, 1))).rejects.toMatchObject({ kind: 'space', lba: 24 });
    faults.from = Infinity;
    const into = blocks(8, 0xee);
    await disk.read(20, into);
    expect(into).toEqual(new Uint8Array([...blocks(4, 1), ...blocks(4, 0)]));
  });

  it('names the block whose protection information failed', async () => {
    await using disk = await openFileBackend(path, { size: BLOCKS * BLOCK, protection: true });
    await disk.write(20, blocks(8, 1), { fua: false, protection: new Uint8Array(64) });
    faults.from = 24 * 8;
    await expect(disk.readProtection?.(20, new Uint8Array(64))).rejects.toMatchObject({
      kind: 'medium',
      lba: 24,
    });
  });
});

describe('a flush that the system failed', () => {
  it('fails every later flush and FUA write, for what was lost stays lost', async () => {
    const disk = await open();
    await disk.write(3, blocks(1, 7));
    faults.syncs = 1;
    await expect(disk.flush()).rejects.toMatchObject({ kind: 'hardware', cause: { code: 'EIO' } });
    await expect(disk.flush()).rejects.toMatchObject({ kind: 'hardware' });
    await expect(disk.write(4, blocks(1, 8), FUA)).rejects.toMatchObject({ kind: 'hardware' });
    const into = blocks(1, 0);
    await disk.read(3, into);
    expect(into).toEqual(blocks(1, 7));
    await expect(disk.close()).rejects.toMatchObject({ kind: 'hardware' });
    await using again = await open();
    await again.write(3, blocks(1, 9), FUA);
  });

  it('for want of room tells so', async () => {
    const disk = await open();
    Object.assign(faults, { syncs: 1, code: 'ENOSPC' });
    await expect(disk.flush()).rejects.toMatchObject({ kind: 'space' });
    await expect(disk.close()).rejects.toMatchObject({ kind: 'space' });
  });
});

describe('a file that somebody else cut short', () => {
  it('has lost the blocks behind the cut for good, though a write makes it long again', async () => {
    await using disk = await open();
    await disk.write(0, blocks(BLOCKS, 5));
    truncateSync(path, 10 * BLOCK + 100);
    await expect(disk.read(8, blocks(8, 0))).rejects.toMatchObject(lost(10));
    await disk.write(BLOCKS - 1, blocks(1, 6));
    await expect(disk.read(8, blocks(8, 0))).rejects.toMatchObject(lost(10));
    await expect(disk.read(40, blocks(24, 0))).rejects.toMatchObject(lost(40));
    const into = blocks(1, 0);
    await disk.read(BLOCKS - 1, into);
    expect(into).toEqual(blocks(1, 6));
    await disk.read(0, blocks(10, 0));
  });

  it('has them again as they are written, or left out of a smaller disk', async () => {
    await using disk = await open();
    truncateSync(path, 10 * BLOCK);
    await expect(disk.read(10, blocks(1, 0))).rejects.toMatchObject({ lba: 10 });
    await disk.write(10, blocks(2, 3));
    await disk.read(10, blocks(2, 0));
    await expect(disk.read(10, blocks(3, 0))).rejects.toMatchObject({ lba: 12 });
    await disk.resize(12);
    await disk.resize(BLOCKS);
    await disk.read(0, blocks(BLOCKS, 0));
  });
});
