import { RESERVE_10, RESERVE_6, type Reserve } from '../../cdb/reserve.ts';
import { invalidField, type Command } from '../command.ts';
import { ended, GOOD } from '../result.ts';
import { STATUS } from '../status.ts';

/** RESERVE (SPC-2) of the whole unit for the initiator that sends it: no third parties, no extents. */
export const reserve: Command<Reserve> = {
  specs: [RESERVE_6, RESERVE_10],
  // Who may reserve is what the command itself finds out.
  reservation: 'allowed',
  passesAccessState: 'standby',
  run(request, context) {
    if (request.thirdParty) return invalidField(context, 'thirdParty');
    if (request.longId) return invalidField(context, 'longId');
    if (request.extent) return invalidField(context, 'extent');
    const { unit, nexus } = context;
    return unit.reservations.reserve(nexus) ? GOOD : ended(STATUS.RESERVATION_CONFLICT);
  },
};
