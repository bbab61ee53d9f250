import type { View } from '../../backend/backend.ts';
import { VERIFY_10, VERIFY_12, VERIFY_16, VERIFY_32, type Verify } from '../../cdb/verify.ts';
import { andThen, type MaybePromise } from '../../maybe-promise.ts';
import { INVALID_FIELD_IN_COMMAND_INFORMATION_UNIT, MISCOMPARE } from '../../sense/codes.ts';
import { invalidField, type Command, type Context } from '../command.ts';
import { firstDifference } from '../compare.ts';
import type { BlockAccess } from '../medium.ts';
import { piecewise } from '../piecewise.ts';
import { formOfType2 } from '../protection.ts';
import { refuseBlockIo } from '../range.ts';
import { check, GOOD, type Result } from '../result.ts';

const RESERVED = 2;
const ONE_BLOCK = 3;

/** VERIFY (SBC). */
export const verify: Command<Verify> = {
  specs: [VERIFY_10, VERIFY_12, VERIFY_16, VERIFY_32],
  supported: formOfType2,
  reservation: 'reads',
  needsMedium: true,
  run(request, context) {
    if (request.byteCheck === RESERVED) return invalidField(context, 'byteCheck');
    const refused = refuseBlockIo(request, context);
    if (refused !== undefined) return refused;
    const { lba, blocks, byteCheck } = request;
    if (blocks === 0) return GOOD;
    const { medium } = context.unit;
    if (byteCheck === 0)
      return medium.asOne(lba, blocks, false, context, (access) =>
        verifyBlocks(access, context, lba, blocks, undefined),
      );
    const wanted = (byteCheck === ONE_BLOCK ? 1 : blocks) * medium.blockLength;
    return andThen(context.dataOut(wanted), (data) => {
      if (data.length < wanted) return check(INVALID_FIELD_IN_COMMAND_INFORMATION_UNIT);
      return medium.asOne(lba, blocks, false, context, (access) =>
        verifyBlocks(access, context, lba, blocks, data),
      );
    });
  },
};

/**
 * Reads blocks, and compares them with `expected` where that is given: as many blocks, or one that
 * each of them has to be. MISCOMPARE has the first block that differs in INFORMATION.
 */
export function verifyBlocks(
  access: BlockAccess,
  context: Pick<Context, 'unit' | 'throwIfAborted'>,
  lba: number,
  blocks: number,
  expected: Uint8Array | undefined,
): MaybePromise<Result> {
  const { blockLength } = context.unit.medium;
  const compare = (view: View, from: number): Result | undefined => {
    if (expected === undefined) return undefined;
    const start = ((from - lba) * blockLength) % expected.length;
    const at = firstDifference(view.chunks, expected.subarray(start));
    return at < 0
      ? undefined
      : check(MISCOMPARE, { information: from + Math.floor(at / blockLength) });
  };
  const ended = piecewise(lba, blocks, context, (from, count) =>
    andThen(access.read(from, count), (view) => {
      try {
        return compare(view, from);
      } finally {
        view.release();
      }
    }),
  );
  return andThen(ended, (result) => {
    if (result !== undefined) return result;
    context.unit.statistics.total.verifyBytes += blocks * blockLength;
    return GOOD;
  });
}
