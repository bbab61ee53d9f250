import { describe, expect, test } from 'vitest';
import { memoryBackend } from '../../../src/backend/memory.ts';
import { createDisk } from '../../../src/create-disk.ts';
import { createTarget } from '../../../src/create-target.ts';
import type { Target } from '../../../src/scsi/target.ts';
import type { Task } from '../../../src/scsi/task.ts';
import { IscsiInitiator } from '../../../src/transport/iscsi/initiator.ts';
import { IscsiServer } from '../../../src/transport/iscsi/server.ts';
import { cdb10, IQN, RawClient } from './raw-client.ts';
import { closeLater, serve } from './serving.ts';

const TEST_UNIT_READY = new Uint8Array(6);
/** READ(10) far beyond the end, with NACA. */
const BAD_READ_NACA = Uint8Array.of(0x28, 0, 0x10, 0, 0, 0, 0, 0, 1, 0x04);

/** A disk of the core, served. */
async function disk(): Promise<{ readonly port: number; readonly target: Target }> {
  const target = createTarget([createDisk({ backend: memoryBackend({ blocks: 256 }) })]);
  const server = new IscsiServer();
  closeLater(() => target.close());
  closeLater(() => server.close({ graceful: false }));
  server.addTarget({ name: IQN, target });
  const { port } = await server.listen({ port: 0 });
  return { port, target };
}

async function initiator(port: number): Promise<IscsiInitiator> {
  const session = await IscsiInitiator.connect({ host: '127.0.0.1', port, targetName: IQN });
  closeLater(() => session.close());
  await session.execute({ lun: 0, cdb: TEST_UNIT_READY }); // the power on
  return session;
}

test('an ACA condition lasts until CLEAR ACA, and lets the ACA attribute through', async () => {
  const { port } = await disk();
  const [one, two] = [await initiator(port), await initiator(port)];
  const status = async (session: IscsiInitiator, attribute?: 'aca'): Promise<number> =>
    (await session.execute({ lun: 0, cdb: TEST_UNIT_READY, ...(attribute && { attribute }) }))
      .status;
  expect((await one.execute({ lun: 0, cdb: BAD_READ_NACA, dataInLength: 512 })).status).toBe(0x02);
  expect(await status(one)).toBe(0x30); // ACA ACTIVE
  expect(await status(two)).toBe(0x08); // BUSY
  expect(await status(one, 'aca')).toBe(0);
  expect(await one.manage({ function: 'CLEAR_ACA', lun: 0 })).toBe(0);
  expect(await status(one)).toBe(0);
  expect(await status(two)).toBe(0);
});

describe('iSCSIProtocolLevel 2', () => {
  test.each([
    [9, 'QUERY TASK', 0], // the task has ended
    [10, 'QUERY TASK SET', 0],
    [11, 'I_T NEXUS RESET', 0],
  ])('function %i is %s', async (code, _, response) => {
    const { port } = await disk();
    const client = new RawClient(port);
    closeLater(() => client.close());
    await client.login({ iSCSIProtocolLevel: '2' });
    client.send(client.manage({ function: code }));
    expect(await client.expect('Task Management Response')).toMatchObject({
      response,
      information: 0,
    });
  });

  test('QUERY ASYNCHRONOUS EVENT tells which unit attention is pending, and whether others are', async () => {
    const { port, target } = await disk();
    const client = new RawClient(port);
    closeLater(() => client.close());
    await client.login({ iSCSIProtocolLevel: '2' });
    const query = async (): Promise<object> => {
      client.send(client.manage({ function: 12 }));
      return client.expect('Task Management Response');
    };
    expect(await query()).toMatchObject({ response: 7, information: 0x16_2900 });
    target.luns.add(1, createDisk({ backend: memoryBackend({ blocks: 256 }) }));
    expect(await query()).toMatchObject({ response: 7, information: 0x26_2900 });
    client.send(client.command());
    await client.expect('SCSI Response');
    expect(await query()).toMatchObject({ response: 7, information: 0x16_3f0e });
    client.send(client.command());
    await client.expect('SCSI Response');
    expect(await query()).toMatchObject({ response: 0, information: 0 });
  });

  test.each([
    ['2', 9],
    ['1', 0],
  ])('%s: PRI 9 becomes task priority %i', async (level, priority) => {
    const { client, disk: fake } = await serve();
    const tasks: Task[] = [];
    fake.behaviour = (task) => {
      tasks.push(task);
      return 'disk';
    };
    const one = client();
    await one.login({ iSCSIProtocolLevel: level });
    one.send(one.command({ priority: 9, read: true, expectedLength: 512, cdb: cdb10(0x28, 0, 1) }));
    await one.expect('SCSI Data-In');
    expect(tasks[0]?.priority).toBe(priority);
  });
});
