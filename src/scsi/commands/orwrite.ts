import { ORWRITE_16, type Orwrite } from '../../cdb/orwrite.ts';
import { andThen } from '../../maybe-promise.ts';
import { INVALID_FIELD_IN_COMMAND_INFORMATION_UNIT } from '../../sense/codes.ts';
import type { Command } from '../command.ts';
import { refuseBlockIo } from '../range.ts';
import { check, GOOD, type Result } from '../result.ts';

/** ORWRITE (SBC): reads, ORs and writes as one step. */
export const orwrite: Command<Orwrite> = {
  specs: [ORWRITE_16],
  reservation: 'writes',
  needsMedium: true,
  writes: true,
  run(request, context) {
    const refused = refuseBlockIo(request, context);
    if (refused !== undefined) return refused;
    const { lba, blocks, fua } = request;
    if (blocks === 0) return GOOD;
    const { medium, writeCacheEnabled } = context.unit;
    const length = blocks * medium.blockLength;
    return andThen(context.dataOut(length), (data) => {
      if (data.length < length) return check(INVALID_FIELD_IN_COMMAND_INFORMATION_UNIT);
      const merged = new Uint8Array(length);
      return medium.asOne<Result>(lba, blocks, true, context, (access) =>
        andThen(access.read(lba, blocks, merged), () => {
          for (let i = 0; i < length; i++) merged[i] = (merged[i] ?? 0) | (data[i] ?? 0);
          context.throwIfAborted();
          return andThen(access.write(lba, merged, fua || !writeCacheEnabled), () => GOOD);
        }),
      );
    });
  },
};
