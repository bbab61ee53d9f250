import { transferredBlockLength } from '../../cdb/spec.ts';
import { WRITE_ATOMIC_16, type WriteAtomic } from '../../cdb/write-atomic.ts';
import { andThen } from '../../maybe-promise.ts';
import { INVALID_FIELD_IN_COMMAND_INFORMATION_UNIT } from '../../sense/codes.ts';
import { invalidField, type Command } from '../command.ts';
import { hasFailed, receiveBlocks } from '../protected-blocks.ts';
import { refuseBlockIo } from '../range.ts';
import { check, GOOD } from '../result.ts';

/** WRITE ATOMIC (SBC), for backends that store a write as a whole. No boundary is supported. */
export const writeAtomic: Command<WriteAtomic> = {
  specs: [WRITE_ATOMIC_16],
  supported: (unit) => unit.settings.maxAtomicBlocks > 0,
  reservation: 'writes',
  needsMedium: true,
  writes: true,
  run(request, context) {
    if (request.atomicBoundary !== 0) return invalidField(context, 'atomicBoundary');
    const refused = refuseBlockIo(request, context);
    if (refused !== undefined) return refused;
    const { lba, blocks, fua } = request;
    const { medium, settings, writeCacheEnabled } = context.unit;
    if (blocks > settings.maxAtomicBlocks) return invalidField(context, 'blocks');
    if (blocks === 0) return GOOD;
    const length = blocks * transferredBlockLength(request, medium.blockLength);
    return andThen(context.dataOut(length), (data) => {
      // Part of the blocks would be what the command is there to rule out.
      if (data.length < length) return check(INVALID_FIELD_IN_COMMAND_INFORMATION_UNIT);
      const sent = receiveBlocks(request, context, lba, data);
      if (hasFailed(sent)) return sent;
      const through = fua || !writeCacheEnabled;
      const written = medium.write(lba, sent.blocks, through, context, sent.protection);
      return andThen(written, () => GOOD);
    });
  },
};
