import { START_STOP_UNIT_6, type StartStopUnit } from '../../cdb/start-stop-unit.ts';
import { andThen, type MaybePromise } from '../../maybe-promise.ts';
import { MEDIUM_REMOVAL_PREVENTED } from '../../sense/codes.ts';
import { invalidField, type Command, type Context } from '../command.ts';
import { answerAtOnce } from '../immediate.ts';
import type { PowerCondition } from '../power-conditions.ts';
import { check, GOOD, type Result } from '../result.ts';

/** Values of POWER CONDITION (SBC); others are reserved, or obsolete. */
const ACTIVE = 0x1;
const IDLE = 0x2;
const STANDBY = 0x3;
const LU_CONTROL = 0x7;
const FORCE_IDLE_0 = 0xa;
const FORCE_STANDBY_0 = 0xb;

/** What POWER CONDITION MODIFIER stands for. */
const IDLE_CONDITIONS = ['idle_a', 'idle_b', 'idle_c'] as const;
const STANDBY_CONDITIONS = ['standby_z', 'standby_y'] as const;

/**
 * START STOP UNIT (SBC): starts and stops, loads and ejects a removable medium, and sets power
 * conditions. With IMMED the answer does not wait for the flush; should that fail, the unit remains
 * as it is, and the nexus is told by a deferred error.
 */
export const startStopUnit: Command<StartStopUnit> = {
  specs: [START_STOP_UNIT_6],
  // To start a unit harms nobody; to stop it, or to change its power condition, does.
  reservation: ({ start, powerCondition }) =>
    start && powerCondition === 0 ? 'allowed' : 'writes',
  flushes: true,
  endsSelfTest: true,
  run(request, context) {
    const { unit } = context;
    if (unit.settings.lenient && unit.settings.removable) return runLenient(request, context);
    const { powerCondition, powerConditionModifier: modifier } = request;
    const { power } = unit;
    switch (powerCondition) {
      case 0:
        return modifier === 0
          ? startValid(request, context)
          : invalidField(context, 'powerConditionModifier');
      case ACTIVE:
        return modifier === 0
          ? enter('active', context)
          : invalidField(context, 'powerConditionModifier');
      case LU_CONTROL:
        if (modifier !== 0) return invalidField(context, 'powerConditionModifier');
        if (unit.readiness.started) power.release();
        return GOOD;
      case IDLE:
      case FORCE_IDLE_0: {
        const condition = IDLE_CONDITIONS[modifier];
        if (condition === undefined) return invalidField(context, 'powerConditionModifier');
        if (powerCondition === IDLE) return enter(condition, context);
        power.expire(condition);
        return GOOD;
      }
      case STANDBY:
      case FORCE_STANDBY_0: {
        const condition = STANDBY_CONDITIONS[modifier];
        if (condition === undefined) return invalidField(context, 'powerConditionModifier');
        return flushed(request, context, () => {
          if (powerCondition === STANDBY) return enter(condition, context);
          power.expire(condition);
          return GOOD;
        });
      }
      default:
        return invalidField(context, 'powerCondition');
    }
  },
};

/** POWER CONDITION 0h: START and LOEJ count. */
function startValid(request: StartStopUnit, context: Context<StartStopUnit>): MaybePromise<Result> {
  const { unit } = context;
  if (request.loej && !unit.settings.removable) return invalidField(context, 'loej');
  if (request.start) {
    if (request.loej) unit.load();
    else if (unit.readiness.started) unit.power.reset();
    else unit.start();
    return GOOD;
  }
  return request.loej ? eject(request, context) : stop(request, context);
}

/** A power condition other than stopped, from which a unit that was stopped has to start. */
function enter(condition: PowerCondition, { unit }: Context<StartStopUnit>): Result {
  if (!unit.readiness.started) unit.start();
  unit.power.command(condition);
  return GOOD;
}

function stop(request: StartStopUnit, context: Context<StartStopUnit>): MaybePromise<Result> {
  return flushed(request, context, () => {
    context.unit.readiness.started = false;
    context.unit.power.stopped();
    return GOOD;
  });
}

function eject(request: StartStopUnit, context: Context<StartStopUnit>): MaybePromise<Result> {
  const { unit } = context;
  if (unit.removal.prevented) return check(MEDIUM_REMOVAL_PREVENTED);
  return flushed(request, context, () => {
    // Somebody may have prevented it during the flush.
    if (unit.removal.prevented) return check(MEDIUM_REMOVAL_PREVENTED);
    unit.eject();
    return GOOD;
  });
}

/** What `compatibility: 'lenient'` has of it. */
function runLenient(request: StartStopUnit, context: Context<StartStopUnit>): MaybePromise<Result> {
  const { unit, nexus } = context;
  const { powerCondition, loej, start } = request;
  if (powerCondition !== 0) return GOOD;
  if (!loej) return start ? GOOD : flushed(request, context, () => GOOD);
  if (!start) return eject(request, context);
  if (!unit.readiness.loaded && unit.removal.prevented) return check(MEDIUM_REMOVAL_PREVENTED);
  unit.load(nexus);
  return GOOD;
}

/** Empties the cache, unless that is not wanted, and goes on. */
function flushed(
  { noFlush, immed }: StartStopUnit,
  context: Context<StartStopUnit>,
  goOn: () => Result,
): MaybePromise<Result> {
  const done = andThen(noFlush ? undefined : context.unit.medium.flush(), () => {
    context.throwIfAborted();
    return goOn();
  });
  return immed ? answerAtOnce(done, context) : done;
}
