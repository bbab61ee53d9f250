/** Asymmetric logical unit access: SET and REPORT TARGET PORT GROUPS. */
import fc from 'fast-check';
import { be, hex } from '../../scsi/disk-under-test.ts';
import { GOOD, type Answers } from './exchange.ts';
import { is } from './ranges.ts';

export type AccessStates =
  | { readonly do: 'REPORT TARGET PORT GROUPS' }
  | {
      readonly do: 'SET TARGET PORT GROUPS';
      readonly groups: readonly (readonly [state: number, group: number])[];
    };

/** Active/optimized, active/non-optimized, standby, unavailable. */
const STATES = [0, 1, 2, 3];

export const accessStates: fc.Arbitrary<AccessStates> = fc.oneof(
  fc.record({ do: is('REPORT TARGET PORT GROUPS') }),
  fc.record({
    do: is('SET TARGET PORT GROUPS'),
    groups: fc.array(
      fc.tuple(fc.constantFrom(0, 0, 0, 1, 2, 3, 4, 0xe), fc.constantFrom(1, 2, 1, 2, 1, 2, 3)),
      { maxLength: 2 },
    ),
  }),
);

/** Commands that a unit in the state unavailable has to do, after SPC. */
const UNAVAILABLE = new Set(['SET TARGET PORT GROUPS', 'REPORT TARGET PORT GROUPS', 'ECHO']);

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

/** Whether a command runs in an access state. */
export const passesAccessState = (name: string, state: number): boolean =>
  state < 2 || (state === 2 ? STANDBY : UNAVAILABLE).has(name);

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
    const expected = unit.check(step, 'write', () => {
      const access = { ...unit.groups };
      const seen = new Set<number>();
      for (const [state, group] of groups) {
        if (!STATES.includes(state)) return unit.refusal('5/26/00');
        if (group > 2 || seen.has(group)) return unit.refusal('5/26/00');
        seen.add(group);
        access[group as 1 | 2] = state;
      }
      if (access[1] === unit.groups[1] && access[2] === unit.groups[2]) return GOOD;
      unit.groups = access;
      unit.attentions.tell('2a/06', step.who);
      return GOOD;
    });
    return { cdb: `a4 0a 00000000 ${be(out.length, 4)} 00 00`, out, expected };
  },
};
