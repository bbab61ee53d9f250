/** Error recovery level 1: within a command and within a connection (RFC 7143, 7.1.4). */
import { describe, expect, test } from 'vitest';
import { encodePdu } from '../../../src/transport/iscsi/pdu.ts';
import type { Pdu } from '../../../src/transport/iscsi/pdu.ts';
import type { IscsiServerOptions } from '../../../src/transport/iscsi/server-info.ts';
import { decodeText } from '../../../src/transport/iscsi/text.ts';
import { cdb10, INITIATOR, pattern, withDigests } from './raw-client.ts';
import type { RawClient } from './raw-client.ts';
import { gate, serve, until } from './serving.ts';
import type { Serving } from './serving.ts';

interface Recovering extends Serving {
  readonly one: RawClient;
}

/** A session at error recovery level 1, with both digests. */
async function recovering(
  keys: Readonly<Record<string, string>> = {},
  options: IscsiServerOptions = {},
): Promise<Recovering> {
  const serving = await serve({
    headerDigest: 'prefer',
    dataDigest: 'prefer',
    errorRecoveryLevel: 1,
    dataOutTimeout: 60_000,
    ...options,
  });
  const one = serving.client();
  await one.login({
    HeaderDigest: 'CRC32C',
    DataDigest: 'CRC32C',
    ErrorRecoveryLevel: '2',
    InitialR2T: 'No',
    ...keys,
  });
  one.useDigests();
  return { ...serving, one };
}

/** Sends a PDU of which one bit changes on its way. */
function sendDamaged(one: RawClient, pdu: Pdu, at: number, bit = 1): void {
  const bytes = withDigests(encodePdu(pdu));
  bytes[at] = bytes[at]! ^ bit;
  one.socket.write(bytes);
}

/** Where the data of a PDU begins, behind its header and the digest of that. */
const DATA = 52;

/** What comes until the answer to a ping. */
async function untilPing(one: RawClient): Promise<readonly Pdu[]> {
  one.send(one.ping());
  const all: Pdu[] = [];
  for (;;) {
    const pdu = await one.next();
    if (pdu === undefined) throw new Error('the connection has ended');
    if (pdu.kind === 'NOP-In') return all;
    all.push(pdu);
  }
}

describe('ErrorRecoveryLevel', () => {
  test.each([
    [0, '2', '0'],
    [1, '2', '1'],
    [1, '1', '1'],
    [1, '0', '0'],
  ] as const)(
    '%i of the target and %s of the initiator come to %s',
    async (ours, offer, agreed) => {
      const { client } = await serve({ errorRecoveryLevel: ours });
      const { data } = await client().login({ ErrorRecoveryLevel: offer });
      expect(decodeText(data)).toContainEqual(['ErrorRecoveryLevel', agreed]);
    },
  );
});

test('nothing is recovered for a discovery session', async () => {
  const { client } = await serve({ errorRecoveryLevel: 2 });
  const { data } = await client().tryLogin([
    ['InitiatorName', INITIATOR],
    ['SessionType', 'Discovery'],
    ['ErrorRecoveryLevel', '2'],
    ['DefaultTime2Retain', '20'],
  ]);
  expect(decodeText(data)).toContainEqual(['ErrorRecoveryLevel', '0']);
  expect(decodeText(data)).toContainEqual(['DefaultTime2Retain', '0']);
});

describe('a damaged PDU', () => {
  test('with wrong data is rejected, and the command is taken when it comes again', async () => {
    const { one, disk } = await recovering();
    const command = one.write10(0, 1, { data: pattern(512) });
    sendDamaged(one, command, DATA + 100);
    expect(await one.expect('Reject')).toMatchObject({ reason: 2, expCmdSn: 1 });
    one.send(command);
    expect((await one.expect('SCSI Response')).status).toBe(0);
    expect(disk.bytes.subarray(0, 512)).toEqual(pattern(512));
  });

  test('with a wrong header is skipped; commands behind it wait until it comes again', async () => {
    const { one, disk } = await recovering();
    const [first, second] = [one.read10(0, 1), one.read10(1, 1)];
    sendDamaged(one, first, 20);
    one.send(second);
    expect(await untilPing(one)).toEqual([]);
    expect(disk.log).toEqual([]);
    one.send(first);
    expect((await one.expect('SCSI Data-In')).initiatorTaskTag).toBe(first.initiatorTaskTag);
    await one.expect('SCSI Response');
    expect((await one.expect('SCSI Data-In')).initiatorTaskTag).toBe(second.initiatorTaskTag);
  });

  test('whose lengths are wrong ends the connection', async () => {
    const { one, server } = await recovering();
    sendDamaged(one, one.ping(), 7, 0x40); // 64 bytes of data that are not there
    one.send(one.ping(), one.ping());
    expect(await one.next()).toBeUndefined();
    await until(() => server.sessions.length === 0);
  });

  test('behind another ends the connection', async () => {
    const { one } = await recovering();
    sendDamaged(one, one.ping(), 20);
    sendDamaged(one, one.ping(), 20);
    expect(await one.next()).toBeUndefined();
  });

  test('that is sent again though it came is ignored', async () => {
    const { one, disk } = await recovering();
    const end = gate();
    disk.behaviour = (task) => end.promise.then(() => disk.run(task));
    const command = one.read10(0, 1);
    one.send(command, command);
    expect(await untilPing(one)).toEqual([]);
    end.open();
    await one.expect('SCSI Data-In');
    await one.expect('SCSI Response');
    one.send(command);
    expect(await untilPing(one)).toEqual([]);
    expect(disk.log).toHaveLength(1);
  });
});

describe('data-out', () => {
  const TAG = 0x77;
  const whole = pattern(2048);

  /** Asks for a write of 4 blocks and gives the R2T. */
  async function asked(one: RawClient, count = 4) {
    one.send(one.write10(0, count, { initiatorTaskTag: TAG, cdb: cdb10(0x2a, 0, count) }));
    return one.expect('R2T');
  }

  const block = (one: RawClient, tag: number, index: number, dataSn: number, final: boolean) =>
    one.dataOut({
      initiatorTaskTag: TAG,
      targetTransferTag: tag,
      dataSn,
      bufferOffset: index * 512,
      final,
      data: whole.subarray(index * 512, index * 512 + 512),
    });

  test('that is damaged is rejected, and asked for again when its sequence is over', async () => {
    const { one, disk } = await recovering();
    const { targetTransferTag: tag } = await asked(one);
    one.send(block(one, tag, 0, 0, false));
    sendDamaged(one, block(one, tag, 1, 1, false), DATA + 1);
    one.send(block(one, tag, 2, 2, false));
    expect((await one.expect('Reject')).reason).toBe(2);
    expect(await untilPing(one)).toEqual([]);
    one.send(block(one, tag, 3, 3, true));
    const again = await one.expect('R2T');
    expect(again).toMatchObject({ r2tSn: 1, bufferOffset: 512, desiredLength: 1536 });
    expect(again.targetTransferTag).not.toBe(tag);
    for (const i of [1, 2, 3]) one.send(block(one, again.targetTransferTag, i, i - 1, i === 3));
    expect(await one.expect('SCSI Response')).toMatchObject({ status: 0, expDataSn: 2 });
    expect(disk.bytes.subarray(0, 2048)).toEqual(whole);
  });

  test('that is damaged at the end of its sequence is asked for again at once', async () => {
    const { one } = await recovering();
    const { targetTransferTag: tag } = await asked(one, 1);
    sendDamaged(one, block(one, tag, 0, 0, true), DATA);
    expect((await one.expect('Reject')).reason).toBe(2);
    expect(await one.expect('R2T')).toMatchObject({
      r2tSn: 1,
      bufferOffset: 0,
      desiredLength: 512,
    });
  });

  test('that is missing in mid-sequence is asked for again, and late copies are ignored', async () => {
    const { one, disk } = await recovering();
    const { targetTransferTag: tag } = await asked(one);
    one.send(block(one, tag, 0, 0, false), block(one, tag, 0, 0, false));
    one.send(block(one, tag, 2, 2, false), block(one, tag, 3, 3, true));
    const again = await one.expect('R2T');
    expect(again).toMatchObject({ r2tSn: 1, bufferOffset: 512, desiredLength: 1536 });
    one.send(block(one, tag, 1, 1, false));
    for (const i of [1, 2, 3]) one.send(block(one, again.targetTransferTag, i, i - 1, i === 3));
    await one.expect('SCSI Response');
    expect(disk.bytes.subarray(0, 2048)).toEqual(whole);
  });

  test('that stays away is asked for again: first by the same R2T, then by another', async () => {
    const { one } = await recovering({}, { dataOutTimeout: 20 });
    const first = await asked(one);
    const { expCmdSn, ...same } = await one.expect('R2T');
    expect(first).toMatchObject(same);
    expect(expCmdSn).toBe(2);
    expect(await one.expect('R2T')).toMatchObject({ r2tSn: 1, desiredLength: 2048 });
  });

  test('whose last PDU stays away is asked for from there', async () => {
    const { one } = await recovering({}, { dataOutTimeout: 20 });
    const { targetTransferTag: tag } = await asked(one);
    one.send(block(one, tag, 0, 0, false), block(one, tag, 1, 1, false));
    let r2t = await one.expect('R2T');
    while (r2t.r2tSn === 0) r2t = await one.expect('R2T'); // reminders, on a slow machine
    expect(r2t).toMatchObject({ r2tSn: 1, bufferOffset: 1024, desiredLength: 1024 });
  });

  test('that never comes ends the command', async () => {
    const { one } = await recovering({}, { dataOutTimeout: 1 });
    await asked(one);
    let pdu = await one.next();
    while (pdu?.kind === 'R2T') pdu = await one.next();
    expect(pdu).toMatchObject({ kind: 'SCSI Response', status: 2 });
    const { data } = pdu as Extract<Pdu, { readonly kind: 'SCSI Response' }>;
    expect([data[4], data[14], data[15]]).toEqual([0x0b, 0x47, 0x05]);
    expect((await untilPing(one)).length).toBe(0);
  });

  test('that is missing of the unsolicited is asked for by R2T', async () => {
    const { one, disk } = await recovering();
    one.send(one.write10(0, 4, { initiatorTaskTag: TAG, final: false, data: whole.slice(0, 512) }));
    one.send(block(one, 0xffff_ffff, 2, 1, false), block(one, 0xffff_ffff, 3, 2, true));
    const { targetTransferTag, ...r2t } = await one.expect('R2T');
    expect(r2t).toMatchObject({ r2tSn: 0, bufferOffset: 512, desiredLength: 1536 });
    for (const i of [1, 2, 3]) one.send(block(one, targetTransferTag, i, i - 1, i === 3));
    await one.expect('SCSI Response');
    expect(disk.bytes.subarray(0, 2048)).toEqual(whole);
  });

  test('whose R2T got lost: a SNACK brings it again', async () => {
    const { one } = await recovering();
    const first = await asked(one);
    for (const [begRun, runLength] of [
      [0, 0],
      [0, 1],
    ] as const) {
      one.send(one.snack({ initiatorTaskTag: TAG, begRun, runLength }));
      expect(await one.expect('R2T')).toEqual(first);
    }
    one.send(one.snack({ initiatorTaskTag: TAG, begRun: 1, runLength: 1 }));
    expect(await one.expect('Reject')).toMatchObject({ reason: 4, dataSn: 1 });
  });
});

/** Reads 5 blocks: the Data-In PDUs, and the response. */
async function read(one: RawClient, disk: Serving['disk']) {
  disk.bytes.set(pattern(2560));
  const command = one.read10(0, 5);
  one.send(command);
  const data = [];
  for (let i = 0; i < 5; i++) data.push(await one.expect('SCSI Data-In'));
  const response = await one.expect('SCSI Response');
  return { data, response, initiatorTaskTag: command.initiatorTaskTag };
}

describe('data-in', () => {
  const KEYS = { MaxRecvDataSegmentLength: '512', MaxBurstLength: '1024' };

  test('is numbered, has its status apart, and wants to be acknowledged once a sequence', async () => {
    const { one, disk } = await recovering(KEYS);
    const { data, response } = await read(one, disk);
    expect(data.map(({ dataSn, final, acknowledge }) => [dataSn, final, acknowledge])).toEqual([
      [0, false, false],
      [1, true, true],
      [2, false, false],
      [3, true, true],
      [4, true, false],
    ]);
    expect(data.some(({ hasStatus }) => hasStatus)).toBe(false);
    expect(data[1]?.targetTransferTag).not.toBe(0xffff_ffff);
    expect(response).toMatchObject({ status: 0, expDataSn: 5, snackTag: 0 });
  });

  test.each([
    [1, 2, [1, 2]],
    [3, 0, [3, 4]],
    [0, 0, [0, 1, 2, 3, 4]],
  ])('is sent again as it was for a SNACK from %i on, %i PDUs', async (begRun, runLength, sns) => {
    const { one, disk } = await recovering(KEYS);
    const { data, response, initiatorTaskTag } = await read(one, disk);
    one.send(one.snack({ initiatorTaskTag, begRun, runLength, expStatSn: response.statSn }));
    for (const sn of sns) expect(await one.expect('SCSI Data-In')).toEqual(data[sn]);
  });

  test.each([
    ['beyond the last', 4, 2],
    ['after the last', 5, 1],
  ])('is not sent %s, and the Reject says which would be next', async (_, begRun, runLength) => {
    const { one, disk } = await recovering(KEYS);
    const { response, initiatorTaskTag } = await read(one, disk);
    one.send(one.snack({ initiatorTaskTag, begRun, runLength, expStatSn: response.statSn }));
    expect(await one.expect('Reject')).toMatchObject({ reason: 4, dataSn: 5 });
  });

  test('is kept until its status is acknowledged', async () => {
    const { one, disk } = await recovering(KEYS);
    const { response, initiatorTaskTag } = await read(one, disk);
    one.send(one.ping({ expStatSn: response.statSn }));
    await one.expect('NOP-In');
    expect(disk.released).toBe(0);
    one.send(one.ping({ expStatSn: response.statSn + 1 }));
    await one.expect('NOP-In');
    expect(disk.released).toBe(1);
    one.send(one.snack({ initiatorTaskTag }));
    expect((await one.expect('Reject')).reason).toBe(4);
  });

  test('that was acknowledged is not sent again', async () => {
    const { one, disk } = await recovering(KEYS);
    const { data, response, initiatorTaskTag } = await read(one, disk);
    const { targetTransferTag } = data[1]!;
    const expStatSn = response.statSn;
    one.send(one.snack({ type: 2, targetTransferTag, begRun: 4, expStatSn }));
    one.send(one.snack({ initiatorTaskTag, expStatSn }));
    expect(await one.expect('SCSI Data-In')).toEqual(data[4]);
    one.send(one.snack({ initiatorTaskTag, begRun: 3, runLength: 1, expStatSn }));
    expect((await one.expect('Reject')).reason).toBe(4);
  });

  test.each([
    ['under a tag that was not given', { targetTransferTag: 0x1234 }],
    ['further than it was sent', { begRun: 6 }],
  ])('acknowledged %s is rejected as an invalid DataACK', async (_, override) => {
    const { one, disk } = await recovering(KEYS);
    const { data, response } = await read(one, disk);
    const { targetTransferTag } = data[1]!;
    const expStatSn = response.statSn;
    one.send(one.snack({ type: 2, targetTransferTag, begRun: 2, expStatSn, ...override }));
    expect((await one.expect('Reject')).reason).toBe(8);
  });

  test('is cut anew after an R-Data SNACK, and the response says so', async () => {
    const { one, disk } = await recovering(KEYS);
    const { data, response, initiatorTaskTag } = await read(one, disk);
    const expStatSn = response.statSn;
    one.send(
      one.snack({ type: 2, targetTransferTag: data[1]!.targetTransferTag, begRun: 2, expStatSn }),
      one.text([['MaxRecvDataSegmentLength', '1024']], { expStatSn }),
    );
    await one.expect('Text Response');
    one.send(one.snack({ type: 3, initiatorTaskTag, targetTransferTag: 0x5a5a, expStatSn }));
    expect(await one.expect('SCSI Data-In')).toMatchObject({
      dataSn: 2,
      bufferOffset: 1024,
      data: pattern(2560).subarray(1024, 2048),
    });
    expect(await one.expect('SCSI Data-In')).toMatchObject({ dataSn: 3, bufferOffset: 2048 });
    expect(await one.expect('SCSI Response')).toMatchObject({
      statSn: response.statSn,
      snackTag: 0x5a5a,
      expDataSn: 4,
    });
  });

  test('in PDUs that are too long by now is not sent again as it was', async () => {
    const { one, disk } = await recovering({ MaxRecvDataSegmentLength: '1024' });
    disk.bytes.set(pattern(1024));
    one.send(one.read10(0, 2));
    const { initiatorTaskTag } = await one.expect('SCSI Data-In');
    const { statSn: expStatSn } = await one.expect('SCSI Response');
    one.send(one.text([['MaxRecvDataSegmentLength', '512']], { expStatSn }));
    await one.expect('Text Response');
    one.send(one.snack({ initiatorTaskTag, expStatSn }));
    expect((await one.expect('Reject')).reason).toBe(3);
  });

  test('beyond the memory for it is not kept; the status is', async () => {
    const { one, disk } = await recovering(KEYS, { maxRetainedBytes: 3000 });
    const first = await read(one, disk);
    one.send({ ...one.read10(0, 1), expStatSn: first.response.statSn });
    await one.expect('SCSI Data-In');
    await one.expect('SCSI Response');
    const { initiatorTaskTag } = first;
    const expStatSn = first.response.statSn;
    one.send(one.snack({ initiatorTaskTag, expStatSn }));
    expect((await one.expect('Reject')).reason).toBe(3);
    one.send(one.snack({ type: 1, begRun: expStatSn, runLength: 1, expStatSn }));
    expect(await one.expect('SCSI Response')).toMatchObject({ statSn: expStatSn });
    expect(disk.released).toBe(1);
  });
});

describe('statuses', () => {
  test('of all kinds are sent again for a SNACK, with their numbers', async () => {
    const { one } = await recovering();
    const { expStatSn } = one;
    one.send(one.command(), one.ping({ data: pattern(9) }), one.manage({ function: 2 }));
    const all = [await one.next(), await one.next(), await one.next()];
    expect(all.map((pdu) => pdu?.kind)).toEqual([
      'SCSI Response',
      'NOP-In',
      'Task Management Response',
    ]);
    for (const [begRun, runLength, wanted] of [
      [0, 0, all],
      [expStatSn, 2, all.slice(0, 2)],
      [expStatSn + 1, 0, all.slice(1)],
    ] as const) {
      one.send(one.snack({ type: 1, begRun, runLength, expStatSn }));
      for (const pdu of wanted) expect(await one.next()).toEqual(pdu);
    }
  });

  test('that were acknowledged or not sent are not', async () => {
    const { one } = await recovering();
    one.send(one.command());
    await one.expect('SCSI Response');
    const { expStatSn } = one;
    for (const begRun of [expStatSn - 1, expStatSn + 1]) {
      one.send(one.snack({ type: 1, begRun, runLength: 1, expStatSn }));
      expect((await one.expect('Reject')).reason).toBe(4);
    }
  });

  test('with more data than there is memory for are not kept', async () => {
    const { one } = await recovering({}, { maxRetainedBytes: 1000 });
    const { expStatSn } = one;
    for (const length of [600, 600]) {
      one.send(one.ping({ expStatSn, data: pattern(length) }));
      await one.expect('NOP-In');
    }
    one.send(one.snack({ type: 1, begRun: expStatSn + 1, runLength: 1, expStatSn }));
    expect((await one.expect('NOP-In')).data).toEqual(pattern(600));
    one.send(one.snack({ type: 1, begRun: expStatSn, runLength: 1, expStatSn }));
    expect((await one.expect('Reject')).reason).toBe(4);
  });

  test('that an initiator never acknowledges are forgotten at some time', async () => {
    const { one } = await recovering({}, { commandWindow: 4, maxImmediateCommands: 4 });
    const { expStatSn } = one;
    for (let i = 0; i < 20; i++) {
      one.send({ ...one.command(), expStatSn });
      await one.expect('SCSI Response');
    }
    one.send(one.snack({ type: 1, begRun: expStatSn, runLength: 1, expStatSn }));
    expect((await one.expect('Reject')).reason).toBe(4);
    one.send(one.snack({ type: 1, begRun: expStatSn + 10, runLength: 1, expStatSn }));
    expect((await one.expect('SCSI Response')).statSn).toBe(expStatSn + 10);
  });
});

test.each([[4], [15]])('a SNACK of the reserved type %i is rejected', async (type) => {
  const { one } = await recovering();
  one.send(one.snack({ type }));
  expect((await one.expect('Reject')).reason).toBe(4);
});

test('the data of all that is kept is released when the connection ends', async () => {
  const { one, disk, server } = await recovering();
  one.send(one.read10(0, 4));
  await one.expect('SCSI Data-In');
  await one.expect('SCSI Response');
  one.close();
  await until(() => server.sessions.length === 0);
  expect(disk.released).toBe(1);
});
