/** Whether blocks lie on the medium. */
import { getBig64 } from '../bytes.ts';
import type { BlockIo } from '../cdb/block-io.ts';
import { fieldPointer, type CdbRequest } from '../cdb/spec.ts';
import { LBA_OUT_OF_RANGE } from '../sense/codes.ts';
import { invalidField, type Context } from './command.ts';
import { refuseProtect } from './protection-rules.ts';
import { check, type Result } from './result.ts';

/**
 * CHECK CONDITION with the first block that is not there in INFORMATION, or `undefined` where all
 * are. With a count of 0 the LBA itself has to be on the medium, or just behind its end.
 *
 * @param exact - the LBA where it is more than a number can hold.
 */
export function outOfRange(
  capacity: number,
  lba: number,
  blocks: number,
  exact?: () => bigint,
): Result | undefined {
  if (blocks <= capacity - lba) return undefined;
  const first = Math.max(lba, capacity);
  const information = Number.isSafeInteger(first) ? first : exact?.();
  return check(LBA_OUT_OF_RANGE, information === undefined ? undefined : { information });
}

/** The checks that READ, WRITE and their kin share: range, transfer length, protection. */
export function refuseBlockIo<R extends CdbRequest & Pick<BlockIo, 'lba' | 'blocks' | 'protect'>>(
  request: R,
  context: Context<R>,
): Result | undefined {
  const { medium, settings } = context.unit;
  const unprotected = refuseProtect(request, context);
  if (unprotected !== undefined) return unprotected;
  const refused = outOfRange(medium.blocks, request.lba, request.blocks, () =>
    getBig64(context.task.cdb, fieldPointer(context.spec, 'lba' as never).byte),
  );
  if (refused !== undefined) return refused;
  if (request.blocks > settings.maxTransferBlocks) return invalidField(context, 'blocks' as never);
  return undefined;
}
