import { WRITE_10, WRITE_12, WRITE_16, WRITE_32, WRITE_6, type Write } from '../../cdb/write.ts';
import { andThen } from '../../maybe-promise.ts';
import { INVALID_FIELD_IN_COMMAND_INFORMATION_UNIT } from '../../sense/codes.ts';
import type { Command } from '../command.ts';
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
    return andThen(context.dataOut(blocks * medium.blockLength), (data) => {
      if (data.length % medium.blockLength !== 0)
        return check(INVALID_FIELD_IN_COMMAND_INFORMATION_UNIT);
      if (data.length === 0) return GOOD;
      return andThen(medium.write(lba, data, fua || !writeCacheEnabled, context), () => GOOD);
    });
  },
};
