import { READ_10, READ_12, READ_16, READ_32, READ_6, type Read } from '../../cdb/read.ts';
import { andThen } from '../../maybe-promise.ts';
import type { Command } from '../command.ts';
import { formOfType2 } from '../protection.ts';
import { refuseBlockIo } from '../range.ts';
import { GOOD, type Result } from '../result.ts';
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
    const { lba, blocks, fua } = request;
    if (blocks === 0) return GOOD;
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
  },
};
