import { describe, expect, it } from 'vitest';
import type { UnitState, UnitStore } from '../../../src/backend/unit-store.ts';
import { be, bench, good, hex, refusal, settle, type Bench } from '../disk-under-test.ts';
import { HeldBackend } from '../held-backend.ts';

const PF = 0x10;
const SP = 0x01;
const RTD = 0x02;

const CHANGED = refusal('6/2a/01'); // MODE PARAMETERS CHANGED
const TEST_UNIT_READY = '00 00 00 00 00 00';
const WRITE = '2a 00 00000000 00 0001 00';
const READ = '28 00 00000000 00 0001 00';
const WRITE_OUT = { out: new Uint8Array(512).fill(7) };
/** MODE SENSE(6) of a page without a block descriptor; the page begins at byte 4. */
const sense = (page: string, control = 0): string =>
  `1a 08 ${be((control << 6) | Number.parseInt(page, 16), 1)} 00 ff 00`;

const CONTROL = '0a 0a 00 10 00 00 0000 ffff 000a';
const SWP = '0a 0a 00 10 08 00 0000 ffff 000a';
const D_SENSE = '0a 0a 04 10 00 00 0000 ffff 000a';
const caching = (wce: boolean): string =>
  `08 12 ${wce ? '04' : '00'} 00 0000 0000 0000 0000 20 00 0000 00 000000`;
const HEADER = '00 00 00 00'; // of MODE SELECT(6), without a block descriptor

/** MODE SELECT(6) with this parameter list. */
function select(device: Bench, list: string, flags = PF, from = device.nexus) {
  const out = hex(list);
  return device.send(`15 ${be(flags, 1)} 0000 ${be(out.length, 1)} 00`, { out, from });
}
/** MODE SELECT(10) with this parameter list. */
function select10(device: Bench, list: string, flags = PF) {
  const out = hex(list);
  return device.send(`55 ${be(flags, 1)} 0000000000 ${be(out.length, 2)} 00`, { out });
}
const page = (device: Bench, code: string, control = 0) =>
  device.send(sense(code, control)).data.subarray(4);

/** A store in RAM, which a later unit may have as well. */
class RamStore implements UnitStore {
  state: UnitState | undefined;
  fails = false;
  load(): UnitState | undefined {
    return this.state;
  }
  save(state: UnitState): void {
    if (this.fails) throw new Error('full');
    this.state = JSON.parse(JSON.stringify(state)) as UnitState;
  }
}

async function withStore(store: RamStore): Promise<Bench> {
  const device = bench({ store });
  await settle();
  return device;
}

describe('MODE SELECT', () => {
  it('changes the current values, and leaves the default ones', () => {
    const device = bench();
    expect(select(device, `${HEADER} ${D_SENSE}`)).toEqual(good('', 16));
    expect(page(device, '0a')).toEqual(hex(D_SENSE));
    expect(page(device, '0a', 2)).toEqual(hex(CONTROL));
  });

  it('has a 10-byte form', () => {
    const device = bench();
    expect(select10(device, `0000 00 00 00 00 0000 ${D_SENSE}`)).toEqual(good('', 20));
    expect(page(device, '0a')).toEqual(hex(D_SENSE));
  });

  it('takes what MODE SENSE answered, all pages and the block descriptor', () => {
    const device = bench();
    const all = device.send('1a 00 3f 00 ff 00').data;
    const out = { out: all };
    expect(device.send(`15 10 0000 ${be(all.length, 1)} 00`, out)).toEqual(good('', all.length));
    const long = device.send('5a 10 3f 00 000000 00ff 00').data; // LLBAA
    expect(device.send(`55 10 0000000000 ${be(long.length, 2)} 00`, { out: long })).toEqual(
      good('', long.length),
    );
  });

  it('changes several pages at once', () => {
    const device = bench();
    expect(select(device, `${HEADER} ${caching(true)} ${SWP}`).status).toBe(0);
    expect(page(device, '08')).toEqual(hex(caching(true)));
    expect(page(device, '0a')).toEqual(hex(SWP));
  });

  it('with an empty list does nothing', () => {
    const device = bench();
    const other = device.initiator('other');
    expect(device.send('15 00 0000 00 00')).toEqual(good());
    expect(device.send('55 10 0000000000 0000 00')).toEqual(good());
    expect(device.send(TEST_UNIT_READY, { from: other })).toEqual(good());
  });

  it('with a header alone does nothing', () => {
    expect(select(bench(), HEADER)).toEqual(good('', 4));
  });

  it.each([
    ['as many as there are', '00000800 00 000200'],
    ['0', '00000000 00 000200'],
    ['FFFFFFFFh', 'ffffffff 00 000200'],
  ])('takes a block descriptor of the block length with NUMBER OF BLOCKS %s', (_, descriptor) => {
    expect(select(bench(), `00 00 00 08 ${descriptor}`)).toEqual(good('', 12));
  });

  it('takes a long block descriptor of all blocks', () => {
    const descriptor = 'ffffffffffffffff 00000000 00000200';
    expect(select10(bench(), `0000 00 00 01 00 0010 ${descriptor}`)).toEqual(good('', 24));
  });
});

describe('what MODE SELECT tells', () => {
  it('the other initiators, once, and not the one that sent it', () => {
    const device = bench();
    const other = device.initiator('other');
    select(device, `${HEADER} ${D_SENSE}`);
    select(device, `${HEADER} ${CONTROL}`);
    expect(device.send(TEST_UNIT_READY)).toEqual(good());
    expect(device.send(TEST_UNIT_READY, { from: other })).toEqual(CHANGED);
    expect(device.send(TEST_UNIT_READY, { from: other })).toEqual(good());
  });

  it('nobody, where nothing changed', () => {
    const device = bench();
    const other = device.initiator('other');
    select(device, `${HEADER} ${CONTROL} ${caching(false)}`);
    expect(device.send(TEST_UNIT_READY, { from: other })).toEqual(good());
  });
});

/** Refused lists: MODE SELECT(6), the list, the sense. */
const REFUSED: readonly (readonly [
  name: string,
  list: string,
  codes: string,
  at: readonly [number, number?] | undefined,
])[] = [
  ['a list shorter than its header', '00 00 00', '5/1a/00', undefined],
  ['a cut block descriptor', '00 00 00 08 00000800 00 0002', '5/1a/00', undefined],
  ['a cut page', `${HEADER} 0a 0a 00 10 00`, '5/1a/00', undefined],
  ['a cut page header', `${HEADER} 0a`, '5/1a/00', undefined],
  ['a cut page behind a good one', `${HEADER} ${D_SENSE} 08 12 00`, '5/1a/00', undefined],
  ['a MEDIUM TYPE', '00 01 00 00', '5/26/00', [1]],
  ['half a block descriptor', '00 00 00 04 00000800', '5/26/00', [3]],
  ['two block descriptors', `00 00 00 10 ${'00000800 00 000200'.repeat(2)}`, '5/26/00', [3]],
  ['another capacity', '00 00 00 08 00000700 00 000200', '5/26/00', [4]],
  ['another block length', '00 00 00 08 00000800 00 001000', '5/26/00', [9]],
  ['a page that is not there', `${HEADER} ${D_SENSE} 3e 02 0000`, '5/26/00', [16, 5]],
  ['a subpage that is not there', `${HEADER} 4a 03 0000`, '5/26/00', [4, 5]],
  ['a page in the wrong format', `${HEADER} 4a 00 0000`, '5/26/00', [4, 6]],
  ['a page of another length', `${HEADER} 0a 08 04 10 00 00 0000 ffff`, '5/26/00', [5]],
  ['QUEUE ALGORITHM MODIFIER', `${HEADER} 0a 0a 04 00 00 00 0000 ffff 000a`, '5/26/00', [7, 4]],
  ['a reserved bit', `${HEADER} 0a 0a 04 10 01 00 0000 ffff 000a`, '5/26/00', [8, 0]],
  ['the first of two', `${HEADER} 0a 0a 04 18 01 00 0000 ffff 000a`, '5/26/00', [7, 3]],
  ['a reserved TST', `${HEADER} 0a 0a 40 10 00 00 0000 ffff 000a`, '5/26/00', [6]],
  ['a reserved QERR', `${HEADER} 0a 0a 00 14 00 00 0000 ffff 000a`, '5/26/00', [7]],
  ['a reserved UA_INTLCK_CTRL', `${HEADER} 0a 0a 00 10 10 00 0000 ffff 000a`, '5/26/00', [8]],
  [
    'a bad page behind a good one',
    `${HEADER} ${D_SENSE} 1c 0a 81 06 00000000 00000000`,
    '5/26/00',
    [18, 7],
  ],
  ['TEST with DEXCPT', `${HEADER} 1c 0a 0d 06 00000000 00000000`, '5/26/00', [6]],
  ['an obsolete MRIE', `${HEADER} 1c 0a 01 01 00000000 00000000`, '5/26/00', [7]],
  ['a reserved MRIE', `${HEADER} 1c 0a 01 07 00000000 00000000`, '5/26/00', [7]],
];

describe('MODE SELECT refuses, and changes nothing', () => {
  it.each(REFUSED)('%s', (_, list, codes, at) => {
    const device = bench();
    const other = device.initiator('other');
    const { length } = hex(list);
    const answer = select(device, list);
    expect(answer).toEqual(refusal(codes, at === undefined ? {} : { list: at }, length));
    expect(page(device, '0a')).toEqual(hex(CONTROL));
    expect(device.send(TEST_UNIT_READY, { from: other })).toEqual(good());
  });

  it('data-out that ends before the list does', () => {
    const device = bench();
    const answer = device.send('15 10 0000 10 00', {
      out: hex(`${HEADER} ${D_SENSE}`).subarray(9),
    });
    expect(answer).toEqual(refusal('5/1a/00', {}, 16));
    expect(page(device, '0a')).toEqual(hex(CONTROL));
  });

  it('a list cut anywhere but at a page, as a page of any length', () => {
    const whole = hex(`${HEADER} ${D_SENSE} ${caching(true)}`);
    for (let length = 1; length < whole.length; length++) {
      const device = bench();
      const { status } = device.send(`15 10 0000 ${be(length, 1)} 00`, { out: whole });
      expect([length, status]).toEqual([length, length === 4 || length === 16 ? 0 : 2]);
      expect(page(device, '08')).toEqual(hex(caching(false)));
    }
  });

  it('a list without PF, at PF', () => {
    expect(select(bench(), HEADER, 0)).toEqual(refusal('5/24/00', { cdb: [1, 4] }));
  });

  it('SP where there is no store, at SP', () => {
    expect(select(bench(), HEADER, PF | SP)).toEqual(refusal('5/24/00', { cdb: [1, 0] }));
  });

  it('RTD together with a list, at PARAMETER LIST LENGTH', () => {
    expect(select(bench(), HEADER, PF | RTD)).toEqual(refusal('5/24/00', { cdb: [4] }));
    expect(select10(bench(), '0000000000000000', PF | RTD)).toEqual(
      refusal('5/24/00', { cdb: [7] }),
    );
  });
});

describe('values go back', () => {
  it('to the default ones with RTD, and the others are told', () => {
    const device = bench();
    select(device, `${HEADER} ${SWP}`);
    const other = device.initiator('other');
    expect(device.send('15 02 0000 00 00')).toEqual(good());
    expect(page(device, '0a')).toEqual(hex(CONTROL));
    expect(device.send(TEST_UNIT_READY, { from: other })).toEqual(CHANGED);
  });

  it('to the default ones with a logical unit reset', () => {
    const device = bench();
    select(device, `${HEADER} ${SWP}`);
    void device.unit.reset();
    device.send(TEST_UNIT_READY);
    expect(page(device, '0a')).toEqual(hex(CONTROL));
  });

  it('to the saved ones where there are such', async () => {
    const device = await withStore(new RamStore());
    select(device, `${HEADER} ${D_SENSE}`, PF | SP);
    select(device, `${HEADER} ${CONTROL}`);
    void device.unit.reset();
    device.send(TEST_UNIT_READY);
    expect(page(device, '0a')).toEqual(hex(`8a${D_SENSE.slice(2)}`));
  });
});

describe('MODE SELECT with SP', () => {
  it('outlives the unit', async () => {
    const store = new RamStore();
    const device = await withStore(store);
    expect(select(device, `${HEADER} ${SWP}`, PF | SP)).toEqual(good('', 16));
    const later = await withStore(store);
    expect(page(later, '0a')).toEqual(hex(`8a${SWP.slice(2)}`)); // PS
    expect(later.send(WRITE, WRITE_OUT)).toEqual(refusal('7/27/02'));
  });

  it('gives saved values to MODE SENSE, and PS in every page', async () => {
    const device = await withStore(new RamStore());
    expect(page(device, '0a', 3)).toEqual(hex(`8a${CONTROL.slice(2)}`));
    select(device, `${HEADER} ${D_SENSE}`, PF | SP);
    select(device, `${HEADER} ${CONTROL}`);
    expect(page(device, '0a', 3)).toEqual(hex(`8a${D_SENSE.slice(2)}`));
    expect(page(device, '08', 1)[0]).toBe(0x88);
  });

  it('and an empty list saves what is current', async () => {
    const store = new RamStore();
    const device = await withStore(store);
    select(device, `${HEADER} ${caching(true)}`);
    expect(device.send('15 11 0000 00 00')).toEqual(good());
    expect(page(await withStore(store), '08')[2]).toBe(0x04);
  });

  it('and RTD saves the default values', async () => {
    const store = new RamStore();
    const device = await withStore(store);
    select(device, `${HEADER} ${D_SENSE}`, PF | SP);
    expect(device.send('15 03 0000 00 00')).toEqual(good());
    expect(page(await withStore(store), '0a')[2]).toBe(0);
  });

  it('changes nothing where the store fails', async () => {
    const store = new RamStore();
    const device = await withStore(store);
    const other = device.initiator('other');
    store.fails = true;
    expect(select(device, `${HEADER} ${SWP}`, PF | SP)).toEqual(refusal('4/44/00', {}, 16));
    expect(page(device, '0a')).toEqual(hex(`8a${CONTROL.slice(2)}`));
    expect(page(device, '0a', 3)).toEqual(hex(`8a${CONTROL.slice(2)}`));
    expect(device.send(TEST_UNIT_READY, { from: other })).toEqual(good());
  });

  it('ends when the store has it, not before', async () => {
    const saves: (() => void)[] = [];
    const device = bench({
      store: {
        load: () => undefined,
        save: () => new Promise<void>((resolve) => saves.push(resolve)),
      },
    });
    await settle();
    const out = hex(`${HEADER} ${SWP}`);
    let ended = false;
    const answer = device.sendAsync('15 11 0000 10 00', { out }).finally(() => (ended = true));
    await settle();
    expect(ended).toBe(false);
    saves.shift()?.();
    expect(await answer).toEqual(good('', 16));
  });

  it.each([
    { mode: 7 },
    { mode: { caching: 'x' } },
    { mode: { control: { softwareWriteProtect: 1 } } },
  ])('makes the unit not ready where the store gives back nonsense: %j', async (state) => {
    const store = new RamStore();
    store.state = state;
    const device = await withStore(store);
    expect(device.send(TEST_UNIT_READY)).toEqual(refusal('2/04/03'));
  });

  it('has the default for what the store does not have', async () => {
    const store = new RamStore();
    store.state = { mode: { control: { softwareWriteProtect: true } } };
    const device = await withStore(store);
    expect(page(device, '0a')).toEqual(hex(`8a${SWP.slice(2)}`));
  });
});

describe('values that MODE SELECT changes', () => {
  it('SWP: writes are refused, reads are not, and MODE SENSE says WP', () => {
    const device = bench();
    select(device, `${HEADER} ${SWP}`);
    expect(device.send(WRITE, WRITE_OUT)).toEqual(refusal('7/27/02'));
    expect(device.send(READ).status).toBe(0);
    expect(device.send(sense('0a')).data[2]).toBe(0x90);
    select(device, `${HEADER} ${CONTROL}`);
    expect(device.send(WRITE, WRITE_OUT)).toEqual(good('', 512));
    expect(device.send(sense('0a')).data[2]).toBe(0x10);
  });

  it('SWP on a unit that is read-only: that is the reason', () => {
    const device = bench({ readOnly: true });
    select(device, `${HEADER} ${SWP}`);
    expect(device.send(WRITE, WRITE_OUT)).toEqual(refusal('7/27/00'));
  });

  it('D_SENSE: sense data is in descriptor format', () => {
    const device = bench();
    select(device, `${HEADER} ${D_SENSE}`);
    expect(device.send('28 00 00000800 00 0001 00').sense?.[0]).toBe(0x72);
    select(device, `${HEADER} ${CONTROL}`);
    expect(device.send('28 00 00000800 00 0001 00').sense?.[0]).toBe(0xf0);
  });

  it('WCE off: the cache is flushed, and writes go through', async () => {
    const backend = new HeldBackend();
    const device = bench({ backend });
    const out = hex(`${HEADER} ${caching(false)}`);
    const off = device.sendAsync('15 10 0000 18 00', { out });
    expect(backend.pending).toEqual(['flush']);
    backend.finish();
    expect(await off).toEqual(good('', 24));
    const write = device.sendAsync(WRITE, WRITE_OUT);
    expect(backend.pending).toEqual(['write 0+1 fua']);
    backend.finish();
    expect(await write).toEqual(good('', 512));
  });

  it('WCE off where the flush fails: an error in writing, and WCE stays', async () => {
    const backend = new HeldBackend();
    const device = bench({ backend });
    const out = hex(`${HEADER} ${caching(false)}`);
    const off = device.sendAsync('15 10 0000 18 00', { out });
    backend.fail(new Error('scratch'));
    expect(await off).toEqual(refusal('4/44/00', {}, 24));
    expect(page(device, '08')).toEqual(hex(caching(true)));
  });

  it('WCE on: writes stay in the cache', async () => {
    const backend = new HeldBackend();
    const device = bench({ backend, cache: 'write-through' });
    select(device, `${HEADER} ${caching(true)}`);
    const write = device.sendAsync(WRITE, WRITE_OUT);
    expect(backend.pending).toEqual(['write 0+1']);
    backend.finish();
    expect(await write).toEqual(good('', 512));
  });
});
