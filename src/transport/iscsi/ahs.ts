/** Additional header segments of a SCSI Command (RFC 7143, 11.2.2). */
import { getU16, getU32, putU16, putU32 } from '../../bytes.ts';
import { padding } from './pdu-spec.ts';

const EXTENDED_CDB = 1;
const BIDIRECTIONAL_READ_LENGTH = 2;

/** What the additional header segments of a SCSI Command say. */
export interface AdditionalHeaders {
  /** The bytes of the CDB that follow the first 16. */
  readonly extendedCdb?: Uint8Array;
  /** Bytes of data-in that the initiator expects of a bidirectional command. */
  readonly readLength?: number;
}

/**
 * Reads additional header segments.
 *
 * @returns undefined where a segment is cut short, repeated or of a type that RFC 7143 does not have.
 */
export function decodeAhs(ahs: Uint8Array): AdditionalHeaders | undefined {
  let extendedCdb: Uint8Array | undefined;
  let readLength: number | undefined;
  for (let at = 0; at < ahs.length;) {
    // The length counts what follows the type byte, a reserved byte first.
    const length = getU16(ahs, at);
    const end = at + 3 + length;
    if (length < 1 || end > ahs.length) return undefined;
    const type = ahs[at + 2];
    if (type === EXTENDED_CDB && extendedCdb === undefined) extendedCdb = ahs.subarray(at + 4, end);
    else if (type === BIDIRECTIONAL_READ_LENGTH && length === 5 && readLength === undefined)
      readLength = getU32(ahs, at + 4);
    else return undefined;
    at = end + padding(end);
  }
  return {
    ...(extendedCdb === undefined ? {} : { extendedCdb }),
    ...(readLength === undefined ? {} : { readLength }),
  };
}

/**
 * Writes additional header segments.
 *
 * @throws RangeError - the CDB is longer than 260 bytes.
 */
export function encodeAhs(headers: AdditionalHeaders): Uint8Array {
  const { extendedCdb, readLength } = headers;
  const cdbLength = extendedCdb === undefined ? 0 : 4 + extendedCdb.length;
  if (cdbLength > 4 + 244)
    throw new RangeError(`extendedCdb: at most 244 bytes, not ${cdbLength - 4}`);
  const bidirectionalAt = cdbLength + padding(cdbLength);
  const ahs = new Uint8Array(bidirectionalAt + (readLength === undefined ? 0 : 8));
  if (extendedCdb !== undefined) {
    putU16(ahs, 0, 1 + extendedCdb.length);
    ahs[2] = EXTENDED_CDB;
    ahs.set(extendedCdb, 4);
  }
  if (readLength !== undefined) {
    putU16(ahs, bidirectionalAt, 5);
    ahs[bidirectionalAt + 2] = BIDIRECTIONAL_READ_LENGTH;
    putU32(ahs, bidirectionalAt + 4, readLength);
  }
  return ahs;
}
