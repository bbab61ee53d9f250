import { describe, expect, it } from 'vitest';
import type { UnitState, UnitStore } from '../../../src/backend/unit-store.ts';
import { be, bench, good, hex, refusal, settle, type Bench } from '../disk-under-test.ts';
import { READ_0, TEST_UNIT_READY, WRITE_0, block } from '../familiar-commands.ts';

const PCR = 2;
const CHANGED = refusal('6/2a/02'); // LOG PARAMETERS CHANGED

const select = (flags: number, page = '00', subpage = '00', control = 1, length = 0): string =>
  `4c ${be(flags, 1)} ${be((control << 6) | Number.parseInt(page, 16), 1)} ${subpage} 000000 ${be(length, 2)} 00`;
/** LOG SELECT with this parameter list. */
function send(device: Bench, list: string, flags = 0, page = '00', control = 1) {
  const out = hex(list);
  return device.send(select(flags, page, '00', control, out.length), { out });
}

/** Bytes written (02h), bytes read (03h), and read commands (19h) as the log has them. */
function counts({ send: sendCdb }: Bench): readonly number[] {
  const value = (page: number, at: number): number => {
    const { data } = sendCdb(`4d 00 ${be(0x40 | page, 1)} 00 00 0000 1000 00`);
    return Number(new DataView(data.buffer).getBigUint64(at));
  };
  return [value(0x02, 8), value(0x03, 8), value(0x19, 8)];
}

function used(): Bench {
  const device = bench();
  device.send(READ_0);
  device.send(WRITE_0, { out: block(1) });
  return device;
}

describe('LOG SELECT', () => {
  it('with PCR resets the counters of all pages', () => {
    const device = used();
    expect(counts(device)).toEqual([512, 512, 1]);
    expect(device.send(select(PCR))).toEqual(good());
    expect(counts(device)).toEqual([0, 0, 0]);
    device.send(READ_0);
    expect(counts(device)).toEqual([0, 512, 1]);
  });

  it.each([
    ['a page', '03', '00'],
    ['all subpages of a page', '03', 'ff'],
  ])('with PCR resets the counters of %s alone', (_, page, subpage) => {
    const device = used();
    expect(device.send(select(PCR, page, subpage))).toEqual(good());
    expect(counts(device)).toEqual([512, 0, 1]);
  });

  it('with default cumulative values (PC 11b) does the same', () => {
    const device = used();
    expect(device.send(select(0, '02', '00', 3))).toEqual(good());
    expect(counts(device)).toEqual([0, 512, 1]);
  });

  it.each([0, 1, 2])('without PCR and with PC %d does nothing', (control) => {
    const device = used();
    expect(device.send(select(0, '02', '00', control))).toEqual(good());
    expect(counts(device)).toEqual([512, 512, 1]);
  });

  it('tells the other initiators', () => {
    const device = bench();
    const other = device.initiator('other');
    device.send(select(PCR, '02'));
    expect(device.send(TEST_UNIT_READY)).toEqual(good());
    expect(device.send(TEST_UNIT_READY, { from: other })).toEqual(CHANGED);
    expect(device.send(TEST_UNIT_READY, { from: other })).toEqual(good());
  });

  it('tells nobody of a page without counters', () => {
    const device = bench();
    const other = device.initiator('other');
    expect(device.send(select(PCR, '2f'))).toEqual(good());
    expect(device.send(TEST_UNIT_READY, { from: other })).toEqual(good());
  });

  it('takes a list that says what is there', () => {
    const device = used();
    const page = device.send('4d 00 42 00 00 0000 1000 00').data;
    const list = [...page].map((byte) => be(byte, 1)).join('');
    expect(send(device, list)).toEqual(good('', page.length));
  });
});

describe('LOG SELECT refuses', () => {
  it.each([
    ['SP', select(1), [1, 0]],
    ['PCR with a list', select(PCR, '00', '00', 1, 4), [7]],
    ['a page with a list', select(0, '02', '00', 1, 4), [2, 5]],
    ['a subpage with a list', select(0, '00', 'ff', 1, 4), [3]],
    ['thresholds', select(0, '00', '00', 0, 4), [2, 7]],
    ['default values with a list', select(0, '00', '00', 3, 4), [2, 7]],
    ['a page that is not there', select(PCR, '0b'), [2, 5]],
    ['a subpage that is not there', select(PCR, '19', '20'), [3]],
  ] as const)('%s', (_, cdb, at) => {
    expect(bench().send(cdb)).toEqual(refusal('5/24/00', { cdb: at }));
  });

  const ZERO = '0005 20 08 0000000000000000';
  it.each([
    ['a cut page header', '02 00 00', '5/1a/00', undefined],
    ['a cut parameter', `02 00 000c ${ZERO.slice(0, -2)}`, '5/1a/00', undefined],
    ['a page that is not there', '0b 00 0000', '5/26/00', [0, 5]],
    ['a second page that is not there', `02 00 000c ${ZERO} 0b 00 0000`, '5/26/00', [16, 5]],
    ['a parameter that is not there', '02 00 0008 0004 20 04 00000000', '5/26/00', [4]],
    ['a parameter of another length', '02 00 0008 0005 20 04 00000000', '5/26/00', [7]],
    ['another value', '02 00 000c 0005 20 08 0000000000000001', '5/26/00', [8]],
  ] as const)('a list with %s', (_, list, codes, at) => {
    const answer = send(bench(), list);
    const { length } = hex(list);
    expect(answer).toEqual(refusal(codes, at === undefined ? {} : { list: at }, length));
  });

  it('data-out that ends before the list does', () => {
    const answer = bench().send(select(0, '00', '00', 1, 8), { out: hex('02 00 0000') });
    expect(answer).toEqual(refusal('5/1a/00', {}, 8));
  });
});

/** The Application Client page as a parameter list. */
const applicationLog = (...parameters: string[]): string => {
  const body = parameters.join('');
  return `0f 00 ${be(hex(body).length, 2)} ${body}`;
};

describe('the Application Client page', () => {
  const LENGTH = 252;
  const parameter = (code: number, byte: number): string =>
    `${be(code, 2)} 83 fc ${be(byte, 1).repeat(LENGTH)}`; // DU, list in binary
  /** The first byte of each parameter that is not zero, by code. */
  function written({ send: sendCdb }: Bench): Record<number, number> {
    const { data } = sendCdb('4d 00 4f 00 00 0000 ffff 00');
    expect(data.length).toBe(4 + 64 * (4 + LENGTH));
    const found: Record<number, number> = {};
    for (let code = 0; code < 64; code++) {
      const value = data[4 + code * 256 + 4]!;
      if (value !== 0) found[code] = value;
    }
    return found;
  }

  it('keeps what is written to it, and tells the other initiators', () => {
    const device = bench();
    const other = device.initiator('other');
    expect(written(device)).toEqual({});
    expect(send(device, applicationLog(parameter(3, 7), parameter(63, 9))).status).toBe(0);
    expect(written(device)).toEqual({ 3: 7, 63: 9 });
    expect(device.send(TEST_UNIT_READY)).toEqual(good());
    expect(device.send(TEST_UNIT_READY, { from: other })).toEqual(CHANGED);
    send(device, applicationLog(parameter(3, 8)));
    expect(written(device)).toEqual({ 3: 8, 63: 9 });
  });

  it('is all zeros again after PCR', () => {
    const device = bench();
    send(device, applicationLog(parameter(3, 7)));
    expect(device.send(select(PCR, '0f'))).toEqual(good());
    expect(written(device)).toEqual({});
  });

  it.each([
    ['a parameter that it does not have', applicationLog(parameter(1, 7), parameter(64, 7)), [260]],
    ['a parameter of another length', applicationLog(parameter(1, 7), '0002 83 01 07'), [263]],
    [
      'a page that is not there behind it',
      `${applicationLog(parameter(1, 7))} 0b 00 0000`,
      [260, 5],
    ],
  ] as const)('takes nothing of a list with %s', (_, refused, at) => {
    const device = bench();
    const { length } = hex(refused);
    expect(send(device, refused)).toEqual(refusal('5/26/00', { list: at }, length));
    expect(written(device)).toEqual({});
  });

  it('is there after a restart where the unit has a store', async () => {
    let state: UnitState | undefined;
    const store: UnitStore = {
      load: () => state,
      save: (next) => {
        state = structuredClone(next);
      },
    };
    const first = bench({ store });
    await settle();
    send(first, applicationLog(parameter(3, 7)));
    const second = bench({ store });
    await settle();
    expect(written(second)).toEqual({ 3: 7 });
  });

  it.each([{ 3: 'zz' }, { 3: '07' }, { 99: '07'.repeat(LENGTH) }, 7])(
    'that was kept damaged (%j) keeps the unit from its medium',
    async (kept) => {
      const device = bench({
        store: { load: () => ({ applicationLog: kept }), save: () => undefined },
      });
      await settle();
      expect(device.send(TEST_UNIT_READY).status).toBe(2);
    },
  );
});
