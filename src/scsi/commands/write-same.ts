import { getBig64 } from '../../bytes.ts';
import {
  WRITE_SAME_10,
  WRITE_SAME_16,
  WRITE_SAME_32,
  type WriteSame,
} from '../../cdb/write-same.ts';
import { fieldPointer, transferredBlockLength } from '../../cdb/spec.ts';
import { andThen, type MaybePromise } from '../../maybe-promise.ts';
import { INVALID_FIELD_IN_COMMAND_INFORMATION_UNIT } from '../../sense/codes.ts';
import { invalidField, type Command, type Context } from '../command.ts';
import type { LogicalUnit } from '../logical-unit.ts';
import type { Medium } from '../medium.ts';
import { piecewise } from '../piecewise.ts';
import { hasFailed, receiveBlocks, type SentBlocks } from '../protected-blocks.ts';
import { formOfType2, unchecked } from '../protection.ts';
import { refuseProtect, repeatProtection } from '../protection-rules.ts';
import { outOfRange } from '../range.ts';
import { check, GOOD, type Result } from '../result.ts';

/** Bytes of the pattern that is written at a time. */
const PIECE = 1024 * 1024;

/**
 * WRITE SAME (SBC). With UNMAP the blocks are unmapped if they would then read as the block says,
 * else the block is written. Lenient units unmap whatever the block says.
 */
export const writeSame: Command<WriteSame> = {
  specs: [WRITE_SAME_10, WRITE_SAME_16, WRITE_SAME_32],
  supported: formOfType2,
  reservation: 'writes',
  needsMedium: true,
  writes: true,
  run(request, context) {
    const { medium, settings } = context.unit;
    const { lba, noDataOut } = request;
    const refused = refuse(request, context);
    if (refused !== undefined) return refused;
    const blocks = request.blocks === 0 ? medium.blocks - lba : request.blocks;
    if (blocks > settings.maxWriteSameBlocks) return invalidField(context, 'blocks');
    const wanted = noDataOut ? 0 : transferredBlockLength(request, medium.blockLength);
    const { dataOutLength = wanted } = context.task;
    if (dataOutLength !== wanted) return check(INVALID_FIELD_IN_COMMAND_INFORMATION_UNIT);
    if (blocks === 0) return GOOD;
    return andThen(context.dataOut(wanted), (data) => {
      if (data.length < wanted) return check(INVALID_FIELD_IN_COMMAND_INFORMATION_UNIT);
      const sent = noDataOut ? zeros(context.unit) : receiveBlocks(request, context, lba, data);
      if (hasFailed(sent)) return sent;
      return andThen(fill(request, blocks, sent, context), () => GOOD);
    });
  },
};

/** What NDOB writes: nothing of it is to be checked. */
const zeros = ({ medium, protection }: LogicalUnit): SentBlocks => ({
  blocks: new Uint8Array(medium.blockLength),
  protection: protection.type === 0 ? undefined : unchecked(1),
});

function refuse(request: WriteSame, context: Context<WriteSame>): Result | undefined {
  const { medium, settings } = context.unit;
  const unprotected = refuseProtect(request, context);
  if (unprotected !== undefined) return unprotected;
  // Only what is unmapped can be anchored.
  if (request.anchor && !(request.unmap && settings.anchors))
    return invalidField(context, 'anchor');
  if (request.unmap && !settings.thin) return invalidField(context, 'unmap');
  return outOfRange(medium.blocks, request.lba, request.blocks, () =>
    getBig64(context.task.cdb, fieldPointer(context.spec, 'lba').byte),
  );
}

const readsTheSameUnmapped = ({ blocks, protection }: SentBlocks, { backend }: Medium): boolean =>
  backend.unmappedReadsZeros === true &&
  blocks.every((byte) => byte === 0) &&
  (protection === undefined || protection.every((byte) => byte === 0xff));

function fill(
  { lba, unmap, anchor }: WriteSame,
  blocks: number,
  sent: SentBlocks,
  context: Context<WriteSame>,
): MaybePromise<unknown> {
  const { medium, settings, writeCacheEnabled, protection } = context.unit;
  if (unmap && (settings.lenient || readsTheSameUnmapped(sent, medium)))
    return medium.unmap(lba, blocks, context, anchor);
  const block = sent.blocks;
  const copies = Math.min(blocks, Math.max(1, PIECE / block.length));
  const pattern = new Uint8Array(copies * block.length);
  for (let at = 0; at < pattern.length; at += block.length) pattern.set(block, at);
  return medium.asOne(lba, blocks, true, context, (access) =>
    piecewise(lba, blocks, context, (from, count) =>
      access.write(
        from,
        pattern.subarray(0, count * block.length),
        !writeCacheEnabled,
        sent.protection && repeatProtection(protection.type, sent.protection, from - lba, count),
      ),
    ),
  );
}
