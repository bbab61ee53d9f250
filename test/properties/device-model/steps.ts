/** What initiators may do to a disk, as plain data, and how the disk has to answer. */
import fc from 'fast-check';
import { comparing, comparingAnswers, type Comparing } from './comparing.ts';
import { NEXUSES } from './device.ts';
import type { Answers, Exchange, Sent } from './exchange.ts';
import { moving, movingAnswers, type Moving } from './moving.ts';
import { provisioning, provisioningAnswers, type Provisioning } from './provisioning.ts';
import { resetAnswers, resets, type Reset } from './resets.ts';
import { sharing, sharingAnswers, type Sharing } from './sharing.ts';
import type { UnitModel } from './unit-model.ts';
import { unitState, unitStateAnswers, type UnitState } from './unit-state.ts';

/** What a step does. */
type Action = Moving | Comparing | Provisioning | UnitState | Reset | Sharing;

/** A step. Ranges may reach past the end. */
export type Step = Sent<Action>;

const ANSWERS: Answers<Action> = {
  ...movingAnswers,
  ...comparingAnswers,
  ...provisioningAnswers,
  ...unitStateAnswers,
  ...resetAnswers,
  ...sharingAnswers,
};

/** What is sent, and what must come back; the model is then as the disk has to be. */
export const exchange = (unit: UnitModel, step: Step): Exchange =>
  // The key and the step are of one action; the compiler sees two unions.
  ANSWERS[step.do](unit, step as never);

/** Any step: mostly blocks, now and then the state of the unit, and who may use it. */
export const step: fc.Arbitrary<Step> = fc
  .tuple(
    fc.constantFrom(...NEXUSES),
    fc.oneof<fc.WeightedArbitrary<Action>[]>(
      { weight: 6, arbitrary: moving },
      { weight: 2, arbitrary: comparing },
      { weight: 4, arbitrary: provisioning },
      { weight: 3, arbitrary: unitState },
      { weight: 1, arbitrary: resets },
      { weight: 4, arbitrary: sharing },
    ),
  )
  .map(([who, action]) => ({ who, ...action }));
