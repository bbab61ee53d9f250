import { START_STOP_UNIT_6, type StartStopUnit } from '../../cdb/start-stop-unit.ts';
import { andThen } from '../../maybe-promise.ts';
import { invalidField, type Command } from '../command.ts';
import { GOOD } from '../result.ts';

/**
 * START STOP UNIT (SBC): starts and stops, loads and ejects a removable medium. Of the power
 * conditions only START_VALID (0h) is there.
 */
export const startStopUnit: Command<StartStopUnit> = {
  specs: [START_STOP_UNIT_6],
  flushes: true,
  run(request, context) {
    const { unit } = context;
    if (request.powerCondition !== 0) return invalidField(context, 'powerCondition');
    if (request.powerConditionModifier !== 0)
      return invalidField(context, 'powerConditionModifier');
    if (request.loej && !unit.settings.removable) return invalidField(context, 'loej');
    if (request.start) {
      if (request.loej) unit.load();
      else unit.readiness.started = true;
      return GOOD;
    }
    const flushed = request.noFlush ? undefined : unit.medium.flush();
    return andThen(flushed, () => {
      context.throwIfAborted();
      if (request.loej) unit.eject();
      else unit.readiness.started = false;
      return GOOD;
    });
  },
};
