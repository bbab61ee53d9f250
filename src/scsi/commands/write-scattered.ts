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
  SENSE_KEY,
} from '../../sense/codes.ts';
import type { SenseCondition } from '../../sense/sense-data.ts';
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
    const { ranges, dataOffset, fua } = request;
    const total = dataOutBlocks(request, context);
    const refused = refuse(request, total, context);
    if (refused !== undefined) return refused;
    if (ranges === 0 || request.blocks === 0) return GOOD;
    const { medium, writeCacheEnabled } = context.unit;
    const { blockLength } = medium;
    return andThen(context.dataOut(total * blockLength), (data) => {
      if (data.length < total * blockLength)
        return check(INVALID_FIELD_IN_COMMAND_INFORMATION_UNIT);
      const list = decodeScatteredList(data, ranges);
      const wrong = refuseList(data, list, total - dataOffset, context);
      if (wrong !== undefined) return wrong;
      let at = dataOffset * blockLength;
      const written = inTurn(list, ({ lba, blocks }) => {
        if (blocks === 0) return undefined;
        const end = at + blocks * blockLength;
        const bytes = data.subarray(at, end);
        at = end;
        return medium.write(lba, bytes, fua || !writeCacheEnabled, context);
      });
      return andThen(written, () => GOOD);
    });
  },
};

/** BUFFER TRANSFER LENGTH counts the blocks of the list; early drafts, and sg_write_x, leave them out. */
const dataOutBlocks = (
  { blocks, dataOffset }: WriteScattered,
  { unit }: Context<WriteScattered>,
): number => (unit.settings.lenient ? dataOffset + blocks : blocks);

function refuse(
  { protect, dataOffset, ranges, blocks }: WriteScattered,
  total: number,
  context: Context<WriteScattered>,
): Result | undefined {
  const { settings, medium } = context.unit;
  // There is no protection information: nothing but 000b has a meaning.
  if (protect !== 0) return invalidField(context, 'protect');
  if (ranges > settings.maxScatteredRanges) return invalidField(context, 'ranges');
  if (total > settings.maxTransferBlocks) return invalidField(context, 'blocks');
  if (ranges === 0 || blocks === 0) return undefined;
  const list = SCATTERED_HEADER_LENGTH + LBA_RANGE_LENGTH * ranges;
  if (list > dataOffset * medium.blockLength) return invalidField(context, 'dataOffset');
  return total < dataOffset ? check(LENGTH_ERROR) : undefined;
}

/** The ranges do not take just the blocks that there are. */
const LENGTH_ERROR: SenseCondition = {
  ...PARAMETER_LIST_LENGTH_ERROR,
  key: SENSE_KEY.ABORTED_COMMAND,
};

function refuseList(
  data: Uint8Array,
  list: readonly LbaRange[],
  available: number,
  { unit: { medium, settings } }: Context<WriteScattered>,
): Result | undefined {
  let total = 0;
  for (const [i, { lba, blocks }] of list.entries()) {
    const at = SCATTERED_HEADER_LENGTH + LBA_RANGE_LENGTH * i;
    if (blocks > settings.maxTransferBlocks)
      return check(INVALID_FIELD_IN_PARAMETER_LIST, { fieldPointer: { in: 'data', byte: at + 8 } });
    const refused = outOfRange(medium.blocks, lba, blocks, () => getBig64(data, at));
    if (refused !== undefined) return refused;
    total += blocks;
  }
  return total === available ? undefined : check(LENGTH_ERROR);
}
