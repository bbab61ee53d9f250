import { START_STOP_UNIT_6, type StartStopUnit } from '../../cdb/start-stop-unit.ts';
import { andThen, type MaybePromise } from '../../maybe-promise.ts';
import { MEDIUM_REMOVAL_PREVENTED } from '../../sense/codes.ts';
import { invalidField, type Command, type Context } from '../command.ts';
import { check, GOOD, type Result } from '../result.ts';

/**
 * START STOP UNIT (SBC): starts and stops, loads and ejects a removable medium. Of the power
 * conditions only START_VALID (0h) is there.
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
    if (request.powerCondition !== 0) return invalidField(context, 'powerCondition');
    if (request.powerConditionModifier !== 0)
      return invalidField(context, 'powerConditionModifier');
    if (request.loej && !unit.settings.removable) return invalidField(context, 'loej');
    if (request.start) {
      if (request.loej) unit.load();
      else if (!unit.readiness.started) {
        unit.readiness.started = true;
        unit.statistics.total.startStopCycles++;
      }
      return GOOD;
    }
    return request.loej ? eject(request, context) : stop(request, context);
  },
};

function stop(request: StartStopUnit, context: Context<StartStopUnit>): MaybePromise<Result> {
  return flushed(request, context, () => {
    context.unit.readiness.started = false;
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
  { noFlush }: StartStopUnit,
  context: Context<StartStopUnit>,
  goOn: () => Result,
): MaybePromise<Result> {
  return andThen(noFlush ? undefined : context.unit.medium.flush(), () => {
    context.throwIfAborted();
    return goOn();
  });
}
