/** What belongs to an initiator rather than to its session: unit attentions and reservations. */
import { describe, expect, test } from 'vitest';
import { memoryBackend } from '../../../src/backend/memory.ts';
import { createDisk } from '../../../src/create-disk.ts';
import { createTarget } from '../../../src/create-target.ts';
import type { Target } from '../../../src/scsi/target.ts';
import { IscsiServer } from '../../../src/transport/iscsi/server.ts';
import type { IscsiServerOptions } from '../../../src/transport/iscsi/server-info.ts';
import { outCdb, outList } from '../../scsi/reservation-bench.ts';
import { hex } from '../../scsi/disk-under-test.ts';
import { cdb10, IQN, RawClient } from './raw-client.ts';
import { closeLater, until } from './serving.ts';

const OTHER = new Uint8Array([0x80, 0, 0, 0, 0, 2]);
const GOOD = 0x00;
const CHECK_CONDITION = 0x02;
const CONFLICT = 0x18;

interface Served {
  readonly server: IscsiServer;
  readonly target: Target;
  readonly client: () => RawClient;
}

async function serveDisk(options: IscsiServerOptions = {}): Promise<Served> {
  const target = createTarget([createDisk({ backend: memoryBackend({ blocks: 256 }) })]);
  const server = new IscsiServer(options);
  closeLater(() => target.close());
  closeLater(() => server.close({ graceful: false }));
  server.addTarget({ name: IQN, target });
  const { port } = await server.listen({ port: 0 });
  const client = (): RawClient => {
    const made = new RawClient(port);
    closeLater(() => made.close());
    return made;
  };
  return { server, target, client };
}

/** Status of a command, and the sense codes of a check condition. */
async function run(client: RawClient, cdb: Uint8Array, data?: Uint8Array): Promise<string> {
  const padded = new Uint8Array(16);
  padded.set(cdb);
  const write = data !== undefined && { write: true, expectedLength: data.length, data };
  client.send(client.command({ cdb: padded, ...write }));
  const { status, data: sense } = await client.expect('SCSI Response');
  if (status !== CHECK_CONDITION) return String(status);
  return [sense[4]! & 0xf, sense[14], sense[15]].map((code) => code!.toString(16)).join('/');
}

const ready = (client: RawClient): Promise<string> => run(client, new Uint8Array(6));
const write = (client: RawClient): Promise<string> =>
  run(client, cdb10(0x2a, 0, 1), new Uint8Array(512));

/** REGISTER and RESERVE (exclusive access) of a key. */
async function reserve(client: RawClient): Promise<void> {
  const register = outList({ newKey: 0xa });
  expect(await run(client, hex(outCdb(0, 0, register.length)), register)).toBe(String(GOOD));
  const list = outList({ key: 0xa });
  expect(await run(client, hex(outCdb(1, 3, list.length)), list)).toBe(String(GOOD));
}

test('a reservation is still held by who logs in again, after a cut as after a reinstatement', async () => {
  const { server, client } = await serveDisk();
  const one = client();
  await one.login();
  const other = client();
  await other.login({}, { isid: OTHER });
  for (const who of [one, other]) expect(await ready(who)).toBe('6/29/0'); // power on
  await reserve(one);
  expect(await write(other)).toBe(String(CONFLICT));
  one.close();
  await until(() => server.sessions.length === 1);
  expect(await write(other)).toBe(String(CONFLICT));
  for (const again of [client(), client()]) {
    await again.login();
    expect(await ready(again)).toBe('6/29/7'); // I_T nexus loss
    expect(await write(again)).toBe(String(GOOD));
    expect(await write(other)).toBe(String(CONFLICT));
  }
});

describe('a unit attention', () => {
  test('is reported when it comes, where that is wanted, and with the next command', async () => {
    const { target, client } = await serveDisk({ scsiEvents: true });
    const one = client();
    await one.login();
    expect(await ready(one)).toBe('6/29/0'); // power on
    target.luns.add(5, createDisk({ backend: memoryBackend({ blocks: 256 }) }));
    const { event, lun, data, statSn } = await one.expect('Asynchronous Message');
    expect([event, statSn]).toEqual([0, 2]);
    expect([...lun]).toEqual([0, 0, 0, 0, 0, 0, 0, 0]);
    expect([data[1], data[4], data[14], data[15]]).toEqual([18, 6, 0x3f, 0x0e]);
    expect(await ready(one)).toBe('6/3f/e');
  });

  test('is not reported unless asked for', async () => {
    const { target, client } = await serveDisk();
    const one = client();
    await one.login();
    expect(await ready(one)).toBe('6/29/0');
    target.luns.add(5, createDisk({ backend: memoryBackend({ blocks: 256 }) }));
    expect(await ready(one)).toBe('6/3f/e');
  });

  test('of the end of a session is for the next one', async () => {
    const { client } = await serveDisk({ scsiEvents: true });
    const one = client();
    await one.login();
    expect(await ready(one)).toBe('6/29/0');
    const again = client();
    await again.login();
    expect(await one.next()).toBeUndefined();
    expect(await ready(again)).toBe('6/29/7');
  });
});
