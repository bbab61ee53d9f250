import { totalLength } from '../../bytes.ts';
import { PROTECTION_LENGTH } from '../../cdb/protection-information.ts';
import { transferredBlockLength } from '../../cdb/spec.ts';
import { VERIFY_10, VERIFY_12, VERIFY_16, VERIFY_32, type Verify } from '../../cdb/verify.ts';
import { andThen, type MaybePromise } from '../../maybe-promise.ts';
import { INVALID_FIELD_IN_COMMAND_INFORMATION_UNIT, MISCOMPARE } from '../../sense/codes.ts';
import { invalidField, type Command, type Context } from '../command.ts';
import { firstDifference } from '../compare.ts';
import type { BlockAccess } from '../block-access.ts';
import { piecewise } from '../piecewise.ts';
import { hasFailed, readBlocks, receiveBlocks, type SentBlocks } from '../protected-blocks.ts';
import { formOfType2 } from '../protection.ts';
import {
  compareProtection,
  repeatProtection,
  rulesOf,
  type ProtectionRules,
} from '../protection-rules.ts';
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
    const rules = rulesOf(request, context, lba);
    const { medium } = context.unit;
    if (byteCheck === 0)
      return medium.asOne(lba, blocks, false, context, (access) =>
        verifyBlocks(access, context, lba, blocks, { rules }),
      );
    const count = byteCheck === ONE_BLOCK ? 1 : blocks;
    const wanted = count * transferredBlockLength(request, medium.blockLength);
    return andThen(context.dataOut(wanted), (data) => {
      if (data.length < wanted) return check(INVALID_FIELD_IN_COMMAND_INFORMATION_UNIT);
      const sent = receiveBlocks(request, context, lba, data);
      if (hasFailed(sent)) return sent;
      return medium.asOne(lba, blocks, false, context, (access) =>
        verifyBlocks(access, context, lba, blocks, { rules, sent }),
      );
    });
  },
};

/** What blocks of the medium have to be. */
export interface Expected {
  /** How their protection information is checked; absent: there is none. */
  readonly rules: ProtectionRules | undefined;
  /** As many blocks, or one that each of them has to be; absent: they are not compared. */
  readonly sent?: SentBlocks;
}

/**
 * Reads blocks, and compares them with those that were sent, if any. MISCOMPARE has the first block
 * that differs in INFORMATION. Their protection information is compared too where it was sent; if not,
 * it is checked.
 */
export function verifyBlocks(
  access: BlockAccess,
  context: Pick<Context, 'unit' | 'throwIfAborted'>,
  lba: number,
  blocks: number,
  { rules, sent }: Expected,
): MaybePromise<Result> {
  const ended = piecewise(lba, blocks, context, (from, count) =>
    rules === undefined
      ? comparePlain(access, from, count, sent?.blocks, from - lba)
      : compareProtected(access, rules, from, count, sent, from - lba),
  );
  return andThen(ended, (result) => {
    if (result !== undefined) return result;
    context.unit.statistics.total.verifyBytes += blocks * context.unit.medium.blockLength;
    return GOOD;
  });
}

function comparePlain(
  access: BlockAccess,
  lba: number,
  blocks: number,
  expected: Uint8Array | undefined,
  skip: number,
): MaybePromise<Result | undefined> {
  return andThen(access.read(lba, blocks), (view) => {
    try {
      const at = blockThatDiffers(view.chunks, blocks, expected, skip);
      return at === undefined ? undefined : check(MISCOMPARE, { information: lba + at });
    } finally {
      view.release();
    }
  });
}

/** The first of some blocks that is not as expected, or as one block that is expected of all. */
function blockThatDiffers(
  chunks: readonly Uint8Array[],
  blocks: number,
  expected: Uint8Array | undefined,
  skip: number,
): number | undefined {
  if (expected === undefined) return undefined;
  const blockLength = totalLength(chunks) / blocks;
  const at = firstDifference(chunks, expected.subarray((skip * blockLength) % expected.length));
  return at < 0 ? undefined : Math.floor(at / blockLength);
}

function compareProtected(
  access: BlockAccess,
  rules: ProtectionRules,
  lba: number,
  blocks: number,
  sent: SentBlocks | undefined,
  skip: number,
): MaybePromise<Result | undefined> {
  // What is compared with protection information that was sent is not checked as well (SBC, VRPROTECT).
  const checked = sent?.protection === undefined ? rules : { ...rules, guard: false, tags: false };
  return andThen(readBlocks(access, checked, lba, blocks), (read) => {
    if (hasFailed(read)) return read;
    const differs = blockThatDiffers([read.blocks], blocks, sent?.blocks, skip);
    const same = differs ?? blocks;
    if (sent?.protection !== undefined) {
      const own = read.protection.subarray(0, same * PROTECTION_LENGTH);
      const all = sent.protection;
      const expected =
        all.length === PROTECTION_LENGTH
          ? repeatProtection(rules.type, all, skip, same)
          : all.subarray(skip * PROTECTION_LENGTH);
      const wrong = compareProtection(rules, lba, own, expected);
      if (wrong !== undefined) return wrong;
    }
    return differs === undefined ? undefined : check(MISCOMPARE, { information: lba + differs });
  });
}
