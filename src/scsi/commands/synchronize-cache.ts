import {
  SYNCHRONIZE_CACHE_10,
  SYNCHRONIZE_CACHE_16,
  type SynchronizeCache,
} from '../../cdb/synchronize-cache.ts';
import { getBig64 } from '../../bytes.ts';
import { andThen } from '../../maybe-promise.ts';
import type { Command } from '../command.ts';
import { answerAtOnce } from '../immediate.ts';
import { outOfRange } from '../range.ts';
import { GOOD } from '../result.ts';

/**
 * SYNCHRONIZE CACHE (SBC). The whole cache is flushed whatever the range: a count of 0 (to the end
 * of the medium) is the usual one. With IMMED the answer comes before the flush has ended; should
 * that fail, the nexus is told by a deferred error.
 */
export const synchronizeCache: Command<SynchronizeCache> = {
  specs: [SYNCHRONIZE_CACHE_10, SYNCHRONIZE_CACHE_16],
  reservation: 'writes',
  needsMedium: true,
  flushes: true,
  run({ lba, blocks, immed }, context) {
    const { unit, task } = context;
    const refused = outOfRange(unit.medium.blocks, lba, blocks, () => getBig64(task.cdb, 2));
    if (refused !== undefined) return refused;
    const flushed = andThen(unit.medium.flush(), () => GOOD);
    return immed ? answerAtOnce(flushed, context) : flushed;
  },
};
