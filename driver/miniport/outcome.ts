/** How WinSpd's miniport tells Windows of a failure: CHECK CONDITION with 18 bytes of sense data. */
import { putU32 } from '../../src/bytes.ts';
import { STATUS } from '../../src/scsi/status.ts';
import type { SenseData } from '../../src/sense/sense-data.ts';
import type { CommandOutcome } from '../../src/transport/initiator.ts';
import { GOOD_STATUS, type StorageUnitStatus } from '../protocol/storage-unit-status.ts';

const NO_DATA = new Uint8Array(0);

/** What the miniport found itself: it says no more than key and codes. */
export function outcomeOfSense(
  { key, asc, ascq }: Pick<SenseData, 'key' | 'asc' | 'ascq'>,
  residual: number,
): CommandOutcome {
  const scsiStatus = STATUS.CHECK_CONDITION;
  return outcomeOfStatus({ ...GOOD_STATUS, scsiStatus, senseKey: key, asc, ascq }, residual);
}

/**
 * What user mode said. Every status but GOOD becomes CHECK CONDITION; of INFORMATION the low 32 bits
 * arrive, with VALID set whatever the others were.
 */
export function outcomeOfStatus(status: StorageUnitStatus, residual: number): CommandOutcome {
  const { scsiStatus, senseKey, asc, ascq, information, informationValid } = status;
  if (scsiStatus === STATUS.GOOD) return { status: STATUS.GOOD, dataIn: NO_DATA, residual };
  const sense = new Uint8Array(18);
  sense[0] = informationValid ? 0xf0 : 0x70;
  sense[2] = senseKey;
  if (informationValid) putU32(sense, 3, information % 2 ** 32);
  sense[7] = sense.length - 8;
  sense[12] = asc;
  sense[13] = ascq;
  return { status: STATUS.CHECK_CONDITION, dataIn: NO_DATA, residual, sense };
}
