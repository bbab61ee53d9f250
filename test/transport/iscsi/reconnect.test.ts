import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createDisk } from '../../../src/create-disk.ts';
import { createTarget } from '../../../src/create-target.ts';
import { memoryBackend } from '../../../src/backend/memory.ts';
import type { Clock } from '../../../src/scsi/clock.ts';
import { systemClock } from '../../../src/system-clock.ts';
import type { InitiatorEvent } from '../../../src/transport/iscsi/index.ts';
import {
  IscsiInitiator,
  IscsiServer,
  parseTargetAddress,
} from '../../../src/transport/iscsi/index.ts';
import type { IscsiRedirect } from '../../../src/transport/iscsi/target-entry.ts';
import type { IscsiInitiatorOptions } from '../../../src/transport/iscsi/index.ts';
import { cuttingProxy } from './cutting-proxy.ts';
import type { Cut, CuttingProxy } from './cutting-proxy.ts';
import { check, FakeDisk } from './fake-target.ts';
import { cdb10, IQN, pattern } from './raw-client.ts';
import { closeLater, gate, serve, until } from './serving.ts';
import type { Serving } from './serving.ts';

/** A hundred times as fast as the real one. */
const FAST: Clock = {
  now: () => systemClock.now(),
  after: (ms, fn) => systemClock.after(ms / 100, fn),
};

/** Waits are short, but nobody is given up because the machine is busy. */
const PATIENT: Clock = {
  now: () => systemClock.now(),
  after: (ms, fn) => systemClock.after(ms < 5000 ? ms / 100 : ms, fn),
};

const READ = (lba: number, blocks: number): Parameters<IscsiInitiator['execute']>[0] => ({
  lun: 0,
  cdb: cdb10(0x28, lba, blocks),
  dataInLength: blocks * 512,
});
const WRITE = (lba: number, dataOut: Uint8Array): Parameters<IscsiInitiator['execute']>[0] => ({
  lun: 0,
  cdb: cdb10(0x2a, lba, dataOut.length / 512),
  dataOut,
});

interface Cuttable extends Serving {
  readonly proxy: CuttingProxy;
  readonly session: IscsiInitiator;
  readonly events: InitiatorEvent[];
}

async function cuttable(
  options: Partial<IscsiInitiatorOptions> = {},
  cuts?: (connection: number) => Cut,
): Promise<Cuttable> {
  const serving = await serve();
  const proxy = await cuttingProxy(() => serving.port, cuts);
  const events: InitiatorEvent[] = [];
  const session = await IscsiInitiator.connect({
    host: '127.0.0.1',
    port: proxy.port,
    targetName: IQN,
    clock: FAST,
    reconnect: { delay: 10, attempts: 20, retries: 20 },
    onEvent: (event) => events.push(event),
    ...options,
  });
  closeLater(() => session.close());
  return { ...serving, proxy, session, events };
}

describe('a session that reconnects', () => {
  test('does not come back where the connection is lost in mid-logout', async () => {
    const { session, proxy, server } = await cuttable();
    const loggedOut = session.logout();
    proxy.cut();
    await loggedOut;
    await expect(session.execute(READ(0, 1))).rejects.toThrow();
    expect(server.counters.logins).toBe(1);
  });

  test('sends again what was under way, in its order, and tells of it', async () => {
    const { session, proxy, disk, events } = await cuttable();
    const end = gate();
    disk.behaviour = () => end.promise.then(() => undefined);
    const all = [1, 2, 3].map((lba) => session.execute(READ(lba, 1)));
    await until(() => disk.log.length === 3);
    disk.behaviour = () => 'disk';
    proxy.cut();
    end.open();
    expect((await Promise.all(all)).map(({ status }) => status)).toEqual([0, 0, 0]);
    expect(disk.log.slice(3).map(({ cdb }) => cdb[5])).toEqual([1, 2, 3]);
    expect(events).toMatchObject([
      { kind: 'connection lost' },
      { kind: 'reconnected', retried: 3 },
    ]);
  });

  test('fails what may not be sent twice, and goes on', async () => {
    const { session, proxy, disk } = await cuttable();
    disk.behaviour = () => new Promise(() => {});
    const compareAndWrite = new Uint8Array([0x89, ...new Uint8Array(12), 1, 0, 0]);
    const once = session.execute({ lun: 0, cdb: compareAndWrite, dataOut: pattern(1024) });
    const twice = session.execute({
      lun: 0,
      cdb: new Uint8Array([0xc0, 0, 0, 0, 0, 0]),
      retry: true,
    });
    const never = session.execute({ ...READ(0, 1), retry: false });
    await until(() => disk.log.length === 3);
    disk.behaviour = () => 'disk';
    proxy.cut();
    await expect(once).rejects.toMatchObject({ code: 'ISCSI_TASK_LOST' });
    await expect(never).rejects.toMatchObject({ code: 'ISCSI_TASK_LOST' });
    expect(await twice).toMatchObject({ status: 2 });
    expect(await session.execute(READ(0, 1))).toMatchObject({ status: 0 });
  });

  test('takes the unit attentions of the loss, one command a unit at a time', async () => {
    const { session, proxy, disk } = await cuttable();
    disk.behaviour = () => new Promise(() => {});
    const written = [pattern(512), pattern(512).fill(7)].map((data) =>
      session.execute({ ...WRITE(3, data), attribute: 'ordered' }),
    );
    await until(() => disk.log.length === 2);
    let attentions = 2;
    let most = 0;
    disk.behaviour = (_, nexus) => {
      most = Math.max(most, nexus.running.size);
      return attentions-- > 0 ? check([6, 0x29, 0x07]) : 'disk';
    };
    proxy.cut();
    expect(await Promise.all(written)).toMatchObject([{ status: 0 }, { status: 0 }]);
    expect(disk.bytes.subarray(3 * 512, 4 * 512)).toEqual(pattern(512).fill(7));
    // Once the unit has told, its unit attentions are the user's again.
    attentions = 1;
    expect(await session.execute(READ(0, 1))).toMatchObject({ status: 2 });
  });

  test('gives every other unit attention to the user', async () => {
    const { session, proxy, disk } = await cuttable();
    proxy.cut();
    disk.behaviour = () => check([6, 0x2a, 0x09]);
    expect(await session.execute(READ(0, 1))).toMatchObject({ status: 2 });
  });

  test('lets commands wait while there is no connection, and takes them back by their signal', async () => {
    const { session, proxy, events, disk } = await cuttable({ reconnect: { delay: 5000 } });
    proxy.cut();
    await until(() => events.length === 1);
    const aborter = new AbortController();
    const before = disk.log.length;
    const aborted = session.execute({ ...READ(0, 1), signal: aborter.signal });
    const waits = session.execute(READ(1, 1));
    aborter.abort(new Error('no more'));
    await expect(aborted).rejects.toThrow('no more');
    expect(await waits).toMatchObject({ status: 0 });
    expect(disk.log.length).toBe(before + 1);
  });

  test('ends when its attempts are used up, and with it all that waits', async () => {
    const { session, proxy, server } = await cuttable({ reconnect: { attempts: 3, delay: 1 } });
    await server.close({ graceful: false });
    proxy.cut();
    const lost = { code: 'ISCSI_CONNECTION_LOST' };
    await expect(session.execute(READ(0, 1))).rejects.toMatchObject(lost);
    await expect(session.ping()).rejects.toMatchObject(lost);
  });

  test('close ends the waiting at once', async () => {
    const { session, proxy, events } = await cuttable({ reconnect: { delay: 1_000_000 } });
    proxy.cut();
    await until(() => events.length === 1);
    const waiting = [session.execute(READ(0, 1)), session.ping(), session.discover()];
    const settled = Promise.allSettled(waiting);
    await session.close();
    for (const { status } of await settled) expect(status).toBe('rejected');
    await expect(session.execute(READ(0, 1))).rejects.toMatchObject({
      code: 'ISCSI_CONNECTION_LOST',
    });
  });

  test('finds a dead target by a ping', async () => {
    const { session, proxy, events } = await cuttable({ nopInterval: 500, nopTimeout: 500 });
    proxy.stall();
    const read = session.execute(READ(0, 1));
    await until(() => events.length > 0);
    proxy.flow();
    expect(await read).toMatchObject({ status: 0 });
    expect(events[0]).toMatchObject({
      error: { message: expect.stringContaining('did not answer') },
    });
  });

  test('gives up a command that ends its connection every time', async () => {
    const { session, proxy, disk } = await cuttable({ reconnect: { delay: 1, retries: 2 } });
    disk.behaviour = ({ cdb }) => {
      if (cdb[5] !== 9) return 'disk';
      proxy.cut();
      return new Promise(() => {});
    };
    const poison = session.execute(READ(9, 1));
    await expect(poison).rejects.toMatchObject({ code: 'ISCSI_TASK_LOST' });
    expect(disk.log.filter(({ cdb }) => cdb[5] === 9)).toHaveLength(3);
    expect(await session.execute(READ(1, 1))).toMatchObject({ status: 0 });
  });
});

describe('an abort', () => {
  test('by its signal ends a task at the target', async () => {
    const { session, disk } = await cuttable();
    disk.behaviour = () => new Promise(() => {});
    const aborter = new AbortController();
    const running = session.execute({ ...READ(0, 1), signal: aborter.signal });
    await until(() => disk.log.length === 1);
    aborter.abort(new Error('enough'));
    await expect(running).rejects.toThrow('enough');
    expect(disk.managed).toMatchObject([{ function: 'ABORT TASK' }]);
  });

  test('by task management settles what it ended', async () => {
    const { session, disk } = await cuttable();
    disk.behaviour = () => new Promise(() => {});
    const running = session.execute(READ(0, 1));
    await until(() => disk.log.length === 1);
    const settled = expect(running).rejects.toMatchObject({ code: 'ISCSI_TASK_ABORTED' });
    expect(await session.manage({ function: 'LOGICAL_UNIT_RESET', lun: 0 })).toBe(0);
    await settled;
  });
});

describe('a connection that is cut', () => {
  /** What a session does in the test below, and how many bytes it takes. */
  async function work(session: IscsiInitiator): Promise<void> {
    expect(await session.execute(WRITE(5, pattern(4096)))).toMatchObject({ status: 0 });
    const { dataIn } = await session.execute(READ(5, 8));
    expect(dataIn).toEqual(pattern(4096));
  }

  test.each(['toTarget', 'toInitiator'] as const)(
    'after any number of bytes %s, once in the work and once in the login after it, harms nothing',
    async (way) => {
      const measured = await cuttable({ clock: PATIENT });
      const login = measured.proxy.passed[way];
      await work(measured.session);
      const all = measured.proxy.passed[way];
      // Every byte of the PDU headers would be slow: steps that meet each field of each header.
      for (let bytes = 1; login + bytes <= all; bytes += bytes < 64 ? 5 : 199) {
        const cuts: readonly Cut[] = [{ [way]: login + bytes }, { [way]: 1 + (bytes % login) }];
        const { session, proxy } = await cuttable(
          { clock: PATIENT },
          (connection) => cuts[connection] ?? {},
        );
        await work(session);
        await session.close();
        if (login + bytes < all) expect(proxy.connections).toBe(3);
      }
    },
  );

  test('at random, under load, over and over, leaves all data right and every promise settled', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 600, max: 60_000 }), { minLength: 1, maxLength: 6 }),
        fc.constantFrom('toTarget' as const, 'toInitiator' as const),
        async (lengths, way) => {
          const target = createTarget([createDisk({ backend: memoryBackend({ blocks: 256 }) })]);
          const server = new IscsiServer();
          server.addTarget({ name: IQN, target });
          const { port } = await server.listen({ port: 0 });
          // The first login is not one that is tried again.
          const cuts = (connection: number): Cut =>
            lengths[connection] === undefined ? {} : { [way]: 3000 + lengths[connection] };
          const proxy = await cuttingProxy(() => port, cuts);
          const session = await IscsiInitiator.connect({
            host: '127.0.0.1',
            port: proxy.port,
            targetName: IQN,
            clock: PATIENT,
            reconnect: { delay: 10, attempts: 20, retries: 20 },
          });
          const disk = session.disk(0);
          const last = new Map<number, number>();
          const worker = async (first: number): Promise<void> => {
            for (let round = 0; round < 12; round++) {
              const lba = first + (round % 4);
              const value = (first * 31 + round * 7) & 0xff;
              await disk.write({ lba, data: new Uint8Array(512 * 4).fill(value).subarray(0, 512) });
              last.set(lba, value);
              const read = await disk.read({ lba, blocks: 1 });
              expect(read).toEqual(new Uint8Array(512).fill(value));
            }
          };
          await disk.blockLength();
          await Promise.all([0, 8, 16, 24].map(worker));
          for (const [lba, value] of last)
            expect(await disk.read({ lba, blocks: 1 })).toEqual(new Uint8Array(512).fill(value));
          await session.logout();
          await server.close();
        },
      ),
      { numRuns: 15 },
    );
  });
});

/** A server on a port of its own, or on the one given. */
async function listening(
  disk: FakeDisk,
  options: { port?: number; host?: string; redirect?: IscsiRedirect } = {},
): Promise<{ readonly server: IscsiServer; readonly port: number }> {
  const { port = 0, host = '127.0.0.1', redirect } = options;
  const server = new IscsiServer();
  server.addTarget({ name: IQN, target: disk.target, ...(redirect && { redirect }) });
  closeLater(() => server.close({ graceful: false }));
  return { server, port: (await server.listen({ port, host })).port };
}

describe('what a target asks for', () => {
  test('a logout: what runs ends first, and the session comes back to the target that was restarted', async () => {
    const disk = new FakeDisk();
    const first = await listening(disk);
    const events: InitiatorEvent[] = [];
    const session = await IscsiInitiator.connect({
      host: '127.0.0.1',
      port: first.port,
      targetName: IQN,
      clock: FAST,
      reconnect: { delay: 100, maxDelay: 1000, attempts: 100 },
      onEvent: (event) => events.push(event),
    });
    closeLater(() => session.close());
    const end = gate();
    disk.behaviour = () => end.promise.then(() => disk.good([]));
    const running = session.execute({ lun: 0, cdb: cdb10(0, 0, 0) });
    await until(() => disk.log.length === 1);
    const closed = first.server.close();
    await until(() => events.length > 0);
    expect(events).toMatchObject([{ kind: 'logout requested' }]);
    const waits = session.execute(WRITE(1, pattern(512)));
    disk.behaviour = () => 'disk';
    end.open();
    expect(await running).toMatchObject({ status: 0 });
    await closed;
    await listening(disk, { port: first.port });
    expect(await waits).toMatchObject({ status: 0 });
    expect(events.at(-1)).toEqual({ kind: 'reconnected', retried: 0 });
    expect(disk.log).toHaveLength(2);
  });

  test.each([false, true])('a login elsewhere, permanently: %s', async (permanent) => {
    const disk = new FakeDisk();
    const there = await listening(disk);
    const address = `127.0.0.1:${there.port}`;
    const here = await listening(new FakeDisk(), { redirect: { address, permanent } });
    const connect = (maxRedirects: number): Promise<IscsiInitiator> =>
      IscsiInitiator.connect({ host: '127.0.0.1', port: here.port, targetName: IQN, maxRedirects });
    const session = await connect(1);
    closeLater(() => session.close());
    expect(await session.execute(READ(0, 1))).toMatchObject({ status: 0 });
    expect(disk.log).toHaveLength(1);
    await expect(connect(0)).rejects.toMatchObject({
      loginStatus: permanent ? 0x0102 : 0x0101,
      movedTo: address,
    });
  });

  test('logins that go round and round, not for ever', async () => {
    const here = await listening(new FakeDisk());
    await here.server.close();
    const redirect = { address: `127.0.0.1:${here.port}` };
    await listening(new FakeDisk(), { port: here.port, redirect });
    await expect(
      IscsiInitiator.connect({ host: '127.0.0.1', port: here.port, targetName: IQN }),
    ).rejects.toMatchObject({ loginStatus: 0x0101 });
  });
});

describe('connecting', () => {
  test('is given up by its signal, and in its time', async () => {
    const silent = createServer(() => {}).listen(0, '127.0.0.1');
    await once(silent, 'listening');
    closeLater(() => void silent.close());
    const { port } = silent.address() as AddressInfo;
    const to = { host: '127.0.0.1', port, targetName: IQN };
    const aborter = new AbortController();
    const aborted = IscsiInitiator.connect({ ...to, signal: aborter.signal });
    aborter.abort(new Error('not now'));
    await expect(aborted).rejects.toThrow('not now');
    await expect(
      IscsiInitiator.connect({ ...to, loginTimeout: 1000, clock: FAST }),
    ).rejects.toMatchObject({ code: 'ISCSI_CONNECTION_LOST' });
  });

  test.each(['::1', '[::1]'])('goes to %s', async (host) => {
    const { port } = await listening(new FakeDisk(), { host: '::1' });
    const session = await IscsiInitiator.connect({ host, port, targetName: IQN });
    expect(await session.disk(0).read({ lba: 0, blocks: 1 })).toHaveLength(512);
    await session.logout();
  });
});

test.each([
  ['192.0.2.1', { host: '192.0.2.1', port: 3260 }],
  ['storage.example:3261,2', { host: 'storage.example', port: 3261, portalGroupTag: 2 }],
  ['[2001:db8::1]:3260,1', { host: '2001:db8::1', port: 3260, portalGroupTag: 1 }],
  ['2001:db8::1', undefined],
  ['a:0', undefined],
  ['a:70000', undefined],
  ['', undefined],
])('the TargetAddress %j is %j', (text, address) => {
  expect(parseTargetAddress(text)).toEqual(address);
});
