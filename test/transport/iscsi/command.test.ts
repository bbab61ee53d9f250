import { describe, expect, test } from 'vitest';
import type { Pdu } from '../../../src/transport/iscsi/pdu.ts';
import { check } from './fake-target.ts';
import { cdb10, NO_TAG, pattern } from './raw-client.ts';
import type { RawClient } from './raw-client.ts';
import { gate, serve, until } from './serving.ts';

/** All PDUs until one answers a ping: what was silently dropped leaves nothing. */
async function untilPing(client: RawClient): Promise<Pdu[]> {
  client.send(client.ping());
  const pdus: Pdu[] = [];
  for (;;) {
    const pdu = await client.next();
    if (pdu === undefined) throw new Error('the connection ended');
    if (pdu.kind === 'NOP-In') return pdus;
    pdus.push(pdu);
  }
}

describe('data-in', () => {
  test('comes with its status in the last PDU', async () => {
    const { client, disk } = await serve();
    disk.bytes.set(pattern(1024));
    const one = client();
    await one.login();
    const command = one.read10(0, 2);
    one.send(command);
    const answer = await one.expect('SCSI Data-In');
    expect(answer).toMatchObject({
      final: true,
      hasStatus: true,
      status: 0,
      overflow: false,
      underflow: false,
      residual: 0,
      initiatorTaskTag: command.initiatorTaskTag,
      targetTransferTag: NO_TAG,
      dataSn: 0,
      bufferOffset: 0,
      expCmdSn: 2,
      maxCmdSn: 129,
    });
    expect(answer.data).toEqual(pattern(1024));
  });

  test('is cut into PDUs of the initiator and sequences of MaxBurstLength', async () => {
    const { client, disk } = await serve();
    disk.bytes.set(pattern(4096));
    const one = client();
    await one.login({ MaxRecvDataSegmentLength: '1000', MaxBurstLength: '2048' });
    one.send(one.read10(0, 8));
    const seen: unknown[] = [];
    const bytes: number[] = [];
    for (let offset = 0; offset < 4096;) {
      const pdu = await one.expect('SCSI Data-In');
      seen.push([pdu.dataSn, pdu.bufferOffset, pdu.data.length, pdu.final, pdu.hasStatus]);
      bytes.push(...pdu.data);
      offset += pdu.data.length;
    }
    expect(seen).toEqual([
      [0, 0, 1000, false, false],
      [1, 1000, 1000, false, false],
      [2, 2000, 48, true, false], // the end of a sequence
      [3, 2048, 1000, false, false],
      [4, 3048, 1000, false, false],
      [5, 4048, 48, true, true],
    ]);
    expect(Uint8Array.from(bytes)).toEqual(pattern(4096));
  });

  test('is released when it has left', async () => {
    const { client, disk } = await serve();
    const one = client();
    await one.login();
    one.send(one.read10(0, 1));
    await one.expect('SCSI Data-In');
    await until(() => disk.released === 1);
  });

  test('is released when the connection died before it left', async () => {
    const { client, disk } = await serve({}, 65_536);
    const one = client();
    await one.login();
    one.socket.pause();
    one.send(one.read10(0, 60_000));
    await until(() => disk.log.length === 1);
    expect(disk.released).toBe(0);
    one.close();
    await until(() => disk.released === 1);
  });

  test('of several chunks is one transfer', async () => {
    const { client, disk } = await serve();
    disk.behaviour = () => disk.good([pattern(3), pattern(6, 9), pattern(4, 5)]);
    const one = client();
    await one.login({ MaxRecvDataSegmentLength: '512' });
    one.send(one.command({ read: true, expectedLength: 13 }));
    const { data } = await one.expect('SCSI Data-In');
    expect([...data]).toEqual([...pattern(3), ...pattern(6, 9), ...pattern(4, 5)]);
  });
});

describe('residuals of a read', () => {
  test.each([
    // blocks, expected, data that comes, overflow, underflow, residual
    [1, 512, 512, false, false, 0],
    [1, 0, 0, true, false, 512],
    [1, 10_000, 512, false, true, 9488],
    [1, 200, 200, true, false, 312],
    [2, 512, 512, true, false, 512],
    [0, 512, 0, false, true, 512],
  ])('%i blocks where %i bytes are expected', async (blocks, expected, ...rest) => {
    const { client } = await serve();
    const one = client();
    await one.login();
    one.send(one.read10(0, blocks, expected));
    const answer = await one.next();
    if (answer?.kind !== 'SCSI Data-In' && answer?.kind !== 'SCSI Response') throw new Error();
    const { data, overflow, underflow, residual } = answer;
    expect([data.length, overflow, underflow, residual]).toEqual(rest);
    expect(answer.kind).toBe(rest[0] === 0 ? 'SCSI Response' : 'SCSI Data-In');
  });

  test('what was not read since nobody has room for it counts', async () => {
    const { client, disk } = await serve();
    disk.behaviour = (task) => ({ ...disk.good([pattern(task.dataInLength!)]), omitted: 1000 });
    const one = client();
    await one.login();
    one.send(one.read10(0, 4, 512));
    expect(await one.expect('SCSI Data-In')).toMatchObject({ overflow: true, residual: 1000 });
  });

  test('a read that fails has moved nothing', async () => {
    const { client } = await serve();
    const one = client();
    await one.login();
    one.send(one.read10(9999, 1));
    const answer = await one.expect('SCSI Response');
    expect(answer).toMatchObject({ status: 2, response: 0, underflow: true, residual: 512 });
    // SenseLength 18, then fixed sense: ILLEGAL REQUEST, LOGICAL BLOCK ADDRESS OUT OF RANGE
    expect([...answer.data.subarray(0, 5)]).toEqual([0, 18, 0x70, 0, 5]);
    expect([...answer.data.subarray(14, 16)]).toEqual([0x21, 0]);
  });

  test.each([
    ['BUSY', 0x08],
    ['RESERVATION CONFLICT', 0x18],
    ['TASK SET FULL', 0x28],
    ['ACA ACTIVE', 0x30],
    ['TASK ABORTED', 0x40],
  ] as const)('%s reaches the initiator as it is, without sense data', async (_, status) => {
    const { client, disk } = await serve();
    disk.behaviour = () => ({ status, dataIn: [], dataOutLength: 0 });
    const one = client();
    await one.login();
    one.send(one.read10(0, 1));
    const answer = await one.expect('SCSI Response');
    expect(answer).toMatchObject({ status, response: 0, underflow: true, residual: 512 });
    expect(answer.data).toHaveLength(0);
  });

  test('data-in with a bad status comes before the status', async () => {
    const { client, disk } = await serve();
    disk.behaviour = () => ({ ...check([3, 0x11, 0]), dataIn: [pattern(100)] });
    const one = client();
    await one.login();
    one.send(one.read10(0, 1));
    expect(await one.expect('SCSI Data-In')).toMatchObject({ hasStatus: false, final: true });
    expect(await one.expect('SCSI Response')).toMatchObject({
      status: 2,
      expDataSn: 1,
      underflow: true,
      residual: 412,
    });
  });
});

describe('data-out', () => {
  test('that came with the command is passed on without a copy of more than it wants', async () => {
    const { client, disk } = await serve();
    const one = client();
    await one.login();
    one.send(one.write10(3, 1, { data: pattern(512) }));
    expect(await one.expect('SCSI Response')).toMatchObject({ status: 0, residual: 0 });
    expect(disk.bytes.subarray(1536, 2048)).toEqual(pattern(512));
  });

  test('is asked for by R2T, burst by burst, as many at a time as agreed', async () => {
    const { client, disk } = await serve();
    const one = client();
    await one.login({ MaxBurstLength: '1024', MaxOutstandingR2T: '2', FirstBurstLength: '512' });
    const data = pattern(4096);
    const command = one.write10(0, 8, { data: data.subarray(0, 512) });
    one.send(command);
    const asked: unknown[] = [];
    const answer = async (): Promise<void> => {
      const r2t = await one.expect('R2T');
      asked.push([r2t.r2tSn, r2t.bufferOffset, r2t.desiredLength]);
      waiting.push(r2t);
    };
    const waiting: Extract<Pdu, { kind: 'R2T' }>[] = [];
    await answer();
    await answer();
    expect(await untilPing(one)).toEqual([]); // two at a time, no more
    while (waiting.length > 0) {
      const r2t = waiting.shift()!;
      const base = {
        initiatorTaskTag: command.initiatorTaskTag,
        targetTransferTag: r2t.targetTransferTag,
      };
      const half = r2t.desiredLength >> 1;
      one.send(
        one.dataOut({
          ...base,
          final: false,
          bufferOffset: r2t.bufferOffset,
          data: data.subarray(r2t.bufferOffset, r2t.bufferOffset + half),
        }),
        one.dataOut({
          ...base,
          dataSn: 1,
          bufferOffset: r2t.bufferOffset + half,
          data: data.subarray(r2t.bufferOffset + half, r2t.bufferOffset + r2t.desiredLength),
        }),
      );
      if (asked.length < 4) await answer();
    }
    expect(asked).toEqual([
      [0, 512, 1024],
      [1, 1536, 1024],
      [2, 2560, 1024],
      [3, 3584, 512],
    ]);
    expect(await one.expect('SCSI Response')).toMatchObject({ status: 0, expDataSn: 4 });
    expect(disk.bytes.subarray(0, 4096)).toEqual(data);
  });

  test('comes unsolicited up to FirstBurstLength where that was agreed', async () => {
    const { client, disk } = await serve();
    const one = client();
    await one.login({ InitialR2T: 'No', FirstBurstLength: '1024' });
    const data = pattern(1536);
    const command = one.write10(0, 3, { final: false, data: data.subarray(0, 512) });
    one.send(
      command,
      one.dataOut({
        initiatorTaskTag: command.initiatorTaskTag,
        bufferOffset: 512,
        data: data.subarray(512, 1024),
      }),
    );
    const r2t = await one.expect('R2T');
    expect(r2t).toMatchObject({ bufferOffset: 1024, desiredLength: 512 });
    one.send(
      one.dataOut({
        initiatorTaskTag: command.initiatorTaskTag,
        targetTransferTag: r2t.targetTransferTag,
        bufferOffset: 1024,
        data: data.subarray(1024),
      }),
    );
    expect((await one.expect('SCSI Response')).status).toBe(0);
    expect(disk.bytes.subarray(0, 1536)).toEqual(data);
  });

  test('of a refused command is swallowed, and the next command is served', async () => {
    const { client, disk } = await serve();
    const one = client();
    await one.login({ InitialR2T: 'No' });
    const command = one.write10(9999, 2, { final: false, data: pattern(512) });
    one.send(
      command,
      one.dataOut({
        initiatorTaskTag: command.initiatorTaskTag,
        bufferOffset: 512,
        data: pattern(512),
      }),
      one.write10(0, 1, { data: pattern(512, 3) }),
    );
    expect((await one.expect('SCSI Response')).status).toBe(2);
    expect((await one.expect('SCSI Response')).status).toBe(0);
    expect(disk.bytes.subarray(0, 512)).toEqual(pattern(512, 3));
  });

  test('waits for memory when the session has too much in assembly', async () => {
    const { client } = await serve({ maxDataOutBytes: 1024 });
    const one = client();
    await one.login({ ImmediateData: 'No' });
    const first = one.write10(0, 2);
    const second = one.write10(2, 1);
    one.send(first, second);
    const r2t = await one.expect('R2T');
    expect(r2t.initiatorTaskTag).toBe(first.initiatorTaskTag);
    expect(await untilPing(one)).toEqual([]);
    one.send(
      one.dataOut({
        initiatorTaskTag: first.initiatorTaskTag,
        targetTransferTag: r2t.targetTransferTag,
        data: pattern(1024),
      }),
    );
    const later = [await one.next(), await one.next()];
    expect(new Set(later.map((pdu) => pdu?.kind))).toEqual(new Set(['R2T', 'SCSI Response']));
  });

  test.each([
    // blocks, expected, immediate data, overflow, underflow, residual
    [1, 512, 512, false, false, 0],
    [1, 0, 0, true, false, 512],
    [1, 1024, 1024, false, true, 512],
    [2, 512, 512, true, false, 512],
    [1, 200, 200, true, false, 312],
  ])(
    'residual of %i blocks where %i bytes are there',
    async (blocks, expectedLength, sent, overflow, underflow, residual) => {
      const { client, disk } = await serve();
      disk.bytes.fill(0xee);
      const one = client();
      await one.login();
      one.send(one.write10(0, blocks, { expectedLength, data: pattern(sent) }));
      expect(await one.expect('SCSI Response')).toMatchObject({ overflow, underflow, residual });
      const written = Math.min(blocks * 512, expectedLength);
      expect(disk.bytes.subarray(0, written)).toEqual(pattern(sent).subarray(0, written));
      expect(disk.bytes[written]).toBe(0xee);
    },
  );

  test('a bidirectional command has both residuals', async () => {
    const { client, disk } = await serve();
    disk.behaviour = (task) => {
      void task.dataOut?.(512);
      return { status: 0, dataIn: [pattern(100)], dataOutLength: 512 };
    };
    const one = client();
    await one.login();
    // AHS: bidirectional expected read length 64
    const ahs = new Uint8Array([0, 5, 2, 0, 0, 0, 0, 64]);
    one.send(
      one.command({ read: true, write: true, expectedLength: 600, ahs, data: pattern(600) }),
    );
    const data = await one.expect('SCSI Data-In');
    expect([data.data.length, data.hasStatus]).toEqual([64, false]);
    expect(await one.expect('SCSI Response')).toMatchObject({
      underflow: true,
      residual: 88,
      readOverflow: true,
      readResidual: 36,
    });
  });

  test('a CDB of 32 bytes comes in an additional header segment', async () => {
    const { client, disk } = await serve();
    const one = client();
    await one.login();
    // AHSLength 17, type 1, reserved, 16 bytes
    const ahs = new Uint8Array([0, 17, 1, 0, ...pattern(16, 77)]);
    one.send(one.command({ cdb: pattern(16), ahs }));
    await one.expect('SCSI Response');
    expect(disk.log[0]?.cdb).toEqual(new Uint8Array([...pattern(16), ...pattern(16, 77)]));
  });
});

/** Sense key, additional sense code and qualifier of a SCSI Response. */
const sense = (answer: Extract<Pdu, { kind: 'SCSI Response' }>): string =>
  Buffer.from([answer.data[4]!, answer.data[14]!, answer.data[15]!]).toString('hex');

describe('data-out that is wrong ends its command with CHECK CONDITION', () => {
  test.each([
    ['a DataSN that is repeated', [{ dataSn: 0, final: false }, { dataSn: 0 }], '0b4b00'],
    ['a DataSN far ahead', [{ dataSn: 27, final: false }], '0b4b00'],
    ['an offset that leaves a hole', [{ bufferOffset: 512, final: false }], '0b4b05'],
    ['the end too early', [{ final: true }], '0b0c0d'],
    ['more than was asked for', [{ data: pattern(1025), final: true }], '0b0c0d'],
    ['no end at the end', [{ data: pattern(1024), final: false }], '0b0c0d'],
    ['a transfer tag of nobody', [{ targetTransferTag: 0x1234 }], '0b4b00'],
  ] as const)('%s', async (_, pieces, expected) => {
    const { client, disk } = await serve();
    const one = client();
    await one.login({ ImmediateData: 'No' });
    const command = one.write10(0, 2);
    one.send(command);
    const { targetTransferTag } = await one.expect('R2T');
    let offset = 0;
    for (const piece of pieces) {
      const data = pattern(256);
      one.send(
        one.dataOut({
          initiatorTaskTag: command.initiatorTaskTag,
          targetTransferTag,
          bufferOffset: offset,
          data,
          ...piece,
        }),
      );
      offset += data.length;
    }
    const answer = await one.expect('SCSI Response');
    expect([answer.status, sense(answer)]).toEqual([2, expected]);
    expect(disk.managed).toEqual([
      { function: 'ABORT TASK', lun: 0, tag: command.initiatorTaskTag },
    ]);
    expect(await untilPing(one)).toEqual([]);
  });

  test.each([
    ['immediate data that was not agreed to', { ImmediateData: 'No' }, {}, '0b0c0c'],
    ['unsolicited data that was not agreed to', { InitialR2T: 'Yes' }, { final: false }, '0b0c0c'],
    [
      'more immediate data than a first burst',
      { FirstBurstLength: '512' },
      { data: pattern(1024) },
      '0b0c0d',
    ],
    ['more immediate data than expected', {}, { expectedLength: 100 }, '0b0c0d'],
  ] as const)('%s', async (_, keys, override, expected) => {
    const { client, disk } = await serve();
    const one = client();
    await one.login(keys);
    one.send(one.write10(0, 2, { data: pattern(512), ...override }));
    expect(sense(await one.expect('SCSI Response'))).toBe(expected);
    expect(disk.log).toEqual([]);
  });
});

describe('the order of commands', () => {
  test('a number above the window or below it is ignored without a word', async () => {
    const { client, disk } = await serve({ commandWindow: 4 });
    const one = client();
    await one.login();
    one.send(
      one.command({ cmdSn: 5 }),
      one.command({ cmdSn: 0 }),
      one.command({ cmdSn: 0xffff_ffff }),
    );
    expect(await untilPing(one)).toEqual([]);
    expect(disk.log).toEqual([]);
    one.send(one.command({ cmdSn: 1 }));
    expect(await one.expect('SCSI Response')).toMatchObject({ expCmdSn: 2, maxCmdSn: 5 });
  });

  test('commands that come out of order run in order', async () => {
    const { client, disk } = await serve();
    const one = client();
    await one.login();
    for (const cmdSn of [3, 2, 2, 4, 1])
      one.send(one.command({ cmdSn, initiatorTaskTag: cmdSn, cdb: cdb10(0, cmdSn, 0) }));
    for (let i = 1; i <= 4; i++)
      expect((await one.expect('SCSI Response')).initiatorTaskTag).toBe(i);
    expect(disk.log.map(({ tag }) => tag)).toEqual([1, 2, 3, 4]);
  });

  test('data for a command that waits for its turn is kept', async () => {
    const { client, disk } = await serve();
    const one = client();
    await one.login({ InitialR2T: 'No' });
    one.send(
      one.write10(0, 2, { cmdSn: 2, initiatorTaskTag: 2, final: false, data: pattern(512) }),
      one.dataOut({ initiatorTaskTag: 2, bufferOffset: 512, data: pattern(512, 5) }),
      one.command({ cmdSn: 1, initiatorTaskTag: 1 }),
    );
    await one.expect('SCSI Response');
    await one.expect('SCSI Response');
    expect(disk.bytes.subarray(0, 1024)).toEqual(
      new Uint8Array([...pattern(512), ...pattern(512, 5)]),
    );
  });

  test('an immediate command takes no number and does not wait', async () => {
    const { client, disk } = await serve();
    const one = client();
    await one.login();
    one.send(one.command({ cmdSn: 2, initiatorTaskTag: 2 }));
    one.send(one.command({ immediate: true, initiatorTaskTag: 9, attribute: 3 }));
    expect(await one.expect('SCSI Response')).toMatchObject({ initiatorTaskTag: 9, expCmdSn: 1 });
    expect(disk.log.map(({ tag, attribute }) => [tag, attribute])).toEqual([[9, 'head of queue']]);
  });

  test('the numbers wrap around', async () => {
    const { client } = await serve();
    const one = client();
    one.cmdSn = 0xffff_fffe;
    await one.login();
    for (const cmdSn of [0xffff_fffe, 0xffff_ffff, 0]) one.send(one.command({ cmdSn }));
    await one.expect('SCSI Response');
    await one.expect('SCSI Response');
    expect(await one.expect('SCSI Response')).toMatchObject({ expCmdSn: 1, maxCmdSn: 128 });
  });

  test('the window closes while commands run and opens when they end', async () => {
    const { client, disk } = await serve({ commandWindow: 2 });
    const end = gate();
    disk.behaviour = (task) => end.promise.then(() => disk.run(task));
    const one = client();
    await one.login();
    one.send(one.command(), one.command());
    one.send(one.ping());
    expect(await one.expect('NOP-In')).toMatchObject({ expCmdSn: 3, maxCmdSn: 2 });
    one.send(one.command({ cmdSn: 3 }));
    expect(await untilPing(one)).toEqual([]);
    expect(disk.log).toHaveLength(2);
    end.open();
    await one.expect('SCSI Response');
    expect(await one.expect('SCSI Response')).toMatchObject({ expCmdSn: 3, maxCmdSn: 4 });
  });

  test('a task tag in use is rejected', async () => {
    const { client, disk } = await serve();
    disk.behaviour = () => new Promise(() => {});
    const one = client();
    await one.login();
    one.send(one.command({ initiatorTaskTag: 5 }), one.command({ initiatorTaskTag: 5 }));
    const reject = await one.expect('Reject');
    expect(reject).toMatchObject({ reason: 7, expCmdSn: 3 });
    expect(reject.data.length).toBe(48);
  });

  test('too many immediate commands are rejected', async () => {
    const { client, disk } = await serve({ maxImmediateCommands: 1 });
    disk.behaviour = () => new Promise(() => {});
    const one = client();
    await one.login();
    one.send(one.command({ immediate: true, initiatorTaskTag: 5 }));
    one.send(one.command({ immediate: true, initiatorTaskTag: 6 }));
    expect((await one.expect('Reject')).reason).toBe(6);
  });
});

describe('task management', () => {
  test('an aborted task is not answered, the function is', async () => {
    const { client, disk } = await serve();
    const one = client();
    await one.login({ ImmediateData: 'No' });
    const command = one.write10(0, 2);
    one.send(command);
    await one.expect('R2T');
    one.send(one.manage({ referencedTaskTag: command.initiatorTaskTag }));
    expect(await one.expect('Task Management Response')).toMatchObject({ response: 0 });
    expect(await untilPing(one)).toEqual([]);
    expect(disk.managed).toHaveLength(1);
  });

  test.each([
    ['that has ended', { referencedTaskTag: 0x101, refCmdSn: 1 }, 1],
    [
      'that is on its way counts as received',
      { referencedTaskTag: 0x555, refCmdSn: 2, cmdSn: 3 },
      0,
    ],
    [
      'of another LUN',
      { referencedTaskTag: 0x999, lun: new Uint8Array([0, 1, 0, 0, 0, 0, 0, 0]) },
      1,
    ],
  ])('ABORT TASK of a task %s', async (_, override, response) => {
    const { client, disk } = await serve();
    const one = client();
    await one.login();
    one.send(one.command());
    await one.expect('SCSI Response');
    disk.behaviour = () => new Promise(() => {});
    one.send(one.command({ immediate: true, initiatorTaskTag: 0x999 }));
    one.send(one.manage(override));
    expect((await one.expect('Task Management Response')).response).toBe(response);
  });

  test.each([
    [2, 'ABORT TASK SET'],
    [3, 'CLEAR ACA'],
    [4, 'CLEAR TASK SET'],
    [5, 'LOGICAL UNIT RESET'],
    [6, 'TARGET RESET'],
  ])('function %i is %s', async (code, name) => {
    const { client, disk } = await serve();
    const one = client();
    await one.login();
    one.send(one.manage({ function: code }));
    expect((await one.expect('Task Management Response')).response).toBe(0);
    expect(disk.managed[0]?.function).toBe(name);
  });

  test.each([
    ['TASK REASSIGN', 8, 4],
    ['QUERY TASK without its protocol level', 9, 5],
    ['a function of nobody', 99, 5],
  ])('%s is not supported', async (_, code, response) => {
    const { client, disk } = await serve();
    const one = client();
    await one.login();
    one.send(one.manage({ function: code }));
    expect((await one.expect('Task Management Response')).response).toBe(response);
    expect(disk.managed).toEqual([]);
  });

  test('a cold reset is answered, then ends every session with the target', async () => {
    const { client } = await serve();
    const other = client();
    await other.login({}, { isid: new Uint8Array([0x80, 0, 0, 0, 0, 2]) });
    const one = client();
    await one.login();
    one.send(one.manage({ function: 7 }));
    await one.expect('Task Management Response');
    expect(await one.next()).toBeUndefined();
    expect(await other.next()).toBeUndefined();
  });

  test('a function with a number far ahead aborts nothing that comes later', async () => {
    const { client } = await serve({ commandWindow: 8 });
    const one = client();
    await one.login();
    one.send(one.manage({ function: 2, cmdSn: 10 }));
    await one.expect('Task Management Response');
    one.send(one.command());
    expect((await one.expect('SCSI Response')).status).toBe(0);
  });

  test('commands that wait for their turn are aborted with the task set, and those on their way', async () => {
    const { client, disk } = await serve();
    const one = client();
    await one.login();
    one.send(one.command({ cmdSn: 2, initiatorTaskTag: 2 }));
    one.send(one.manage({ function: 2, cmdSn: 3 }));
    await one.expect('Task Management Response');
    one.send(one.command({ cmdSn: 1, initiatorTaskTag: 1 }));
    expect(await untilPing(one)).toEqual([]);
    one.send(one.command({ cmdSn: 3, initiatorTaskTag: 3 }));
    expect((await one.expect('SCSI Response')).initiatorTaskTag).toBe(3);
    expect(disk.log.map(({ tag }) => tag)).toEqual([3]);
  });
});

describe('other PDUs', () => {
  test('a ping brings its data back', async () => {
    const { client } = await serve();
    const one = client();
    await one.login();
    one.send(one.ping({ data: pattern(77) }));
    expect((await one.expect('NOP-In')).data).toEqual(pattern(77));
  });

  test('a ping that wants no answer gets none', async () => {
    const { client } = await serve();
    const one = client();
    await one.login();
    one.send(one.ping({ initiatorTaskTag: NO_TAG }));
    expect(await untilPing(one)).toEqual([]);
  });

  test('a SNACK is rejected', async () => {
    const { client } = await serve();
    const one = client();
    await one.login();
    one.send({
      kind: 'SNACK Request',
      type: 0,
      lun: new Uint8Array(8),
      initiatorTaskTag: 1,
      targetTransferTag: NO_TAG,
      expStatSn: 0,
      begRun: 0,
      runLength: 0,
    });
    expect((await one.expect('Reject')).reason).toBe(3);
  });

  test.each([
    ['of nobody', 0x1c, 5],
    ['of a target', 0x21, 4],
    ['of a login', 0x03, 4],
  ])('an opcode %s is rejected and the session goes on', async (_, opcode, reason) => {
    const { client } = await serve();
    const one = client();
    await one.login();
    const header = Buffer.alloc(48);
    header[0] = opcode;
    one.socket.write(header);
    const reject = await one.expect('Reject');
    expect(reject.reason).toBe(reason);
    expect(reject.data).toEqual(new Uint8Array(header));
    expect(await untilPing(one)).toEqual([]);
  });

  test('a data segment over the declared length is rejected and ends the connection', async () => {
    const { client } = await serve({ maxRecvDataSegmentLength: 1024 });
    const one = client();
    await one.login();
    one.send(one.ping({ data: pattern(1025) }));
    expect((await one.expect('Reject')).reason).toBe(4);
    expect(await one.next()).toBeUndefined();
  });

  test('additional header segments that make no sense are rejected', async () => {
    const { client } = await serve();
    const one = client();
    await one.login();
    one.send(one.command({ ahs: new Uint8Array([0, 99, 1, 0]) }));
    expect(await one.expect('Reject')).toMatchObject({ reason: 9, expCmdSn: 2 });
  });
});

describe('a slow reader', () => {
  test('is not read from while its answers wait, and loses none', async () => {
    const mark = 262_144;
    const { client, disk, server } = await serve({ highWaterMark: mark }, 4096);
    disk.bytes.set(pattern(65_536));
    const one = client();
    await one.login({ MaxRecvDataSegmentLength: '65536' });
    one.socket.pause();
    const count = 1000;
    let sent = 0;
    for (let i = 0; i < 120; i++, sent++) one.send(one.read10(0, 128));
    // As much as the kernel takes and the mark allows is run; then it stands still.
    let seen = -1;
    while (seen !== disk.log.length) {
      seen = disk.log.length;
      await new Promise((resolve) => setTimeout(resolve, 30));
    }
    const { bytesOut } = server.counters;
    expect(disk.log.length).toBeLessThan(120);
    expect(bytesOut - disk.released * 65_536).toBeLessThanOrEqual(mark + 2 * 65_536);
    one.socket.resume();
    for (let i = 0; i < count; i++) {
      const answer = await one.expect('SCSI Data-In');
      expect(answer.data.length).toBe(65_536);
      if (sent < count) {
        one.send(one.read10(0, 128));
        sent++;
      }
    }
    await until(() => disk.released === count);
  });
});
