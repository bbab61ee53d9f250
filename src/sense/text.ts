/**
 * The names of sense keys and additional sense codes, for people to read. Apart from the rest of
 * the sense room, since the table of T10's names is 30 KB that a device does not need.
 */
import { ADDITIONAL_SENSE_CODES } from './additional-sense-codes.ts';
import type { SenseData } from './sense-data.ts';

const SENSE_KEYS = [
  'NO SENSE',
  'RECOVERED ERROR',
  'NOT READY',
  'MEDIUM ERROR',
  'HARDWARE ERROR',
  'ILLEGAL REQUEST',
  'UNIT ATTENTION',
  'DATA PROTECT',
  'BLANK CHECK',
  'VENDOR SPECIFIC',
  'COPY ABORTED',
  'ABORTED COMMAND',
  'RESERVED',
  'VOLUME OVERFLOW',
  'MISCOMPARE',
  'COMPLETED',
] as const;

/**
 * The name of a sense key (SPC), 0 to 15; of a larger number its low four bits count.
 *
 * @example
 * ```ts
 * import { senseKeyText } from 'scsi-target/sense/text';
 *
 * console.log(senseKeyText(0x5)); // ILLEGAL REQUEST
 * ```
 */
export function senseKeyText(key: number): string {
  return SENSE_KEYS[key & 0xf] ?? 'RESERVED';
}

/**
 * T10's name of an additional sense code and its qualifier, 0 to 255 each; undefined where T10 gave
 * none (vendor specific codes, codes newer than the table). NN of a name that a range of qualifiers
 * shares is replaced by the qualifier.
 *
 * @example
 * ```ts
 * import { additionalSenseText } from 'scsi-target/sense/text';
 *
 * console.log(additionalSenseText(0x24, 0x00)); // INVALID FIELD IN CDB
 * console.log(additionalSenseText(0x40, 0x85)); // DIAGNOSTIC FAILURE ON COMPONENT (ASCQ = 85h)
 * ```
 */
export function additionalSenseText(asc: number, ascq: number): string | undefined {
  names ??= parseNames();
  return names.get(asc * 256 + ascq);
}

/**
 * Sense data in one line: sense key, name and triple of the code, and whatever else is known.
 *
 * @example
 * ```ts
 * import { LBA_OUT_OF_RANGE } from 'scsi-target/sense';
 * import { describeSense } from 'scsi-target/sense/text';
 *
 * console.log(describeSense({ ...LBA_OUT_OF_RANGE, information: 2048 }));
 * // ILLEGAL REQUEST: LOGICAL BLOCK ADDRESS OUT OF RANGE (5/21/00), information 2048
 * ```
 */
export function describeSense(data: SenseData): string {
  const { key, asc, ascq, fieldPointer: pointer } = data;
  const vendor = asc >= 0x80 || ascq >= 0x80 ? 'VENDOR SPECIFIC CODE' : 'UNKNOWN CODE';
  const parts = [
    `${senseKeyText(key)}: ${additionalSenseText(asc, ascq) ?? vendor} (${key.toString(16).toUpperCase()}/${hex(asc)}/${hex(ascq)})`,
  ];
  if (data.deferred === true) parts.push('deferred');
  if (data.information !== undefined) parts.push(`information ${data.information}`);
  if (data.commandSpecific !== undefined) parts.push(`command specific ${data.commandSpecific}`);
  if (pointer !== undefined) {
    const bit = pointer.bit === undefined ? '' : ` bit ${pointer.bit}`;
    parts.push(`${pointer.in === 'cdb' ? 'CDB' : 'parameter list'} byte ${pointer.byte}${bit}`);
  }
  if (data.progress !== undefined)
    parts.push(`progress ${((100 * data.progress) / 65536).toFixed(1)} %`);
  if (data.retries !== undefined) parts.push(`${data.retries} retries`);
  if (data.fru !== undefined) parts.push(`field replaceable unit ${hex(data.fru)}h`);
  return parts.join(', ');
}

/** By ASC × 256 + ASCQ; made when first asked for. */
let names: ReadonlyMap<number, string> | undefined;

function parseNames(): ReadonlyMap<number, string> {
  const names = new Map<number, string>();
  for (const line of ADDITIONAL_SENSE_CODES.trim().split('\n')) {
    const asc = 256 * Number.parseInt(line, 16);
    const first = Number.parseInt(line.slice(3), 16);
    const name = line.slice(line.indexOf(' ') + 1);
    if (line[5] !== '-') names.set(asc + first, name);
    else
      for (let ascq = first; ascq <= Number.parseInt(line.slice(6), 16); ascq++)
        names.set(asc + ascq, name.replace('NN', `${hex(ascq)}h`));
  }
  return names;
}

const hex = (value: number): string => value.toString(16).toUpperCase().padStart(2, '0');
