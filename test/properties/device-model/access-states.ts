/** Asymmetric logical unit access: SET and REPORT TARGET PORT GROUPS. */
import fc from 'fast-check';
import { be, hex } from '../../scsi/disk-under-test.ts';
import { TRANSITION, type Who } from './device.ts';
import { GOOD, type Answers } from './exchange.ts';
import { pass } from './passing-time.ts';
import type { UnitModel } from './unit-model.ts';
import { is } from './ranges.ts';

export type AccessStates =
  | { readonly do: 'REPORT TARGET PORT GROUPS' }
  | {
      readonly do: 'SET TARGET PORT GROUPS';
      readonly groups: readonly (readonly [state: number, group: number])[];
    }
  | {
      /** The device changes a state on its own. */
      readonly do: 'IMPLICIT TRANSITION';
      readonly access: readonly [state: number, group: 1 | 2];
    };

/** A change of states that takes its time. */
export interface Transition {
  /** New state by group. */
  readonly states: ReadonlyMap<1 | 2, number>;
  /** Milliseconds, when it is over. */
  readonly ends: number;
  /** Who asked for it, and is not told. */
  readonly knowing: Who | undefined;
}

/** Active/optimized, active/non-optimized, standby, unavailable. */
const STATES = [0, 1, 2, 3];

const TRANSITIONING = 0xf;

export const accessStates: fc.Arbitrary<AccessStates> = fc.oneof(
  fc.record({ do: is('REPORT TARGET PORT GROUPS') }),
  fc.record({
    do: is('SET TARGET PORT GROUPS'),
    groups: fc.array(
      fc.tuple(fc.constantFrom(0, 0, 0, 1, 2, 3, 4, 0xe), fc.constantFrom(1, 2, 1, 2, 1, 2, 3)),
      { maxLength: 2 },
    ),
  }),
  fc.record({
    do: is('IMPLICIT TRANSITION'),
    access: fc.tuple(fc.constantFrom(...STATES), fc.constantFrom<1 | 2>(1, 2)),
  }),
);

/** Commands that a unit in transition does. */
const IN_TRANSITION = new Set(['REPORT TARGET PORT GROUPS', 'ECHO']);

/** Commands that a unit in the state unavailable has to do, after SPC. */
const UNAVAILABLE = new Set([...IN_TRANSITION, 'SET TARGET PORT GROUPS']);

/** Commands that a unit in the state standby does. */
const STANDBY = new Set([
  ...UNAVAILABLE,
  'READ CAPACITY',
  'MODE SENSE',
  'MODE SELECT',
  'LOG SENSE',
  'LOG SELECT',
  'RESERVE',
  'RELEASE',
  'REGISTER',
  'REGISTER AND MOVE',
  'PR RESERVE',
  'PR RELEASE',
  'PR CLEAR',
  'PREEMPT',
  'READ KEYS',
  'READ RESERVATION',
  'READ FULL STATUS',
  'REPORT TIMESTAMP',
  'SET TIMESTAMP',
  'REPORT IDENTIFYING INFORMATION',
  'SET IDENTIFYING INFORMATION',
]);

const ALLOWED: Readonly<Record<number, ReadonlySet<string>>> = {
  2: STANDBY,
  3: UNAVAILABLE,
  [TRANSITIONING]: IN_TRANSITION,
};

const REFUSALS: Readonly<Record<number, string>> = {
  2: '2/04/0b',
  3: '2/04/0c',
  [TRANSITIONING]: '2/04/0a',
};

/** How a unit in an access state refuses commands; without a name, those that only an active one does. */
export const refusalOfState = (state: number, name?: string): string | undefined =>
  name !== undefined && ALLOWED[state]?.has(name) === true ? undefined : REFUSALS[state];

/** Begins a change of states; `false` where there is none. A group goes over to the latest one. */
function begin(
  unit: UnitModel,
  wanted: ReadonlyMap<1 | 2, number>,
  knowing: Who | undefined,
): boolean {
  const states = new Map([...wanted].filter(([group, state]) => unit.groups[group] !== state));
  if (states.size === 0) return false;
  const transition = { states, ends: unit.device.now + TRANSITION, knowing };
  for (const group of states.keys()) {
    unit.groups = { ...unit.groups, [group]: TRANSITIONING };
    unit.transitions.set(group, transition);
  }
  return true;
}

/** A change is over, where no later one has taken its place. */
export function endTransition(unit: UnitModel, transition: Transition): void {
  for (const [group, state] of transition.states)
    if (unit.transitions.get(group) === transition) {
      unit.groups = { ...unit.groups, [group]: state };
      unit.transitions.delete(group);
    }
  unit.attentions.tell('2a/06', transition.knowing);
}

export const accessStateAnswers: Answers<AccessStates> = {
  'REPORT TARGET PORT GROUPS': (unit, step) => ({
    cdb: 'a3 0a 00000000 00000100 00 00',
    expected: unit.check(step, 'always', () => ({
      status: 0,
      data: (data) => {
        const states = [data[4]! & 0x0f, data[4 + 12]! & 0x0f];
        return data.length === 28 && states[0] === unit.groups[1] && states[1] === unit.groups[2]
          ? undefined
          : `states ${states.join()} in ${data.length} bytes`;
      },
    })),
  }),
  'SET TARGET PORT GROUPS'(unit, step) {
    const { groups } = step;
    const out = hex(
      `00000000 ${groups.map(([state, group]) => `${be(state, 1)} 00 ${be(group, 2)}`).join('')}`,
    );
    let begun = false;
    const expected = unit.check(step, 'write', () => {
      const wanted = new Map<1 | 2, number>();
      for (const [state, group] of groups) {
        if (!STATES.includes(state)) return unit.refusal('5/26/00');
        if (group > 2 || wanted.has(group as 1 | 2)) return unit.refusal('5/26/00');
        wanted.set(group as 1 | 2, state);
      }
      begun = begin(unit, wanted, step.who);
      return GOOD;
    });
    const cdb = `a4 0a 00000000 ${be(out.length, 4)} 00 00`;
    if (!begun) return { cdb, out, expected };
    pass(unit.device, TRANSITION);
    return { cdb, out, expected, lasts: TRANSITION };
  },
  'IMPLICIT TRANSITION'(unit, { access }) {
    const [state, group] = access;
    begin(unit, new Map([[group, state]]), undefined);
    return { happens: 'implicit transition', access };
  },
};
