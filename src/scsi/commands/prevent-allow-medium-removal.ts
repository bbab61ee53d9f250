import {
  PREVENT_ALLOW_MEDIUM_REMOVAL_6,
  type PreventAllowMediumRemoval,
} from '../../cdb/prevent-allow-medium-removal.ts';
import type { Command } from '../command.ts';
import { GOOD } from '../result.ts';

/** Bit 1 of PREVENT is for the medium changer, of which there is none. */
const PREVENTED = 0b01;

/**
 * PREVENT ALLOW MEDIUM REMOVAL (SPC): for the nexus that sends it, until that allows the removal or
 * is lost, or the unit is reset. An empty drive can be told as well.
 */
export const preventAllowMediumRemoval: Command<PreventAllowMediumRemoval> = {
  specs: [PREVENT_ALLOW_MEDIUM_REMOVAL_6],
  supported: (unit) => unit.settings.removable,
  reservation: ({ prevent }) => (prevent === 0 ? 'allowed' : 'writes'),
  run({ prevent }, { unit: { removal }, nexus }) {
    if ((prevent & PREVENTED) === 0) removal.allow(nexus);
    else removal.prevent(nexus);
    return GOOD;
  },
};
