import { READ_LONG_10, READ_LONG_16, type ReadLong } from '../../cdb/read-long.ts';
import { andThen } from '../../maybe-promise.ts';
import { type Command } from '../command.ts';
import { MarkedBad } from '../failure.ts';
import { isRefused, longBlock, refuseLength } from '../long-block.ts';
import { good, GOOD } from '../result.ts';

/** READ LONG (SBC-3): a block as it is, also one that is marked as bad; with CORRCT that is an error. */
export const readLong: Command<ReadLong> = {
  specs: [READ_LONG_10, READ_LONG_16],
  reservation: 'reads',
  needsMedium: true,
  run(request, context) {
    const { unit } = context;
    const block = longBlock(request, context);
    if (isRefused(block)) return block;
    if (request.byteTransferLength === 0) return GOOD;
    const refused = refuseLength(request, block, context);
    if (refused !== undefined) return refused;
    return andThen(unit.medium.recover(block.lba, block.blocks, context), (bytes) => {
      const bad = unit.defects.firstMarked(block.lba, block.blocks);
      if (request.correct && bad !== undefined) throw new MarkedBad(bad);
      return good(bytes);
    });
  },
};
