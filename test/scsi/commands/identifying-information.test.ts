import { describe, expect, it } from 'vitest';
import {
  decodeIdentifyingInformation,
  decodeIdentifyingInformationTypes,
  encodeIdentifyingInformation,
  encodeIdentifyingInformationTypes,
} from '../../../src/cdb/index.ts';
import type { UnitState, UnitStore } from '../../../src/backend/unit-store.ts';
import { be, bench, good, hex, refusal, settle, type Bench } from '../disk-under-test.ts';
import { ascii, TEST_UNIT_READY } from '../familiar-commands.ts';

const report = (type: number, length = 0x400): string =>
  `a3 05 00000000 ${be(length, 4)} ${be(type << 1, 1)} 00`;
const set = (type: number, length: number): string =>
  `a4 06 00000000 ${be(length, 4)} ${be(type << 1, 1)} 00`;
const TEXT = 2;
const SUPPORTED = 127;

interface Kept extends UnitStore {
  state: UnitState | undefined;
}
const store = (): Kept => ({
  state: undefined,
  load() {
    return this.state;
  },
  save(state) {
    this.state = state;
  },
});

/** A unit with a store; what it loads is there. */
async function durable(kept: UnitStore = store()): Promise<Bench> {
  const device = bench({ store: kept });
  await settle();
  return device;
}

const name = (device: Bench, type: number, text: Uint8Array) =>
  device.send(set(type, text.length), { out: text });

describe('identifying information', () => {
  it('is empty to begin with', async () => {
    expect((await durable()).send(report(0))).toEqual(good('0000 0000'));
    expect(bench().send(report(TEXT))).toEqual(good('0000 0000'));
  });

  it('is what was set, each type for itself', async () => {
    const device = await durable();
    expect(name(device, 0, hex('00ff7e'))).toEqual(good('', 3));
    expect(name(device, TEXT, hex(`${ascii('disk')} c3a9 00`))).toEqual(good('', 7));
    expect(device.send(report(0))).toEqual(good('0000 0003 00ff7e'));
    expect(device.send(report(TEXT))).toEqual(good(`0000 0007 ${ascii('disk')} c3a9 00`));
    expect(device.send(report(0, 5))).toEqual(good('0000 0003 00'));
  });

  it('is gone after an empty list', async () => {
    const device = await durable();
    name(device, 0, hex('01'));
    expect(name(device, 0, hex(''))).toEqual(good());
    expect(device.send(report(0))).toEqual(good('0000 0000'));
  });

  it('survives a restart', async () => {
    const kept = store();
    const first = await durable(kept);
    name(first, 0, hex('0102'));
    name(first, TEXT, hex(`${ascii('a')}00`));
    await first.target.close();
    const second = await durable(kept);
    expect(second.send(report(0))).toEqual(good('0000 0002 0102'));
    expect(second.send(report(TEXT))).toEqual(good(`0000 0002 ${ascii('a')}00`));
  });

  it('is set when it is on stable storage, not before', async () => {
    let stored: (() => void) | undefined;
    const slow: UnitStore = {
      load: () => undefined,
      save: () => new Promise((resolve) => (stored = resolve)),
    };
    const device = await durable(slow);
    let answered = false;
    const answer = device.sendAsync(set(0, 1), { out: hex('01') }).then((value) => {
      answered = true;
      return value;
    });
    await settle();
    expect(answered).toBe(false);
    stored?.();
    expect(await answer).toEqual(good('', 1));
  });

  it('is what it was where the store fails', async () => {
    const kept = store();
    const device = await durable(kept);
    name(device, 0, hex('01'));
    kept.save = () => {
      throw new Error('full');
    };
    expect(name(device, 0, hex('02'))).toEqual(refusal('4/44/00', {}, 1));
    expect(device.send(report(0))).toEqual(good('0000 0001 01'));
  });

  it.each([{ identifyingInformation: 1 }, { identifyingInformation: { 0: 'xy' } }])(
    'that is damaged in the store makes the unit not ready: %j',
    async (state) => {
      const device = await durable({ load: () => state, save: () => undefined });
      expect(device.send(TEST_UNIT_READY)).toEqual(refusal('2/04/03'));
    },
  );

  it('tells the other initiators when it changes', async () => {
    const device = await durable();
    const other = device.initiator('other');
    name(device, 0, hex('01'));
    expect(device.send(TEST_UNIT_READY)).toEqual(good());
    // DEVICE IDENTIFIER CHANGED
    expect(device.send(TEST_UNIT_READY, { from: other })).toEqual(refusal('6/3f/05'));
  });

  it('has types and their lengths to be asked for', () => {
    expect(bench().send(report(SUPPORTED))).toEqual(
      good('0000 000c 00000200 04000100 fe000000'), // 512 bytes; text of 256; this list
    );
  });

  it.each([
    [0, 512],
    [TEXT, 256],
  ])('of type %d may be %d bytes long, and no longer', async (type, most) => {
    const device = await durable();
    const text = new Uint8Array(most).fill(0x41);
    text[most - 1] = 0;
    expect(name(device, type, text)).toEqual(good('', most));
    expect(device.send(set(type, most + 1), { out: new Uint8Array(most + 1) })).toEqual(
      refusal('5/24/00', { cdb: [6] }),
    );
    expect(device.send(report(type)).data.subarray(4)).toEqual(text);
  });
});

describe('SET IDENTIFYING INFORMATION refuses', () => {
  it('to exist where nothing outlives the unit', () => {
    expect(bench().send(set(0, 0))).toEqual(refusal('5/24/00', { cdb: [1, 4] }));
  });

  it.each([1, 3, 4, 126, 127])('type %d', async (type) => {
    expect((await durable()).send(set(type, 0))).toEqual(refusal('5/24/00', { cdb: [10, 7] }));
  });

  it.each([
    ['text without a null', '4142', 1],
    ['a null within the text', '41004200', 1],
    ['text that is no UTF-8', 'c3 00', 0],
  ])('%s', async (_, list, byte) => {
    const device = await durable();
    const out = hex(list);
    expect(name(device, TEXT, out)).toEqual(refusal('5/26/00', { list: [byte] }, out.length));
    expect(device.send(report(TEXT))).toEqual(good('0000 0000'));
  });

  it('data-out that ends before the list does', async () => {
    const device = await durable();
    expect(device.send(set(0, 4), { out: hex('010203') })).toEqual(refusal('5/1a/00', {}, 4));
  });
});

it.each([1, 3, 126])('REPORT IDENTIFYING INFORMATION refuses type %d', (type) => {
  expect(bench().send(report(type))).toEqual(refusal('5/24/00', { cdb: [10, 7] }));
});

describe('identifying information codecs', () => {
  it('go both ways', () => {
    const types = [
      { informationType: 0, maximumLength: 64 },
      { informationType: 126, maximumLength: 0xffff },
    ];
    expect(decodeIdentifyingInformationTypes(encodeIdentifyingInformationTypes(types))).toEqual(
      types,
    );
    expect(decodeIdentifyingInformation(encodeIdentifyingInformation(hex('0102')))).toEqual(
      hex('0102'),
    );
  });

  it('do not read what is cut', () => {
    expect(decodeIdentifyingInformation(hex('000000'))).toBeUndefined();
    expect(decodeIdentifyingInformationTypes(hex('0000 0008 00000040 0400'))).toEqual([
      { informationType: 0, maximumLength: 64 },
    ]);
  });

  it('refuse what has no code', () => {
    expect(() => encodeIdentifyingInformation(new Uint8Array(0x1_0000))).toThrow(RangeError);
    expect(() =>
      encodeIdentifyingInformationTypes([{ informationType: 128, maximumLength: 0 }]),
    ).toThrow(RangeError);
  });
});
