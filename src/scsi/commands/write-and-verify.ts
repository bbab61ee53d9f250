import {
  WRITE_AND_VERIFY_10,
  WRITE_AND_VERIFY_12,
  WRITE_AND_VERIFY_16,
  WRITE_AND_VERIFY_32,
  type WriteAndVerify,
} from '../../cdb/write-and-verify.ts';
import { andThen } from '../../maybe-promise.ts';
import { INVALID_FIELD_IN_COMMAND_INFORMATION_UNIT } from '../../sense/codes.ts';
import { invalidField, type Command } from '../command.ts';
import { formOfType2 } from '../protection.ts';
import { refuseBlockIo } from '../range.ts';
import { check, GOOD } from '../result.ts';
import { verifyBlocks } from './verify.ts';

/**
 * WRITE AND VERIFY (SBC): writes to stable storage, then reads the blocks back, comparing them with
 * BYTCHK = 1. As with WRITE, the whole blocks that the initiator has are written.
 */
export const writeAndVerify: Command<WriteAndVerify> = {
  specs: [WRITE_AND_VERIFY_10, WRITE_AND_VERIFY_12, WRITE_AND_VERIFY_16, WRITE_AND_VERIFY_32],
  supported: formOfType2,
  reservation: 'writes',
  needsMedium: true,
  writes: true,
  run(request, context) {
    if (request.byteCheck > 1) return invalidField(context, 'byteCheck');
    const refused = refuseBlockIo(request, context);
    if (refused !== undefined) return refused;
    const { lba, byteCheck } = request;
    const { medium } = context.unit;
    return andThen(context.dataOut(request.blocks * medium.blockLength), (data) => {
      if (data.length % medium.blockLength !== 0)
        return check(INVALID_FIELD_IN_COMMAND_INFORMATION_UNIT);
      const blocks = data.length / medium.blockLength;
      if (blocks === 0) return GOOD;
      return medium.asOne(lba, blocks, true, context, (access) =>
        andThen(access.write(lba, data, true), () =>
          verifyBlocks(access, context, lba, blocks, byteCheck === 1 ? data : undefined),
        ),
      );
    });
  },
};
