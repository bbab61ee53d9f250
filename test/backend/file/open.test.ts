import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { BackendError } from '../../../src/backend/backend.ts';
import { probeSize } from '../../../src/backend/file/device-size.ts';
import { ioError } from '../../../src/backend/file/errors.ts';
import { openFileBackend } from '../../../src/backend/file/index.ts';

let directory: string;
let path: string;
beforeEach(() => {
  directory = realpathSync(mkdtempSync(join(tmpdir(), 'scsi-target-file-')));
  chmodSync(directory, 0o777);
  path = join(directory, 'disk.img');
});
afterEach(() => rmSync(directory, { recursive: true }));

const block = (value: number): Uint8Array => new Uint8Array(512).fill(value);

/** Does something as a user who may not read everything, whoever runs the tests. */
async function unprivileged<T>(action: () => Promise<T>): Promise<T> {
  const user = process.geteuid?.();
  if (user === 0) process.seteuid?.(65_534);
  try {
    return await action();
  } finally {
    if (user === 0) process.seteuid?.(0);
  }
}

describe('openFileBackend', () => {
  it('creates a missing file of the size that was asked for, without allocating it', async () => {
    await using disk = await openFileBackend(path, { size: 2 ** 30 });
    expect(disk.blocks).toBe(2 ** 21);
    expect(statSync(path)).toMatchObject({ size: 2 ** 30, blocks: 0 });
  });

  it('extends a shorter file and keeps what is in it', async () => {
    writeFileSync(path, block(7));
    await using disk = await openFileBackend(path, { size: 1024 });
    const into = new Uint8Array(1024);
    await disk.read(0, into);
    expect(into).toEqual(new Uint8Array([...block(7), ...block(0)]));
  });

  it('has the real path for its id, whatever link led to it', async () => {
    writeFileSync(path, block(7));
    symlinkSync(path, join(directory, 'link'));
    await using disk = await openFileBackend(join(directory, 'link'));
    expect(disk.id).toBe(path);
    expect(existsSync(`${path}.lock`)).toBe(true);
  });

  it('has the same data when it is opened again', async () => {
    const first = await openFileBackend(path, { size: 8192, blockLength: 4096 });
    await first.write(1, new Uint8Array(4096).fill(9), { fua: true });
    await first.close();
    await using second = await openFileBackend(path, { blockLength: 4096 });
    const into = new Uint8Array(4096);
    await second.read(1, into);
    expect(into).toEqual(new Uint8Array(4096).fill(9));
  });

  it('removes its lock when it is closed, and closes but once', async () => {
    const disk = await openFileBackend(path, { size: 512 });
    await Promise.all([disk.close(), disk.close(), disk[Symbol.asyncDispose]()]);
    expect(readdirSync(directory)).toEqual(['disk.img']);
  });

  it('finishes what was begun before it closes', async () => {
    const disk = await openFileBackend(path, { size: 512 * 64 });
    const writes = Array.from({ length: 64 }, (_, lba) => disk.write(lba, block(lba)));
    const flushes = [disk.flush(), disk.flush(), disk.flush()];
    await disk.close();
    await Promise.all([...writes, ...flushes]);
    expect(readFileSync(path)[63 * 512]).toBe(63);
  });

  it.each<[string, () => void, Parameters<typeof openFileBackend>[1], string]>([
    ['a missing file', () => {}, {}, 'FILE_MISSING'],
    ['a missing file, read-only', () => {}, { readOnly: true, size: 512 }, 'FILE_MISSING'],
    ['a directory', () => mkdirSync(path), {}, 'FILE_KIND'],
    ['an empty file', () => writeFileSync(path, ''), {}, 'FILE_LENGTH'],
    ['a file shorter than a block', () => writeFileSync(path, 'x'), {}, 'FILE_LENGTH'],
    ['a part of a block', () => writeFileSync(path, new Uint8Array(513)), {}, 'FILE_LENGTH'],
    [
      'a file longer than the size',
      () => writeFileSync(path, new Uint8Array(1024)),
      { size: 512 },
      'FILE_LENGTH',
    ],
    [
      'a read-only file shorter than the size',
      () => writeFileSync(path, block(1)),
      { size: 1024, readOnly: true },
      'FILE_LENGTH',
    ],
    ['a link that leads nowhere', () => symlinkSync('nowhere', path), { size: 512 }, 'FILE_FAILED'],
  ])('refuses %s and leaves no lock', async (_, prepare, options, code) => {
    prepare();
    const before = readdirSync(directory);
    await expect(openFileBackend(path, options)).rejects.toMatchObject({
      name: 'FileBackendError',
      code,
      path,
    });
    expect(readdirSync(directory)).toEqual(before);
  });

  it('leaves no new file behind when it cannot be opened after all', async () => {
    mkdirSync(`${path}.pi`); // where protection information should be
    await expect(openFileBackend(path, { size: 512, protection: true })).rejects.toThrow();
    expect(readdirSync(directory)).toEqual(['disk.img.pi']);
  });

  it('leaves a file as it was that was there before, when it cannot be opened after all', async () => {
    writeFileSync(path, block(3));
    mkdirSync(`${path}.pi`);
    await expect(openFileBackend(path, { protection: true })).rejects.toThrow();
    expect([...readFileSync(path)]).toEqual([...block(3)]);
  });

  it('says that it is the folder that is missing', async () => {
    const inFolder = join(directory, 'none', 'disk.img');
    await expect(openFileBackend(inFolder, { size: 512 })).rejects.toMatchObject({
      code: 'FILE_MISSING',
      message: `${inFolder}: is in a folder that does not exist`,
    });
  });

  it('says that it is this process that uses the file', async () => {
    await using _first = await openFileBackend(path, { size: 512 });
    await expect(openFileBackend(path)).rejects.toThrow(
      `process ${process.pid} on ${hostname()}, which is this one`,
    );
  });

  it('says that a file may not be written but may be read', async () => {
    writeFileSync(path, block(3));
    chmodSync(path, 0o444);
    await unprivileged(async () => {
      await expect(openFileBackend(path)).rejects.toMatchObject({
        code: 'FILE_READ_ONLY',
        cause: { code: 'EACCES' },
      });
      const disk = await openFileBackend(path, { readOnly: true });
      await disk.close();
    });
  });

  it.each([{}, { readOnly: true }])('says that a file may not be read (%o)', async (options) => {
    writeFileSync(path, block(3));
    chmodSync(path, 0);
    await unprivileged(() =>
      expect(openFileBackend(path, options)).rejects.toMatchObject({ code: 'FILE_UNREADABLE' }),
    );
  });

  it.each([{ blockLength: 520 }, { size: 513 }, { size: 0 }, { size: 2 ** 53 }])(
    'refuses %o before it touches anything',
    async (options) => {
      await expect(openFileBackend(path, options)).rejects.toThrow(RangeError);
      expect(readdirSync(directory)).toEqual([]);
    },
  );
});

describe('a file disk', () => {
  it('refuses writes when it is read-only, with the kind for it', async () => {
    writeFileSync(path, block(3));
    await using disk = await openFileBackend(path, { readOnly: true });
    await expect(disk.write(0, block(1))).rejects.toMatchObject({ kind: 'protected', lba: 0 });
    await expect(disk.resize(2)).rejects.toMatchObject({ kind: 'protected' });
    expect(typeof disk.unmap).toBe('undefined');
  });

  it('does not make up zeros where the file became shorter behind its back', async () => {
    await using disk = await openFileBackend(path, { size: 8 * 512 });
    truncateSync(path, 3 * 512);
    await expect(disk.read(1, new Uint8Array(4 * 512))).rejects.toMatchObject({
      kind: 'medium',
      lba: 3,
    });
  });

  it('tells its watchers of a new size, and cuts the file', async () => {
    await using disk = await openFileBackend(path, { size: 8 * 512 });
    const seen: number[] = [];
    disk.watch(() => seen.push(disk.blocks));
    await Promise.all([disk.resize(16), disk.resize(4)]);
    expect(seen).toEqual([16, 4]);
    expect(statSync(path).size).toBe(4 * 512);
    await expect(disk.resize(0)).rejects.toThrow(RangeError);
  });

  it('has the length it was given though a write beyond the end was under way', async () => {
    await using disk = await openFileBackend(path, { size: 2 ** 22 });
    const write = disk.write(0, new Uint8Array(2 ** 22).fill(1));
    await disk.resize(1);
    await write;
    expect(statSync(path).size).toBe(512);
  });

  it('gives unmapped blocks back to the file system where it can, else claims no unmap', async () => {
    await using plain = await openFileBackend(join(directory, 'plain'), {
      size: 2 ** 20,
      punchHoles: false,
    });
    expect(typeof plain.unmap).toBe('undefined');
    await using disk = await openFileBackend(path, { size: 2 ** 20 });
    if (disk.unmap === undefined) return;
    await disk.write(0, new Uint8Array(2 ** 20).fill(1), { fua: true });
    const before = statSync(path).blocks;
    await disk.unmap(1, 2046);
    expect(statSync(path).blocks).toBeLessThan(before / 8);
    expect(statSync(path).size).toBe(2 ** 20);
    const into = new Uint8Array(2 ** 20).fill(0xee);
    await disk.read(0, into);
    const expected = new Uint8Array(2 ** 20);
    expected.fill(1, 0, 512).fill(1, 2 ** 20 - 512);
    expect(Buffer.compare(into, expected)).toBe(0);
  });
});

describe('a file error', () => {
  it.each([
    ['EIO', 'medium'],
    ['ENOSPC', 'space'],
    ['EDQUOT', 'space'],
    ['EROFS', 'protected'],
    ['ENXIO', 'not-ready'],
    ['EBADF', 'hardware'],
  ])('%s is a failure of kind %s', (code, kind) => {
    const cause = Object.assign(new Error(code), { code });
    const error = ioError(cause, 7);
    expect(error).toBeInstanceOf(BackendError);
    expect(error).toMatchObject({ kind, lba: 7, cause });
  });

  it('of a flush cannot point at a block of the medium', () => {
    expect(ioError(Object.assign(new Error('EIO'), { code: 'EIO' })).kind).toBe('hardware');
  });
});

describe('probeSize', () => {
  it.each([0, 1, 2, 3, 1000, 2 ** 31 + 1, 2 ** 40 - 1])(
    'finds the end of %d sectors',
    async (n) => {
      const read = async (at: number): Promise<number> => (at / 512 < n ? 512 : 0);
      expect(await probeSize(read)).toBe(n * 512);
    },
  );
});
