/** Portal groups as SCSI target ports: several ways to the same disk. */
import { beforeEach, describe, expect, it } from 'vitest';
import { memoryBackend } from '../../../src/backend/memory.ts';
import {
  decodeTargetPortGroups,
  encodeSetTargetPortGroups,
} from '../../../src/cdb/target-port-groups.ts';
import { createDisk } from '../../../src/create-disk.ts';
import { createTarget } from '../../../src/create-target.ts';
import { encodeTransportId } from '../../../src/scsi/transport-id.ts';
import { IscsiInitiator } from '../../../src/transport/iscsi/initiator.ts';
import { IscsiServer } from '../../../src/transport/iscsi/server.ts';
import { decodeDeviceIdentification } from '../../../src/vpd/device-identification.ts';
import { decodeScsiPorts } from '../../../src/vpd/scsi-ports.ts';
import { outCdb, outList } from '../../scsi/reservation-bench.ts';
import { be, hex } from '../../scsi/disk-under-test.ts';
import { INITIATOR, IQN } from './raw-client.ts';
import { closeLater, until } from './serving.ts';

const ISID = Uint8Array.of(0x80, 0, 0, 0, 0, 7);

/** A path: a session through one portal. */
interface Path {
  readonly session: IscsiInitiator;
  /** Status and sense codes, and data-in. */
  readonly send: (
    cdb: string,
    dataOut?: Uint8Array,
  ) => Promise<{ readonly ended: string; readonly data: Uint8Array }>;
}

const READ = '28 00 00000000 00 0001 00';
const TEST_UNIT_READY = '00 00 00 00 00 00';
const GOOD = '00';
const CONFLICT = '18';

async function pathThrough(port: number): Promise<Path> {
  const session = await IscsiInitiator.connect({
    host: '127.0.0.1',
    port,
    targetName: IQN,
    initiatorName: INITIATOR,
    isid: ISID,
  });
  closeLater(() => session.close());
  return {
    session,
    async send(cdb, dataOut) {
      const answer = await session.execute({
        lun: 0,
        cdb: hex(cdb),
        ...(dataOut === undefined ? { dataInLength: 512 } : { dataOut }),
      });
      const { status, sense, dataIn } = answer;
      const codes = sense && `${be(sense[2]! & 0xf, 1)}/${be(sense[12]!, 1)}/${be(sense[13]!, 1)}`;
      return { ended: codes ?? be(status, 1), data: dataIn };
    },
  };
}

/** The same initiator port, through portal groups 1 and 2 of one target. */
async function twoPaths(): Promise<readonly [Path, Path, IscsiServer]> {
  const target = createTarget([
    createDisk({ backend: memoryBackend({ blocks: 2048, id: 'paths' }), alua: 'both' }),
  ]);
  const server = new IscsiServer();
  closeLater(() => target.close());
  closeLater(() => server.close());
  server.addTarget({ name: IQN, target });
  const paths = [];
  for (const portalGroupTag of [1, 2]) {
    const { port } = await server.listen({ port: 0, portalGroupTag });
    paths.push(await pathThrough(port));
  }
  for (const path of paths) await path.send(TEST_UNIT_READY); // power on
  return [paths[0]!, paths[1]!, server];
}

/** The designators of page 83h: those of the target port, and the others. */
async function identification({ send }: Path) {
  const page = decodeDeviceIdentification((await send('12 01 83 0200 00')).data);
  const ofPort = page?.designators.filter(({ association }) => association === 'target port');
  const others = page?.designators.filter(({ association }) => association !== 'target port');
  return { ofPort, others };
}

/** What page 83h has to say of a target port. */
const designators = (number: number): unknown => [
  expect.objectContaining({ type: 'relative target port', number }),
  expect.objectContaining({ type: 'target port group', number }),
  expect.objectContaining({ type: 'SCSI name string', name: `${IQN},t,0x000${number}` }),
];

/** A REGISTER of key Ah. */
const register = (flags = 0, more = ''): readonly [string, Uint8Array] => {
  const list = outList({ newKey: 0xa, flags, more });
  return [outCdb(0, 0, list.length), list];
};

let one: Path;
let two: Path;
let server: IscsiServer;
beforeEach(async () => {
  [one, two, server] = await twoPaths();
});

describe('each portal group', () => {
  it('is a target port with a name, a number and a group of its own', async () => {
    expect(
      [await identification(one), await identification(two)].map(({ ofPort }) => ofPort),
    ).toEqual([designators(1), designators(2)]);
  });

  it('shows the same logical unit in all else', async () => {
    const pages = ['00', '80', '86', '87', '88', 'b0', 'b1', 'b2', 'b3', 'b7'];
    for (const cdb of ['12 00 00 0200 00', ...pages.map((page) => `12 01 ${page} 0200 00`)])
      expect((await one.send(cdb)).data).toEqual((await two.send(cdb)).data);
    expect((await identification(one)).others).toEqual((await identification(two)).others);
  });

  it('is among the SCSI ports, and the unit says that it has several (MULTIP)', async () => {
    const ports = decodeScsiPorts((await one.send('12 01 88 0200 00')).data)?.ports;
    expect(ports?.map((port) => port.relativePortId)).toEqual([1, 2]);
    expect((await one.send('12 00 00 0024 00')).data[6]! & 0x10).toBe(0x10);
  });

  it('is a session of its own for the same initiator port; another portal of it is not', async () => {
    expect(server.sessions).toHaveLength(2);
    const { port } = await server.listen({ port: 0, portalGroupTag: 2 });
    const again = await pathThrough(port); // reinstates the session through group 2
    expect(server.sessions).toHaveLength(2);
    expect(await again.send(TEST_UNIT_READY)).toMatchObject({ ended: '06/29/07' });
    expect(await one.send(TEST_UNIT_READY)).toMatchObject({ ended: GOOD });
  });
});

describe('asymmetric access', () => {
  it('is changed through one path and met on the other', async () => {
    const list = encodeSetTargetPortGroups([{ portGroup: 2, state: 'standby' }]);
    expect(await one.send('a4 0a 00000000 00000008 00 00', list)).toMatchObject({ ended: GOOD });
    expect(await two.send(TEST_UNIT_READY)).toMatchObject({ ended: '06/2a/06' });
    expect(await two.send(TEST_UNIT_READY)).toMatchObject({ ended: '02/04/0b' });
    expect(await one.send(TEST_UNIT_READY)).toMatchObject({ ended: GOOD });
    const { data } = await two.send('a3 0a 00000000 00000200 00 00');
    expect(decodeTargetPortGroups(data).groups).toMatchObject([
      { portGroup: 1, state: 'active/optimized', ports: [1] },
      { portGroup: 2, state: 'standby', ports: [2] },
    ]);
  });
});

describe('reservations', () => {
  const reserve = [outCdb(1, 3, 24), outList({ key: 0xa })] as const; // Exclusive Access
  const registered = async (): Promise<string[]> => {
    const { data } = await one.send('5e 03 00 00 00 00 00 0200 00');
    const view = new DataView(data.buffer, data.byteOffset, data.length);
    const found = [];
    // A full status descriptor: RELATIVE TARGET PORT IDENTIFIER at 18, ADDITIONAL LENGTH at 20.
    for (let at = 8; at < data.length; at += 24 + view.getUint32(at + 20))
      found.push(`port ${view.getUint16(at + 18)}${data[at + 12]! & 1 ? ', holder' : ''}`);
    return found;
  };

  it('are of a path, not of an initiator', async () => {
    expect(await one.send(...register())).toMatchObject({ ended: GOOD });
    expect(await one.send(...reserve)).toMatchObject({ ended: GOOD });
    expect(await registered()).toEqual(['port 1, holder']);
    expect(await two.send(READ)).toMatchObject({ ended: CONFLICT });
  });

  it('with ALL_TG_PT register the initiator port at every target port', async () => {
    expect(await one.send(...register(0x04))).toMatchObject({ ended: GOOD });
    expect(await registered()).toEqual(['port 1', 'port 2']);
    expect(await two.send(...reserve)).toMatchObject({ ended: GOOD });
    expect(await registered()).toEqual(['port 1', 'port 2, holder']);
    expect(await one.send(READ)).toMatchObject({ ended: CONFLICT });
  });

  it('with SPEC_I_PT and ALL_TG_PT register every port named at every target port', async () => {
    const other = encodeTransportId({
      type: 'iSCSI port',
      name: `${INITIATOR}-2`,
      isid: '800000000008',
    });
    const more = `${be(other.length, 4)} ${Buffer.from(other).toString('hex')}`;
    expect(await one.send(...register(0x0c, more))).toMatchObject({ ended: GOOD });
    expect((await registered()).toSorted()).toEqual(['port 1', 'port 1', 'port 2', 'port 2']);
  });

  it('are moved to another path of the same initiator port', async () => {
    await one.send(...register());
    await one.send(...reserve);
    const id = encodeTransportId({ type: 'iSCSI port', name: INITIATOR, isid: '800000000007' });
    const list = outList({ key: 0xa, newKey: 0xb, more: Buffer.from(id).toString('hex') });
    list.set([0, 0, 0, 2, 0, 0, 0, id.length], 16); // RELATIVE TARGET PORT IDENTIFIER 2
    expect(await one.send(outCdb(7, 0, list.length), list)).toMatchObject({ ended: GOOD });
    expect(await registered()).toEqual(['port 1', 'port 2, holder']);
    expect(await one.send(READ)).toMatchObject({ ended: CONFLICT });
    expect(await two.send(READ)).toMatchObject({ ended: GOOD });
  });

  it('of RESERVE keep out the other path, and end with the session that made them', async () => {
    expect(await one.send('16 00 00 00 00 00')).toMatchObject({ ended: GOOD });
    expect(await two.send(READ)).toMatchObject({ ended: CONFLICT });
    await one.session.close();
    await until(() => server.sessions.length === 1);
    expect(await two.send(READ)).toMatchObject({ ended: GOOD });
  });
});
