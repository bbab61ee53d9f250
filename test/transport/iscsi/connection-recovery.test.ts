/** Error recovery level 2: tasks outlive the connection that they came by (RFC 7143, 7.1.4.4 and 7.2.2). */
import { describe, expect, test } from 'vitest';
import type { IscsiServerOptions } from '../../../src/transport/iscsi/server-info.ts';
import { cdb10, INITIATOR, IQN, pattern } from './raw-client.ts';
import type { RawClient } from './raw-client.ts';
import { gate, serve, until } from './serving.ts';
import type { Serving } from './serving.ts';

const TASK_REASSIGN = 8;
const KEYS = {
  ErrorRecoveryLevel: '2',
  MaxRecvDataSegmentLength: '512',
  MaxBurstLength: '1024',
};

interface Recovering extends Serving {
  readonly one: RawClient;
  readonly tsih: number;
}

/** A session at error recovery level 2 with connection 0. */
async function recovering(
  keys: Readonly<Record<string, string>> = {},
  options: IscsiServerOptions = {},
): Promise<Recovering> {
  const serving = await serve({ errorRecoveryLevel: 2, dataOutTimeout: 60_000, ...options });
  const one = serving.client();
  const { tsih } = await one.login({ ...KEYS, ...keys });
  return { ...serving, one, tsih };
}

/** Cuts connection 0 and logs in again with its id. */
async function cutAndReturn(
  { one, client, tsih, server }: Recovering,
  expStatSn = 0,
  keys: Readonly<Record<string, string>> = { MaxRecvDataSegmentLength: '512' },
): Promise<RawClient> {
  one.close();
  await until(() => server.counters.connections === 0);
  const again = client();
  await again.login(keys, { tsih, expStatSn });
  again.cmdSn = one.cmdSn;
  return again;
}

async function reassign(client: RawClient, tag: number, override = {}): Promise<number> {
  const request = { function: TASK_REASSIGN, referencedTaskTag: tag, ...override };
  client.send(client.manage(request));
  return (await client.expect('Task Management Response')).response;
}

describe('a session whose connection was lost', () => {
  test('waits for another one, and goes on with its numbers', async () => {
    const all = await recovering();
    all.one.send(all.one.command());
    await all.one.expect('SCSI Response');
    all.one.close();
    await until(() => all.server.counters.connections === 0);
    expect(all.server.sessions).toHaveLength(1);
    const again = all.client();
    expect(await again.login({}, { tsih: all.tsih })).toMatchObject({
      tsih: all.tsih,
      expCmdSn: 2,
    });
    expect([...all.disk.nexuses.values()][0]?.losses).toBe(0);
  });

  test('ends when time is up, and its tasks with it', async () => {
    const { one, disk, server } = await recovering({
      DefaultTime2Wait: '0',
      DefaultTime2Retain: '0',
    });
    disk.behaviour = () => new Promise(() => {});
    one.send(one.read10(0, 1));
    await until(() => disk.log.length === 1);
    one.close();
    await until(() => server.sessions.length === 0);
    expect(disk.managed).toEqual([{ function: 'ABORT TASK', lun: 0, tag: 0x101 }]);
    expect([...disk.nexuses.values()][0]?.losses).toBe(1);
  });

  test('ends with a login that begins it anew, or with the server', async () => {
    const all = await recovering();
    all.one.send(all.one.read10(0, 2));
    await all.one.expect('SCSI Data-In');
    all.one.close();
    await until(() => all.server.counters.connections === 0);
    const fresh = all.client();
    expect((await fresh.login(KEYS)).tsih).not.toBe(all.tsih);
    expect(all.disk.released).toBe(1);
    fresh.close();
    await until(() => all.server.counters.connections === 0);
    expect(all.server.sessions).toHaveLength(1);
    await all.server.close();
    expect(all.server.sessions).toEqual([]);
    expect([...all.disk.nexuses.values()][0]?.losses).toBe(2);
  });

  test('is not kept below error recovery level 2', async () => {
    const { one, server } = await recovering({ ErrorRecoveryLevel: '1' });
    one.close();
    await until(() => server.sessions.length === 0);
  });

  test('takes one connection more than was agreed, to clear up after another', async () => {
    const { client, tsih } = await recovering();
    await client().login({}, { tsih, connectionId: 1 });
    const answer = await client().tryLogin(
      [
        ['InitiatorName', INITIATOR],
        ['TargetName', IQN],
      ],
      { tsih, connectionId: 2 },
    );
    expect(answer).toMatchObject({ statusClass: 2, statusDetail: 6 });
  });
});

describe('TASK REASSIGN', () => {
  test('brings the answer of a command that runs to the connection that asks', async () => {
    const all = await recovering();
    all.disk.bytes.set(pattern(512));
    const end = gate();
    all.disk.behaviour = (task) => end.promise.then(() => all.disk.run(task));
    const command = all.one.read10(0, 1);
    all.one.send(command);
    await until(() => all.disk.log.length === 1);
    const again = await cutAndReturn(all);
    expect(await reassign(again, command.initiatorTaskTag)).toBe(0);
    end.open();
    expect(await again.expect('SCSI Data-In')).toMatchObject({
      initiatorTaskTag: command.initiatorTaskTag,
      data: pattern(512),
    });
    expect((await again.expect('SCSI Response')).status).toBe(0);
  });

  test('sends what was answered and not acknowledged from the data on that is missing', async () => {
    const all = await recovering();
    all.disk.bytes.set(pattern(2560));
    const command = all.one.read10(0, 5);
    all.one.send(command);
    for (let i = 0; i < 5; i++) await all.one.expect('SCSI Data-In');
    const { statSn } = await all.one.expect('SCSI Response');
    const again = await cutAndReturn(all, statSn, { MaxRecvDataSegmentLength: '1024' });
    expect(await reassign(again, command.initiatorTaskTag, { expDataSn: 3 })).toBe(0);
    expect(await again.expect('SCSI Data-In')).toMatchObject({
      dataSn: 3,
      bufferOffset: 1536,
      data: pattern(2560).subarray(1536),
    });
    expect(await again.expect('SCSI Response')).toMatchObject({ status: 0, expDataSn: 4 });
    expect(all.disk.released).toBe(0);
    again.send(again.ping());
    await again.expect('NOP-In');
    expect(all.disk.released).toBe(1);
  });

  test('brings what a command answered while nobody was there', async () => {
    const all = await recovering();
    const end = gate();
    all.disk.behaviour = (task) => end.promise.then(() => all.disk.run(task));
    const command = all.one.read10(0, 1);
    all.one.send(command);
    await until(() => all.disk.log.length === 1);
    const again = await cutAndReturn(all);
    end.open();
    await until(() => all.server.sessions[0]?.bytesOut === 512);
    expect(await reassign(again, command.initiatorTaskTag)).toBe(0);
    expect((await again.expect('SCSI Data-In')).dataSn).toBe(0);
    await again.expect('SCSI Response');
  });

  test.each([
    ['the R2T was received', 1, 1],
    ['the R2T was lost', 0, 0],
  ])('asks for the data that is missing: %s', async (_, expDataSn, r2tSn) => {
    const all = await recovering();
    const { one, disk } = all;
    const data = pattern(1024);
    const command = one.command({ write: true, expectedLength: 1024, cdb: cdb10(0x2a, 0, 2) });
    const { initiatorTaskTag } = command;
    one.send(command);
    const { targetTransferTag } = await one.expect('R2T');
    const first = data.subarray(0, 512);
    one.send(one.dataOut({ initiatorTaskTag, targetTransferTag, final: false, data: first }));
    one.send(one.ping());
    await one.expect('NOP-In');
    const again = await cutAndReturn(all);
    expect(await reassign(again, initiatorTaskTag, { expDataSn })).toBe(0);
    const r2t = await again.expect('R2T');
    expect(r2t).toMatchObject({ r2tSn, bufferOffset: 512, desiredLength: 512 });
    again.send(
      again.dataOut({
        initiatorTaskTag,
        targetTransferTag: r2t.targetTransferTag,
        bufferOffset: 512,
        data: data.subarray(512),
      }),
    );
    expect(await again.expect('SCSI Response')).toMatchObject({ status: 0, expDataSn: r2tSn + 1 });
    expect(disk.bytes.subarray(0, 1024)).toEqual(data);
  });

  test('is refused below error recovery level 2', async () => {
    const { one } = await recovering({ ErrorRecoveryLevel: '1' });
    expect(await reassign(one, 1)).toBe(4);
  });

  test('of a task that is not there is refused, and of one with another LUN', async () => {
    const all = await recovering();
    const command = all.one.read10(0, 1);
    all.one.send(command);
    await all.one.expect('SCSI Data-In');
    const again = await cutAndReturn(all);
    expect(await reassign(again, 0x999)).toBe(1);
    const lun = Uint8Array.of(0, 7, 0, 0, 0, 0, 0, 0);
    expect(await reassign(again, command.initiatorTaskTag, { lun })).toBe(1);
    expect(await reassign(again, command.initiatorTaskTag)).toBe(0);
  });

  test('brings the status of a read whose data was all acknowledged', async () => {
    const all = await recovering();
    const command = all.one.read10(0, 2);
    all.one.send(command);
    await all.one.expect('SCSI Data-In');
    const { targetTransferTag, acknowledge } = await all.one.expect('SCSI Data-In');
    expect(acknowledge).toBe(true);
    const { statSn: expStatSn } = await all.one.expect('SCSI Response');
    all.one.send(all.one.snack({ type: 2, targetTransferTag, begRun: 2, expStatSn }));
    await until(() => all.disk.released === 1);
    const again = await cutAndReturn(all, expStatSn);
    expect(await reassign(again, command.initiatorTaskTag, { expDataSn: 2 })).toBe(0);
    expect(await again.expect('SCSI Response')).toMatchObject({ status: 0, expDataSn: 2 });
    expect(all.disk.released).toBe(1);
  });

  test('of a task that was acknowledged before the connection was lost is refused', async () => {
    const all = await recovering();
    const command = all.one.read10(0, 1);
    all.one.send(command);
    await all.one.expect('SCSI Data-In');
    const { statSn } = await all.one.expect('SCSI Response');
    const again = await cutAndReturn(all, statSn + 1);
    expect(await reassign(again, command.initiatorTaskTag)).toBe(1);
    expect(all.disk.released).toBe(1);
  });

  test('of an answer that was not kept for want of memory is refused', async () => {
    const all = await recovering({}, { maxRetainedBytes: 0 });
    const command = all.one.read10(0, 1);
    all.one.send(command);
    await all.one.expect('SCSI Data-In');
    await all.one.expect('SCSI Response');
    const again = await cutAndReturn(all);
    expect(await reassign(again, command.initiatorTaskTag)).toBe(1);
  });

  test('has to wait until the old connection was logged out', async () => {
    const all = await recovering({ MaxConnections: '2' });
    const { one, client, tsih, server, disk } = all;
    const two = client();
    await two.login({ MaxRecvDataSegmentLength: '512' }, { tsih, connectionId: 1 });
    const end = gate();
    disk.behaviour = (task) => end.promise.then(() => disk.run(task));
    const running = one.read10(0, 1);
    one.send(running);
    await until(() => disk.log.length === 1);
    expect(await reassign(two, running.initiatorTaskTag)).toBe(3);
    one.close();
    await until(() => server.counters.connections === 1);
    expect(await reassign(two, running.initiatorTaskTag)).toBe(3);
    two.send(two.logout({ reason: 2, connectionId: 0 }));
    expect(await two.expect('Logout Response')).toMatchObject({
      response: 0,
      time2Wait: 0,
      time2Retain: 20,
    });
    expect(await reassign(two, running.initiatorTaskTag)).toBe(0);
    end.open();
    await two.expect('SCSI Data-In');
    await two.expect('SCSI Response');
  });
});

describe('a logout for recovery', () => {
  test('of another connection that is there ends it, and frees its tasks', async () => {
    const { one, client, tsih, disk } = await recovering({ MaxConnections: '2' });
    const two = client();
    await two.login({}, { tsih, connectionId: 1 });
    const running = one.read10(0, 1);
    one.send(running);
    await one.expect('SCSI Data-In');
    two.send(two.logout({ reason: 2, connectionId: 0 }));
    expect((await two.expect('Logout Response')).response).toBe(0);
    while ((await one.next()) !== undefined); // its response, then the end
    expect(await reassign(two, running.initiatorTaskTag)).toBe(0);
    await two.expect('SCSI Data-In');
    expect(disk.managed).toEqual([]);
  });

  test('of the connection that it comes by is answered there', async () => {
    const { one, client, tsih } = await recovering();
    one.send(one.read10(0, 1));
    const { initiatorTaskTag } = await one.expect('SCSI Data-In');
    await one.expect('SCSI Response');
    one.send(one.logout({ reason: 2, connectionId: 0, expStatSn: 1 }));
    expect((await one.expect('Logout Response')).response).toBe(0);
    expect(await one.next()).toBeUndefined();
    const again = client();
    await again.login({}, { tsih, connectionId: 3 });
    again.cmdSn = 2;
    expect(await reassign(again, initiatorTaskTag)).toBe(0);
    await again.expect('SCSI Data-In');
  });

  test('of a connection that never was finds none', async () => {
    const { one } = await recovering();
    one.send(one.logout({ reason: 2, connectionId: 9 }));
    expect((await one.expect('Logout Response')).response).toBe(1);
  });
});

test('a logout in order is no loss: nothing is kept', async () => {
  const { one, client, tsih, server } = await recovering({ MaxConnections: '2' });
  const two = client();
  await two.login({}, { tsih, connectionId: 1 });
  one.send(one.logout({ reason: 1, connectionId: 0 }));
  await one.expect('Logout Response');
  two.send(two.logout({ reason: 2, connectionId: 0 }));
  expect((await two.expect('Logout Response')).response).toBe(1);
  two.send(two.logout({ connectionId: 1 }));
  await two.expect('Logout Response');
  await until(() => server.sessions.length === 0);
});

test('a command that waited for its turn when its connection was lost is answered where it is sent again', async () => {
  const all = await recovering();
  const [first, second] = [all.one.read10(0, 1), all.one.read10(1, 1)];
  all.one.send(second, all.one.ping());
  await all.one.expect('NOP-In');
  const again = await cutAndReturn(all);
  again.send(second, first);
  for (const { initiatorTaskTag } of [first, second]) {
    expect((await again.expect('SCSI Data-In')).initiatorTaskTag).toBe(initiatorTaskTag);
    await again.expect('SCSI Response');
  }
  expect(all.disk.log).toHaveLength(2);
});

test('a task is aborted from another connection though its own was lost', async () => {
  const all = await recovering();
  all.disk.behaviour = () => new Promise(() => {});
  const command = all.one.read10(0, 1);
  all.one.send(command);
  await until(() => all.disk.log.length === 1);
  const again = await cutAndReturn(all);
  again.send(again.manage({ function: 1, referencedTaskTag: command.initiatorTaskTag }));
  expect((await again.expect('Task Management Response')).response).toBe(0);
});
