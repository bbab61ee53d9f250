import { describe, expect, it } from 'vitest';
import { decodeTargetPortGroups, encodeSetTargetPortGroups } from '../../../src/cdb/index.ts';
import type { AccessChange, SettableAccessState } from '../../../src/scsi/asymmetric-access.ts';
import type { Nexus } from '../../../src/scsi/nexus.ts';
import type { UnitState } from '../../../src/backend/unit-store.ts';
import { be, bench, good, hex, refusal, settle, type BenchOptions } from '../disk-under-test.ts';
import { TEST_UNIT_READY } from '../familiar-commands.ts';

const report = (format = 0, length = 255): string =>
  `a3 ${be((format << 5) | 0x0a, 1)} 00000000 ${be(length, 4)} 00 00`;
const set = (length: number): string => `a4 0a 00000000 ${be(length, 4)} 00 00`;
const list = (...groups: string[]): Uint8Array => hex(`00000000 ${groups.join('')}`);

const CHANGED = '6/2a/06'; // ASYMMETRIC ACCESS STATE CHANGED
const TRANSITION_FAILED = '6/2a/07'; // IMPLICIT ASYMMETRIC ACCESS STATE TRANSITION FAILED

/** A disk with two ports in group 1 and one in group 7, and an initiator at each group. */
function device(options: BenchOptions = {}) {
  const made = bench({ alua: 'both', port: { portGroup: 1 }, ...options });
  const { target, unit } = made;
  target.addPort({ portGroup: 1 });
  const far = target.addPort({ portGroup: 7, relativePortId: 0x1234 }).nexus('far');
  while (unit.attentions(far).pending) unit.attentions(far).take();
  const states = (from?: Nexus): string[] =>
    decodeTargetPortGroups(made.send(report(), { ...(from && { from }) }).data).groups.map(
      ({ portGroup, state }) => `${portGroup} ${state}`,
    );
  return { ...made, far, states };
}

describe('REPORT TARGET PORT GROUPS', () => {
  it('lists the groups with their ports, all active/optimized', () => {
    // Length, 28 bytes; active/optimized, all states but LB dependent, group 1, two ports;
    // group 7, one port.
    expect(device().send(report())).toEqual(
      good('0000001c 00cf 0001 00000002 00000001 00000002 00cf 0007 00000001 00001234'),
    );
  });

  it('has an extended header where that is asked for, with the transition time in seconds', () => {
    const { send } = device({ transitionTime: 2500 });
    expect(send(report(1)).data.subarray(0, 8)).toEqual(hex('00000020 10 03 0000'));
  });

  it('refuses other formats', () => {
    expect(device().send(report(2))).toEqual(refusal('5/24/00', { cdb: [1, 7] }));
  });

  it('is cut to the allocation length, its own length is not', () => {
    expect(device().send(report(0, 6))).toEqual(good('0000001c 00cf'));
  });

  it('names the preferred group', () => {
    const { send, unit } = device();
    unit.access.prefer(7);
    expect(send(report()).data[20]).toBe(0x80); // PREF
    expect(() => unit.access.prefer(2)).toThrow(RangeError);
  });

  it('is not there where all ports are alike', () => {
    const { send } = device({ alua: 'none' });
    expect(send(report())).toEqual(refusal('5/24/00', { cdb: [1, 4] }));
    expect(send('12 00 00 0008 00').data[5]! & 0x30).toBe(0); // TPGS
  });
});

describe.each([
  ['implicit', 0x10],
  ['explicit', 0x20],
  ['both', 0x30],
] as const)('alua: %s', (alua, tpgs) => {
  it('is what TPGS says', () => {
    expect(device({ alua }).send('12 00 00 0008 00').data[5]! & 0x30).toBe(tpgs);
  });

  it('has SET TARGET PORT GROUPS only where initiators may change states', () => {
    const answer = device({ alua }).send(set(0));
    if (alua === 'implicit') expect(answer).toEqual(refusal('5/24/00', { cdb: [1, 4] }));
    else expect(answer).toEqual(good());
  });
});

describe('SET TARGET PORT GROUPS', () => {
  it('changes states, says that it did, and tells the others', () => {
    const { send, far, states } = device();
    const out = encodeSetTargetPortGroups([
      { portGroup: 1, state: 'active/non-optimized' },
      { portGroup: 7, state: 'standby' },
    ]);
    expect(out).toEqual(list('01 00 0001', '02 00 0007'));
    expect(send(set(12), { out })).toEqual(good('', 12));
    expect(states()).toEqual(['1 active/non-optimized', '7 standby']);
    expect(send(report()).data[9]).toBe(1); // STATUS CODE: by SET TARGET PORT GROUPS
    expect(send(TEST_UNIT_READY)).toEqual(good());
    expect(send(TEST_UNIT_READY, { from: far })).toEqual(refusal(CHANGED));
  });

  it('tells nobody of a state that the group was in already', () => {
    const { send, far } = device();
    expect(send(set(8), { out: list('00 00 0007') })).toEqual(good('', 8));
    expect(send(TEST_UNIT_READY, { from: far })).toEqual(good());
  });

  it.each([
    ['a state that the device alone decides', '0e 00 0007', [4, 3]],
    ['transitioning', '0f 00 0007', [4, 3]],
    ['logical block dependent, without referrals', '04 00 0007', [4, 3]],
    ['a reserved state', '05 00 0007', [4, 3]],
    ['a group that is not there', '02 00 0002', [6]],
    ['a group that is there twice', '02 00 0001 02 00 0001', [10]],
  ] as const)('refuses %s, and changes nothing', (_, group, at) => {
    const { send, states } = device();
    const out = list(group);
    expect(send(set(out.length), { out })).toEqual(
      refusal('5/26/00', { list: [...at] }, out.length),
    );
    expect(states()).toEqual(['1 active/optimized', '7 active/optimized']);
  });

  it.each([1, 3, 5, 7, 11])('refuses a list of %i bytes, and does not ask for it', (length) => {
    expect(device().send(set(length), { out: list('02 00 0007') })).toEqual(
      refusal('5/24/00', { cdb: [6] }),
    );
  });

  it('refuses a list that is cut off', () => {
    expect(device().send(set(12), { out: list('02 00 0007') })).toEqual(refusal('5/1a/00', {}, 12));
  });

  it('takes no more data than its groups can need', () => {
    const { send } = device();
    const out = list('02 00 0001', '02 00 0007', '02 00 0001', '02 00 0001');
    expect(send(set(20), { out })).toEqual(refusal('5/26/00', { list: [14] }, 16));
  });

  it('ends when the transition is over', async () => {
    const { start, send, clock, far, states } = device({ transitionTime: 1000 });
    const answer = start(set(8), { out: list('01 00 0007') });
    expect(states()).toEqual(['1 active/optimized', '7 transitioning']);
    expect(send(TEST_UNIT_READY, { from: far })).toEqual(refusal('2/04/0a'));
    clock.advance(1000);
    expect(await answer).toMatchObject({ status: 0 });
    expect(states()).toEqual(['1 active/optimized', '7 active/non-optimized']);
  });
});

/** A change that the test lets end. */
function held() {
  const asked: (readonly AccessChange[])[] = [];
  const ends: { readonly well: () => void; readonly badly: () => void }[] = [];
  return {
    asked,
    ends,
    accessTransition: (changes: readonly AccessChange[]) => {
      asked.push(changes);
      return new Promise<void>((resolve, reject) =>
        ends.push({ well: resolve, badly: () => reject(new Error('no lease')) }),
      );
    },
  };
}

describe('a change that takes doing', () => {
  it('is over when that is done', async () => {
    const { accessTransition, asked, ends } = held();
    const { start, send, far, states } = device({ accessTransition });
    const answer = start(set(8), { out: list('02 00 0007') });
    expect(asked).toEqual([[{ portGroup: 7, state: 'standby' }]]);
    expect(states()).toEqual(['1 active/optimized', '7 transitioning']);
    ends[0]!.well();
    expect(await answer).toMatchObject({ status: 0 });
    expect(states()).toEqual(['1 active/optimized', '7 standby']);
    expect(send(TEST_UNIT_READY)).toEqual(good());
    expect(send(TEST_UNIT_READY, { from: far })).toEqual(refusal(CHANGED));
  });

  it('is not asked for where nothing changes', () => {
    const { accessTransition, asked } = held();
    expect(device({ accessTransition }).send(set(8), { out: list('00 00 0007') })).toEqual(
      good('', 8),
    );
    expect(asked).toEqual([]);
  });

  it('that fails ends in unavailable; the initiator that asked for it is told by its command', async () => {
    const { accessTransition, ends } = held();
    const { sendAsync, send, far, states, errors } = device({ accessTransition });
    const answer = sendAsync(set(8), { out: list('02 00 0007') });
    ends[0]!.badly();
    expect(await answer).toEqual(refusal('4/67/0a', {}, 8));
    expect(errors).toEqual([new Error('no lease')]);
    expect(states()).toEqual(['1 active/optimized', '7 unavailable']);
    expect(send(TEST_UNIT_READY)).toEqual(good());
    expect(send(TEST_UNIT_READY, { from: far })).toEqual(refusal(CHANGED));
    expect(send(TEST_UNIT_READY, { from: far })).toEqual(refusal('2/04/0c'));
  });

  it('that fails at once, from within, is told to everybody', () => {
    const { unit, send, states } = device({
      accessTransition: () => {
        throw new Error('no lease');
      },
    });
    unit.access.set(7, 'standby');
    expect(send(TEST_UNIT_READY)).toEqual(refusal(TRANSITION_FAILED));
    expect(send(TEST_UNIT_READY)).toEqual(refusal(CHANGED));
    expect(states()).toEqual(['1 active/optimized', '7 unavailable']);
  });

  it('goes on where its command is aborted, which does not wait for it', async () => {
    const { accessTransition, ends } = held();
    const { sendAsync, nexus, states } = device({ accessTransition });
    const answer = sendAsync(set(8), { out: list('02 00 0007') });
    await nexus.manage({ function: 'ABORT TASK SET', lun: 0 });
    expect(await answer).toBeUndefined();
    expect(states()).toEqual(['1 active/optimized', '7 transitioning']);
    ends[0]!.well();
    await settle();
    expect(states()).toEqual(['1 active/optimized', '7 standby']);
  });

  it('gives way to a later one of the same group, and not of another', async () => {
    const { accessTransition, ends } = held();
    const { start, unit } = device({ accessTransition });
    const answer = start(set(12), { out: list('01 00 0001', '01 00 0007') });
    unit.access.set(7, 'offline');
    ends[1]!.well();
    await settle();
    expect([1, 7].map((group) => unit.access.state(group))).toEqual(['transitioning', 'offline']);
    ends[0]!.well();
    expect(await answer).toMatchObject({ status: 0 });
    expect([1, 7].map((group) => unit.access.state(group))).toEqual([
      'active/non-optimized',
      'offline',
    ]);
  });

  it('does not hold up the closing of the unit', async () => {
    const { unit, start, states } = device({ transitionTime: 255_000 });
    const answer = start(set(8), { out: list('02 00 0007') });
    await unit.close();
    await answer;
    expect(states()).toEqual(['1 active/optimized', '7 standby']);
  });
});

describe('the states that a unit begins with', () => {
  it('are those of its options, brought about by nobody', () => {
    const { send, far, states } = device({ accessStates: { 7: 'standby' } });
    expect(states()).toEqual(['1 active/optimized', '7 standby']);
    expect(send(report()).data[25]).toBe(0); // STATUS CODE
    expect(send(TEST_UNIT_READY, { from: far })).toEqual(refusal('2/04/0b'));
  });

  it.each([
    [{ accessStates: { 65_536: 'standby' } }, /accessStates: 65536 is not an integer/],
    [{ accessStates: { 1: 'transitioning' } }, /'transitioning' is no state/],
    [{ accessStates: { 1: 'standby' }, alua: 'none' }, /alua none/],
  ])('%o is refused', (options, message) => {
    expect(() => bench(options as BenchOptions)).toThrow(message);
  });

  const kept = async (alua: 'explicit' | 'both', state: UnitState = {}) => {
    const store = { load: () => state, save: (next: UnitState) => void (state = next) };
    const made = device({ alua, store, accessStates: { 1: 'standby' } });
    await settle();
    return { ...made, stored: () => state };
  };

  it('are the last ones where initiators alone change them', async () => {
    const before = await kept('explicit');
    expect(before.send(set(8), { out: list('01 00 0007') })).toEqual(good('', 8));
    const after = await kept('explicit', before.stored());
    expect(after.states()).toEqual(['1 standby', '7 active/non-optimized']);
  });

  it('are not kept where the device changes them too', async () => {
    const before = await kept('both');
    expect(before.send(set(8), { out: list('01 00 0007') })).toEqual(good('', 8));
    expect(before.stored()).toEqual({});
  });

  it.each([{ accessStates: 1 }, { accessStates: { 7: 'transitioning' } }])(
    'keep the unit from its work where %o was kept',
    async (state) => {
      const { send, far, errors } = await kept('explicit', state);
      expect(send('28 00 00000000 00 0001 00', { from: far })).toEqual(refusal('2/04/03'));
      expect(errors).toEqual([new TypeError('The access states in the unit store are damaged.')]);
    },
  );
});

describe('a change from within', () => {
  it('is told to everybody, as implicit', () => {
    const { send, unit, far } = device();
    unit.access.set(7, 'unavailable');
    expect(send(TEST_UNIT_READY)).toEqual(refusal(CHANGED));
    expect(send(report()).data[25]).toBe(2); // STATUS CODE: implicit
    expect(send(TEST_UNIT_READY, { from: far })).toEqual(refusal(CHANGED));
    expect(send(TEST_UNIT_READY, { from: far })).toEqual(refusal('2/04/0c'));
  });

  it('that overtakes another is over after its own time', () => {
    const { unit, clock } = device({ transitionTime: 1000 });
    unit.access.set(7, 'standby');
    clock.advance(999);
    unit.access.set(7, 'offline');
    clock.advance(999);
    expect(unit.access.state(7)).toBe('transitioning');
    clock.advance(1);
    expect(unit.access.state(7)).toBe('offline');
  });

  it('is refused for a group that is not there', () => {
    expect(() => device().unit.access.set(3, 'standby')).toThrow(RangeError);
  });
});

/** CDBs that run in states other than the active ones, and in which. */
const STANDBY = ['1a 08 0a 00 ff 00', '4d 00 40 00 00 00 00 00ff 00', '5e 00 0000000000 00ff 00'];
const UNAVAILABLE = [set(0)];
const ALWAYS = [
  '12 00 00 0024 00',
  'a0 00 00 000000 00000010 00 00',
  '03 00 0000 12 00',
  '3b 0a 00 000000 000000 00', // WRITE BUFFER, echo
  '3c 0b 00 000000 000004 00', // READ BUFFER, echo buffer descriptor
  report(),
];
const ACTIVE = [
  TEST_UNIT_READY,
  '28 00 00000000 00 0001 00',
  '35 00 00000000 00 0000 00',
  '3c 02 00 000000 000004 00', // READ BUFFER, data
];

describe.each([
  ['active/non-optimized', undefined, [...ACTIVE, ...STANDBY, ...UNAVAILABLE, ...ALWAYS]],
  ['standby', '2/04/0b', [...STANDBY, ...UNAVAILABLE, ...ALWAYS]],
  ['unavailable', '2/04/0c', [...UNAVAILABLE, ...ALWAYS]],
  ['offline', '2/04/12', ALWAYS],
] as const)('through a port that is %s', (state: SettableAccessState, sense, allowed) => {
  it.each([...ACTIVE, ...STANDBY, ...UNAVAILABLE, ...ALWAYS])('%s', (cdb) => {
    const { send, unit, far } = device();
    unit.access.set(7, state);
    send(TEST_UNIT_READY, { from: far });
    const answer = send(cdb, { from: far });
    if ((allowed as readonly string[]).includes(cdb)) expect(answer.status).toBe(0);
    else expect(answer).toEqual(refusal(sense!));
  });
});

describe('microcode', () => {
  it.each([
    ['standby', 0],
    ['unavailable', 0],
    ['offline', 2],
  ] as const)('through a port that is %s ends with status %i', (state, status) => {
    const { send, unit, far } = device({ microcode: () => true });
    unit.access.set(7, state);
    send(TEST_UNIT_READY, { from: far });
    expect(send('3b 05 00 000000 000001 00', { from: far, out: hex('00') }).status).toBe(status);
  });
});

describe('INQUIRY through a port that is unavailable', () => {
  it('says that nothing is connected there, in every page', () => {
    const { send, unit, far } = device();
    const first = (from?: Nexus): (number | undefined)[] =>
      ['12 00 00 0024 00', '12 01 00 0024 00', '12 01 83 0024 00'].map(
        (cdb) => send(cdb, { ...(from && { from }) }).data[0],
      );
    unit.access.set(7, 'unavailable');
    expect(first(far)).toEqual([0x20, 0x20, 0x20]); // PERIPHERAL QUALIFIER 001b, disk
    expect(first()).toEqual([0, 0, 0]);
    unit.access.set(7, 'standby');
    expect(first(far)).toEqual([0, 0, 0]);
  });
});

describe('IALUAE', () => {
  it.each([
    ['implicit', 0x01],
    ['explicit', 0x00],
    ['both', 0x01],
    ['none', 0x00],
  ] as const)('of a unit with %s changes is %i, and cannot be changed', (alua, bit) => {
    const { send } = device({ alua });
    expect(send('1a 08 0a 01 ff 00').data[8]! & 1).toBe(bit);
    expect(send('1a 08 4a 01 ff 00').data[8]! & 1).toBe(0); // changeable
  });
});
