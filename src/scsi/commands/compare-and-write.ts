import { COMPARE_AND_WRITE_16, type CompareAndWrite } from '../../cdb/compare-and-write.ts';
import { andThen } from '../../maybe-promise.ts';
import { INVALID_FIELD_IN_COMMAND_INFORMATION_UNIT, MISCOMPARE } from '../../sense/codes.ts';
import { invalidField, type Command } from '../command.ts';
import { firstDifference } from '../compare.ts';
import { refuseBlockIo } from '../range.ts';
import { check, GOOD, type Result } from '../result.ts';

/**
 * COMPARE AND WRITE (SBC): atomic against everything else in flight. MISCOMPARE has the offset of
 * the first byte that differs in INFORMATION.
 */
export const compareAndWrite: Command<CompareAndWrite> = {
  specs: [COMPARE_AND_WRITE_16],
  reservation: 'writes',
  needsMedium: true,
  writes: true,
  run(request, context) {
    const refused = refuseBlockIo(request, context);
    if (refused !== undefined) return refused;
    const { lba, blocks, fua } = request;
    const { medium, settings, writeCacheEnabled } = context.unit;
    if (blocks > settings.maxCompareAndWriteBlocks) return invalidField(context, 'blocks');
    const half = blocks * medium.blockLength;
    // In data of another length the two halves would lie elsewhere: that is never a residual.
    const { dataOutLength = 2 * half } = context.task;
    if (dataOutLength !== 2 * half) return invalidField(context, 'blocks');
    if (blocks === 0) return GOOD;
    return andThen(context.dataOut(2 * half), (data) => {
      if (data.length < 2 * half) return check(INVALID_FIELD_IN_COMMAND_INFORMATION_UNIT);
      return medium.asOne<Result>(lba, blocks, true, context, (access) =>
        andThen(access.read(lba, blocks), (view) => {
          const at = firstDifference(view.chunks, data.subarray(0, half));
          view.release();
          if (at >= 0) return check(MISCOMPARE, { information: at });
          context.throwIfAborted();
          const written = access.write(lba, data.subarray(half), fua || !writeCacheEnabled);
          return andThen(written, () => GOOD);
        }),
      );
    });
  },
};
