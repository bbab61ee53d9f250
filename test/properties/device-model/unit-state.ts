/** Commands that ask for the state of the unit, or change it. */
import fc from 'fast-check';
import { be, hex } from '../../scsi/disk-under-test.ts';
import { BLOCK, BLOCKS, groupOf } from './device.ts';
import { bits, GOOD, type Answers } from './exchange.ts';
import { is } from './ranges.ts';
import { informationOf } from './unit-model.ts';

export type UnitState =
  | { readonly do: 'TEST UNIT READY' | 'READ CAPACITY' | 'INQUIRY' | 'REPORT LUNS' }
  | { readonly do: 'REQUEST SENSE'; readonly desc: boolean }
  | { readonly do: 'START STOP UNIT'; readonly start: boolean; readonly loej: boolean }
  | {
      readonly do: 'POWER CONDITION';
      readonly condition: number;
      readonly modifier: number;
    }
  | { readonly do: 'PREVENT ALLOW'; readonly prevent: boolean };

export const unitState: fc.Arbitrary<UnitState> = fc.oneof(
  fc.record({ do: is('TEST UNIT READY', 'READ CAPACITY', 'INQUIRY', 'REPORT LUNS') }),
  fc.record({ do: is('REQUEST SENSE'), desc: fc.boolean() }),
  fc.record({ do: is('START STOP UNIT'), start: fc.boolean(), loej: fc.boolean() }),
  fc.record({
    do: is('POWER CONDITION'),
    condition: fc.constantFrom(1, 2, 3, 7, 0xa, 0xb, 4),
    modifier: fc.constantFrom(0, 0, 1, 2, 3),
  }),
  fc.record({ do: is('PREVENT ALLOW'), prevent: fc.boolean() }),
);

export const unitStateAnswers: Answers<UnitState> = {
  'TEST UNIT READY': (unit, step) => ({
    cdb: '00 00000000 00',
    expected: unit.access(step, 'not reserved', () => GOOD),
  }),
  'READ CAPACITY': (unit, step) => ({
    cdb: '25 00 00000000 0000 00 00',
    expected: unit.access(step, 'always', () => ({
      status: 0,
      data: hex(be(BLOCKS - 1, 4) + be(BLOCK, 4)),
    })),
  }),
  INQUIRY: (unit, { who }) => ({
    cdb: '12 00 00 0002 00',
    // A removable disk, with PERIPHERAL QUALIFIER 001b where the unit is unavailable.
    expected: { status: 0, data: hex(unit.groups[groupOf(who)] === 3 ? '20 80' : '00 80') },
  }),
  'REPORT LUNS': () => ({
    cdb: 'a0 00 00 000000 00000100 00 00',
    expected: {
      status: 0,
      data: hex('00000010 00000000 0000000000000000 0001000000000000'),
    },
  }),
  'REQUEST SENSE'(unit, { who, desc }) {
    const told = unit.barred === undefined ? unit.attentions.take(who) : undefined;
    const { obstacle } = unit;
    const sense =
      told !== undefined
        ? `6/${told}`
        : (obstacle?.sense ?? (unit.power === undefined ? '0/00/00' : `0/5e/${unit.power}`));
    const [key, asc, ascq] = sense.split('/').map((code) => be(Number.parseInt(code, 16), 1));
    const information = told === undefined ? undefined : informationOf(told);
    const least = told === undefined ? obstacle?.progress : undefined;
    const bytes = hex(
      desc
        ? `72 ${key} ${asc} ${ascq} 000000 ${descriptors(information, least)}`
        : `${information === undefined ? '70' : 'f0'} 00 ${key} ${be(information ?? 0, 4)} 0a 00000000 ${asc} ${ascq} 00 ${least === undefined ? '00' : '80'} 0000`,
    );
    // Where the progress indication lies.
    const at = desc ? 13 : 16;
    const data = (answer: Uint8Array): string | undefined => {
      const progress = least === undefined ? 0 : answer[at]! * 256 + answer[at + 1]!;
      const rest = answer.map((byte, i) =>
        least !== undefined && (i === at || i === at + 1) ? 0 : byte,
      );
      return Buffer.compare(rest, bytes) === 0 && progress >= (least ?? 0)
        ? undefined
        : `${Buffer.from(answer).toString('hex')} is not ${sense}, progress ${least}`;
    };
    return { cdb: `03 ${be(Number(desc), 1)} 0000 ff 00`, expected: { status: 0, data } };
  },
  'START STOP UNIT'(unit, step) {
    const { start, loej } = step;
    const expected = unit.check(step, start ? 'always' : 'write', () => {
      if (!start && loej) {
        if (unit.preventing.size > 0) return unit.refusal('5/53/02');
        unit.loaded = false;
        return GOOD;
      }
      if (loej) {
        // Loading starts a unit that is stopped.
        if (!unit.started) unit.start();
        unit.load();
        return GOOD;
      }
      unit.power = undefined;
      if (start) unit.start();
      else unit.started = false;
      return GOOD;
    });
    return { cdb: `1b 00 0000 ${be(bits([start, 0x01], [loej, 0x02]), 1)} 00`, expected };
  },
  'POWER CONDITION'(unit, step) {
    const { condition, modifier } = step;
    const expected = unit.check(step, 'write', () => {
      const low = LOW[condition];
      const state = low === undefined ? undefined : low[modifier];
      if (low === undefined ? modifier !== 0 || condition === 4 : state === undefined)
        return unit.refusal('5/24/00');
      if (condition === 7) return GOOD; // LU_CONTROL: the timers run, if there are any
      if (condition < 4) {
        unit.started = true;
        unit.power = state;
      } else if (unit.started && depth(state) > depth(unit.power)) unit.power = state;
      return GOOD;
    });
    return { cdb: `1b 00 00 ${be(modifier, 1)} ${be(condition << 4, 1)} 00`, expected };
  },
  'PREVENT ALLOW': (unit, step) => ({
    cdb: `1e 000000 ${be(Number(step.prevent), 1)} 00`,
    expected: unit.check(step, step.prevent ? 'write' : 'always', () => {
      if (step.prevent) unit.preventing.add(step.who);
      else unit.preventing.delete(step.who);
      return GOOD;
    }),
  }),
};

/** The sense data descriptors with their length: INFORMATION, or progress that is left zero. */
function descriptors(information: number | undefined, progress: number | undefined): string {
  if (information !== undefined) return `0c 000a 8000 ${be(information, 8)}`;
  return progress === undefined ? '00' : '08 0206 000080 0000 00';
}

/** ASCQ of 5Eh by POWER CONDITION and modifier: IDLE, STANDBY, FORCE_IDLE_0 and FORCE_STANDBY_0. */
const LOW: Readonly<Record<number, readonly string[]>> = {
  2: ['03', '06', '08'],
  3: ['04', '0a'],
  0xa: ['01', '05', '07'],
  0xb: ['02', '09'],
};

/** idle_a, idle_b, idle_c, standby_y, standby_z, each by command or by timer. */
const DEPTHS = ['03 01', '06 05', '08 07', '0a 09', '04 02'];

const depth = (state: string | undefined): number =>
  state === undefined ? -1 : DEPTHS.findIndex((each) => each.includes(state));
