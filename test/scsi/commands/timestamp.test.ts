import { describe, expect, it } from 'vitest';
import { decodeTimestampData, encodeTimestampList } from '../../../src/cdb/index.ts';
import { be, bench, good, hex, refusal, type BenchOptions } from '../disk-under-test.ts';
import { TEST_UNIT_READY } from '../familiar-commands.ts';

const REPORT = 'a3 0f 00000000 0000000c 00 00';
const set = (length = 12): string => `a4 0f 00000000 ${be(length, 4)} 00 00`;
const MODE_SENSE_CONTROL_EXTENSION = '1a 08 0a 01 ff 00';

const IN_2026 = 0x019a_b000_1234;
const LIST = hex('00000000 019ab0001234 0000');

function device(options?: BenchOptions) {
  // Without asymmetric access, for which another bit of the page stands (IALUAE).
  const made = bench({ alua: 'none', ...options });
  const changeScsip = (byte: string): void => {
    const out = hex(`00 00 00 00 4a01001c ${byte} ${'00'.repeat(27)}`);
    expect(made.send('15 10 00 00 24 00', { out }).status).toBe(0);
  };
  return { ...made, changeScsip };
}

describe('REPORT TIMESTAMP', () => {
  it('starts at zero at power on (origin 000b) and counts milliseconds', () => {
    const { send, clock } = device();
    expect(send(REPORT)).toEqual(good('000a 00 00 000000000000 0000'));
    clock.advance(0x0102_0304);
    expect(send(REPORT)).toEqual(good('000a 00 00 000001020304 0000'));
  });

  it('shows the time of day where that is known (origin 011b)', () => {
    const { send } = device({ timeOfDay: () => IN_2026 + 0.7 });
    expect(send(REPORT)).toEqual(good('000a 03 00 019ab0001234 0000'));
  });

  it('is cut to the allocation length, its own length is not', () => {
    expect(device().send('a3 0f 00000000 00000003 00 00')).toEqual(good('000a 00'));
  });
});

describe('SET TIMESTAMP', () => {
  it('sets the clock, which goes on from there (origin 010b)', () => {
    const { send, clock } = device({ timeOfDay: () => 5 });
    clock.advance(1000);
    expect(send(set(), { out: LIST })).toEqual(good('', 12));
    clock.advance(1);
    expect(send(REPORT)).toEqual(good('000a 02 00 019ab0001235 0000'));
  });

  it('tells the other initiators', () => {
    const { send, initiator } = device();
    const other = initiator('other');
    send(set(), { out: LIST });
    expect(send(TEST_UNIT_READY)).toEqual(good());
    expect(send(TEST_UNIT_READY, { from: other })).toEqual(refusal('6/2a/10')); // TIMESTAMP CHANGED
    expect(send(TEST_UNIT_READY, { from: other })).toEqual(good());
  });

  it('holds over a logical unit reset and the loss of a nexus', () => {
    const { send, unit, nexus } = device();
    send(set(), { out: LIST });
    void unit.reset();
    void unit.nexusLost(nexus);
    expect(send(TEST_UNIT_READY).status).toBe(2);
    expect(send(REPORT)).toEqual(good('000a 02 00 019ab0001234 0000'));
  });

  it('with an empty list does nothing', () => {
    const { send, initiator } = device();
    const other = initiator('other');
    expect(send(set(0))).toEqual(good());
    expect(send(REPORT)).toEqual(good('000a 00 00 000000000000 0000'));
    expect(send(TEST_UNIT_READY, { from: other })).toEqual(good());
  });

  it('takes the largest timestamp, and 48 bits wrap', () => {
    const { send, clock } = device();
    expect(send(set(), { out: hex('00000000 f0ffffffffff 0000') })).toEqual(good('', 12));
    clock.advance(0x0f00_0000_0000);
    expect(send(REPORT)).toEqual(good('000a 02 00 ffffffffffff 0000'));
    clock.advance(1);
    expect(send(REPORT)).toEqual(good('000a 02 00 000000000000 0000'));
  });

  it.each([
    ['a first byte over F0h', '00000000 f10000000000 0000', 4],
    ['a reserved byte before it', '00000100 000000000000 0000', 2],
    ['a reserved byte after it', '00000000 000000000000 0001', 11],
  ] as const)('refuses a list with %s', (_, list, byte) => {
    const { send } = device();
    expect(send(set(), { out: hex(list) })).toEqual(refusal('5/26/00', { list: [byte] }, 12));
    expect(send(REPORT)).toEqual(good('000a 00 00 000000000000 0000'));
  });

  it('lets reserved bytes be anything where reserved bits are ignored', () => {
    const { send } = device({ reservedBits: 'ignore' });
    expect(send(set(), { out: hex('01000000 000000000001 0000') })).toEqual(good('', 12));
  });

  it('refuses a list that is too short, by its length or by its data', () => {
    const { send } = device();
    expect(send(set(11), { out: LIST })).toEqual(refusal('5/1a/00'));
    expect(send(set(), { out: LIST.subarray(0, 11) })).toEqual(refusal('5/1a/00', {}, 12));
  });

  it('is refused while SCSIP is zero', () => {
    const { send, changeScsip } = device();
    changeScsip('00');
    expect(send(set(), { out: LIST })).toEqual(refusal('5/24/00', { cdb: [1, 4] }));
    changeScsip('02');
    expect(send(set(), { out: LIST })).toEqual(good('', 12));
  });
});

describe('the Control Extension mode page', () => {
  it.each([
    ['SCSIP', {}, '02'],
    ['TCMOS and SCSIP where the time of day is known', { timeOfDay: () => 0 }, '06'],
  ])('has %s', (_, options, bits) => {
    const { send } = device(options);
    const page = send(MODE_SENSE_CONTROL_EXTENSION).data.subarray(4);
    expect(page).toEqual(hex(`4a01001c ${bits} ${'00'.repeat(27)}`));
  });

  it('has SCSIP and INITIAL COMMAND PRIORITY to be changed', () => {
    const { send } = device();
    const page = send('1a 08 4a 01 ff 00').data.subarray(4);
    expect(page).toEqual(hex(`4a01001c 02 0f ${'00'.repeat(26)}`));
  });
});

describe('timestamp codecs', () => {
  it('take no timestamp over 48 bits', () => {
    expect(() => encodeTimestampList(2 ** 48)).toThrow(RangeError);
    expect(() => encodeTimestampList(-1)).toThrow(RangeError);
    expect(encodeTimestampList(2 ** 48 - 1)).toEqual(hex('00000000 ffffffffffff 0000'));
  });

  it('read what was reported', () => {
    const data = hex('000a 03 00 019ab0001234 0000');
    expect(decodeTimestampData(data)).toEqual({ origin: 3, timestamp: IN_2026 });
    expect(decodeTimestampData(data.subarray(0, 11))).toBeUndefined();
  });
});
