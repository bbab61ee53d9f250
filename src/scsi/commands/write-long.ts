import { WRITE_LONG_10, WRITE_LONG_16, type WriteLong } from '../../cdb/write-long.ts';
import { andThen } from '../../maybe-promise.ts';
import { INVALID_FIELD_IN_COMMAND_INFORMATION_UNIT } from '../../sense/codes.ts';
import { type Command } from '../command.ts';
import { isRefused, longBlock, refuseLength } from '../long-block.ts';
import { check, GOOD } from '../result.ts';

/**
 * WRITE LONG (SBC). With WR_UNCOR a block is marked as bad, with COR_DIS alone it is written and
 * marked; with neither (SBC-3) it is written.
 */
export const writeLong: Command<WriteLong> = {
  specs: [WRITE_LONG_10, WRITE_LONG_16],
  reservation: 'writes',
  needsMedium: true,
  writes: true,
  run(request, context) {
    const { medium, defects, writeCacheEnabled } = context.unit;
    const block = longBlock(request, context);
    if (isRefused(block)) return block;
    const { lba, blocks } = block;
    if (request.writeUncorrectable) return andThen(medium.mark(lba, blocks, context), () => GOOD);
    const { byteTransferLength, correctionDisabled } = request;
    if (byteTransferLength === 0) return GOOD;
    const refused = refuseLength(request, block, context);
    if (refused !== undefined) return refused;
    return andThen(context.dataOut(byteTransferLength), (data) => {
      if (data.length < byteTransferLength) return check(INVALID_FIELD_IN_COMMAND_INFORMATION_UNIT);
      return medium.asOne(lba, blocks, true, context, (access) =>
        andThen(access.write(lba, data, !writeCacheEnabled), () =>
          andThen(correctionDisabled ? defects.mark(lba, blocks) : undefined, () => GOOD),
        ),
      );
    });
  },
};
