import { describe, expect, test } from 'vitest';
import { decodeText } from '../../../src/transport/iscsi/text.ts';
import { INITIATOR, IQN } from './raw-client.ts';
import { serve } from './serving.ts';

const WHO = ['InitiatorName', INITIATOR] as const;
const WHAT = ['TargetName', IQN] as const;

const hex = (byte: number): string => byte.toString(16).padStart(2, '0');

describe('a login', () => {
  test('in one step to the full feature phase gives a TSIH and the keys of the target', async () => {
    const { client } = await serve();
    const one = client();
    const answer = await one.login({ HeaderDigest: 'CRC32C,None', MaxBurstLength: '65536' });
    expect(answer.tsih).toBeGreaterThan(0);
    expect(answer).toMatchObject({ currentStage: 1, nextStage: 3, expCmdSn: 1, maxCmdSn: 128 });
    expect(decodeText(answer.data)).toEqual([
      ['TargetPortalGroupTag', '1'],
      ['HeaderDigest', 'None'],
      ['MaxBurstLength', '65536'],
      ['MaxRecvDataSegmentLength', '262144'],
    ]);
  });

  test('in two stages agrees on no authentication first', async () => {
    const { client } = await serve();
    const one = client();
    const security = await one.tryLogin([WHO, WHAT, ['AuthMethod', 'CHAP,None']], {
      currentStage: 0,
      nextStage: 1,
    });
    expect(security).toMatchObject({ statusClass: 0, transit: true, nextStage: 1, tsih: 0 });
    expect(decodeText(security.data)).toContainEqual(['AuthMethod', 'None']);
    const operational = await one.tryLogin([]);
    expect(operational).toMatchObject({ statusClass: 0, transit: true, nextStage: 3 });
    expect(operational.tsih).toBeGreaterThan(0);
    expect(operational.statSn).toBe(security.statSn + 1);
  });

  test('without T stays in its stage until T comes', async () => {
    const { client } = await serve();
    const one = client();
    const first = await one.tryLogin([WHO, WHAT], { transit: false, nextStage: 0 });
    expect(first).toMatchObject({ statusClass: 0, transit: false, tsih: 0 });
    const second = await one.tryLogin([['MaxBurstLength', '4096']]);
    expect(second).toMatchObject({ statusClass: 0, transit: true });
  });

  test.each([
    ['ISID', { isid: new Uint8Array(6) }],
    ['TSIH', { tsih: 1 }],
    ['connection id', { connectionId: 1 }],
  ])('that changes its %s on the way is refused', async (_, override) => {
    const { client } = await serve();
    const one = client();
    await one.tryLogin([WHO, WHAT], { transit: false, nextStage: 0 });
    expect(await one.tryLogin([], override)).toMatchObject({ statusClass: 2, statusDetail: 0 });
    expect(await one.next()).toBeUndefined();
  });

  test('takes text in pieces (C) and answers when it is whole', async () => {
    const { client } = await serve();
    const one = client();
    const text = new TextEncoder().encode(`InitiatorName=${INITIATOR}\0TargetName=${IQN}\0`);
    const first = await one.tryLogin([], {
      transit: false,
      continued: true,
      nextStage: 0,
      data: text.subarray(0, 30),
    });
    expect(first).toMatchObject({ statusClass: 0, transit: false });
    expect(first.data.length).toBe(0);
    expect(await one.tryLogin([], { data: text.subarray(30) })).toMatchObject({ transit: true });
  });

  test('finds a target by a name in other letters', async () => {
    const { client } = await serve();
    const answer = await client().tryLogin([WHO, ['TargetName', IQN.toUpperCase()]]);
    expect(answer.statusClass).toBe(0);
  });

  test.each([
    ['an unknown target', [WHO, ['TargetName', `${IQN}2`]], {}, '02/03'],
    ['no initiator name', [WHAT], {}, '02/07'],
    ['no target name', [WHO], {}, '02/07'],
    ['an initiator name that is none', [['InitiatorName', 'me'], WHAT], {}, '02/00'],
    ['a version from the future', [WHO, WHAT], { versionMin: 1, versionMax: 1 }, '02/05'],
    ['a session that is not there', [WHO, WHAT], { tsih: 77 }, '02/0a'],
    ['only CHAP', [WHO, WHAT, ['AuthMethod', 'CHAP']], { currentStage: 0, nextStage: 1 }, '02/01'],
    ['a session type of its own', [WHO, WHAT, ['SessionType', 'Odd']], {}, '02/09'],
    ['a stage that does not exist', [WHO, WHAT], { currentStage: 2 }, '02/00'],
    ['a stage that is behind', [WHO, WHAT], { currentStage: 1, nextStage: 0 }, '02/00'],
    ['T and C together', [WHO, WHAT], { continued: true }, '02/00'],
    ['a key given twice', [WHO, WHO, WHAT], {}, '02/00'],
  ] as const)('with %s is refused', async (_, pairs, override, status) => {
    const { client, log } = await serve();
    const one = client();
    const answer = await one.tryLogin(pairs, override);
    expect(`${hex(answer.statusClass)}/${hex(answer.statusDetail)}`).toBe(status);
    expect(answer.transit).toBe(false);
    expect(await one.next()).toBeUndefined();
    expect(log.some((event) => event.level === 'warn')).toBe(true);
  });

  test('with more text than allowed is refused', async () => {
    const { client } = await serve({ maxTextBytes: 8192 });
    const one = client();
    const override = { transit: false, continued: true, nextStage: 0 };
    await one.tryLogin([], { ...override, data: new Uint8Array(8192) });
    expect(await one.tryLogin([], { ...override, data: new Uint8Array(1) })).toMatchObject({
      statusClass: 2,
      statusDetail: 0,
    });
  });

  test('that never ends is cut after the allowed rounds', async () => {
    const { client } = await serve({ maxLoginRounds: 3 });
    const one = client();
    const override = { transit: false, nextStage: 0 };
    await one.tryLogin([WHO, WHAT], override);
    await one.tryLogin([], override);
    await one.tryLogin([], override);
    expect((await one.tryLogin([], override)).statusClass).toBe(2);
  });

  test('that names a key again in a later request is refused', async () => {
    const { client } = await serve();
    const one = client();
    const key = ['MaxBurstLength', '4096'] as const;
    await one.tryLogin([WHO, WHAT, key], { transit: false, nextStage: 0 });
    expect(await one.tryLogin([key])).toMatchObject({ statusClass: 2, statusDetail: 0 });
  });

  test('that is silent is cut after its time', async () => {
    const { client, log } = await serve({ loginTimeout: 30 });
    const one = client();
    expect(await one.next()).toBeUndefined();
    expect(log.at(-1)?.message).toContain('login not complete in time');
  });

  test('interrupted by another PDU is refused with 02/0b', async () => {
    const { client } = await serve();
    const one = client();
    await one.tryLogin([WHO, WHAT], { transit: false, nextStage: 0 });
    one.send(one.ping());
    expect(await one.expect('Login Response')).toMatchObject({ statusClass: 2, statusDetail: 11 });
    expect(await one.next()).toBeUndefined();
  });

  test('is what a connection begins with: anything else ends it', async () => {
    const { client } = await serve();
    const one = client();
    one.send(one.ping());
    expect(await one.next()).toBeUndefined();
  });

  test('with a data segment over 8192 bytes ends the connection', async () => {
    const { client } = await serve();
    const one = client();
    one.send(one.loginPdu([], { data: new Uint8Array(8193) }));
    expect(await one.next()).toBeUndefined();
  });

  test('beyond the limit of sessions is refused with 03/02', async () => {
    const { client } = await serve({ maxSessions: 1 });
    await client().login();
    const isid = new Uint8Array([0x80, 0, 0, 0, 0, 2]);
    expect(await client().tryLogin([WHO, WHAT], { isid })).toMatchObject({
      statusClass: 3,
      statusDetail: 2,
    });
  });

  test('of a second connection to a session is refused with 02/06', async () => {
    const { client } = await serve();
    const { tsih } = await client().login();
    expect(await client().tryLogin([WHO, WHAT], { tsih, connectionId: 1 })).toMatchObject({
      statusClass: 2,
      statusDetail: 6,
    });
  });

  test('and the first command may come in one packet', async () => {
    const { client } = await serve();
    const one = client();
    const login = one.loginPdu([WHO, WHAT]);
    one.send(login, one.command());
    await one.expect('Login Response');
    expect(await one.expect('SCSI Response')).toMatchObject({ status: 0, expCmdSn: 2 });
  });
});
