/** What READ LONG and WRITE LONG have in common: one block in its length on the medium. */
import { getBig64 } from '../bytes.ts';
import type { ReadLong } from '../cdb/read-long.ts';
import type { WriteLong } from '../cdb/write-long.ts';
import { INVALID_FIELD_IN_CDB, LBA_OUT_OF_RANGE } from '../sense/codes.ts';
import { invalidField, type Context } from './command.ts';
import { physicalBlock, type BlockRun } from './physical-block.ts';
import { check, type Result } from './result.ts';

/** The block that is meant, or why there is none. A medium in software has no bytes beside the data. */
export function longBlock<R extends ReadLong | WriteLong>(
  { lba, physicalBlock: physical }: R,
  context: Context<R>,
): BlockRun | Result {
  const { unit, task } = context;
  if (physical && unit.settings.physicalBlockExponent === 0)
    return invalidField(context, 'physicalBlock' as never);
  // Unlike a read of no blocks, this needs a block.
  if (lba >= unit.medium.blocks)
    return check(LBA_OUT_OF_RANGE, {
      information: Number.isSafeInteger(lba) ? lba : getBig64(task.cdb, 2),
    });
  return physical ? physicalBlock(unit, lba) : { lba, blocks: 1 };
}

/** Whether there is no block. */
export const isRefused = (block: BlockRun | Result): block is Result => 'status' in block;

/**
 * CHECK CONDITION with ILI where the length is not that of the block: INFORMATION has the difference,
 * in two's complement where the block is longer.
 */
export function refuseLength(
  { byteTransferLength }: ReadLong | WriteLong,
  { blocks }: BlockRun,
  { unit }: Pick<Context, 'unit'>,
): Result | undefined {
  const difference = byteTransferLength - blocks * unit.medium.blockLength;
  if (difference === 0) return undefined;
  const information = unit.descriptorSense
    ? BigInt.asUintN(64, BigInt(difference))
    : difference >>> 0;
  return check(INVALID_FIELD_IN_CDB, { incorrectLength: true, information });
}
