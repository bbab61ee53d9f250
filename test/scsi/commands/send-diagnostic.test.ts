import { describe, expect, it } from 'vitest';
import { BackendError } from '../../../src/backend/backend.ts';
import { scriptedBackend } from '../../../src/testing/scripted-backend.ts';
import { decodeDiagnosticPage, encodeDiagnosticPage } from '../../../src/cdb/index.ts';
import {
  be,
  bench,
  good,
  hex,
  memory,
  refusal,
  settle,
  type Answer,
  type Bench,
} from '../disk-under-test.ts';
import {
  INQUIRY,
  READ_0,
  REPORT_LUNS,
  REQUEST_SENSE,
  STOP,
  TEST_UNIT_READY,
} from '../familiar-commands.ts';

const selfTest = (code: number, length = 0): string =>
  `1d ${be(code << 5, 1)} 00 ${be(length, 2)} 00`;
const DEFAULT = '1d 04 00 0000 00';
const page = (length: number, flags = '10'): string => `1d ${flags} 00 ${be(length, 2)} 00`; // PF
const BACKGROUND_SHORT = 1;
const BACKGROUND_EXTENDED = 2;
const ABORT = 4;
const FOREGROUND_SHORT = 5;
const FOREGROUND_EXTENDED = 6;

/** NOT READY, SELF-TEST IN PROGRESS, with the progress in the sense-key specific bytes. */
function inProgress(progress: number): Uint8Array {
  const sense = hex('70 00 02 00000000 0a 00000000 04 09 00 80 0000');
  new DataView(sense.buffer).setUint16(16, progress);
  return sense;
}

/** Lets time pass as the steps of a test ask for it. */
async function pass({ clock }: Bench, ms: number, step = 25): Promise<void> {
  for (let at = 0; at < ms; at += step) {
    await settle();
    clock.advance(step);
  }
  await settle();
}

/** The entries of the Self-Test Results log page that are not empty: all 16 bytes. */
function results({ send }: Bench): readonly string[] {
  const { data } = send('4d 00 50 00 00 0000 1000 00');
  expect(data.subarray(0, 4)).toEqual(hex('90 00 0190')); // DS, page 10h, 400 bytes
  const entries: string[] = [];
  for (let i = 0; i < 20; i++) {
    const entry = data.subarray(4 + i * 20, 24 + i * 20);
    expect(entry.subarray(0, 4)).toEqual(hex(`${be(i + 1, 2)} 23 10`)); // TSD, binary list
    const value = [...entry.subarray(4)].map((byte) => be(byte, 1)).join('');
    if (!/^0*$/.test(value)) entries.push(value);
  }
  return entries;
}
/** An entry without a failure. */
const entry = (code: number, result: number, hours = 0): string =>
  `${be((code << 5) | result, 1)}00${be(hours, 2)}${'ff'.repeat(8)}00000000`;

/** A disk with a block that cannot be read. */
const failing = (lba: number) =>
  scriptedBackend(memory(), [
    { op: 'read', lba, action: { fail: new BackendError('medium', 'worn', { lba }) } },
  ]);

describe('the default self-test', () => {
  it('passes at once, and leaves no result', () => {
    const device = bench();
    expect(device.send(DEFAULT)).toEqual(good());
    expect(results(device)).toEqual([]);
  });

  it('fails where the first block cannot be read', () => {
    const device = bench({ backend: failing(0) });
    expect(device.send(DEFAULT)).toEqual(refusal('4/3e/03')); // LOGICAL UNIT FAILED SELF-TEST
  });

  it('fails where a test of the user does', () => {
    const kinds: string[] = [];
    const device = bench({
      selfTest: (kind) => {
        kinds.push(kind);
        return { key: 4, asc: 0x42, ascq: 0 };
      },
    });
    expect(device.send(DEFAULT)).toEqual(refusal('4/3e/03'));
    expect(kinds).toEqual(['default']);
  });

  it('needs no medium', () => {
    const device = bench({ removable: true });
    device.unit.eject();
    expect(device.send(DEFAULT)).toEqual(good());
  });
});

describe('a self-test in the background', () => {
  it.each([
    ['short', BACKGROUND_SHORT, 1000],
    ['extended', BACKGROUND_EXTENDED, 10_000],
  ])('that is %s is answered at once, and takes its time', async (_, code, ms) => {
    const device = bench();
    expect(device.send(selfTest(code))).toEqual(good());
    await pass(device, ms - 25);
    expect(results(device)).toEqual([entry(code, 15)]); // in progress
    await pass(device, 50);
    expect(results(device)).toEqual([entry(code, 0)]);
  });

  it('leaves the other commands alone, and REQUEST SENSE tells how far it is', async () => {
    const device = bench();
    device.send(selfTest(BACKGROUND_SHORT));
    expect(device.send(REQUEST_SENSE).data).toEqual(inProgress(0));
    await pass(device, 500);
    expect(device.send(TEST_UNIT_READY)).toEqual(good());
    expect(device.send(READ_0).status).toBe(0);
    expect(device.send(REQUEST_SENSE).data).toEqual(inProgress(0x8000));
  });

  it('is aborted by SEND DIAGNOSTIC (result 1), and only when there is one', async () => {
    const device = bench();
    const nothingToAbort = refusal('5/24/00', { cdb: [1, 7] });
    expect(device.send(selfTest(ABORT))).toEqual(nothingToAbort);
    device.send(selfTest(BACKGROUND_EXTENDED));
    expect(device.send(selfTest(ABORT))).toEqual(good());
    expect(results(device)).toEqual([entry(BACKGROUND_EXTENDED, 1)]);
    expect(device.send(selfTest(ABORT))).toEqual(nothingToAbort);
    await pass(device, 11_000, 500);
    expect(results(device)).toEqual([entry(BACKGROUND_EXTENDED, 1)]);
  });

  it.each([
    ['START STOP UNIT', STOP],
    ['FORMAT UNIT', '04 00 00 0000 00'],
    ['SANITIZE', '48 82 00000000 00 0000 00'],
  ])('is aborted by %s (result 2)', async (_, cdb) => {
    const device = bench();
    device.send(selfTest(BACKGROUND_SHORT));
    expect((await device.sendAsync(cdb))?.status).toBe(0);
    await pass(device, 100);
    expect(results(device)).toEqual([entry(BACKGROUND_SHORT, 2)]);
  });

  it('is aborted by a logical unit reset', () => {
    const device = bench();
    device.send(selfTest(BACKGROUND_SHORT));
    void device.unit.reset();
    device.send(TEST_UNIT_READY);
    expect(results(device)).toEqual([entry(BACKGROUND_SHORT, 2)]);
  });

  it('lets no second one begin', () => {
    const device = bench();
    device.send(selfTest(BACKGROUND_SHORT));
    for (const cdb of [DEFAULT, selfTest(BACKGROUND_SHORT), selfTest(FOREGROUND_SHORT)])
      expect(device.send(cdb).sense).toEqual(inProgress(0));
    expect(results(device)).toEqual([entry(BACKGROUND_SHORT, 15)]);
  });

  it('finds a block that cannot be read: second segment, address and sense', async () => {
    const device = bench({ backend: failing(700) });
    device.send(selfTest(BACKGROUND_EXTENDED));
    await pass(device, 10_100);
    // code 2, result 6; segment 2; no hours; LBA 700; MEDIUM ERROR 11h/00h
    expect(results(device)).toEqual(['46020000 00000000000002bc 03110000'.replaceAll(' ', '')]);
    expect(device.send(REQUEST_SENSE).data[2]).toBe(0);
  });

  it('keeps the twenty most recent results, the last one first', async () => {
    const device = bench();
    for (let i = 0; i < 22; i++) {
      device.send(selfTest(i % 2 === 0 ? BACKGROUND_SHORT : BACKGROUND_EXTENDED));
      device.clock.advance(3_600_000);
      device.send(selfTest(ABORT));
    }
    await settle();
    const kept = results(device);
    expect(kept).toHaveLength(20);
    expect(kept[0]).toBe(entry(BACKGROUND_EXTENDED, 1, 22));
    expect(kept[19]).toBe(entry(BACKGROUND_SHORT, 1, 3));
  });

  it('has a result of its own where the test of the user throws', async () => {
    const device = bench({
      selfTest: () => {
        throw new Error('no tester');
      },
    });
    device.send(selfTest(BACKGROUND_SHORT));
    await settle();
    expect(results(device)).toEqual([entry(BACKGROUND_SHORT, 3)]); // unknown error
    expect(device.errors).toEqual([new Error('no tester')]);
  });

  it('ends when the unit is closed', async () => {
    const device = bench();
    device.send(selfTest(BACKGROUND_SHORT));
    await settle();
    await device.target.close();
    expect(device.clock.pending).toBe(0);
  });
});

describe('a self-test in the foreground', () => {
  it('is answered when it is done', async () => {
    const device = bench({ extendedSelfTestTime: 5 });
    let answer: Answer | undefined;
    void device.sendAsync(selfTest(FOREGROUND_EXTENDED)).then((value) => (answer = value));
    await pass(device, 4_900, 10);
    expect(answer).toBeUndefined();
    await pass(device, 200, 10);
    expect(answer).toEqual(good());
    expect(results(device)).toEqual([entry(FOREGROUND_EXTENDED, 0)]);
  });

  it('keeps the unit from all commands but three', async () => {
    const device = bench();
    const other = device.initiator('other');
    void device.sendAsync(selfTest(FOREGROUND_SHORT));
    for (const cdb of [TEST_UNIT_READY, READ_0, STOP, selfTest(ABORT)])
      expect(device.send(cdb, { from: other }).sense).toEqual(inProgress(0));
    for (const cdb of [INQUIRY, REPORT_LUNS])
      expect(device.send(cdb, { from: other }).status).toBe(0);
    expect(device.send(REQUEST_SENSE, { from: other }).data).toEqual(inProgress(0));
  });

  it('fails with HARDWARE ERROR, and has the reason in the log', async () => {
    const device = bench({ selfTest: async () => ({ key: 4, asc: 0x40, ascq: 0x80 }) });
    const answer = await device.sendAsync(selfTest(FOREGROUND_SHORT));
    expect(answer).toEqual(refusal('4/3e/03'));
    expect(results(device)).toEqual([`a5010000${'ff'.repeat(8)}04408000`]); // first segment
  });

  it('is aborted with its task', async () => {
    const device = bench();
    const answer = device.sendAsync(selfTest(FOREGROUND_SHORT), { tag: 77_777 });
    await settle();
    await device.unit.tasks.abort(device.nexus, 77_777);
    expect(await answer).toBeUndefined();
    expect(results(device)).toEqual([entry(FOREGROUND_SHORT, 2)]);
    expect(device.send(TEST_UNIT_READY)).toEqual(good());
  });
});

describe('SEND DIAGNOSTIC refuses', () => {
  it.each([
    ['SELFTEST with a SELF-TEST CODE', '1d 24 00 0000 00', [1, 7]],
    ['SELFTEST with a list', '1d 04 00 0004 00', [3]],
    ['a self-test with a list', selfTest(1, 4), [3]],
    ['SELF-TEST CODE 3', selfTest(3), [1, 7]],
    ['SELF-TEST CODE 7', selfTest(7), [1, 7]],
    ['a list in a format of the vendor', page(4, '00'), [1, 4]],
  ] as const)('%s', (_, cdb, at) => {
    expect(bench().send(cdb)).toEqual(refusal('5/24/00', { cdb: at }));
  });

  it.each([
    ['a page that is not there', '40 00 0000', '5/26/00', [0]],
    ['a reserved byte', '00 01 0000', '5/26/00', [1]],
    ['a page that has something to say', '00 00 0001 00', '5/26/00', [2]],
    ['something behind the page', '00 00 0000 00', '5/26/00', [2]],
    ['a page that is cut off', '00 00 0002 00', '5/1a/00', undefined],
    ['a cut header', '00 00 00', '5/1a/00', undefined],
  ] as const)('a list with %s', (_, list, codes, at) => {
    const out = hex(list);
    const details = at === undefined ? {} : { list: at };
    expect(bench().send(page(out.length), { out })).toEqual(refusal(codes, details, out.length));
  });

  it('data-out that ends before the list does', () => {
    expect(bench().send(page(4), { out: hex('00') })).toEqual(refusal('5/1a/00', {}, 4));
  });

  it('a self-test where the unit is not ready', () => {
    const device = bench({ removable: true });
    device.unit.eject();
    expect(device.send(selfTest(BACKGROUND_SHORT))).toEqual(refusal('2/3a/00'));
    expect(results(device)).toEqual([]);
  });
});

describe('diagnostic pages', () => {
  it('are nothing but their list, however it is asked for', () => {
    const { send } = bench();
    expect(send(page(0))).toEqual(good());
    expect(send(page(4), { out: hex('00 00 0000') })).toEqual(good('', 4));
    expect(send('1c 00 00 00ff 00')).toEqual(good('00 00 0001 00')); // PCV 0: what was sent last
    expect(send('1c 01 00 00ff 00')).toEqual(good('00 00 0001 00')); // PCV 1, page 00h
    expect(send('1c 01 00 0002 00')).toEqual(good('00 00'));
  });

  it.each(['1c 01 40 00ff 00', '1c 00 40 00ff 00'])('have no page 40h: %s', (cdb) => {
    expect(bench().send(cdb)).toEqual(refusal('5/24/00', { cdb: [2] }));
  });

  it('go both ways', () => {
    const all = { pageCode: 0x40, subcode: 2, body: hex('0102') };
    expect(encodeDiagnosticPage(all)).toEqual(hex('40 02 0002 0102'));
    expect(decodeDiagnosticPage(hex('40 02 0002 0102 ff'))).toEqual(all);
    expect(decodeDiagnosticPage(hex('40 02 0002 01'))).toBeUndefined();
    expect(() => encodeDiagnosticPage({ pageCode: 0, body: new Uint8Array(65_536) })).toThrow(
      RangeError,
    );
  });
});

describe('the time of the extended self-test', () => {
  it.each([
    [10, 1],
    [60, 1],
    [61, 2],
  ])('of %d s is in the Control mode page, and in VPD page 86h as %d min', (time, minutes) => {
    const { send } = bench({ extendedSelfTestTime: time });
    expect(send('1a 08 0a 00 ff 00').data.subarray(14)).toEqual(hex(be(time, 2)));
    expect(send('12 01 86 00ff 00').data.subarray(10, 12)).toEqual(hex(be(minutes, 2)));
  });
});
