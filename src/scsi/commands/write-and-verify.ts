import { transferredBlockLength } from '../../cdb/spec.ts';
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
import { hasFailed, receiveBlocks } from '../protected-blocks.ts';
import { formOfType2 } from '../protection.ts';
import { rulesOf } from '../protection-rules.ts';
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
    const sentLength = transferredBlockLength(request, medium.blockLength);
    return andThen(context.dataOut(request.blocks * sentLength), (data) => {
      if (data.length % sentLength !== 0) return check(INVALID_FIELD_IN_COMMAND_INFORMATION_UNIT);
      const blocks = data.length / sentLength;
      if (blocks === 0) return GOOD;
      const sent = receiveBlocks(request, context, lba, data);
      if (hasFailed(sent)) return sent;
      const rules = rulesOf(request, context, lba);
      const expected = byteCheck === 1 ? { rules, sent } : { rules };
      return medium.asOne(lba, blocks, true, context, (access) =>
        andThen(access.write(lba, sent.blocks, true, sent.protection), () =>
          verifyBlocks(access, context, lba, blocks, expected),
        ),
      );
    });
  },
};
