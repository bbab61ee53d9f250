import { ORWRITE_16, ORWRITE_32, type Orwrite } from '../../cdb/orwrite.ts';
import { transferredBlockLength } from '../../cdb/spec.ts';
import { andThen, type MaybePromise } from '../../maybe-promise.ts';
import {
  INVALID_FIELD_IN_COMMAND_INFORMATION_UNIT,
  ORWRITE_GENERATION_DOES_NOT_MATCH,
} from '../../sense/codes.ts';
import { isGenerationPolicy } from '../bitmap-generation.ts';
import { invalidField, type Command, type Context } from '../command.ts';
import type { BlockAccess } from '../block-access.ts';
import { hasFailed, readData, receiveBlocks, type SentBlocks } from '../protected-blocks.ts';
import { resealed, rulesOf } from '../protection-rules.ts';
import { refuseBlockIo } from '../range.ts';
import { check, GOOD, type Result } from '../result.ts';

/** BMOP: change the generation, and clear the bits that are 0 in the data. */
const CHANGE_AND_CLEAR = 1;

/** ORWRITE (SBC): reads, ORs or ANDs, and writes as one step. */
export const orwrite: Command<Orwrite> = {
  specs: [ORWRITE_16, ORWRITE_32],
  reservation: 'writes',
  needsMedium: true,
  writes: true,
  run(request, context) {
    if (request.bitmapOperation > CHANGE_AND_CLEAR) return invalidField(context, 'bitmapOperation');
    const { previousGenerationProcessing: policy } = request;
    if (request.bitmapOperation === CHANGE_AND_CLEAR && !isGenerationPolicy(policy))
      return invalidField(context, 'previousGenerationProcessing');
    const refused = refuseBlockIo(request, context);
    if (refused !== undefined) return refused;
    const { medium } = context.unit;
    const length = request.blocks * transferredBlockLength(request, medium.blockLength);
    // A change of the generation is a step between all others, wherever their blocks are.
    const [from, blocks] =
      request.bitmapOperation === CHANGE_AND_CLEAR
        ? [0, medium.blocks]
        : [request.lba, request.blocks];
    return andThen(context.dataOut(length), (data) => {
      if (data.length < length) return check(INVALID_FIELD_IN_COMMAND_INFORMATION_UNIT);
      const sent = receiveBlocks(request, context, request.lba, data);
      if (hasFailed(sent)) return sent;
      return medium.asOne(from, blocks, true, context, (access) =>
        request.bitmapOperation === CHANGE_AND_CLEAR
          ? changeAndClear(request, sent, access, context)
          : setBits(request, sent, access, context),
      );
    });
  },
};

function setBits(
  request: Orwrite,
  sent: SentBlocks,
  access: BlockAccess,
  context: Context<Orwrite>,
): MaybePromise<Result> {
  switch (context.unit.bitmapGeneration.outcomeOf(request.expectedGeneration)) {
    case 'refuse':
      return check(ORWRITE_GENERATION_DOES_NOT_MATCH);
    case 'discard':
      return GOOD;
    case 'perform':
      return merge(request, sent, access, context, (old, bits) => old | bits);
  }
}

function changeAndClear(
  request: Orwrite,
  sent: SentBlocks,
  access: BlockAccess,
  context: Context<Orwrite>,
): MaybePromise<Result> {
  const { bitmapGeneration } = context.unit;
  if (!bitmapGeneration.isCurrent(request.expectedGeneration))
    return check(ORWRITE_GENERATION_DOES_NOT_MATCH);
  const merged = merge(request, sent, access, context, (old, bits) => old & bits);
  return andThen(merged, (result) => {
    if (result === GOOD)
      bitmapGeneration.change(request.newGeneration, request.previousGenerationProcessing);
    return result;
  });
}

function merge(
  request: Orwrite,
  sent: SentBlocks,
  access: BlockAccess,
  context: Context<Orwrite>,
  combine: (old: number, sent: number) => number,
): MaybePromise<Result> {
  const { lba, blocks, fua } = request;
  if (blocks === 0) return GOOD;
  const rules = rulesOf(request, context, lba);
  return andThen(readData(access, rules, lba, blocks), (merged) => {
    if (hasFailed(merged)) return merged;
    for (let i = 0; i < merged.length; i++)
      merged[i] = combine(merged[i] ?? 0, sent.blocks[i] ?? 0);
    context.throwIfAborted();
    const through = fua || !context.unit.writeCacheEnabled;
    // The guard is of the outcome; the tags are those that were sent.
    const protection = sent.protection && resealed(merged, sent.protection);
    return andThen(access.write(lba, merged, through, protection), () => GOOD);
  });
}
