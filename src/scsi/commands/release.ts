import { RELEASE_10, RELEASE_6, type Release } from '../../cdb/release.ts';
import { invalidField, type Command } from '../command.ts';
import { ended, GOOD } from '../result.ts';
import { STATUS } from '../status.ts';

/** RELEASE (SPC-2). To release what one does not hold is no error. */
export const release: Command<Release> = {
  specs: [RELEASE_6, RELEASE_10],
  reservation: 'allowed',
  passesAccessState: 'standby',
  run(request, context) {
    if (request.thirdParty) return invalidField(context, 'thirdParty');
    if (request.longId) return invalidField(context, 'longId');
    if (request.extent) return invalidField(context, 'extent');
    const { unit, nexus } = context;
    return unit.reservations.release(nexus) ? GOOD : ended(STATUS.RESERVATION_CONFLICT);
  },
};
