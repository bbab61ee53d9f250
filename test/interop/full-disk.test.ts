/** A file system that is really full, and a block device whose flush really fails (EIO), over iSCSI. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openFileBackend } from '../../src/backend/file/index.ts';
import {
  decodeRodTokenInformation,
  encodePopulateTokenList,
  encodeWriteUsingTokenList,
  type RequestInit,
} from '../../src/cdb/index.ts';
import { createDisk } from '../../src/create-disk.ts';
import { createTarget } from '../../src/create-target.ts';
import { decodeSense } from '../../src/sense/decode.ts';
import type { DiskClient } from '../../src/transport/disk-client.ts';
import { IscsiInitiator, IscsiServer } from '../../src/transport/iscsi/index.ts';
import { describeMounting, loopDevice } from './mounts.ts';

const MIB = 1024 ** 2;
const BLOCKS_A_MIB = MIB / 512;
const IQN = 'iqn.2026-11.org.example:full';
const SPACE_ALLOCATION_FAILED = '7/27/7';
const INTERNAL_TARGET_FAILURE = '4/44/0';

let folder: string;
let ballast: string;
const undo: (() => Promise<void> | void)[] = [];
const later = (step: () => Promise<void> | void): void => void undo.push(step);

/** 4 MiB of room, of which 1 MiB is taken by something else. */
function smallFileSystem(): void {
  folder = mkdtempSync(join(tmpdir(), 'scsi-target-full-'));
  later(() => rmSync(folder, { recursive: true }));
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'tmpfs', folder]);
  later(() => void execFileSync('umount', [folder]));
  ballast = join(folder, 'ballast');
  writeFileSync(ballast, new Uint8Array(MIB).fill(1));
}

/** Serves a file of 16 MiB, or a device, with a write-back cache, and logs in. */
async function serve(path: string, size?: number): Promise<DiskClient> {
  const backend = await openFileBackend(path, size === undefined ? {} : { size });
  const target = createTarget([createDisk({ backend })]);
  later(() => target.close().catch(() => undefined)); // After a failed flush it cannot close well.
  const server = new IscsiServer();
  later(() => server.close({ graceful: false }));
  server.addTarget({ name: IQN, target });
  const { port } = await server.listen({ port: 0 });
  const session = await IscsiInitiator.connect({ host: '127.0.0.1', port, targetName: IQN });
  later(() => session.close());
  const disk = session.disk();
  await disk.testUnitReady();
  return disk;
}

const mebibyte = (value: number): Uint8Array => new Uint8Array(MIB).fill(value);
const write = (disk: DiskClient, at: number, fua = false): Promise<string> =>
  endOf(
    disk,
    { op: 'WRITE', cdbLength: 16, lba: at * BLOCKS_A_MIB, blocks: BLOCKS_A_MIB, fua },
    mebibyte(at + 1),
  );

/** How a command ends: `good`, or sense key and codes. */
async function endOf(disk: DiskClient, request: RequestInit, out?: Uint8Array): Promise<string> {
  const { status, sense } = await disk.request(request, out);
  if (status === 0) return 'good';
  const { key, asc, ascq } = decodeSense(sense!)!;
  return [key, asc, ascq].map((code) => code.toString(16)).join('/');
}

const FLUSH: RequestInit = { op: 'SYNCHRONIZE CACHE', cdbLength: 10 };

function around(): void {
  beforeEach(smallFileSystem);
  afterEach(async () => {
    for (const step of undo.splice(0).toReversed()) await step();
  });
}

describeMounting('a disk in a file system without room', 'file system', () => {
  around();

  it('leaves nothing behind of a disk for which there is no room', async () => {
    truncateSync(ballast, 0);
    expect(() => writeFileSync(ballast, new Uint8Array(4 * MIB + 1))).toThrow(/ENOSPC/);
    const path = join(folder, 'disk.img');
    await expect(openFileBackend(path, { size: MIB })).rejects.toThrow(/lock file: ENOSPC/);
    expect(readdirSync(folder)).toEqual(['ballast']);
  });

  it('refuses what has no room, keeps all else, and goes on when there is room', async () => {
    const disk = await serve(join(folder, 'disk.img'), 16 * MIB);
    const ends: string[] = [];
    for (let at = 0; at < 5; at++) ends.push(await write(disk, at));
    expect(ends.slice(0, 2)).toEqual(['good', 'good']);
    expect(ends.slice(3)).toEqual([SPACE_ALLOCATION_FAILED, SPACE_ALLOCATION_FAILED]);
    for (const at of [0, 1])
      expect(
        Buffer.compare(
          await disk.read({ lba: at * BLOCKS_A_MIB, blocks: BLOCKS_A_MIB }),
          mebibyte(at + 1),
        ),
      ).toBe(0);
    expect(await write(disk, 0)).toBe('good'); // It has its room already.
    expect(await endOf(disk, FLUSH)).toBe('good');

    const at = { lba: 10 * BLOCKS_A_MIB, blocks: 8 };
    const data = new Uint8Array(4096).fill(7);
    const token = await tokenOf(disk);
    const use = encodeWriteUsingTokenList({ token, ranges: [at] });
    const writers: [RequestInit, Uint8Array][] = [
      [{ op: 'WRITE', cdbLength: 10, ...at }, data],
      [{ op: 'WRITE', cdbLength: 16, ...at, fua: true }, data],
      [{ op: 'WRITE AND VERIFY', cdbLength: 10, ...at }, data],
      [{ op: 'WRITE SAME', cdbLength: 16, ...at }, data.subarray(0, 512)],
      [{ op: 'ORWRITE', cdbLength: 16, ...at }, data],
      [
        { op: 'COMPARE AND WRITE', ...at, blocks: 1 },
        Buffer.concat([new Uint8Array(512), data.subarray(0, 512)]),
      ],
      [{ op: 'WRITE USING TOKEN', listId: 9, parameterListLength: use.length }, use],
    ];
    const all = async (): Promise<string[]> => {
      const result: string[] = [];
      for (const [request, out] of writers)
        result.push(`${request.op}: ${await endOf(disk, request, out)}`);
      return result;
    };
    expect(await all()).toEqual(writers.map(([{ op }]) => `${op}: ${SPACE_ALLOCATION_FAILED}`));
    expect(await disk.read(at)).toEqual(new Uint8Array(4096));

    rmSync(ballast);
    expect(await endOf(disk, ...writers[5]!)).toBe('good');
    for (const [request, out] of writers)
      if (request.op !== 'COMPARE AND WRITE') expect(await endOf(disk, request, out)).toBe('good');
    expect(await endOf(disk, FLUSH)).toBe('good');
  });

  it('names the block from which on there was no room', async () => {
    const disk = await serve(join(folder, 'disk.img'), 16 * MIB);
    const blocks = 8 * BLOCKS_A_MIB;
    const { status, sense } = await disk.request(
      { op: 'WRITE', cdbLength: 16, lba: 0, blocks },
      new Uint8Array(8 * MIB).fill(3),
    );
    expect(status).toBe(2);
    const information = Number(decodeSense(sense!)!.information);
    expect(information).toBeGreaterThan(2 * BLOCKS_A_MIB);
    expect(information).toBeLessThanOrEqual(3 * BLOCKS_A_MIB);
    const stored = await disk.read({ lba: information - 1, blocks: 1 });
    expect(stored).toEqual(new Uint8Array(512).fill(3));
  });

  it('has room again after UNMAP', async () => {
    const disk = await serve(join(folder, 'disk.img'), 16 * MIB);
    for (let at = 0; at < 4; at++) await write(disk, at);
    expect(await write(disk, 5)).toBe(SPACE_ALLOCATION_FAILED);
    await disk.unmap({ lba: 0, blocks: 2 * BLOCKS_A_MIB });
    expect(await write(disk, 5)).toBe('good');
    expect(await disk.read({ lba: 0, blocks: 1 })).toEqual(new Uint8Array(512));
  });

  it('loses what somebody cuts off the file, and only that', async () => {
    const path = join(folder, 'disk.img');
    const disk = await serve(path, 16 * MIB);
    expect(await write(disk, 0)).toBe('good');
    truncateSync(path, MIB / 2);
    expect(await endOf(disk, { op: 'READ', cdbLength: 10, lba: 1023, blocks: 1 })).toBe('good');
    expect(await endOf(disk, { op: 'READ', cdbLength: 10, lba: 1023, blocks: 2 })).toBe('3/11/0');
    expect(await write(disk, 1)).toBe('good');
    expect(await endOf(disk, { op: 'READ', cdbLength: 10, lba: 1024, blocks: 1 })).toBe('3/11/0');
  });
});

describeMounting('a block device without room', 'loop device', () => {
  around();

  it('fails a flush, and no later one claims what was lost', async () => {
    const image = join(folder, 'device.img');
    writeFileSync(image, '');
    truncateSync(image, 16 * MIB);
    const device = loopDevice(image);
    later(device.detach);
    const disk = await serve(device.path);
    // The system takes all of it into its cache.
    for (let at = 0; at < 8; at++) expect(await write(disk, at)).toBe('good');
    expect(await endOf(disk, FLUSH)).toBe(INTERNAL_TARGET_FAILURE);
    expect(await endOf(disk, FLUSH)).toBe(INTERNAL_TARGET_FAILURE);
    expect(await write(disk, 0, true)).toBe(INTERNAL_TARGET_FAILURE);
    expect(await endOf(disk, { op: 'READ', cdbLength: 10, lba: 0, blocks: 8 })).toBe('good');
    expect(await endOf(disk, { op: 'TEST UNIT READY' })).toBe('good');
  });
});

/** A ROD token for the first 8 blocks. */
async function tokenOf(disk: DiskClient): Promise<Uint8Array> {
  const list = encodePopulateTokenList({ ranges: [{ lba: 0, blocks: 8 }] });
  const populate = { op: 'POPULATE TOKEN', listId: 5, parameterListLength: list.length } as const;
  expect(await endOf(disk, populate, list)).toBe('good');
  const { dataIn } = await disk.request({
    op: 'RECEIVE ROD TOKEN INFORMATION',
    listId: 5,
    allocationLength: 4096,
  });
  return decodeRodTokenInformation(dataIn)!;
}
