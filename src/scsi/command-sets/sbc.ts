/** The commands of a direct-access block device: those of SPC and those of SBC. */
import type { Request } from '../../cdb/index.ts';
import type { CommandSet } from '../command.ts';
import { readCapacity10, readCapacity16 } from '../commands/read-capacity.ts';
import { read } from '../commands/read.ts';
import { startStopUnit } from '../commands/start-stop-unit.ts';
import { synchronizeCache } from '../commands/synchronize-cache.ts';
import { unmap } from '../commands/unmap.ts';
import { write } from '../commands/write.ts';
import { spc } from './spc.ts';

/** Every request of `scsi-target/cdb` has its command here: one that is missing does not compile. */
export const sbc: CommandSet<Request> = {
  ...spc,
  READ: read,
  'READ CAPACITY(10)': readCapacity10,
  'READ CAPACITY(16)': readCapacity16,
  'START STOP UNIT': startStopUnit,
  'SYNCHRONIZE CACHE': synchronizeCache,
  UNMAP: unmap,
  WRITE: write,
};
