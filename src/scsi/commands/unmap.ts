import { getBig64 } from '../../bytes.ts';
import {
  decodeUnmapList,
  UNMAP_10,
  UNMAP_DESCRIPTOR_LENGTH,
  UNMAP_HEADER_LENGTH,
  type Unmap,
  type UnmapDescriptor,
} from '../../cdb/unmap.ts';
import { andThen, inTurn } from '../../maybe-promise.ts';
import { INVALID_FIELD_IN_PARAMETER_LIST, PARAMETER_LIST_LENGTH_ERROR } from '../../sense/codes.ts';
import { invalidField, reservedListByte, type Command, type Context } from '../command.ts';
import { outOfRange } from '../range.ts';
import { check, GOOD, type Result } from '../result.ts';

const RESERVED = [4, 5, 6, 7];
const RESERVED_IN_DESCRIPTOR = [12, 13, 14, 15];

/** UNMAP (SBC). Every descriptor is checked before the first block is touched. */
export const unmap: Command<Unmap> = {
  specs: [UNMAP_10],
  reservation: 'writes',
  supported: (unit) => unit.settings.thin,
  needsMedium: true,
  writes: true,
  run(request, context) {
    if (request.anchor && !context.unit.settings.anchors) return invalidField(context, 'anchor');
    const { parameterListLength } = request;
    if (parameterListLength === 0) return GOOD;
    if (parameterListLength < UNMAP_HEADER_LENGTH) return check(PARAMETER_LIST_LENGTH_ERROR);
    return andThen(context.dataOut(parameterListLength), (list) => {
      if (list.length < parameterListLength) return check(PARAMETER_LIST_LENGTH_ERROR);
      const descriptors = decodeUnmapList(list);
      const refused =
        reservedListByte(context, list, RESERVED) ?? refuse(list, descriptors, context);
      if (refused !== undefined) return refused;
      const done = inTurn(descriptors, ({ lba, blocks }) =>
        blocks === 0 ? undefined : context.unit.medium.unmap(lba, blocks, context, request.anchor),
      );
      return andThen(done, () => GOOD);
    });
  },
};

function refuse(
  list: Uint8Array,
  descriptors: readonly UnmapDescriptor[],
  context: Context<Unmap>,
): Result | undefined {
  const { settings, medium } = context.unit;
  if (descriptors.length > settings.maxUnmapDescriptors)
    return check(INVALID_FIELD_IN_PARAMETER_LIST, { fieldPointer: { in: 'data', byte: 2 } });
  let total = 0;
  for (const [i, { lba, blocks }] of descriptors.entries()) {
    const at = UNMAP_HEADER_LENGTH + UNMAP_DESCRIPTOR_LENGTH * i;
    const refused =
      reservedListByte(context, list, RESERVED_IN_DESCRIPTOR, at) ??
      outOfRange(medium.blocks, lba, blocks, () => getBig64(list, at));
    if (refused !== undefined) return refused;
    total += blocks;
    if (total > settings.maxUnmapBlocks && settings.maxUnmapBlocks !== 0xffff_ffff)
      return check(INVALID_FIELD_IN_PARAMETER_LIST, { fieldPointer: { in: 'data', byte: at + 8 } });
  }
  return undefined;
}
