import { getBig64 } from '../../bytes.ts';
import {
  decodeReassignList,
  REASSIGN_BLOCKS_6,
  REASSIGN_HEADER_LENGTH,
  reassignLbaLength,
  type ReassignBlocks,
} from '../../cdb/reassign-blocks.ts';
import { andThen } from '../../maybe-promise.ts';
import {
  INVALID_FIELD_IN_PARAMETER_LIST,
  LBA_OUT_OF_RANGE,
  PARAMETER_LIST_LENGTH_ERROR,
} from '../../sense/codes.ts';
import { reservedListByte, type Command, type Context } from '../command.ts';
import { check, GOOD, type Result } from '../result.ts';

/** Before the length of 16 bits; the one of 32 leaves no room. */
const RESERVED = [0, 1];

/** Most bytes of a parameter list: 65 535 addresses of 8 bytes. */
const LONGEST_LIST = REASSIGN_HEADER_LENGTH + 8 * 0xffff;

/**
 * REASSIGN BLOCKS (SBC). The whole list is checked before the first block is reassigned. A block that
 * can be read keeps its data; another reads as zeros.
 */
export const reassignBlocks: Command<ReassignBlocks> = {
  specs: [REASSIGN_BLOCKS_6],
  reservation: 'writes',
  needsMedium: true,
  writes: true,
  run(request, context) {
    const { dataOutLength = LONGEST_LIST } = context.task;
    // The list itself says how long it is.
    if (dataOutLength < REASSIGN_HEADER_LENGTH) return check(PARAMETER_LIST_LENGTH_ERROR);
    return andThen(context.dataOut(Math.min(dataOutLength, LONGEST_LIST)), (bytes) => {
      const lbas = decodeReassignList(bytes, request);
      if (lbas === undefined) return check(PARAMETER_LIST_LENGTH_ERROR);
      const refused =
        reservedListByte(context, bytes, request.longList ? [] : RESERVED) ??
        refuse(request, bytes, lbas, context);
      if (refused !== undefined) return refused;
      return andThen(context.unit.medium.reassign(lbas, context), () => GOOD);
    });
  },
};

function refuse(
  request: ReassignBlocks,
  bytes: Uint8Array,
  lbas: readonly number[],
  { unit }: Context<ReassignBlocks>,
): Result | undefined {
  const size = reassignLbaLength(request);
  for (const [i, lba] of lbas.entries()) {
    const at = REASSIGN_HEADER_LENGTH + size * i;
    // COMMAND-SPECIFIC INFORMATION: the first block that is not reassigned, or FFh where it does not fit.
    const first = lbas[0] ?? 0;
    const tooLarge = first > 0xffff_ffff && !unit.descriptorSense;
    const commandSpecific = tooLarge ? 0xffff_ffff : first;
    if (lba >= unit.medium.blocks)
      return check(LBA_OUT_OF_RANGE, {
        information: Number.isSafeInteger(lba) ? lba : getBig64(bytes, at),
        commandSpecific,
      });
    if (i > 0 && lba <= (lbas[i - 1] ?? 0))
      return check(INVALID_FIELD_IN_PARAMETER_LIST, {
        fieldPointer: { in: 'data', byte: at },
        commandSpecific,
      });
  }
  return undefined;
}
