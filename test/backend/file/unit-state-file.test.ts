import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openUnitStateFile } from '../../../src/backend/file/index.ts';

let directory: string;
let path: string;
beforeEach(() => {
  directory = realpathSync(mkdtempSync(join(tmpdir(), 'scsi-target-state-')));
  path = join(directory, 'state.json');
});
afterEach(() => {
  chmodSync(directory, 0o777);
  rmSync(directory, { recursive: true });
});

describe('openUnitStateFile', () => {
  it('makes nothing but its lock before something is saved', async () => {
    await using store = await openUnitStateFile(path);
    expect(store.load()).toBeUndefined();
    expect(readdirSync(directory)).toEqual(['state.json.lock']);
  });

  it('loads what was saved last', async () => {
    const first = await openUnitStateFile(path);
    await first.save({ serial: '1' });
    await first.save({ serial: '2', defects: [1, { lba: 7 }] });
    first.close();
    await using second = await openUnitStateFile(path);
    expect(second.load()).toEqual({ serial: '2', defects: [1, { lba: 7 }] });
  });

  it('leaves nothing but the file', async () => {
    const store = await openUnitStateFile(path);
    await store.save({ serial: '1' });
    store.close();
    store.close();
    expect(readdirSync(directory)).toEqual(['state.json']);
  });

  it('has the old state still when a save fails, and can save again', async () => {
    await using store = await openUnitStateFile(path);
    await store.save({ serial: '1' });
    mkdirSync(`${path}.new`); // where the new state would be written
    await expect(store.save({ serial: '2' })).rejects.toThrow('EISDIR');
    expect(readFileSync(path, 'utf8')).toContain('"serial": "1"');
    rmSync(`${path}.new`, { recursive: true });
    await store.save({ serial: '3' });
    expect(readFileSync(path, 'utf8')).toContain('"serial": "3"');
  });

  it('replaces a half-written state that a power loss left', async () => {
    writeFileSync(`${path}.new`, '{"version":1,"sta'.repeat(100));
    const store = await openUnitStateFile(path);
    expect(store.load()).toBeUndefined();
    await store.save({ serial: '1' });
    store.close();
    await using again = await openUnitStateFile(path);
    expect(again.load()).toEqual({ serial: '1' });
  });

  it('replaces what a link leads to, not the link', async () => {
    const link = join(directory, 'link');
    writeFileSync(path, '{"version":1,"state":{"serial":"1"}}');
    symlinkSync(path, link);
    await using store = await openUnitStateFile(link);
    expect(store.path).toBe(path);
    await store.save({ serial: '2' });
    expect(readFileSync(path, 'utf8')).toContain('"serial": "2"');
  });

  it('refuses a file that another unit keeps its state in', async () => {
    await using _first = await openUnitStateFile(path);
    await expect(openUnitStateFile(path)).rejects.toMatchObject({
      code: 'FILE_LOCKED',
      path,
      message: expect.stringContaining(`is in use by process ${process.pid}`) as string,
    });
  });

  it.each(['', 'no JSON', '[]', 'null', '{"version":2,"state":{}}', '{"version":1,"state":[]}'])(
    'refuses a file that holds %j, and lets go of it',
    async (text) => {
      writeFileSync(path, text);
      await expect(openUnitStateFile(path)).rejects.toMatchObject({ code: 'FILE_CONTENT', path });
      expect(readFileSync(path, 'utf8')).toBe(text);
      expect(existsSync(`${path}.lock`)).toBe(false);
    },
  );

  it('refuses a directory, and a path in one that is not there', async () => {
    await expect(openUnitStateFile(directory)).rejects.toMatchObject({ code: 'FILE_KIND' });
    rmSync(`${directory}.lock`, { force: true });
    await expect(openUnitStateFile(join(directory, 'no', 'file'))).rejects.toMatchObject({
      code: 'FILE_MISSING',
    });
  });
});
