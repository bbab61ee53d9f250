/** A command that did not end well, for those who want exceptions. */
import { STATUS } from '../scsi/status.ts';
import { SENSE_KEY } from '../sense/codes.ts';
import type { SenseData } from '../sense/sense-data.ts';

const hex = (value: number): string => value.toString(16).toUpperCase().padStart(2, '0');

const nameIn = (names: Readonly<Record<string, number>>, value: number): string | undefined =>
  Object.entries(names).find(([, each]) => each === value)?.[0];

/**
 * Sense key, the codes, and INFORMATION, for a block device mostly the LBA. The names of the codes are
 * 30 KB, which who throws an error need not have: `describeSense` of `scsi-target/sense/text` knows them.
 */
function detailOf({ key, asc, ascq, information }: SenseData): string {
  const name = (nameIn(SENSE_KEY, key) ?? 'RESERVED').replaceAll('_', ' ');
  const codes = `${key.toString(16).toUpperCase()}/${hex(asc)}/${hex(ascq)}`;
  return `${name} (${codes})${information === undefined ? '' : `, information ${information}`}`;
}

/** A status other than GOOD and CONDITION MET, as an exception. */
export class ScsiError extends Error {
  /** The name of the class. */
  override readonly name = 'ScsiError';
  /** Stable code for programs: `SCSI_CHECK_CONDITION`, `SCSI_BUSY`… after the status. */
  readonly code: string;
  /** Status byte. */
  readonly status: number;
  /** With CHECK CONDITION: the sense data, where it could be decoded. */
  readonly sense?: SenseData;

  constructor(command: string, status: number, sense?: SenseData) {
    const name = nameIn(STATUS, status) ?? hex(status);
    const detail = sense === undefined ? '' : `, ${detailOf(sense)}`;
    super(`${command}: ${name.replaceAll('_', ' ')}${detail}`);
    this.code = `SCSI_${name}`;
    this.status = status;
    if (sense !== undefined) this.sense = sense;
  }
}
