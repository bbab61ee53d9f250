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
import { transferredBlockLength } from '../../cdb/spec.ts';
import { andThen, inTurn } from '../../maybe-promise.ts';
import {
  INVALID_FIELD_IN_COMMAND_INFORMATION_UNIT,
  INVALID_FIELD_IN_PARAMETER_LIST,
  PARAMETER_LIST_LENGTH_ERROR,
  SENSE_KEY,
} from '../../sense/codes.ts';
import type { SenseCondition } from '../../sense/sense-data.ts';
import {
  invalidField,
  reservedListByte,
  type Command,
  type Context,
  type ReservedListByte,
} from '../command.ts';
import { hasFailed, receiveBlocks, type SentBlocks } from '../protected-blocks.ts';
import { refuseProtect } from '../protection-rules.ts';
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
    const blockLength = transferredBlockLength(request, medium.blockLength);
    return andThen(context.dataOut(total * blockLength), (data) => {
      if (data.length < total * blockLength)
        return check(INVALID_FIELD_IN_COMMAND_INFORMATION_UNIT);
      const list = decodeScatteredList(data, ranges);
      const wrong = refuseList(request, data, list, context);
      if (wrong !== undefined) return wrong;
      const writes: { readonly lba: number; readonly sent: SentBlocks }[] = [];
      let at = dataOffset * blockLength;
      for (const range of list) {
        const end = at + range.blocks * blockLength;
        const sent = receiveRange(request, range, data.subarray(at, end), context);
        if (hasFailed(sent)) return sent;
        if (range.blocks > 0) writes.push({ lba: range.lba, sent });
        at = end;
      }
      const through = fua || !writeCacheEnabled;
      const written = inTurn(writes, ({ lba, sent: { blocks, protection } }) =>
        medium.write(lba, blocks, through, context, protection),
      );
      return andThen(written, () => GOOD);
    });
  },
};

/** The tags that blocks are expected to have are in their descriptor, with type 2 in the 32-byte form. */
const receiveRange = (
  { protect }: WriteScattered,
  { lba, referenceTag = 0, applicationTag = 0, applicationTagMask = 0 }: LbaRange,
  data: Uint8Array,
  context: Context<WriteScattered>,
): SentBlocks | Result =>
  receiveBlocks(
    {
      protect,
      expectedReferenceTag: referenceTag,
      expectedApplicationTag: applicationTag,
      applicationTagMask,
    },
    context,
    lba,
    data,
  );

/** BUFFER TRANSFER LENGTH counts the blocks of the list; early drafts, and sg_write_x, leave them out. */
const dataOutBlocks = (
  { blocks, dataOffset }: WriteScattered,
  { unit }: Context<WriteScattered>,
): number => (unit.settings.lenient ? dataOffset + blocks : blocks);

function refuse(
  request: WriteScattered,
  total: number,
  context: Context<WriteScattered>,
): Result | undefined {
  const { dataOffset, ranges, blocks } = request;
  const { settings, medium } = context.unit;
  const unprotected = refuseProtect(request, context);
  if (unprotected !== undefined) return unprotected;
  if (ranges > settings.maxScatteredRanges) return invalidField(context, 'ranges');
  if (total > settings.maxTransferBlocks) return invalidField(context, 'blocks');
  if (ranges === 0 || blocks === 0) return undefined;
  const list = SCATTERED_HEADER_LENGTH + LBA_RANGE_LENGTH * ranges;
  if (list > dataOffset * transferredBlockLength(request, medium.blockLength))
    return invalidField(context, 'dataOffset');
  return total < dataOffset ? check(LENGTH_ERROR) : undefined;
}

/** The ranges do not take just the blocks that there are. */
const LENGTH_ERROR: SenseCondition = {
  ...PARAMETER_LIST_LENGTH_ERROR,
  key: SENSE_KEY.ABORTED_COMMAND,
};

/** The reserved bytes from one to before another. */
const bytesFrom = (first: number, end: number): readonly ReservedListByte[] =>
  Array.from({ length: end - first }, (_, i) => first + i);

const RESERVED_IN_HEADER = bytesFrom(0, SCATTERED_HEADER_LENGTH);
/** Reserved in a descriptor, by the length of the CDB: that of 32 bytes has tags in it. */
const RESERVED_IN_RANGE = {
  16: bytesFrom(12, LBA_RANGE_LENGTH),
  32: bytesFrom(20, LBA_RANGE_LENGTH),
} as const;

function refuseList(
  request: WriteScattered,
  data: Uint8Array,
  list: readonly LbaRange[],
  context: Context<WriteScattered>,
): Result | undefined {
  const { medium, settings } = context.unit;
  const reserved = reservedListByte(context, data, RESERVED_IN_HEADER);
  if (reserved !== undefined) return reserved;
  let total = 0;
  for (const [i, { lba, blocks }] of list.entries()) {
    const at = SCATTERED_HEADER_LENGTH + LBA_RANGE_LENGTH * i;
    const wrong = reservedListByte(context, data, RESERVED_IN_RANGE[request.cdbLength], at);
    if (wrong !== undefined) return wrong;
    if (blocks > settings.maxTransferBlocks)
      return check(INVALID_FIELD_IN_PARAMETER_LIST, { fieldPointer: { in: 'data', byte: at + 8 } });
    const refused = outOfRange(medium.blocks, lba, blocks, () => getBig64(data, at));
    if (refused !== undefined) return refused;
    total += blocks;
  }
  const available = dataOutBlocks(request, context) - request.dataOffset;
  return total === available ? undefined : check(LENGTH_ERROR);
}
