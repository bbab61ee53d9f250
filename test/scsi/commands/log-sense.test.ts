import { describe, expect, it } from 'vitest';
import { BackendError } from '../../../src/backend/backend.ts';
import { be, bench, good, hex, refusal, type Bench } from '../disk-under-test.ts';
import { EJECT, LOAD, READ_0, STOP, WRITE_0, block } from '../familiar-commands.ts';
import { HeldBackend } from '../held-backend.ts';

const CUMULATIVE = 1;
const sense = (page: string, subpage = '00', control = CUMULATIVE, pointer = 0, length = 4096) =>
  `4d 00 ${be((control << 6) | Number.parseInt(page, 16), 1)} ${subpage} 00 ${be(pointer, 2)} ${be(length, 2)} 00`;

/** A page with DS set. */
const page = (code: string, body: string): string =>
  `${be(0x80 | Number.parseInt(code, 16), 1)} 00 ${be(hex(body).length, 2)} ${body}`;
/** A bounded counter of 8 bytes with TSD set. */
const counter = (code: string, value: number): string => `${code} 20 08 ${be(value, 8)}`;
const errorCounters = (code: string, bytes: number, errors: number): string =>
  page(code, `${counter('0005', bytes)} ${counter('0006', errors)}`);
const general = (reads: number, writes: number, received: number, transmitted: number): string =>
  page(
    '19',
    `0001 22 40 ${be(reads, 8)} ${be(writes, 8)} ${be(received, 8)} ${be(transmitted, 8)} ${'00'.repeat(32)}
     0002 22 08 0000000000000000 0003 23 08 00000000 00000000`, // no times: the interval is 0
  );
const out = { out: block(7) };

function busy(): Bench {
  const device = bench();
  device.send(READ_0);
  device.send('28 00 00000000 00 0003 00');
  device.send(WRITE_0, out);
  device.send('2f 00 00000000 00 0005 00'); // VERIFY(10)
  device.send('2e 00 00000000 00 0001 00', out); // WRITE AND VERIFY(10)
  return device;
}

describe('LOG SENSE', () => {
  it('00h lists the pages', () => {
    expect(bench().send(sense('00'))).toEqual(
      good('00 00 000d 00 02 03 05 0c 0d 0e 0f 10 15 19 1a 2f'),
    );
  });

  it('has no ports page over iSCSI, which has no values for it', () => {
    const { send } = bench({ port: { protocol: 5, name: 'iqn.2026-01.example:a,t,0x0001' } });
    expect(send(sense('18'))).toEqual(refusal('5/24/00', { cdb: [2, 5] }));
  });

  it('00h has the ports page where a transport has values for it', () => {
    const { send } = bench({ port: { protocol: 6 } });
    expect(send(sense('00'))).toEqual(good('00 00 000e 00 02 03 05 0c 0d 0e 0f 10 15 18 19 1a 2f'));
    expect(send(sense('18'))).toEqual(good(page('18', '0001 23 04 06 000000')));
  });

  it('00h/FFh lists pages and subpages', () => {
    const list = '0000 00ff 0200 0300 0500 0c00 0d00 0d01 0e00 0f00 1000 1500 1900 1a00 2f00';
    expect(bench().send(sense('00', 'ff'))).toEqual(good(`40 ff 001e ${list}`));
  });

  it('with subpage FFh lists the subpages of a page', () => {
    expect(bench().send(sense('19', 'ff'))).toEqual(good('59 ff 0002 1900'));
  });

  it('02h, 03h and 05h count bytes written, read and verified', () => {
    const { send } = busy();
    expect(send(sense('02'))).toEqual(good(errorCounters('02', 1024, 0)));
    expect(send(sense('03'))).toEqual(good(errorCounters('03', 2048, 0)));
    expect(send(sense('05'))).toEqual(good(errorCounters('05', 3072, 0)));
  });

  it('02h, 03h and 05h count errors of the medium', async () => {
    const backend = new HeldBackend();
    const { send, sendAsync } = bench({ backend });
    for (const cdb of [WRITE_0, READ_0, '2f 00 00000000 00 0001 00', READ_0]) {
      const answer = sendAsync(cdb, out);
      backend.fail(new BackendError('medium', 'scratch', { lba: 0 }));
      expect((await answer)?.status).toBe(2);
    }
    expect(send(sense('02'))).toEqual(good(errorCounters('02', 0, 1)));
    expect(send(sense('03'))).toEqual(good(errorCounters('03', 0, 2)));
    expect(send(sense('05'))).toEqual(good(errorCounters('05', 0, 1)));
  });

  it('19h counts commands and blocks', () => {
    expect(busy().send(sense('19'))).toEqual(good(general(2, 2, 2, 4)));
  });

  it('counts nothing that was refused', () => {
    const { send } = bench({ readOnly: true });
    send(WRITE_0, out);
    send('28 00 00000800 00 0001 00');
    expect(send(sense('19'))).toEqual(good(general(0, 0, 0, 0)));
  });

  it('0eh counts starts and loads', () => {
    const { send } = bench({ removable: true });
    for (const cdb of [STOP, '1b 00 00 00 01 00', '1b 00 00 00 01 00', EJECT, LOAD]) send(cdb);
    send('00 00 00 00 00 00'); // 6/28/00
    expect(send(sense('0e'))).toEqual(good(page('0e', '0004 23 04 00000001 0006 23 04 00000001')));
  });

  it('0eh of a fixed medium has no loads', () => {
    expect(bench().send(sense('0e'))).toEqual(good(page('0e', '0004 23 04 00000000')));
  });

  it('15h says that there is no background scan, and the minutes since power on', () => {
    const { send, clock } = bench();
    clock.advance(2 * 60_000 + 59_999);
    const status = '0000 23 0c 00000002 00 00 0000 0000 0000';
    expect(send(sense('15'))).toEqual(good(page('15', status)));
  });

  it('2fh has no exception, and knows no temperature', () => {
    expect(bench().send(sense('2f'))).toEqual(good(page('2f', '0000 23 04 00 00 ff 00')));
  });

  it('0dh knows no temperature before it is told, but how warm a disk may be', () => {
    const { send, unit } = bench();
    const warm = (code: string) => page('0d', `0000 23 02 00 ${code} 0001 23 02 00 3c`);
    expect(send(sense('0d'))).toEqual(good(warm('ff')));
    unit.environment.temperature = 41;
    expect(send(sense('0d'))).toEqual(good(warm('29')));
    unit.environment.temperature = -5;
    expect(send(sense('0d'))).toEqual(good(warm('00')));
  });

  it('0dh/01h has the extremes too', () => {
    const { send, unit } = bench();
    for (const celsius of [20, -3, 41, 30]) unit.environment.temperature = celsius;
    for (const percent of [50, 70, 60]) unit.environment.humidity = percent;
    const sensors = '0000 23 08 00 1e 29 fd 29 fd 0000 0100 23 08 00 3c 46 32 46 32 0000';
    expect(send(sense('0d', '01'))).toEqual(good(`cd 01 ${be(hex(sensors).length, 2)} ${sensors}`));
  });

  it('begins at PARAMETER POINTER', () => {
    const answer = good(page('03', counter('0006', 0)));
    expect(bench().send(sense('03', '00', 1, 6))).toEqual(answer);
  });

  it('is cut to every allocation length, PAGE LENGTH unchanged', () => {
    const { send } = bench();
    const whole = send(sense('02')).data;
    for (let length = 0; length <= whole.length + 1; length++)
      expect(send(sense('02', '00', 1, 0, length)).data).toEqual(whole.subarray(0, length));
  });

  it('with PC 11b gives the default values of counters: 0', () => {
    expect(busy().send(sense('03', '00', 3))).toEqual(good(errorCounters('03', 0, 0)));
  });

  it.each([0, 1, 2, 3])('looks not at PC %d for what is no counter', (control) => {
    expect(bench().send(sense('2f', '00', control)).status).toBe(0);
  });
});

describe('LOG SENSE refuses', () => {
  it.each([
    ['a page that is not there', sense('0b'), [2, 5]],
    ['a page that only an iSCSI port has', sense('18'), [2, 5]],
    ['the subpages of such a page', sense('0b', 'ff'), [2, 5]],
    ['a subpage that is not there', sense('19', '20'), [3]],
    ['a subpage of page 0 that is not there', sense('00', '01'), [3]],
    ['a PARAMETER POINTER behind the last parameter', sense('02', '00', 1, 7), [5]],
    ['a PARAMETER POINTER into a list of pages', sense('00', '00', 1, 1), [5]],
    ['thresholds of counters', sense('02', '00', 0), [2, 7]],
    ['default thresholds of counters', sense('19', '00', 2), [2, 7]],
    ['SP', '4d 01 42 00 00 0000 1000 00', [1, 0]],
  ] as const)('%s', (_, cdb, at) => {
    expect(bench().send(cdb)).toEqual(refusal('5/24/00', { cdb: at }));
  });
});
