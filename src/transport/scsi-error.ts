/** A command that did not end well, for those who want exceptions. */
import { STATUS } from '../scsi/status.ts';
import type { SenseData } from '../sense/sense-data.ts';

const hex = (value: number): string => value.toString(16).toUpperCase().padStart(2, '0');

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
    const name = Object.entries(STATUS).find(([, value]) => value === status)?.[0] ?? hex(status);
    const detail =
      sense === undefined
        ? ''
        : `, sense ${sense.key.toString(16).toUpperCase()}/${hex(sense.asc)}/${hex(sense.ascq)}`;
    super(`${command}: ${name.replaceAll('_', ' ')}${detail}`);
    this.code = `SCSI_${name}`;
    this.status = status;
    if (sense !== undefined) this.sense = sense;
  }
}
