import { COMPARE_AND_WRITE_16, type CompareAndWrite } from '../../cdb/compare-and-write.ts';
import { PROTECTION_LENGTH } from '../../cdb/protection-information.ts';
import { transferredBlockLength } from '../../cdb/spec.ts';
import { andThen, type MaybePromise } from '../../maybe-promise.ts';
import { INVALID_FIELD_IN_COMMAND_INFORMATION_UNIT, MISCOMPARE } from '../../sense/codes.ts';
import { invalidField, type Command, type Context } from '../command.ts';
import { firstDifference } from '../compare.ts';
import type { BlockAccess } from '../block-access.ts';
import { hasFailed, readData, receiveBlocks, type SentBlocks } from '../protected-blocks.ts';
import { protectionRules } from '../protection-rules.ts';
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
    const half = blocks * transferredBlockLength(request, medium.blockLength);
    // In data of another length the two halves would lie elsewhere: that is never a residual.
    const { dataOutLength = 2 * half } = context.task;
    if (dataOutLength !== 2 * half) return invalidField(context, 'blocks');
    if (blocks === 0) return GOOD;
    return andThen(context.dataOut(2 * half), (data) => {
      if (data.length < 2 * half) return check(INVALID_FIELD_IN_COMMAND_INFORMATION_UNIT);
      const expected = receiveBlocks(request, context, lba, data.subarray(0, half));
      if (hasFailed(expected)) return expected;
      const sent = receiveBlocks(request, context, lba, data.subarray(half));
      if (hasFailed(sent)) return sent;
      return medium.asOne<Result>(lba, blocks, true, context, (access) =>
        andThen(compare(access, expected, request, context), (wrong) => {
          if (wrong !== undefined) return wrong;
          context.throwIfAborted();
          const through = fua || !writeCacheEnabled;
          return andThen(access.write(lba, sent.blocks, through, sent.protection), () => GOOD);
        }),
      );
    });
  },
};

/** Compares the data of blocks; protection information is checked at both ends, and not compared. */
function compare(
  access: BlockAccess,
  expected: SentBlocks,
  { lba, blocks, protect }: CompareAndWrite,
  { unit }: Context,
): MaybePromise<Result | undefined> {
  const rules = protectionRules(unit, 0, lba, undefined);
  return andThen(readData(access, rules, lba, blocks), (read) => {
    if (hasFailed(read)) return read;
    const at = firstDifference([read], expected.blocks);
    if (at < 0) return undefined;
    // INFORMATION counts the bytes of data-out, where each block may have protection information.
    const block = Math.floor(at / unit.medium.blockLength);
    return check(MISCOMPARE, { information: protect === 0 ? at : at + block * PROTECTION_LENGTH });
  });
}
