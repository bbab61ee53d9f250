import { getBig64 } from '../../bytes.ts';
import { PRE_FETCH_10, PRE_FETCH_16, type PreFetch } from '../../cdb/pre-fetch.ts';
import { andThen } from '../../maybe-promise.ts';
import type { Command } from '../command.ts';
import { outOfRange } from '../range.ts';
import { ended, GOOD } from '../result.ts';
import { STATUS } from '../status.ts';
import { verifyBlocks } from './verify.ts';

/**
 * PRE-FETCH (SBC): reads the blocks once, so that whatever cache the backend stands on has them, and
 * says CONDITION MET; GOOD where there are more than one command may read. With IMMED nothing is
 * read: what is asked for next is.
 */
export const preFetch: Command<PreFetch> = {
  specs: [PRE_FETCH_10, PRE_FETCH_16],
  reservation: 'reads',
  needsMedium: true,
  run({ lba, blocks, immed }, context) {
    const { medium, settings } = context.unit;
    const refused = outOfRange(medium.blocks, lba, blocks, () => getBig64(context.task.cdb, 2));
    if (refused !== undefined) return refused;
    const count = blocks === 0 ? medium.blocks - lba : blocks;
    if (count > settings.maxTransferBlocks) return GOOD;
    const met = ended(STATUS.CONDITION_MET);
    if (immed || count === 0) return met;
    const read = medium.asOne(lba, count, false, context, (access) =>
      verifyBlocks(access, context, lba, count, { rules: undefined }),
    );
    return andThen(read, () => met);
  },
};
