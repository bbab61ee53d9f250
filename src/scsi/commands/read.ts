import { READ_10, READ_12, READ_16, READ_32, READ_6, type Read } from '../../cdb/read.ts';
import { interleaveProtection, PROTECTION_LENGTH } from '../../cdb/protection-information.ts';
import { andThen, type MaybePromise } from '../../maybe-promise.ts';
import type { Command, Context } from '../command.ts';
import { hasFailed, readBlocks } from '../protected-blocks.ts';
import { rulesOf, type ProtectionRules } from '../protection-rules.ts';
import { formOfType2 } from '../protection.ts';
import { refuseBlockIo } from '../range.ts';
import { good, GOOD, type Result } from '../result.ts';
import { STATUS } from '../status.ts';

/** READ (SBC): into the caller's buffer where there is one, else as chunks that the backend lends. */
export const read: Command<Read> = {
  specs: [READ_6, READ_10, READ_12, READ_16, READ_32],
  supported: formOfType2,
  reservation: 'reads',
  needsMedium: true,
  run(request, context) {
    const refused = refuseBlockIo(request, context);
    if (refused !== undefined) return refused;
    const { lba, blocks } = request;
    if (blocks === 0) return GOOD;
    const { blockLength } = context.unit.medium;
    const rules = rulesOf(request, context, lba);
    const { dataInLength } = context.task;
    if (dataInLength === undefined || dataInLength >= blocks * blockLength)
      return readAll(request, rules, context);
    // Who has no room for it could have any number of blocks kept in memory.
    const some = Math.ceil(dataInLength / blockLength);
    const withProtection = rules !== undefined && rules.protect !== 0;
    const omitted =
      (blocks - some) * (withProtection ? blockLength + PROTECTION_LENGTH : blockLength);
    if (some === 0) return { ...GOOD, omitted };
    return andThen(readAll({ ...request, blocks: some }, rules, context), (result) => ({
      ...result,
      omitted,
    }));
  },
};

function readAll(
  request: Read,
  rules: ProtectionRules | undefined,
  context: Context<Read>,
): MaybePromise<Result> {
  if (rules !== undefined) return readProtected(request, rules, context);
  const { lba, blocks, fua } = request;
  const { medium } = context.unit;
  const length = blocks * medium.blockLength;
  const { dataIn } = context.task;
  const into =
    dataIn === undefined || dataIn.length < length ? undefined : dataIn.subarray(0, length);
  return andThen(medium.read(lba, blocks, fua, into, context), (view): Result => ({
    status: STATUS.GOOD,
    dataIn: view.chunks,
    release: () => view.release(),
  }));
}

/** Blocks of a medium that has protection information: checked, and sent with it where that is wanted. */
function readProtected(
  { lba, blocks, fua }: Read,
  rules: ProtectionRules,
  context: Context<Read>,
): MaybePromise<Result> {
  const { medium } = context.unit;
  return medium.asOne<Result>(lba, blocks, false, context, (access) =>
    andThen(fua ? medium.flush() : undefined, () =>
      andThen(readBlocks(access, rules, lba, blocks), (read) => {
        if (hasFailed(read)) return read;
        return rules.protect === 0
          ? good(read.blocks)
          : good(interleaveProtection(read.blocks, read.protection, medium.blockLength));
      }),
    ),
  );
}
