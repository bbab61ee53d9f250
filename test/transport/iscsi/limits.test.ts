/** Every limit of a server: what happens beyond it, and that another session notices nothing. */
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { once } from 'node:events';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { manualClock } from '../../../src/testing/manual-clock.ts';
import { resolveLimits } from '../../../src/transport/iscsi/options.ts';
import type { IscsiLimits } from '../../../src/transport/iscsi/options.ts';
import type { Response } from '../../../src/scsi/task.ts';
import type { IscsiServerOptions } from '../../../src/transport/iscsi/server-info.ts';
import { encodePdu } from '../../../src/transport/iscsi/pdu.ts';
import type { Pdu } from '../../../src/transport/iscsi/pdu.ts';
import { FakeDisk } from './fake-target.ts';
import { INITIATOR, IQN, NO_TAG, pattern } from './raw-client.ts';
import type { RawClient } from './raw-client.ts';
import { closeLater, serve, until } from './serving.ts';
import type { Serving } from './serving.ts';

const WHO = ['InitiatorName', INITIATOR] as const;
const WHAT = ['TargetName', IQN] as const;
const OPEN = { transit: false, nextStage: 0 };

const tested = new Set<keyof IscsiLimits>();

/** An ISID that differs from that of other clients. */
function isid(number: number): Uint8Array {
  return new Uint8Array([0x80, 0, 0, 0, number >> 8, number & 0xff]);
}

/** A test that goes beyond a limit while another session is there, which has to be served afterwards. */
function limit(
  name: keyof IscsiLimits,
  behaviour: string,
  options: IscsiServerOptions,
  beyond: (serving: Serving, other: RawClient) => Promise<void>,
): void {
  tested.add(name);
  test(`${name}: ${behaviour}`, async () => {
    const serving = await serve(options);
    const other = serving.client();
    await other.login({}, { isid: isid(0xffff) });
    await beyond(serving, other);
    other.send(other.command());
    expect((await other.expect('SCSI Response')).status).toBe(0);
  });
}

/** TCP connections that say nothing. */
async function silent({ server, port }: Serving, count: number): Promise<void> {
  const { connections } = server.counters;
  for (let i = 0; i < count; i++) {
    const socket = connect(port, '127.0.0.1');
    closeLater(() => void socket.destroy());
  }
  await until(() => server.counters.connections === connections + count);
}

/** Connects, and waits for the other side to hang up. */
async function turnedAway({ port, log }: Serving, reason: string): Promise<void> {
  const late = connect(port, '127.0.0.1');
  late.resume();
  await once(late, 'close');
  expect(log.at(-1)?.message).toBe(`connection refused: ${reason}`);
}

/** The answer to a ping: nothing else came before it. */
async function nothingBefore(one: RawClient): Promise<void> {
  one.send(one.ping());
  await one.expect('NOP-In');
}

/** Waits for the end of a connection, whatever comes before it. */
async function ended(one: RawClient): Promise<void> {
  while ((await one.next()) !== undefined);
}

limit('maxConnections', 'another is closed at once', { maxConnections: 3 }, async (serving) => {
  await silent(serving, 2);
  await turnedAway(serving, 'too many');
});

limit(
  'maxPendingLogins',
  'another is closed at once, until one has gone',
  { maxPendingLogins: 2 },
  async (serving) => {
    await silent(serving, 1);
    const pending = connect(serving.port, '127.0.0.1');
    await until(() => serving.server.counters.connections === 3);
    await turnedAway(serving, 'too many that have not logged in');
    pending.destroy();
    await until(() => serving.server.counters.connections === 2);
    await serving.client().login();
  },
);

limit('maxSessions', 'another login is refused', { maxSessions: 2 }, async ({ client }) => {
  await client().login({}, { isid: isid(1) });
  expect(await client().tryLogin([WHO, WHAT], { isid: isid(2) })).toMatchObject({
    statusClass: 3,
    statusDetail: 2,
  });
});

limit(
  'maxConnectionsPerSession',
  'another connection is refused',
  { maxConnectionsPerSession: 2 },
  async ({ client }) => {
    const { tsih } = await client().login({ MaxConnections: '8' });
    await client().login({}, { tsih, connectionId: 1 });
    expect(await client().tryLogin([WHO, WHAT], { tsih, connectionId: 2 })).toMatchObject({
      statusClass: 2,
      statusDetail: 6,
    });
  },
);

const loginClock = manualClock();
limit(
  'loginTimeout',
  'a login that dawdles is cut, whatever it has sent',
  { loginTimeout: 1000, clock: loginClock },
  async (serving) => {
    const [half, whole] = [serving.client(), serving.client()];
    await half.tryLogin([WHO, WHAT], OPEN);
    await silent(serving, 1);
    await whole.login();
    loginClock.advance(999);
    await nothingBefore(whole);
    expect(serving.server.counters.connections).toBe(4);
    loginClock.advance(1);
    await ended(half);
    expect(serving.server.counters.connections).toBe(2);
    await nothingBefore(whole);
  },
);

test('a login that comes a byte at a time has no more time than another', async () => {
  const clock = manualClock();
  const { client, server } = await serve({ loginTimeout: 1000, clock });
  const one = client();
  const login = encodePdu(one.loginPdu([WHO, WHAT]));
  let sent = 0;
  for (; server.counters.connections > 0 || sent === 0; sent++) {
    one.socket.write(login.subarray(sent, sent + 1));
    await until(() => server.counters.connections > 0);
    await new Promise((resolve) => setImmediate(resolve));
    clock.advance(100);
  }
  expect(sent).toBe(10);
  await ended(one);
});

test('a connection that its initiator half closes ends, before the login and after it', async () => {
  const { client, server } = await serve();
  const [begun, done] = [client(), client()];
  await begun.tryLogin([WHO, WHAT], OPEN);
  await done.login({}, { isid: isid(2) });
  begun.socket.end();
  done.socket.end(encodePdu(done.command()).subarray(0, 47));
  await until(() => server.counters.connections === 0 && server.sessions.length === 0);
});

test('a thousand connections that begin a login and stop cost little, and go when time is up', async () => {
  const clock = manualClock();
  const count = 1000;
  const { client, server, port } = await serve({ maxPendingLogins: count, clock });
  const other = client();
  await other.login();
  const before = memory();
  // A header that announces all the data that a login may have, and some of that.
  const login = encodePdu(other.loginPdu([], { ...OPEN, data: new Uint8Array(8192) }));
  for (let i = 0; i < count; i++) {
    const socket = connect(port, '127.0.0.1');
    socket.on('error', () => {});
    socket.write(login.subarray(0, 1000));
    closeLater(() => void socket.destroy());
  }
  await until(() => server.counters.connections === count + 1);
  await nothingBefore(other);
  // Both ends of each, of which the announced data is 8 KiB.
  expect((memory() - before) / count).toBeLessThan(64 * 1024);
  clock.advance(15_000);
  expect(server.counters.connections).toBe(1);
  await nothingBefore(other);
});

/** Bytes that are in use after all that can be collected was. */
function memory(): number {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

limit('maxLoginRounds', 'one more is refused', { maxLoginRounds: 3 }, async ({ client }) => {
  const one = client();
  await one.tryLogin([WHO, WHAT], OPEN);
  for (let round = 2; round <= 3; round++)
    expect((await one.tryLogin([], OPEN)).statusClass).toBe(0);
  expect(await one.tryLogin([], OPEN)).toMatchObject({ statusClass: 2, statusDetail: 0 });
  await ended(one);
});

limit(
  'maxLoginBytes',
  'who sends more before his login is complete is cut',
  { maxLoginBytes: 1024 },
  async ({ client, log }) => {
    const one = client();
    const more = { ...OPEN, continued: true, data: new Uint8Array(1024 - 2 * 48) };
    expect((await one.tryLogin([], more)).statusClass).toBe(0);
    expect((await one.tryLogin([], { ...OPEN, continued: true })).statusClass).toBe(0);
    expect(log.filter(({ level }) => level !== 'debug')).toEqual([]);
    one.send(one.loginPdu([], { ...OPEN, continued: true }));
    expect(await one.next()).toBeUndefined();
    expect(log.at(-1)?.message).toContain('too many bytes before the end of the login');
  },
);

limit(
  'maxTextBytes',
  'more is refused in a login, rejected after it',
  { maxTextBytes: 1024 },
  async ({ client }) => {
    const one = client();
    const part = { ...OPEN, continued: true, data: new Uint8Array(1024) };
    await one.tryLogin([], part);
    expect(await one.tryLogin([], { ...part, data: new Uint8Array(1) })).toMatchObject({
      statusClass: 2,
      statusDetail: 0,
    });
    const two = client();
    await two.login();
    two.send(two.text([], { final: false, continued: true, data: new Uint8Array(1024) }));
    const { targetTransferTag } = await two.expect('Text Response');
    two.send(two.text([], { targetTransferTag, data: new Uint8Array(1) }));
    expect((await two.expect('Reject')).reason).toBe(4);
    await nothingBefore(two);
  },
);

limit('maxTextRounds', 'one more resets the exchange', { maxTextRounds: 3 }, async ({ client }) => {
  const one = client();
  await one.login();
  let targetTransferTag = NO_TAG;
  for (let round = 1; round <= 3; round++) {
    one.send(one.text([], { final: false, continued: round < 3, targetTransferTag }));
    ({ targetTransferTag } = await one.expect('Text Response'));
  }
  one.send(one.text([], { final: false, targetTransferTag }));
  expect((await one.expect('Reject')).reason).toBe(0x0b); // Negotiation Reset
  one.send(one.text([], { targetTransferTag }));
  expect((await one.expect('Reject')).reason).toBe(9); // the tag is no more
  one.send(one.text([['SendTargets', '']]));
  expect((await one.expect('Text Response')).final).toBe(true);
});

test('an exchange of text that begins makes the tag of the one before void', async () => {
  const { client } = await serve();
  const one = client();
  await one.login();
  const tags = new Set<number>();
  let last = NO_TAG;
  for (let i = 0; i < 100; i++) {
    one.send(one.text([], { final: false }));
    last = (await one.expect('Text Response')).targetTransferTag;
    tags.add(last);
  }
  expect(tags.size).toBe(100);
  for (const targetTransferTag of tags) {
    if (targetTransferTag === last) continue;
    one.send(one.text([], { targetTransferTag }));
    expect((await one.expect('Reject')).reason).toBe(9);
  }
  one.send(one.text([], { targetTransferTag: last }));
  expect((await one.expect('Text Response')).final).toBe(true);
});

function extendedCdb(length: number): Uint8Array {
  const ahs = new Uint8Array(4 + length);
  ahs[1] = 1 + length; // AHSLength
  ahs[2] = 1; // AHSType: extended CDB
  return ahs;
}

limit(
  'maxAhsBytes',
  'more is rejected and ends the connection',
  { maxAhsBytes: 20 },
  async ({ client, disk }) => {
    const one = client();
    await one.login();
    one.send(one.command({ ahs: extendedCdb(16) }));
    expect((await one.expect('SCSI Response')).status).toBe(0);
    one.send(one.command({ ahs: extendedCdb(20) }));
    expect((await one.expect('Reject')).reason).toBe(4);
    await ended(one);
    expect(disk.log).toHaveLength(1);
  },
);

limit(
  'maxRecvDataSegmentLength',
  'more is rejected and ends the connection',
  { maxRecvDataSegmentLength: 1024 },
  async ({ client }) => {
    const one = client();
    await one.login();
    one.send(one.write10(0, 3, { data: pattern(1536) }));
    expect((await one.expect('Reject')).reason).toBe(4);
    await ended(one);
  },
);

limit(
  'firstBurstLength',
  'more data unasked ends its command',
  { firstBurstLength: 512 },
  async ({ client, disk }) => {
    const one = client();
    await one.login({ FirstBurstLength: '65536' });
    one.send(one.write10(0, 2, { data: pattern(1024) }));
    const { status, data } = await one.expect('SCSI Response');
    expect([status, data[4], data[14], data[15]]).toEqual([2, 0x0b, 0x0c, 0x0d]);
    expect(disk.bytes[0]).toBe(0);
    await nothingBefore(one);
  },
);

limit(
  'maxBurstLength',
  'more data than was asked for ends its command',
  { maxBurstLength: 512, firstBurstLength: 512 },
  async ({ client }) => {
    const one = client();
    await one.login({ ImmediateData: 'No', MaxBurstLength: '65536' });
    const write = one.write10(0, 2);
    const { initiatorTaskTag } = write;
    one.send(write);
    const { targetTransferTag, desiredLength } = await one.expect('R2T');
    expect(desiredLength).toBe(512);
    one.send(one.dataOut({ initiatorTaskTag, targetTransferTag, data: pattern(1024) }));
    const { status, data } = await one.expect('SCSI Response');
    expect([status, data[4], data[14], data[15]]).toEqual([2, 0x0b, 0x0c, 0x0d]);
    await nothingBefore(one);
  },
);

limit(
  'maxOutstandingR2T',
  'no more are sent until one is answered',
  { maxOutstandingR2T: 2, maxBurstLength: 512, firstBurstLength: 512 },
  async ({ client }) => {
    const one = client();
    await one.login({ ImmediateData: 'No', MaxBurstLength: '65536', MaxOutstandingR2T: '100' });
    const write = one.write10(0, 4);
    one.send(write);
    const first = await one.expect('R2T');
    await one.expect('R2T');
    await nothingBefore(one);
    const { initiatorTaskTag } = write;
    const { targetTransferTag } = first;
    one.send(one.dataOut({ initiatorTaskTag, targetTransferTag, data: pattern(512) }));
    expect((await one.expect('R2T')).bufferOffset).toBe(1024);
    await nothingBefore(one);
  },
);

limit(
  'commandWindow',
  'a command beyond it is ignored',
  { commandWindow: 2 },
  async ({ client, disk }) => {
    const one = client();
    await one.login();
    disk.behaviour = () => new Promise(() => {});
    one.send(one.command(), one.command(), one.command());
    await nothingBefore(one);
    expect(disk.log).toHaveLength(2);
    disk.behaviour = () => 'disk';
  },
);

limit(
  'maxImmediateCommands',
  'another is rejected',
  { maxImmediateCommands: 2 },
  async ({ client, disk }) => {
    const one = client();
    await one.login();
    disk.behaviour = () => new Promise(() => {});
    for (const initiatorTaskTag of [1, 2, 3])
      one.send(one.command({ immediate: true, initiatorTaskTag }));
    expect((await one.expect('Reject')).reason).toBe(6);
    expect(disk.log).toHaveLength(2);
    disk.behaviour = () => 'disk';
  },
);

type R2T = Extract<Pdu, { readonly kind: 'R2T' }>;

/** Answers the R2T of a command whole. */
function answer(one: RawClient, r2t: R2T): void {
  const { initiatorTaskTag, targetTransferTag, bufferOffset, desiredLength } = r2t;
  const data = pattern(desiredLength);
  one.send(one.dataOut({ initiatorTaskTag, targetTransferTag, bufferOffset, data }));
}

/** The answer to a write and the R2T of the next one, in whichever order. */
async function answerAndR2T(one: RawClient): Promise<R2T> {
  const pdus = [await one.next(), await one.next()];
  const r2t = pdus.find((pdu) => pdu?.kind === 'R2T');
  if (r2t === undefined || !pdus.some((pdu) => pdu?.kind === 'SCSI Response'))
    throw new Error(`wanted an R2T and a SCSI Response, got ${JSON.stringify(pdus)}`);
  return r2t;
}

limit(
  'maxDataOutBytes',
  'commands of the session wait, by whichever connection they came',
  { maxDataOutBytes: 2048 },
  async ({ client }) => {
    const [one, two] = [client(), client()];
    const { tsih } = await one.login({ ImmediateData: 'No', MaxConnections: '2' });
    await two.login({}, { tsih, connectionId: 1 });
    const third = one.write10(6, 1);
    one.send({ ...one.write10(0, 2), cmdSn: 1 }, { ...one.write10(2, 2), cmdSn: 2 });
    const first = await one.expect('R2T');
    await one.expect('R2T');
    two.send({ ...third, cmdSn: 3 });
    await nothingBefore(two);
    answer(one, first);
    await one.expect('SCSI Response');
    expect((await two.expect('R2T')).desiredLength).toBe(512);
  },
);

limit(
  'maxTotalDataOutBytes',
  'commands wait for those of other sessions, but for one of each',
  { maxTotalDataOutBytes: 2048 },
  async ({ client }, other) => {
    const [one, two] = [client(), client()];
    await one.login({ ImmediateData: 'No' });
    await two.login({ ImmediateData: 'No' }, { isid: isid(2) });
    one.send(one.write10(0, 4));
    const first = await one.expect('R2T');
    two.send(two.write10(4, 1), two.write10(5, 1));
    const only = await two.expect('R2T');
    await nothingBefore(two);
    answer(two, only);
    await answerAndR2T(two);
    two.send(two.write10(6, 1));
    await nothingBefore(two);
    answer(one, first);
    await one.expect('SCSI Response');
    await two.expect('R2T');
    await nothingBefore(other);
  },
);

/** Commands do not end until the test says so. */
function held(disk: FakeDisk): (() => void)[] {
  const end: (() => void)[] = [];
  disk.behaviour = (task) => new Promise((resolve) => end.push(() => resolve(disk.run(task))));
  return end;
}

limit(
  'maxTotalDataOutBytes',
  'a command whose data comes unasked gets TASK SET FULL, but for one of each session',
  { maxTotalDataOutBytes: 1024 },
  async ({ client, disk }) => {
    const end = held(disk);
    const [one, two] = [client(), client()];
    await one.login();
    await two.login({ InitialR2T: 'No' }, { isid: isid(2) });
    one.send(one.write10(0, 2, { data: pattern(1024) }));
    await until(() => end.length === 1);
    two.send(two.write10(2, 1, { data: pattern(512) }));
    await until(() => end.length === 2);
    two.send(two.write10(3, 1, { data: pattern(512) }));
    expect(await two.expect('SCSI Response')).toMatchObject({ status: 0x28, residual: 512 });
    const more = two.write10(4, 2, { data: pattern(512), final: false });
    const { initiatorTaskTag } = more;
    two.send(more, two.dataOut({ initiatorTaskTag, bufferOffset: 512, data: pattern(512) }));
    expect(await two.expect('SCSI Response')).toMatchObject({ status: 0x28, residual: 1024 });
    two.send(two.command());
    await until(() => end.length === 3);
    for (const finish of end) finish();
    expect((await one.expect('SCSI Response')).status).toBe(0);
    for (let i = 0; i < 2; i++) expect((await two.expect('SCSI Response')).status).toBe(0);
    disk.behaviour = () => 'disk';
    two.send(two.write10(3, 1, { data: pattern(512, 3) }));
    expect((await two.expect('SCSI Response')).status).toBe(0);
    expect(disk.bytes.subarray(1536, 2048)).toEqual(pattern(512, 3));
  },
);

test('data of commands whose turn never came counts no more when their session has ended', async () => {
  const { client, disk, server } = await serve({ maxTotalDataOutBytes: 1024 });
  const [lost, one] = [client(), client()];
  await lost.login();
  await one.login({}, { isid: isid(2) });
  lost.send(lost.write10(0, 2, { data: pattern(1024), cmdSn: 5 }));
  await nothingBefore(lost);
  lost.close();
  await until(() => server.sessions.length === 1);
  const end = held(disk);
  one.send(one.write10(0, 1, { data: pattern(512) }), one.write10(1, 1, { data: pattern(512) }));
  await until(() => end.length === 2);
});

/** Reads do not end until the test says so. */
function slowReads(disk: FakeDisk): (() => void)[] {
  const end: (() => void)[] = [];
  disk.behaviour = (task) =>
    task.cdb[0] === 0x28
      ? new Promise((resolve) => end.push(() => resolve(disk.run(task))))
      : 'disk';
  return end;
}

limit(
  'maxDataInBytes',
  'further commands of the session wait for their turn, whichever connection they come by',
  { maxDataInBytes: 1024 },
  async ({ client, disk }) => {
    const end = slowReads(disk);
    const [one, two] = [client(), client()];
    const { tsih } = await one.login({ MaxConnections: '2' });
    await two.login({}, { tsih, connectionId: 1 });
    one.send({ ...one.read10(0, 3), cmdSn: 1 });
    await until(() => end.length === 1);
    two.send({ ...two.command(), cmdSn: 2, initiatorTaskTag: 7 });
    await nothingBefore(two);
    one.send({ ...one.read10(0, 1), cmdSn: 3, initiatorTaskTag: 8 });
    await nothingBefore(one);
    one.send(one.command({ immediate: true, read: true, expectedLength: 1, initiatorTaskTag: 9 }));
    expect((await one.expect('Reject')).reason).toBe(6);
    expect(disk.log).toHaveLength(1);
    end[0]?.();
    expect((await one.expect('SCSI Data-In')).data).toHaveLength(1536);
    await two.expect('SCSI Response');
    await until(() => end.length === 2);
    end[1]?.();
    await one.expect('SCSI Data-In');
  },
);

limit(
  'maxTotalDataInBytes',
  'commands wait for those of other sessions, but for one of each',
  { maxTotalDataInBytes: 1024 },
  async ({ client, disk }) => {
    const end = slowReads(disk);
    const [one, two] = [client(), client()];
    await one.login();
    await two.login({}, { isid: isid(2) });
    one.send(one.read10(0, 3));
    await until(() => end.length === 1);
    two.send(two.read10(0, 1), two.read10(0, 1));
    await until(() => end.length === 2);
    await nothingBefore(two);
    end[1]?.();
    await two.expect('SCSI Data-In');
    await until(() => end.length === 3);
    two.send(two.read10(0, 1));
    await nothingBefore(two);
    expect(end).toHaveLength(3);
    end[0]?.();
    await one.expect('SCSI Data-In');
    await until(() => end.length === 4);
    for (const finish of end) finish();
    await two.expect('SCSI Data-In');
    await two.expect('SCSI Data-In');
  },
);

test('reads beyond their limit do not keep the data of a write away that they wait for', async () => {
  const { client, disk } = await serve({ maxDataInBytes: 512 });
  // As an ordered write has those behind it wait.
  let written: Promise<Response> | undefined;
  disk.behaviour = (task) => {
    if (task.cdb[0] === 0x2a) return (written = Promise.resolve(disk.run(task)));
    return written?.then(() => disk.run(task)) ?? 'disk';
  };
  const one = client();
  await one.login({ ImmediateData: 'No' });
  one.send(one.write10(0, 1), one.read10(0, 2), one.read10(0, 2));
  answer(one, await one.expect('R2T'));
  await one.expect('SCSI Response');
  for (let i = 0; i < 2; i++)
    expect((await one.expect('SCSI Data-In')).data.subarray(0, 512)).toEqual(pattern(512));
});

/** How many commands have begun when no more do: the kernel has taken what it takes. */
async function standstill(disk: FakeDisk): Promise<number> {
  for (let seen = -1; seen !== disk.log.length;) {
    seen = disk.log.length;
    await new Promise((resolve) => setTimeout(resolve, 30));
  }
  return disk.log.length;
}

limit(
  'highWaterMark',
  'who does not take his answers is not read from',
  { highWaterMark: 262_144 },
  async ({ client, disk, server }) => {
    const one = client();
    await one.login({ MaxRecvDataSegmentLength: '65536' });
    one.socket.pause();
    for (let i = 0; i < 120; i++) one.send(one.read10(0, 128));
    expect(await standstill(disk)).toBeLessThan(120);
    const unsent = server.counters.bytesOut - disk.released * 65_536;
    expect(unsent).toBeLessThanOrEqual(262_144 + 2 * 65_536);
    one.close();
  },
);

const readClock = manualClock();
limit(
  'readTimeout',
  'who takes nothing for so long is cut, and who takes some is not',
  { readTimeout: 1000, highWaterMark: 65_536, clock: readClock },
  async ({ client, server, disk }) => {
    const [stuck, slow] = [client(), client()];
    await stuck.login({ MaxRecvDataSegmentLength: '65536' });
    await slow.login({ MaxRecvDataSegmentLength: '65536' }, { isid: isid(2) });
    for (const one of [stuck, slow]) {
      one.socket.pause();
      for (let i = 0; i < 120; i++) one.send(one.read10(0, 128));
    }
    const stands = await standstill(disk);
    readClock.advance(999);
    expect(server.counters.connections).toBe(3);
    slow.socket.resume();
    let came = 0;
    for (; disk.log.length === stands; came++) await slow.expect('SCSI Data-In');
    slow.socket.pause();
    await standstill(disk);
    readClock.advance(501);
    expect(server.counters.connections).toBe(2);
    slow.socket.resume();
    for (; came < 120; came++) await slow.expect('SCSI Data-In');
    readClock.advance(10_000);
    await nothingBefore(slow);
  },
);

test('what a slow reader does not take counts for the session and for all', async () => {
  const { client, disk, server } = await serve({ maxTotalDataInBytes: 131_072 });
  const [slow, one] = [client(), client()];
  await slow.login({ MaxRecvDataSegmentLength: '65536' });
  await one.login({}, { isid: isid(2) });
  slow.socket.pause();
  for (let i = 0; i < 120; i++) slow.send(slow.read10(0, 128));
  expect(await standstill(disk)).toBeLessThan(120);
  for (let i = 0; i < 10; i++) {
    one.send(one.read10(0, 1));
    await one.expect('SCSI Data-In');
  }
  expect(await standstill(disk)).toBeLessThan(120);
  expect(server.counters.bytesOut - disk.released * 65_536).toBeLessThanOrEqual(3 * 65_536);
  slow.socket.resume();
  for (let i = 0; i < 120; i++) await slow.expect('SCSI Data-In');
  await until(() => disk.released === 130);
});

test('what a connection had under way when it broke counts no more', async () => {
  const { client, disk, server } = await serve({ maxTotalDataInBytes: 65_536 });
  const [lost, one] = [client(), client()];
  await lost.login({ MaxRecvDataSegmentLength: '65536' });
  await one.login({}, { isid: isid(2) });
  lost.socket.pause();
  for (let i = 0; i < 120; i++) lost.send(lost.read10(0, 128));
  expect(await standstill(disk)).toBeLessThan(120);
  lost.close();
  await until(() => server.sessions.length === 1);
  const end = slowReads(disk);
  one.send(one.read10(0, 128), one.read10(0, 1));
  await until(() => end.length === 2);
});

const writeClock = manualClock();
limit(
  'writeTimeout',
  'a connection whose data does not come ends, one whose data is late does not',
  { writeTimeout: 1000, clock: writeClock },
  async ({ client, server, log }) => {
    const [one, two] = [client(), client()];
    await one.login({ ImmediateData: 'No' });
    await two.login({ ImmediateData: 'No', MaxOutstandingR2T: '1' }, { isid: isid(2) });
    one.send(one.write10(0, 2));
    await one.expect('R2T');
    const write = two.write10(2, 2);
    two.send(write);
    const { targetTransferTag } = await two.expect('R2T');
    const { initiatorTaskTag } = write;
    writeClock.advance(999);
    // Half of it is late, but it comes.
    two.send(
      two.dataOut({ initiatorTaskTag, targetTransferTag, final: false, data: pattern(512) }),
    );
    await nothingBefore(two);
    await nothingBefore(one);
    writeClock.advance(501);
    await ended(one);
    expect(log.at(-1)?.message).toContain('waits for data that does not come');
    const rest = { final: true, dataSn: 1, bufferOffset: 512, data: pattern(512) };
    two.send(two.dataOut({ initiatorTaskTag, targetTransferTag, ...rest }));
    expect((await two.expect('SCSI Response')).status).toBe(0);
    writeClock.advance(10_000);
    await nothingBefore(two);
    expect(server.sessions).toHaveLength(2);
  },
);

test('unasked data that was announced and does not come ends the connection, too', async () => {
  const clock = manualClock();
  const { client } = await serve({ writeTimeout: 1000, clock });
  const one = client();
  await one.login({ InitialR2T: 'No' });
  one.send(one.write10(0, 2, { final: false, data: pattern(512) }));
  await nothingBefore(one);
  clock.advance(1500);
  await ended(one);
});

const askClock = manualClock();
limit(
  'dataOutTimeout',
  'with error recovery data is asked for again, at last the command ends',
  { dataOutTimeout: 1000, errorRecoveryLevel: 1, clock: askClock },
  async ({ client }) => {
    const one = client();
    await one.login({ ImmediateData: 'No', ErrorRecoveryLevel: '1' });
    one.send(one.write10(0, 2));
    const { bufferOffset, desiredLength } = await one.expect('R2T');
    askClock.advance(2000);
    for (let asked = 1; asked < 100; asked++) {
      const pdu = await one.next();
      if (pdu?.kind === 'SCSI Response') {
        expect([pdu.status, pdu.data[4], pdu.data[14], pdu.data[15]]).toEqual([2, 0x0b, 0x47, 5]);
        return;
      }
      expect(pdu).toMatchObject({ kind: 'R2T', bufferOffset, desiredLength });
      askClock.advance(2000);
    }
    throw new Error('asked without end');
  },
);

limit(
  'maxRetainedBytes',
  'older data cannot be had again',
  { maxRetainedBytes: 1024 + 48, errorRecoveryLevel: 1 },
  async ({ client }) => {
    const one = client();
    await one.login({ ErrorRecoveryLevel: '1' });
    const [old, young] = [one.read10(0, 2), one.read10(2, 2)];
    for (const read of [old, young]) {
      one.send({ ...read, expStatSn: 0 });
      await one.expect('SCSI Data-In');
      await one.expect('SCSI Response');
    }
    const expStatSn = 0;
    one.send(one.snack({ initiatorTaskTag: old.initiatorTaskTag, expStatSn }));
    expect((await one.expect('Reject')).reason).toBe(3);
    one.send(one.snack({ initiatorTaskTag: young.initiatorTaskTag, expStatSn }));
    expect((await one.expect('SCSI Data-In')).data).toHaveLength(1024);
  },
);

/** Reads two blocks at error recovery level 1; says whether their data can be had once more. */
async function isKept(one: RawClient): Promise<boolean> {
  const read = one.read10(0, 2);
  one.send(read);
  await one.expect('SCSI Data-In');
  const { statSn } = await one.expect('SCSI Response');
  one.expStatSn = statSn; // not acknowledged
  one.send(one.snack({ initiatorTaskTag: read.initiatorTaskTag }));
  const again = await one.next();
  one.expStatSn = statSn;
  return again?.kind === 'SCSI Data-In';
}

limit(
  'maxTotalRetainedBytes',
  'who sends data meanwhile does not keep it, until others have theirs acknowledged',
  { maxTotalRetainedBytes: 1500, errorRecoveryLevel: 1 },
  async ({ client, server }) => {
    const [one, two] = [client(), client()];
    await one.login({ ErrorRecoveryLevel: '1' });
    await two.login({ ErrorRecoveryLevel: '1' }, { isid: isid(2) });
    expect(await isKept(one)).toBe(true);
    expect(await isKept(two)).toBe(false);
    one.expStatSn++;
    await nothingBefore(one);
    expect(await isKept(two)).toBe(true);
    expect(await isKept(one)).toBe(false);
    two.close();
    await until(() => server.sessions.length === 2);
    expect(await isKept(one)).toBe(true);
  },
);

test('what a session keeps counts for all its connections', async () => {
  const { client } = await serve({ maxRetainedBytes: 1500, errorRecoveryLevel: 1 });
  const [one, two] = [client(), client()];
  const { tsih } = await one.login({ ErrorRecoveryLevel: '1', MaxConnections: '2' });
  await two.login({}, { tsih, connectionId: 1 });
  expect(await isKept(one)).toBe(true);
  two.cmdSn = one.cmdSn;
  expect(await isKept(two)).toBe(false);
});

const retainClock = manualClock();
limit(
  'defaultTime2Retain',
  'a session without a connection ends when it is over',
  { defaultTime2Retain: 5, errorRecoveryLevel: 2, clock: retainClock },
  async ({ client, server, disk }) => {
    const one = client();
    await one.login({
      ErrorRecoveryLevel: '2',
      DefaultTime2Wait: '2',
      DefaultTime2Retain: '3600',
    });
    disk.behaviour = () => new Promise(() => {});
    one.send(one.command());
    await until(() => disk.log.length === 1);
    disk.behaviour = () => 'disk';
    one.close();
    await until(() => server.counters.connections === 1);
    retainClock.advance(6999);
    expect(server.sessions).toHaveLength(2);
    retainClock.advance(1);
    expect(server.sessions).toHaveLength(1);
  },
);

test('a session that loses one connection after another forgets the first one', async () => {
  const { client, server, disk } = await serve({ errorRecoveryLevel: 2 });
  const one = client();
  const keys = { ErrorRecoveryLevel: '2', DefaultTime2Retain: '3600' };
  const { tsih } = await one.login(keys);
  disk.behaviour = () => new Promise(() => {});
  one.send(one.command());
  await until(() => disk.log.length === 1);
  const [nexus] = disk.nexuses.values();
  one.close();
  for (let connectionId = 1; connectionId <= 16; connectionId++) {
    await until(() => server.counters.connections === 0);
    expect(disk.managed).toEqual([]);
    const next = client();
    await next.login({}, { tsih, connectionId });
    next.close();
  }
  await until(() => disk.managed.length === 1);
  expect(disk.managed[0]).toMatchObject({ function: 'ABORT TASK' });
  expect(nexus?.losses).toBe(0);
});

const nopClock = manualClock();
for (const name of ['nopInterval', 'nopTimeout'] as const)
  limit(
    name,
    'who is silent for so long is pinged, and cut if he does not answer in time',
    { nopInterval: 1000, nopTimeout: 500, clock: nopClock },
    async ({ client, server }, other) => {
      const one = client();
      await one.login();
      nopClock.advance(1000);
      for (const each of [one, other]) await nothingBefore(each);
      nopClock.advance(1000);
      await nothingBefore(other);
      nopClock.advance(1000);
      const ping = await one.expect('NOP-In');
      expect(ping.initiatorTaskTag).toBe(NO_TAG);
      nopClock.advance(499);
      expect(server.counters.connections).toBe(2);
      nopClock.advance(1);
      await ended(one);
      expect(server.counters.connections).toBe(1);
    },
  );

const logoutClock = manualClock();
limit(
  'logoutTimeout',
  'who was asked to log out and stays is dropped',
  { logoutTimeout: 2500, clock: logoutClock },
  async ({ client, server }) => {
    const one = client();
    const { tsih } = await one.login();
    expect(server.askToLogOut(tsih)).toBe(true);
    const asked = await one.expect('Asynchronous Message');
    expect([asked.event, asked.parameter3]).toEqual([1, 3]); // a logout, in 3 s
    logoutClock.advance(2499);
    await nothingBefore(one);
    logoutClock.advance(1);
    expect((await one.expect('Asynchronous Message')).event).toBe(2); // dropped
    await ended(one);
  },
);

const closeClock = manualClock();
limit(
  'closeTimeout',
  'a target that goes does not wait longer for what runs',
  { closeTimeout: 2000, logoutTimeout: 0, clock: closeClock },
  async ({ client, server }) => {
    const going = new FakeDisk();
    going.behaviour = () => new Promise(() => {});
    server.addTarget({ name: `${IQN}2`, target: going.target });
    const one = client();
    await one.tryLogin([WHO, ['TargetName', `${IQN}2`]]);
    one.send(one.command());
    await until(() => going.log.length === 1);
    const removed = server.removeTarget(`${IQN}2`);
    closeClock.advance(1999);
    expect(server.sessions).toHaveLength(2);
    closeClock.advance(1);
    await removed;
    expect(server.sessions).toHaveLength(1);
    await ended(one);
  },
);

test('docs/iscsi.md has every limit, and each is tested here', () => {
  const page = readFileSync(new URL('../../../docs/iscsi.md', import.meta.url), 'utf8');
  const switches = ['initialR2T', 'immediateData', 'errorRecoveryLevel', 'scsiEvents'];
  const table = page.slice(page.indexOf('\n## Limits'));
  const documented = [...table.matchAll(/^\|([^|]*)\|/gm)].flatMap(([, cell = '']) =>
    [...cell.matchAll(/`(\w+)`/g)].map(([, name = '']) => name),
  );
  const limits = Object.keys(resolveLimits({})).filter((name) => !switches.includes(name));
  expect(documented.toSorted()).toEqual(limits.toSorted());
  expect([...tested].toSorted()).toEqual(limits.toSorted());
});
