import { transferredBlockLength } from '../../cdb/spec.ts';
import { WRITE_10, WRITE_12, WRITE_16, WRITE_32, WRITE_6, type Write } from '../../cdb/write.ts';
import { andThen } from '../../maybe-promise.ts';
import { INVALID_FIELD_IN_COMMAND_INFORMATION_UNIT } from '../../sense/codes.ts';
import type { Command } from '../command.ts';
import { hasFailed, receiveBlocks } from '../protected-blocks.ts';
import { formOfType2 } from '../protection.ts';
import { refuseBlockIo } from '../range.ts';
import { check, GOOD } from '../result.ts';

/**
 * WRITE (SBC). Where the initiator has fewer bytes than the CDB says, the whole blocks that it has
 * are written (the transport reports the residual); a block that is cut off is refused.
 */
export const write: Command<Write> = {
  specs: [WRITE_6, WRITE_10, WRITE_12, WRITE_16, WRITE_32],
  supported: formOfType2,
  reservation: 'writes',
  needsMedium: true,
  writes: true,
  run(request, context) {
    const refused = refuseBlockIo(request, context);
    if (refused !== undefined) return refused;
    const { lba, blocks, fua } = request;
    if (blocks === 0) return GOOD;
    const { medium, writeCacheEnabled } = context.unit;
    const sentLength = transferredBlockLength(request, medium.blockLength);
    return andThen(context.dataOut(blocks * sentLength), (data) => {
      if (data.length % sentLength !== 0) return check(INVALID_FIELD_IN_COMMAND_INFORMATION_UNIT);
      if (data.length === 0) return GOOD;
      const sent = receiveBlocks(request, context, lba, data);
      if (hasFailed(sent)) return sent;
      const through = fua || !writeCacheEnabled;
      const written = medium.write(lba, sent.blocks, through, context, sent.protection);
      return andThen(written, () => GOOD);
    });
  },
};
