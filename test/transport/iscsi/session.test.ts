import { describe, expect, test } from 'vitest';
import { IscsiServer } from '../../../src/transport/iscsi/server.ts';
import { decodeText } from '../../../src/transport/iscsi/text.ts';
import { FakeDisk } from './fake-target.ts';
import { INITIATOR, IQN, RawClient, NO_TAG } from './raw-client.ts';
import { closeLater, gate, serve, until } from './serving.ts';

const WHO = ['InitiatorName', INITIATOR] as const;
const DISCOVERY = [WHO, ['SessionType', 'Discovery']] as const;

describe('sessions', () => {
  test('the nexus is named for the initiator port', async () => {
    const { client, disk } = await serve();
    await client().login();
    expect([...disk.nexuses.keys()]).toEqual([`${INITIATOR},i,0x800000000001`]);
  });

  test('the target port is named for the target and the portal group', async () => {
    const { disk } = await serve();
    expect(disk.ports).toEqual([
      { protocol: 5, name: `${IQN},t,0x0001`, deviceName: IQN, portGroup: 1 },
    ]);
  });

  test('a login by the same name ends the old session before it is answered', async () => {
    const { client, disk } = await serve();
    const lost = gate();
    const old = client();
    await old.login();
    disk.behaviour = (task) => (task.cdb[0] === 0 ? new Promise(() => {}) : 'disk');
    old.send(old.command());
    await until(() => disk.log.length === 1);
    disk.onLost = () => lost.promise;
    const fresh = client();
    fresh.send(fresh.loginPdu([WHO, ['TargetName', IQN]]));
    expect(await old.next()).toBeUndefined();
    const [nexus] = disk.nexuses.values();
    expect(nexus?.losses).toBe(1);
    expect(fresh.received).toEqual([]);
    lost.open();
    expect((await fresh.expect('Login Response')).statusClass).toBe(0);
    expect(disk.nexuses.size).toBe(1);
  });

  test('a login with the TSIH and CID of a session replaces its connection', async () => {
    const { client, server } = await serve();
    const old = client();
    const { tsih } = await old.login();
    const fresh = client();
    expect((await fresh.login({}, { tsih })).statusClass).toBe(0);
    expect(await old.next()).toBeUndefined();
    expect(server.sessions).toHaveLength(1);
  });

  test('another ISID is another session', async () => {
    const { client, server } = await serve();
    const one = client();
    await one.login();
    const two = client();
    await two.login({}, { isid: new Uint8Array([0x80, 0, 0, 0, 0, 9]) });
    expect(server.sessions.map(({ isid }) => isid)).toEqual(['800000000001', '800000000009']);
    one.send(one.ping());
    await one.expect('NOP-In');
  });

  test('a connection that breaks takes its session with it', async () => {
    const { client, server, disk } = await serve();
    const one = client();
    await one.login();
    one.close();
    await until(() => server.sessions.length === 0);
    expect([...disk.nexuses.values()][0]?.losses).toBe(1);
  });

  test('a logout is answered after the tasks are gone, then the connection ends', async () => {
    const { client, disk } = await serve();
    const one = client();
    await one.login();
    one.send(one.logout());
    expect(await one.expect('Logout Response')).toMatchObject({ response: 0 });
    expect(await one.next()).toBeUndefined();
    expect([...disk.nexuses.values()][0]?.losses).toBe(1);
  });

  test.each([
    ['another connection', { reason: 1, connectionId: 5 }, 1],
    ['recovery', { reason: 2 }, 2],
  ])('a logout for %s is refused and the session goes on', async (_, override, response) => {
    const { client } = await serve();
    const one = client();
    await one.login();
    one.send(one.logout(override), one.ping());
    expect((await one.expect('Logout Response')).response).toBe(response);
    await one.expect('NOP-In');
  });

  test('a graceful close waits for the command that runs and sends its answer', async () => {
    const { client, server, disk } = await serve();
    const one = client();
    await one.login();
    const end = gate();
    disk.behaviour = (task) => end.promise.then(() => disk.run(task));
    one.send(one.read10(0, 1));
    await until(() => disk.log.length === 1);
    const closed = server.close();
    expect(server.close()).toBe(closed);
    await one.expect('Asynchronous Message');
    end.open();
    expect((await one.expect('SCSI Data-In')).hasStatus).toBe(true);
    one.send(one.logout());
    await one.expect('Logout Response');
    await closed;
    expect(await one.next()).toBeUndefined();
  });

  test('a graceful close does not wait longer than it may', async () => {
    const { client, server, disk } = await serve({ closeTimeout: 30 });
    const one = client();
    await one.login();
    disk.behaviour = () => new Promise(() => {});
    one.send(one.read10(0, 1));
    await until(() => disk.log.length === 1);
    await server.close();
    expect(server.sessions).toEqual([]);
  });

  test('an initiator that is silent is pinged, and cut when it does not answer', async () => {
    const { client } = await serve({ nopInterval: 10, nopTimeout: 10 });
    const one = client();
    await one.login();
    const ping = await one.expect('NOP-In');
    expect(ping).toMatchObject({ initiatorTaskTag: NO_TAG });
    expect(ping.targetTransferTag).not.toBe(NO_TAG);
    one.send(one.ping({ initiatorTaskTag: NO_TAG, targetTransferTag: ping.targetTransferTag }));
    const second = await one.expect('NOP-In');
    expect(second.targetTransferTag).not.toBe(ping.targetTransferTag);
    expect(await one.next()).toBeUndefined();
  });
});

describe('discovery', () => {
  test('SendTargets=All names every target with every portal', async () => {
    const server = new IscsiServer();
    closeLater(() => server.close({ graceful: false }));
    server.addTarget({ name: IQN, target: new FakeDisk().target });
    server.addTarget({ name: `${IQN}2`, target: new FakeDisk().target, portalGroups: [2] });
    const first = await server.listen({ port: 0 });
    await server.listen({ port: 0, portalGroupTag: 2, advertise: '192.0.2.1:3260' });
    const one = new RawClient(first.port);
    closeLater(() => one.close());
    const login = await one.tryLogin(DISCOVERY);
    expect(login.statusClass).toBe(0);
    expect(decodeText(login.data)).not.toContainEqual(['TargetPortalGroupTag', '1']);
    one.send(one.text([['SendTargets', 'All']]));
    const answer = await one.expect('Text Response');
    expect(Buffer.from(answer.data).toString('latin1').split('\0')).toEqual([
      `TargetName=${IQN}`,
      `TargetAddress=127.0.0.1:${first.port},1`,
      'TargetAddress=192.0.2.1:3260,2',
      `TargetName=${IQN}2`,
      'TargetAddress=192.0.2.1:3260,2',
      '',
    ]);
    // The target of portal group 2 is not reached through portal group 1.
    const two = new RawClient(first.port);
    closeLater(() => two.close());
    expect(await two.tryLogin([WHO, ['TargetName', `${IQN}2`]])).toMatchObject({
      statusClass: 2,
      statusDetail: 3,
    });
  });

  test('a portal on a wildcard names the address by which the initiator came', async () => {
    const server = new IscsiServer();
    closeLater(() => server.close({ graceful: false }));
    server.addTarget({ name: IQN, target: new FakeDisk().target });
    const { port } = await server.listen({ host: '0.0.0.0', port: 0 });
    const one = new RawClient(port);
    closeLater(() => one.close());
    await one.tryLogin(DISCOVERY);
    one.send(one.text([['SendTargets', IQN]]));
    const answer = await one.expect('Text Response');
    expect(Buffer.from(answer.data).toString('latin1')).toContain(`=127.0.0.1:${port},1\0`);
  });

  test('an answer longer than a PDU of the initiator comes in pieces', async () => {
    const { client, server, port } = await serve();
    for (let i = 0; i < 40; i++)
      server.addTarget({ name: `${IQN}.${i}`, target: new FakeDisk().target });
    const one = client();
    await one.tryLogin([...DISCOVERY, ['MaxRecvDataSegmentLength', '512']]);
    let text = '';
    let tag = NO_TAG;
    for (;;) {
      one.send(
        one.text(tag === NO_TAG ? [['SendTargets', 'All']] : [], { targetTransferTag: tag }),
      );
      const answer = await one.expect('Text Response');
      expect(answer.data.length).toBeLessThanOrEqual(512);
      text += Buffer.from(answer.data).toString('latin1');
      expect(answer.continued).toBe(!answer.final);
      if (answer.final) break;
      tag = answer.targetTransferTag;
      expect(tag).not.toBe(NO_TAG);
    }
    expect(text.match(/TargetName=/g)).toHaveLength(41);
    expect(text.match(new RegExp(`TargetAddress=127.0.0.1:${port},1`, 'g'))).toHaveLength(41);
  });

  test('takes nothing but text and logout', async () => {
    const { client } = await serve();
    const one = client();
    await one.tryLogin(DISCOVERY);
    one.send(one.command());
    expect(await one.expect('Reject')).toMatchObject({ reason: 4 });
    one.send(one.logout());
    await one.expect('Logout Response');
  });

  test('in a normal session knows the own target only', async () => {
    const { client, server } = await serve();
    server.addTarget({ name: `${IQN}2`, target: new FakeDisk().target });
    const one = client();
    await one.login();
    const ask = async (value: string): Promise<string> => {
      one.send(one.text([['SendTargets', value]]));
      return Buffer.from((await one.expect('Text Response')).data).toString('latin1');
    };
    expect(await ask('')).toContain(`TargetName=${IQN}\0`);
    expect(await ask(IQN)).toContain(`TargetName=${IQN}\0`);
    expect(await ask(`${IQN}2`)).toBe('');
    expect(await ask('All')).toBe('SendTargets=Reject\0');
  });

  test('a text tag that was never given is rejected', async () => {
    const { client } = await serve();
    const one = client();
    await one.login();
    one.send(one.text([], { targetTransferTag: 5 }));
    expect((await one.expect('Reject')).reason).toBe(9);
  });
});

describe('a server', () => {
  test.each(['disk', 'iqn.2026.com.example:x'])('refuses the target name %s', (name) => {
    const server = new IscsiServer();
    expect(() => server.addTarget({ name, target: new FakeDisk().target })).toThrow(TypeError);
  });

  test('refuses a name that is taken', () => {
    const server = new IscsiServer();
    server.addTarget({ name: IQN, target: new FakeDisk().target });
    expect(() => server.addTarget({ name: IQN, target: new FakeDisk().target })).toThrow(TypeError);
  });

  test('refuses a limit out of its range', () => {
    expect(() => new IscsiServer({ commandWindow: 0 })).toThrow(RangeError);
    expect(() => new IscsiServer({ maxBurstLength: 1024, firstBurstLength: 2048 })).toThrow(
      RangeError,
    );
  });

  test('fails to listen where somebody else does', async () => {
    const { server, port } = await serve();
    await expect(server.listen({ port })).rejects.toThrow('EADDRINUSE');
  });

  test('counts commands and bytes, of sessions that ended too', async () => {
    const { client, server } = await serve();
    const one = client();
    await one.login();
    one.send(one.write10(0, 1, { data: new Uint8Array(512) }), one.read10(0, 2));
    await one.expect('SCSI Response');
    await one.expect('SCSI Data-In');
    const expected = {
      commands: 2,
      bytesIn: 512,
      bytesOut: 1024,
      logins: 1,
      refusedLogins: new Map(),
    };
    expect(server.counters).toEqual({ ...expected, sessions: 1, connections: 1 });
    one.close();
    await until(() => server.sessions.length === 0);
    expect(server.counters).toEqual({ ...expected, sessions: 0, connections: 0 });
  });
});
