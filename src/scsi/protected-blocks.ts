/** Blocks with their protection information, on their way in and out of a unit. */
import type { ExpectedTags } from '../cdb/block-io.ts';
import { separateProtection } from '../cdb/protection-information.ts';
import { andThen, type MaybePromise } from '../maybe-promise.ts';
import type { Context } from './command.ts';
import type { BlockAccess } from './block-access.ts';
import {
  checkProtection,
  rulesOf,
  type ProtectedRequest,
  type ProtectionRules,
} from './protection-rules.ts';
import type { Result } from './result.ts';

/** Blocks as they came from the initiator. */
export interface SentBlocks {
  /** Their data. */
  readonly blocks: Uint8Array;
  /** Their protection information; undefined where they came without. */
  readonly protection: Uint8Array | undefined;
}

/**
 * Takes data-out apart and checks it, as the protect field says.
 *
 * @returns CHECK CONDITION where a check fails.
 */
export function receiveBlocks(
  request: ProtectedRequest & Partial<ExpectedTags>,
  context: Pick<Context, 'unit' | 'spec'>,
  lba: number,
  data: Uint8Array,
): SentBlocks | Result {
  const rules = request.protect === 0 ? undefined : rulesOf(request, context, lba);
  if (rules === undefined) return { blocks: data, protection: undefined };
  const { blocks, information } = separateProtection(data, context.unit.medium.blockLength);
  return checkProtection(rules, lba, blocks, information) ?? { blocks, protection: information };
}

/** Blocks of the medium. */
export interface StoredBlocks {
  /** Their data. */
  readonly blocks: Uint8Array;
  /** Their protection information. */
  readonly protection: Uint8Array;
}

/**
 * Reads blocks of a medium that has protection information, and checks them.
 *
 * @returns CHECK CONDITION where a check fails.
 */
export function readBlocks(
  access: BlockAccess,
  rules: ProtectionRules,
  lba: number,
  blocks: number,
): MaybePromise<StoredBlocks | Result> {
  return andThen(access.readCopy(lba, blocks), (bytes) =>
    andThen(
      access.readProtection(lba, blocks),
      (protection) =>
        checkProtection(rules, lba, bytes, protection) ?? { blocks: bytes, protection },
    ),
  );
}

/**
 * Reads the data of blocks, as {@link readBlocks} does where there are rules.
 *
 * @returns CHECK CONDITION where a check fails.
 */
export function readData(
  access: BlockAccess,
  rules: ProtectionRules | undefined,
  lba: number,
  blocks: number,
): MaybePromise<Uint8Array | Result> {
  if (rules === undefined) return access.readCopy(lba, blocks);
  return andThen(readBlocks(access, rules, lba, blocks), (read) =>
    hasFailed(read) ? read : read.blocks,
  );
}

/** Whether a check failed. */
export const hasFailed = (
  outcome: Uint8Array | SentBlocks | StoredBlocks | Result,
): outcome is Result => 'status' in outcome;
