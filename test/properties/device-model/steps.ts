/** What initiators may do to a disk, as plain data, and how the disk has to answer. */
import fc from 'fast-check';
import {
  aca,
  acaAnswers,
  barred,
  faulted,
  manner,
  withNaca,
  type Aca,
  type Manner,
} from './aca.ts';
import { accessStateAnswers, accessStates, type AccessStates } from './access-states.ts';
import { background, backgroundAnswers, type Background } from './background.ts';
import { comparing, comparingAnswers, type Comparing } from './comparing.ts';
import { copied, copying, copyingAnswers, type Copying } from './copying.ts';
import { damage, damageAnswers, type Damage } from './damage.ts';
import { NEXUSES, type Device, type Lun } from './device.ts';
import type { Answers, Exchange, Sent } from './exchange.ts';
import type { UnitModel } from './unit-model.ts';
import { happeningAnswers, happenings, type Happenings } from './happenings.ts';
import { modeValueAnswers, modeValues, type ModeValues } from './mode-values.ts';
import { moving, movingAnswers, type Moving } from './moving.ts';
import { noteAnswers, notes, type Notes } from './notes.ts';
import { provisioning, provisioningAnswers, type Provisioning } from './provisioning.ts';
import { reserved, sharing, sharingAnswers, type Sharing } from './sharing.ts';
import { advance, queued, taskAnswers, tasks, type Tasks } from './tasks.ts';
import { tokenAnswers, tokenMade, tokens, type Tokens } from './tokens.ts';
import { unitState, unitStateAnswers, type UnitState } from './unit-state.ts';

/** What a step does. */
type Action =
  | Moving
  | Comparing
  | Provisioning
  | Damage
  | Copying
  | Tokens
  | UnitState
  | ModeValues
  | Notes
  | Background
  | AccessStates
  | Happenings
  | Tasks
  | Aca
  | Sharing;

/** A step. Ranges may reach past the end. */
export type Step = Sent<Action> & Manner;

const ANSWERS: Answers<Action> = {
  ...movingAnswers,
  ...comparingAnswers,
  ...provisioningAnswers,
  ...damageAnswers,
  ...copyingAnswers,
  ...tokenAnswers,
  ...unitStateAnswers,
  ...modeValueAnswers,
  ...noteAnswers,
  ...backgroundAnswers,
  ...accessStateAnswers,
  ...happeningAnswers,
  ...taskAnswers,
  ...acaAnswers,
  ...sharingAnswers,
};

/** What is sent, and what must come back; the model is then as the disk has to be. */
export function exchange(device: Device, step: Step): Exchange {
  const made = answered(device.units[step.lun], step);
  for (const unit of device.units) {
    advance(unit);
    unit.lookAtRoom();
  }
  return made;
}

function answered(unit: UnitModel, step: Step): Exchange {
  // Those of which some wait have an order of their own; the others get past them.
  const waits = unit.waiting.some(({ order }) => order !== 'simple');
  const { naca, attribute = waits ? PAST_OTHERS : undefined } =
    step.do === 'SEND WRITE' ? NO_MANNER : step;
  const sent = { ...step, naca, attribute };
  const answer = barred(unit, sent);
  unit.barred = answer;
  // The key and the step are of one action; the compiler sees two unions.
  const made = ANSWERS[step.do](unit, sent as never);
  unit.barred = undefined;
  if (!('cdb' in made)) return made;
  const expected = answer ?? made.expected;
  if (answer === undefined && WRITES.has(step.do)) unit.touched = true;
  unit.lookAtRoom();
  if (expected.status === CHECK_CONDITION) faulted(unit, sent);
  const cdb = naca === true ? withNaca(made.cdb) : made.cdb;
  return { attribute, ...made, cdb, expected };
}

const CHECK_CONDITION = 0x02;

const NO_MANNER: Manner = {};
const PAST_OTHERS = 'head of queue';

/** Commands after which a disk looks at its room, however they ended. */
const WRITES = new Set<string>([
  'WRITE',
  'WRITE AND VERIFY',
  'WRITE ATOMIC',
  'WRITE SCATTERED',
  'WRITE SAME',
  'WRITE LONG',
  'WRITE USING TOKEN',
  'COMPARE AND WRITE',
  'ORWRITE',
  'UNMAP',
  'REASSIGN BLOCKS',
]);

/** The families of actions, and how often each comes: mostly blocks. */
const FAMILIES: readonly (readonly [weight: number, fc.Arbitrary<Action>])[] = [
  [8, moving],
  [3, comparing],
  [4, provisioning],
  [3, damage],
  [2, copying],
  [3, tokens],
  [3, unitState],
  [2, modeValues],
  [3, notes],
  [2, background],
  [1, accessStates],
  [1, happenings],
  [4, tasks],
  [1, aca],
  [5, sharing],
];

/** The weight of a family that a sequence is about. */
const FAVOURITE = 30;

/** Several actions of one nexus on one disk that only mean something together. */
const together: fc.Arbitrary<readonly Action[]> = fc.oneof<fc.Arbitrary<readonly Action[]>[]>(
  tokenMade,
  reserved,
  copied,
  queued,
);

const sender = {
  who: fc.constantFrom(...NEXUSES),
  lun: fc.constantFrom<Lun>(0, 0, 0, 1),
};

/** @param manners - how commands are sent, beside simply. */
function sequence(favourite?: number, manners = fc.constant(NO_MANNER)): fc.Arbitrary<Step[]> {
  const action = fc.oneof(
    ...FAMILIES.map(([weight, arbitrary], i) => ({
      weight: i === favourite ? FAVOURITE : weight,
      arbitrary,
    })),
  );
  const actions = fc.oneof<fc.WeightedArbitrary<readonly Action[]>[]>(
    { weight: 20, arbitrary: fc.tuple(action) },
    { weight: 1, arbitrary: together },
  );
  return fc
    .array(fc.record({ ...sender, how: manners, actions }), { maxLength: 40, size: 'max' })
    .map((groups) =>
      groups.flatMap(({ who, lun, how, actions: all }) =>
        all.map((one) => ({ who, lun, ...how, ...one })),
      ),
    );
}

/** Any sequence of steps; half of them are about one family more than about the others. */
export const steps: fc.Arbitrary<Step[]> = fc.oneof(
  { weight: FAMILIES.length, arbitrary: sequence() },
  ...FAMILIES.map((_, i) => ({ weight: 1, arbitrary: sequence(i) })),
  // Where an ACA condition is in effect, most commands do nothing.
  ...[aca, tasks].map((family) => ({
    weight: 2,
    arbitrary: sequence(
      FAMILIES.findIndex(([, arbitrary]) => arbitrary === family),
      manner,
    ),
  })),
);
