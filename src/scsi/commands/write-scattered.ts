import { getBig64 } from '../../bytes.ts';
import {
  decodeScatteredList,
  LBA_RANGE_LENGTH,
  SCATTERED_HEADER_LENGTH,
  WRITE_SCATTERED_16,
  WRITE_SCATTERED_32,
  type LbaRange,
  type WriteScattered,
} from '../../cdb/write-scattered.ts';
import { andThen, inTurn } from '../../maybe-promise.ts';
import {
  INVALID_FIELD_IN_COMMAND_INFORMATION_UNIT,
  INVALID_FIELD_IN_PARAMETER_LIST,
  PARAMETER_LIST_LENGTH_ERROR,
} from '../../sense/codes.ts';
import { invalidField, type Command, type Context } from '../command.ts';
import { outOfRange } from '../range.ts';
import { check, GOOD, type Result } from '../result.ts';

/**
 * WRITE SCATTERED (SBC). Every descriptor is checked before the first block is written; then each
 * range is written as one step, in the order of the list. Where ranges overlap the later one wins.
 */
export const writeScattered: Command<WriteScattered> = {
  specs: [WRITE_SCATTERED_16, WRITE_SCATTERED_32],
  reservation: 'writes',
  needsMedium: true,
  writes: true,
  run(request, context) {
    const { ranges, blocks, dataOffset, fua } = request;
    const refused = refuse(request, context);
    if (refused !== undefined) return refused;
    if (ranges === 0 || blocks === 0) return GOOD;
    const { medium, writeCacheEnabled } = context.unit;
    const { blockLength } = medium;
    return andThen(context.dataOut((dataOffset + blocks) * blockLength), (data) => {
      if (data.length < dataOffset * blockLength) return check(PARAMETER_LIST_LENGTH_ERROR);
      const list = decodeScatteredList(data, ranges);
      const wrong = refuseList(data, list, blocks, context);
      if (wrong !== undefined) return wrong;
      if (data.length < (dataOffset + blocks) * blockLength)
        return check(INVALID_FIELD_IN_COMMAND_INFORMATION_UNIT);
      let at = dataOffset * blockLength;
      const written = inTurn(list, (range) => {
        if (range.blocks === 0) return undefined;
        const end = at + range.blocks * blockLength;
        const bytes = data.subarray(at, end);
        at = end;
        return medium.write(range.lba, bytes, fua || !writeCacheEnabled, context);
      });
      return andThen(written, () => GOOD);
    });
  },
};

function refuse(
  { protect, dataOffset, ranges, blocks }: WriteScattered,
  context: Context<WriteScattered>,
): Result | undefined {
  const { settings, medium } = context.unit;
  // There is no protection information: nothing but 000b has a meaning.
  if (protect !== 0) return invalidField(context, 'protect');
  if (ranges > settings.maxScatteredRanges) return invalidField(context, 'ranges');
  if (blocks > settings.maxTransferBlocks) return invalidField(context, 'blocks');
  if (ranges === 0 || blocks === 0) return undefined;
  const list = SCATTERED_HEADER_LENGTH + LBA_RANGE_LENGTH * ranges;
  // The list has to end before the blocks begin; more padding than a transfer would cost memory.
  return list > dataOffset * medium.blockLength ||
    dataOffset > Math.max(settings.maxTransferBlocks, Math.ceil(list / medium.blockLength))
    ? invalidField(context, 'dataOffset')
    : undefined;
}

function refuseList(
  data: Uint8Array,
  list: readonly LbaRange[],
  most: number,
  { unit: { medium } }: Context<WriteScattered>,
): Result | undefined {
  let total = 0;
  for (const [i, { lba, blocks }] of list.entries()) {
    const at = SCATTERED_HEADER_LENGTH + LBA_RANGE_LENGTH * i;
    const refused = outOfRange(medium.blocks, lba, blocks, () => getBig64(data, at));
    if (refused !== undefined) return refused;
    total += blocks;
    if (total > most)
      return check(INVALID_FIELD_IN_PARAMETER_LIST, { fieldPointer: { in: 'data', byte: at + 8 } });
  }
  return undefined;
}
