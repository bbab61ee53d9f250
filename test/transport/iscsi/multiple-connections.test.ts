/** Several connections in one session (RFC 7143, 4.2.2 and 6.3). */
import { describe, expect, test } from 'vitest';
import { decodeText } from '../../../src/transport/iscsi/text.ts';
import type { IscsiServerOptions } from '../../../src/transport/iscsi/server-info.ts';
import { cdb10, INITIATOR, IQN, pattern } from './raw-client.ts';
import type { RawClient } from './raw-client.ts';
import { gate, serve, until } from './serving.ts';
import type { Serving } from './serving.ts';

interface Pair extends Serving {
  readonly one: RawClient;
  readonly two: RawClient;
  readonly tsih: number;
}

/** A session with the connections 0 and 1. */
async function pair(options: IscsiServerOptions = {}): Promise<Pair> {
  const serving = await serve(options);
  const one = serving.client();
  const { tsih } = await one.login({ MaxConnections: '8' });
  const two = serving.client();
  await two.login({}, { tsih, connectionId: 1 });
  return { ...serving, one, two, tsih };
}

/** Answers a ping of the target. */
async function pong(client: RawClient): Promise<void> {
  const { targetTransferTag } = await client.expect('NOP-In');
  client.send(client.ping({ initiatorTaskTag: 0xffff_ffff, targetTransferTag }));
}

const LOGIN = [
  ['InitiatorName', INITIATOR],
  ['TargetName', IQN],
] as const;

describe('a connection that joins a session', () => {
  test('gets the TSIH and the numbers of the session', async () => {
    const { client } = await serve({ commandWindow: 16 });
    const one = client();
    const { tsih, data } = await one.login({ MaxConnections: '8' });
    expect(decodeText(data)).toContainEqual(['MaxConnections', '4']);
    one.send(one.command());
    await one.expect('SCSI Response');
    const answer = await client().login({}, { tsih, connectionId: 1 });
    expect(answer).toMatchObject({ tsih, statSn: 0, expCmdSn: 2, maxCmdSn: 17 });
  });

  test('has the bursts of the session and a data segment length of its own', async () => {
    const { client, disk } = await serve();
    const one = client();
    const { tsih } = await one.login({ MaxConnections: '2', MaxBurstLength: '1024' });
    const two = client();
    const keys = { MaxRecvDataSegmentLength: '512', MaxBurstLength: '65536' };
    const answer = await two.login(keys, { tsih, connectionId: 1 });
    expect(decodeText(answer.data)).toContainEqual(['MaxBurstLength', 'Irrelevant']);
    disk.bytes.set(pattern(2048));
    two.send(two.read10(0, 4));
    const parts = [];
    for (let i = 0; i < 4; i++) parts.push(await two.expect('SCSI Data-In'));
    expect(parts.map(({ data, final }) => [data.length, final])).toEqual([
      [512, false],
      [512, true],
      [512, false],
      [512, true],
    ]);
  });

  test.each([
    ['a connection too many', { connectionId: 2 }, 6],
    ['a TSIH that is not there', { tsih: 99, connectionId: 1 }, 10],
    ['the TSIH of another initiator port', { isid: new Uint8Array(6), connectionId: 1 }, 10],
  ])('is refused as %s', async (_, override, statusDetail) => {
    const { client } = await serve({ maxConnectionsPerSession: 2 });
    const one = client();
    const { tsih } = await one.login({ MaxConnections: '8' });
    await client().login({}, { tsih, connectionId: 1 });
    const answer = await client().tryLogin(LOGIN, { tsih, ...override });
    expect(answer).toMatchObject({ statusClass: 2, statusDetail });
    one.send(one.ping());
    await one.expect('NOP-In');
  });

  test('that is gone before the one in its place has ended leaves nothing behind', async () => {
    const { client, disk, server } = await serve();
    const lost = gate();
    await client().login();
    disk.onLost = () => lost.promise;
    const fresh = client();
    fresh.send(fresh.loginPdu(LOGIN));
    await until(() => [...disk.nexuses.values()][0]?.losses === 1);
    fresh.close();
    await until(() => server.counters.connections === 0);
    lost.open();
    await until(() => [...disk.nexuses.values()][0]?.losses === 2);
    expect(server.sessions).toEqual([]);
  });
});

describe('the connections of a session', () => {
  test('share the command numbers: commands run in their order, whichever way they come', async () => {
    const { one, two, disk } = await pair();
    two.send(two.command({ cmdSn: 2, initiatorTaskTag: 2 }));
    two.send(two.ping());
    await two.expect('NOP-In');
    expect(disk.log).toEqual([]);
    one.send(one.command({ cmdSn: 1, initiatorTaskTag: 1 }));
    expect((await one.expect('SCSI Response')).initiatorTaskTag).toBe(1);
    expect(await two.expect('SCSI Response')).toMatchObject({ initiatorTaskTag: 2, expCmdSn: 3 });
    expect(disk.log.map(({ tag }) => tag)).toEqual([1, 2]);
  });

  test('have status numbers of their own', async () => {
    const { one, two } = await pair();
    one.send(one.command({ cmdSn: 1 }));
    const first = await one.expect('SCSI Response');
    two.send(two.command({ cmdSn: 2 }));
    const second = await two.expect('SCSI Response');
    expect([first.statSn, second.statSn]).toEqual([1, 1]);
  });

  test('each bring the data of their own commands', async () => {
    const { one, two, disk } = await pair();
    const write = { write: true, expectedLength: 512 };
    one.send(one.command({ ...write, cmdSn: 1, initiatorTaskTag: 1, cdb: cdb10(0x2a, 0, 1) }));
    two.send(two.command({ ...write, cmdSn: 2, initiatorTaskTag: 2, cdb: cdb10(0x2a, 1, 1) }));
    for (const [client, tag] of [
      [two, 2],
      [one, 1],
    ] as const) {
      const { targetTransferTag } = await client.expect('R2T');
      const data = pattern(512, tag);
      client.send(client.dataOut({ initiatorTaskTag: tag, targetTransferTag, data }));
      expect((await client.expect('SCSI Response')).initiatorTaskTag).toBe(tag);
    }
    expect(disk.bytes.subarray(0, 1024)).toEqual(
      new Uint8Array([...pattern(512, 1), ...pattern(512, 2)]),
    );
  });

  test('a task set is aborted on all of them, commands on their way included', async () => {
    const { one, two, disk } = await pair();
    two.send(two.command({ cmdSn: 3, initiatorTaskTag: 3 }));
    two.send(two.ping());
    await two.expect('NOP-In');
    one.send(one.manage({ function: 2, cmdSn: 4 }));
    await pong(two);
    expect((await one.expect('Task Management Response')).response).toBe(0);
    two.send(two.command({ cmdSn: 1, initiatorTaskTag: 1 }));
    one.send(one.command({ cmdSn: 2, initiatorTaskTag: 2 }));
    two.send(two.command({ cmdSn: 4, initiatorTaskTag: 4 }));
    expect((await two.expect('SCSI Response')).initiatorTaskTag).toBe(4);
    expect(disk.log.map(({ tag }) => tag)).toEqual([4]);
  });

  test('all have what was sent before the answer to a function for several tasks is', async () => {
    const { one, two } = await pair();
    two.send(two.command({ cmdSn: 1 }));
    one.send(one.command({ cmdSn: 2 }));
    await one.expect('SCSI Response');
    one.send(one.manage({ function: 2, cmdSn: 3 }), one.ping());
    await one.expect('NOP-In'); // no answer yet
    await two.expect('SCSI Response');
    await pong(two);
    expect((await one.expect('Task Management Response')).response).toBe(0);
  });

  test('one that breaks is not waited for', async () => {
    const { one, two } = await pair();
    one.send(one.manage({ function: 2, cmdSn: 1 }));
    await two.expect('NOP-In');
    two.close();
    expect((await one.expect('Task Management Response')).response).toBe(0);
  });

  test('one that breaks takes its own tasks with it and no others', async () => {
    const { one, two, disk, server } = await pair();
    const end = gate();
    disk.behaviour = (task) => end.promise.then(() => disk.run(task));
    one.send(one.command({ cmdSn: 1, initiatorTaskTag: 1 }));
    two.send(two.command({ cmdSn: 2, initiatorTaskTag: 2 }));
    await until(() => disk.log.length === 2);
    one.close();
    await until(() => disk.managed.length > 0);
    expect(disk.managed).toEqual([{ function: 'ABORT TASK', lun: 0, tag: 1 }]);
    end.open();
    expect((await two.expect('SCSI Response')).initiatorTaskTag).toBe(2);
    expect(server.sessions).toHaveLength(1);
    expect([...disk.nexuses.values()][0]?.losses).toBe(0);
  });

  test('the session ends with the last of them', async () => {
    const { one, two, disk, server } = await pair();
    one.close();
    two.close();
    await until(() => server.sessions.length === 0);
    expect([...disk.nexuses.values()][0]?.losses).toBe(1);
  });
});

describe('a login with the connection id of another', () => {
  test('takes its place: the tasks of the old one end, the session goes on', async () => {
    const { one, two, disk, client, tsih, server } = await pair();
    const end = gate();
    disk.behaviour = (task) => end.promise.then(() => disk.run(task));
    one.send(one.command({ cmdSn: 1, initiatorTaskTag: 1 }));
    await until(() => disk.log.length === 1);
    const again = client();
    expect(await again.login({}, { tsih })).toMatchObject({ tsih, expCmdSn: 2 });
    expect(await one.next()).toBeUndefined();
    expect(disk.managed).toEqual([{ function: 'ABORT TASK', lun: 0, tag: 1 }]);
    end.open();
    again.send(again.command({ cmdSn: 2, initiatorTaskTag: 2 }));
    expect((await again.expect('SCSI Response')).initiatorTaskTag).toBe(2);
    two.send(two.ping());
    await two.expect('NOP-In');
    expect(server.sessions[0]?.connections).toHaveLength(2);
  });
});

describe('a logout', () => {
  test('of the other connection ends that one', async () => {
    const { one, two, server } = await pair();
    one.send(one.logout({ reason: 1, connectionId: 1 }));
    expect((await one.expect('Logout Response')).response).toBe(0);
    expect(await two.next()).toBeUndefined();
    expect(server.sessions).toHaveLength(1);
    one.send(one.ping());
    await one.expect('NOP-In');
  });

  test('of its own connection leaves the session to the other', async () => {
    const { one, two, disk, client, tsih } = await pair();
    one.send(one.logout({ reason: 1, connectionId: 0 }));
    expect((await one.expect('Logout Response')).response).toBe(0);
    expect(await one.next()).toBeUndefined();
    two.send(two.command({ cmdSn: 1 }));
    await two.expect('SCSI Response');
    expect([...disk.nexuses.values()][0]?.losses).toBe(0);
    // The connection id is free again.
    await client().login({}, { tsih, connectionId: 0 });
  });

  test('of the session ends both', async () => {
    const { one, two, server } = await pair();
    two.send(two.logout({ connectionId: 1 }));
    expect((await two.expect('Logout Response')).response).toBe(0);
    expect(await one.next()).toBeUndefined();
    expect(await two.next()).toBeUndefined();
    await until(() => server.counters.connections === 0);
    expect(server.sessions).toEqual([]);
  });
});
