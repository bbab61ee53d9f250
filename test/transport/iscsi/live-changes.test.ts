import { describe, expect, test } from 'vitest';
import { createDisk, createTarget, memoryBackend, type Target } from '../../../src/index.ts';
import { DiskClient } from '../../../src/transport/disk-client.ts';
import { IscsiInitiator, IscsiServer } from '../../../src/transport/iscsi/index.ts';
import { closeLater, until } from './serving.ts';

const NAME = 'iqn.2026-11.com.example:disk';
const ALICE = 'iqn.2026-11.com.example:alice';
const BOB = 'iqn.2026-11.com.example:bob';

/** A target with disks of 8 and 16 blocks. */
const twoDisks = (): Target =>
  createTarget([8, 16].map((blocks) => createDisk({ backend: memoryBackend({ blocks }) })));

interface Open {
  readonly server: IscsiServer;
  readonly target: Target;
  readonly login: (initiatorName: string, targetName?: string) => Promise<IscsiInitiator>;
}

async function open(): Promise<Open> {
  const server = new IscsiServer({ logoutTimeout: 50 });
  closeLater(() => server.close({ graceful: false }));
  const target = twoDisks();
  server.addTarget({ name: NAME, target });
  const { port } = await server.listen({ port: 0 });
  const login = (initiatorName: string, targetName = NAME): Promise<IscsiInitiator> =>
    IscsiInitiator.connect({ host: '127.0.0.1', port, targetName, initiatorName });
  return { server, target, login };
}

const blocksOf = async (session: IscsiInitiator, lun: number): Promise<number> =>
  (await new DiskClient(session, lun).readCapacity()).lastLba + 1;

const lunsOf = (session: IscsiInitiator): Promise<readonly number[]> =>
  new DiskClient(session, 0).reportLuns();

describe('a target with LUN maps', () => {
  test('shows initiators that one names its LUNs, and the others all', async () => {
    const { server, login } = await open();
    const lunMaps = [{ initiators: [ALICE.toUpperCase()], luns: new Map([[0, 1]]) }];
    server.changeTarget(NAME, { lunMaps });
    const [alice, bob] = [await login(ALICE), await login(BOB)];
    expect(await lunsOf(alice)).toEqual([0]);
    expect(await blocksOf(alice, 0)).toBe(16);
    expect(await lunsOf(bob)).toEqual([0, 1]);
    expect(await blocksOf(bob, 0)).toBe(8);
  });

  test('tells a session whose map is another now', async () => {
    const { server, login } = await open();
    const alice = await login(ALICE);
    const disk = new DiskClient(alice, 0, { unitAttention: 'throw' });
    for (const lun of [0, 1]) await blocksOf(alice, lun);
    server.changeTarget(NAME, { lunMaps: [{ initiators: [ALICE], luns: new Map([[0, 1]]) }] });
    await expect(disk.testUnitReady()).rejects.toMatchObject({
      sense: { key: 6, asc: 0x3f, ascq: 0x0e },
    });
    expect(await blocksOf(alice, 0)).toBe(16);
  });
});

describe('a target that is changed', () => {
  test('lets initiators in as it says now, and sessions go on', async () => {
    const { server, login } = await open();
    const bob = await login(BOB);
    server.changeTarget(NAME, { initiators: [ALICE] });
    await expect(login(BOB)).rejects.toMatchObject({ loginStatus: 0x0202 });
    expect(await blocksOf(bob, 0)).toBe(8);
    await login(ALICE);
  });

  test('stays as it was where the change makes no sense', async () => {
    const { server, login } = await open();
    server.changeTarget(NAME, { initiators: [ALICE] });
    const redirect = { address: 'nowhere' };
    expect(() => server.changeTarget(NAME, { initiators: [BOB], redirect })).toThrow(TypeError);
    await login(ALICE);
  });

  test('has to be there', () => {
    expect(() => new IscsiServer().changeTarget(NAME, {})).toThrow(TypeError);
  });
});

describe('a target that is removed', () => {
  test('has its sessions ended, and nobody logs in any more', async () => {
    const { server, login } = await open();
    await login(ALICE);
    await server.removeTarget(NAME);
    expect(server.sessions).toEqual([]);
    await expect(login(ALICE)).rejects.toMatchObject({ loginStatus: 0x0203 });
  });

  test('leaves the sessions of the others alone', async () => {
    const { server, login } = await open();
    const other = 'iqn.2026-11.com.example:other';
    server.addTarget({ name: other, target: twoDisks() });
    await login(ALICE);
    const bob = await login(BOB, other);
    await server.removeTarget(NAME);
    expect(await blocksOf(bob, 1)).toBe(16);
    await until(() => server.sessions.length === 1);
  });

  test('can come back', async () => {
    const { server, login } = await open();
    await server.removeTarget(NAME);
    server.addTarget({ name: NAME, target: twoDisks() });
    expect(await blocksOf(await login(ALICE), 0)).toBe(8);
  });

  test('has to be there', async () => {
    await expect(new IscsiServer().removeTarget(NAME)).rejects.toThrow(TypeError);
  });
});

describe('a LUN that comes to a target that is served', () => {
  test('is told to who is logged in, and can be used', async () => {
    const { target, login } = await open();
    const alice = await login(ALICE);
    const disk = new DiskClient(alice, 0, { unitAttention: 'throw' });
    await blocksOf(alice, 0);
    target.luns.add(9, createDisk({ backend: memoryBackend({ blocks: 24 }) }));
    await expect(disk.testUnitReady()).rejects.toMatchObject({
      sense: { key: 6, asc: 0x3f, ascq: 0x0e },
    });
    expect(await blocksOf(alice, 9)).toBe(24);
  });
});
