/** The commands of a direct-access block device: those of SPC and those of SBC. */
import type { Request } from '../../cdb/index.ts';
import type { CommandSet } from '../command.ts';
import { compareAndWrite } from '../commands/compare-and-write.ts';
import { formatUnit } from '../commands/format-unit.ts';
import { getLbaStatus } from '../commands/get-lba-status.ts';
import { orwrite } from '../commands/orwrite.ts';
import { preFetch } from '../commands/pre-fetch.ts';
import { readCapacity10, readCapacity16 } from '../commands/read-capacity.ts';
import { readDefectData } from '../commands/read-defect-data.ts';
import { readLong } from '../commands/read-long.ts';
import { read } from '../commands/read.ts';
import { reassignBlocks } from '../commands/reassign-blocks.ts';
import { populateToken, writeUsingToken } from '../commands/rod-token.ts';
import {
  sanitizeBlockErase,
  sanitizeCryptographicErase,
  sanitizeExitFailureMode,
  sanitizeOverwrite,
} from '../commands/sanitize.ts';
import { startStopUnit } from '../commands/start-stop-unit.ts';
import { synchronizeCache } from '../commands/synchronize-cache.ts';
import { unmap } from '../commands/unmap.ts';
import { verify } from '../commands/verify.ts';
import { writeAndVerify } from '../commands/write-and-verify.ts';
import { writeAtomic } from '../commands/write-atomic.ts';
import { writeLong } from '../commands/write-long.ts';
import { writeSame } from '../commands/write-same.ts';
import { writeScattered } from '../commands/write-scattered.ts';
import { write } from '../commands/write.ts';
import { spc } from './spc.ts';

/** Every request of `scsi-target/cdb` has its command here: one that is missing does not compile. */
export const sbc: CommandSet<Request> = {
  ...spc,
  'COMPARE AND WRITE': compareAndWrite,
  'FORMAT UNIT': formatUnit,
  'GET LBA STATUS': getLbaStatus,
  ORWRITE: orwrite,
  'POPULATE TOKEN': populateToken,
  'PRE-FETCH': preFetch,
  READ: read,
  'READ CAPACITY(10)': readCapacity10,
  'READ CAPACITY(16)': readCapacity16,
  'READ DEFECT DATA': readDefectData,
  'READ LONG': readLong,
  'REASSIGN BLOCKS': reassignBlocks,
  'SANITIZE, OVERWRITE': sanitizeOverwrite,
  'SANITIZE, BLOCK ERASE': sanitizeBlockErase,
  'SANITIZE, CRYPTOGRAPHIC ERASE': sanitizeCryptographicErase,
  'SANITIZE, EXIT FAILURE MODE': sanitizeExitFailureMode,
  'START STOP UNIT': startStopUnit,
  'SYNCHRONIZE CACHE': synchronizeCache,
  UNMAP: unmap,
  VERIFY: verify,
  WRITE: write,
  'WRITE AND VERIFY': writeAndVerify,
  'WRITE ATOMIC': writeAtomic,
  'WRITE LONG': writeLong,
  'WRITE SAME': writeSame,
  'WRITE USING TOKEN': writeUsingToken,
  'WRITE SCATTERED': writeScattered,
};
