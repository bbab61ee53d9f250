/** What initiators may do to a disk, as plain data, and how the disk has to answer. */
import fc from 'fast-check';
import { accessStateAnswers, accessStates, type AccessStates } from './access-states.ts';
import { background, backgroundAnswers, type Background } from './background.ts';
import { comparing, comparingAnswers, type Comparing } from './comparing.ts';
import { copying, copyingAnswers, type Copying } from './copying.ts';
import { damage, damageAnswers, type Damage } from './damage.ts';
import { NEXUSES, type Device, type Lun } from './device.ts';
import type { Answers, Exchange, Sent } from './exchange.ts';
import { happeningAnswers, happenings, type Happenings } from './happenings.ts';
import { modeValueAnswers, modeValues, type ModeValues } from './mode-values.ts';
import { moving, movingAnswers, type Moving } from './moving.ts';
import { noteAnswers, notes, type Notes } from './notes.ts';
import { provisioning, provisioningAnswers, type Provisioning } from './provisioning.ts';
import { sharing, sharingAnswers, type Sharing } from './sharing.ts';
import { taskAnswers, tasks, type Tasks } from './tasks.ts';
import { unitState, unitStateAnswers, type UnitState } from './unit-state.ts';

/** What a step does. */
type Action =
  | Moving
  | Comparing
  | Provisioning
  | Damage
  | Copying
  | UnitState
  | ModeValues
  | Notes
  | Background
  | AccessStates
  | Happenings
  | Tasks
  | Sharing;

/** A step. Ranges may reach past the end. */
export type Step = Sent<Action>;

const ANSWERS: Answers<Action> = {
  ...movingAnswers,
  ...comparingAnswers,
  ...provisioningAnswers,
  ...damageAnswers,
  ...copyingAnswers,
  ...unitStateAnswers,
  ...modeValueAnswers,
  ...noteAnswers,
  ...backgroundAnswers,
  ...accessStateAnswers,
  ...happeningAnswers,
  ...taskAnswers,
  ...sharingAnswers,
};

/** What is sent, and what must come back; the model is then as the disk has to be. */
export function exchange({ units }: Device, step: Step): Exchange {
  const unit = units[step.lun];
  // The key and the step are of one action; the compiler sees two unions.
  const made = ANSWERS[step.do](unit, step as never);
  if ('cdb' in made && made.expected.status === CHECK_CONDITION) unit.checkCondition(step.who);
  return made;
}

const CHECK_CONDITION = 0x02;

/** Any step: mostly blocks, now and then the state of the unit, and who may use it. */
export const step: fc.Arbitrary<Step> = fc
  .tuple(
    fc.constantFrom(...NEXUSES),
    fc.constantFrom<Lun>(0, 0, 0, 1),
    fc.oneof<fc.WeightedArbitrary<Action>[]>(
      { weight: 8, arbitrary: moving },
      { weight: 3, arbitrary: comparing },
      { weight: 4, arbitrary: provisioning },
      { weight: 3, arbitrary: damage },
      { weight: 2, arbitrary: copying },
      { weight: 3, arbitrary: unitState },
      { weight: 2, arbitrary: modeValues },
      { weight: 3, arbitrary: notes },
      { weight: 2, arbitrary: background },
      { weight: 1, arbitrary: accessStates },
      { weight: 1, arbitrary: happenings },
      { weight: 4, arbitrary: tasks },
      { weight: 5, arbitrary: sharing },
    ),
  )
  .map(([who, lun, action]) => ({ who, lun, ...action }));
