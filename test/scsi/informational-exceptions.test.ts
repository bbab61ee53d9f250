import { describe, expect, it } from 'vitest';
import { WARNING_POWER_LOSS_EXPECTED, WRITE_ERROR } from '../../src/sense/codes.ts';
import { be, bench, good, hex, refusal, type Bench } from './disk-under-test.ts';
import { READ_0, TEST_UNIT_READY } from './familiar-commands.ts';

const UNIT_ATTENTION = 0x2;
const IF_WANTED = 0x3;
const RECOVERED = 0x4;
const NO_SENSE = 0x5;
const ON_REQUEST = 0x6;

const REQUEST_SENSE = '03 00 0000 ff 00';
const EWASC = 0x10;
const DEXCPT = 0x08;
const TEST = 0x04;
const LOGERR = 0x01;

/** MODE SELECT of the Informational Exceptions Control page. */
function control(device: Bench, method: number, flags = 0, interval = 0, count = 0): void {
  const page = `1c 0a ${be(flags | LOGERR, 1)} ${be(method, 1)} ${be(interval, 4)} ${be(count, 4)}`;
  const out = hex(`00 00 00 00 ${page}`);
  expect(device.send(`15 10 0000 ${be(out.length, 1)} 00`, { out })).toEqual(good('', out.length));
}

/** Sense key and additional sense code of what REQUEST SENSE says, like `0/5d/00`. */
function requested({ send }: Bench): string {
  const { data } = send(REQUEST_SENSE);
  return codes(data);
}

const codes = (sense: Uint8Array): string =>
  [sense[2]! & 0xf, sense[12]!, sense[13]!]
    .map((byte, i) => be(byte, 1).slice(i ? 0 : 1))
    .join('/');

describe('a failure that is foretold', () => {
  it('is told on request, by every initiator as often as it likes, unless that is changed', () => {
    const device = bench();
    const other = device.initiator('other');
    device.unit.exceptions.occur();
    expect(device.send(TEST_UNIT_READY)).toEqual(good());
    expect([requested(device), requested(device)]).toEqual(['0/5d/00', '0/5d/00']);
    expect(codes(device.send(REQUEST_SENSE, { from: other }).data)).toBe('0/5d/00');
    device.unit.exceptions.cease();
    expect(requested(device)).toBe('0/00/00');
  });

  it('is a unit attention for every initiator with MRIE 2', () => {
    const device = bench();
    const other = device.initiator('other');
    control(device, UNIT_ATTENTION);
    device.send(TEST_UNIT_READY, { from: other }); // 6/2a/01
    device.unit.exceptions.occur();
    for (const from of [device.nexus, other]) {
      expect(device.send(TEST_UNIT_READY, { from })).toEqual(refusal('6/5d/00'));
      expect(device.send(TEST_UNIT_READY, { from })).toEqual(good());
    }
    expect(requested(device)).toBe('0/00/00');
  });

  it.each([
    [RECOVERED, '1/5d/00'],
    [NO_SENSE, '0/5d/00'],
  ])('comes with the data of the next command with MRIE %d', (method, sense) => {
    const device = bench();
    control(device, method);
    device.unit.exceptions.occur();
    const answer = device.send(READ_0);
    expect([answer.status, answer.data.length]).toEqual([2, 512]);
    expect(codes(answer.sense!)).toBe(sense);
    expect(device.send(READ_0).status).toBe(0);
  });

  it('does not come with INQUIRY, REPORT LUNS or REQUEST SENSE', () => {
    const device = bench();
    control(device, RECOVERED);
    device.unit.exceptions.occur();
    for (const cdb of ['12 00 00 0024 00', 'a0 00 00 000000 00000100 00 00', REQUEST_SENSE])
      expect(device.send(cdb).status).toBe(0);
    expect(device.send(TEST_UNIT_READY).status).toBe(2);
  });

  it('does not come in place of an error', () => {
    const device = bench();
    control(device, RECOVERED);
    device.unit.exceptions.occur();
    const beyond = '28 00 00000800 00 0001 00';
    expect(device.send(beyond)).toEqual(refusal('5/21/00', { information: 2048 }));
    expect(codes(device.send(TEST_UNIT_READY).sense!)).toBe('1/5d/00');
  });

  it.each([
    [0x00, 0],
    [0x04, 2],
  ])('comes with MRIE 3 as PER wants it (byte 2 of page 01h: %d)', (flags, status) => {
    const device = bench();
    const out = hex(`00 00 00 00 01 0a ${be(0xc0 | flags, 1)} 0000000000 00 00 0000`);
    expect(device.send(`15 10 0000 ${be(out.length, 1)} 00`, { out }).status).toBe(0);
    control(device, IF_WANTED);
    device.unit.exceptions.occur();
    expect(device.send(TEST_UNIT_READY).status).toBe(status);
  });

  it('is not told with DEXCPT, nor with MRIE 0', () => {
    const device = bench();
    device.unit.exceptions.occur();
    control(device, ON_REQUEST, DEXCPT);
    expect(requested(device)).toBe('0/00/00');
    control(device, 0);
    expect(requested(device)).toBe('0/00/00');
    expect(device.send(TEST_UNIT_READY)).toEqual(good());
  });

  it('is in the log whether it is told or not', () => {
    const device = bench();
    control(device, 0, DEXCPT);
    device.unit.exceptions.occur();
    const log = device.send('4d 00 6f 00 00 0000 1000 00').data;
    expect(log).toEqual(hex('af 00 0008 0000 23 04 5d 00 ff 00'));
  });
});

describe('INTERVAL TIMER and REPORT COUNT', () => {
  /** How many of the commands that come every second end with RECOVERED ERROR. */
  function told(interval: number, count: number): readonly number[] {
    const device = bench();
    control(device, RECOVERED, 0, interval, count);
    device.unit.exceptions.occur();
    return Array.from({ length: 7 }, () => {
      const { status } = device.send(TEST_UNIT_READY);
      device.clock.advance(1000);
      return status;
    });
  }

  it.each([
    ['once without an interval', 0, 0, [2, 0, 0, 0, 0, 0, 0]],
    ['once with an interval of FFFFFFFFh', 0xffff_ffff, 5, [2, 0, 0, 0, 0, 0, 0]],
    ['every two seconds', 20, 0, [2, 0, 2, 0, 2, 0, 2]],
    ['every two seconds, three times', 20, 3, [2, 0, 2, 0, 2, 0, 0]],
  ] as const)('have it told %s', (_, interval, count, statuses) => {
    expect(told(interval, count)).toEqual(statuses);
  });

  it('wait for nothing once the unit is closed', async () => {
    const device = bench();
    control(device, UNIT_ATTENTION, 0, 20);
    device.unit.exceptions.occur();
    await device.unit.close();
    expect(device.clock.pending).toBe(0);
  });
});

describe('TEST', () => {
  it('has a failure told that is none', () => {
    const device = bench();
    control(device, ON_REQUEST, TEST);
    expect(requested(device)).toBe('0/5d/ff');
    control(device, RECOVERED, TEST);
    expect(codes(device.send(TEST_UNIT_READY).sense!)).toBe('1/5d/ff');
    control(device, ON_REQUEST);
    expect(requested(device)).toBe('0/00/00');
  });
});

describe('a warning', () => {
  it('is told only with EWASC', () => {
    const device = bench();
    device.unit.exceptions.occur(WARNING_POWER_LOSS_EXPECTED);
    expect(requested(device)).toBe('0/00/00');
    control(device, ON_REQUEST, EWASC);
    expect(requested(device)).toBe('0/0b/08');
  });

  it('comes of a temperature over 60 degrees, and goes with it', () => {
    const device = bench();
    control(device, ON_REQUEST, EWASC);
    device.unit.environment.temperature = 60;
    expect(requested(device)).toBe('0/00/00');
    device.unit.environment.temperature = 61;
    expect(requested(device)).toBe('0/0b/01');
    device.unit.environment.temperature = 59;
    expect(requested(device)).toBe('0/00/00');
  });

  it('does not end a failure that is foretold', () => {
    const device = bench();
    device.unit.exceptions.occur();
    device.unit.environment.temperature = 80;
    device.unit.environment.temperature = 20;
    expect(requested(device)).toBe('0/5d/00');
  });
});

describe('what a unit is told', () => {
  it.each([
    ['a condition that is no exception', (at: Bench) => at.unit.exceptions.occur(WRITE_ERROR)],
    ['a temperature that has no code', (at: Bench) => (at.unit.environment.temperature = 128)],
    ['a part of a degree', (at: Bench) => (at.unit.environment.temperature = 20.5)],
    ['more than 100 percent', (at: Bench) => (at.unit.environment.humidity = 101)],
  ])('must not be %s', (_, tell) => {
    expect(() => tell(bench())).toThrow(RangeError);
  });
});
