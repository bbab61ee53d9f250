import { START_STOP_UNIT_6, type StartStopUnit } from '../../cdb/start-stop-unit.ts';
import { andThen } from '../../maybe-promise.ts';
import { MEDIUM_REMOVAL_PREVENTED } from '../../sense/codes.ts';
import { invalidField, type Command } from '../command.ts';
import { check, GOOD } from '../result.ts';

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
  run(request, context) {
    const { unit } = context;
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
    if (request.loej && unit.removal.prevented) return check(MEDIUM_REMOVAL_PREVENTED);
    const flushed = request.noFlush ? undefined : unit.medium.flush();
    return andThen(flushed, () => {
      context.throwIfAborted();
      if (!request.loej) unit.readiness.started = false;
      // Somebody may have prevented it during the flush.
      else if (unit.removal.prevented) return check(MEDIUM_REMOVAL_PREVENTED);
      else unit.eject();
      return GOOD;
    });
  },
};
