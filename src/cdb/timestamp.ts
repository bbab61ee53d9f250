import { getU16, getU32, putU16, putU32 } from '../bytes.ts';
import type { CdbRequest, CdbSpec } from './spec.ts';

/** REPORT TIMESTAMP (SPC): what the clock of the device shows. */
export interface ReportTimestamp extends CdbRequest {
  readonly op: 'REPORT TIMESTAMP';
  /** ALLOCATION LENGTH in bytes, 0 to 2^32 − 1. */
  readonly allocationLength: number;
}

/** SET TIMESTAMP (SPC): sets the clock of the device. */
export interface SetTimestamp extends CdbRequest {
  readonly op: 'SET TIMESTAMP';
  /** PARAMETER LIST LENGTH in bytes, 0 to 2^32 − 1; 0: the clock stays as it is. */
  readonly parameterListLength: number;
}

/** CDB of REPORT TIMESTAMP. */
export const REPORT_TIMESTAMP_12: CdbSpec<ReportTimestamp> = {
  op: 'REPORT TIMESTAMP',
  opcode: 0xa3,
  serviceAction: 0x0f,
  length: 12,
  transfer: 'allocation in',
  fields: { allocationLength: ['u32', 6] },
};

/** CDB of SET TIMESTAMP. */
export const SET_TIMESTAMP_12: CdbSpec<SetTimestamp> = {
  op: 'SET TIMESTAMP',
  opcode: 0xa4,
  serviceAction: 0x0f,
  length: 12,
  transfer: 'list out',
  fields: { parameterListLength: ['u32', 6] },
};

/** TIMESTAMP ORIGIN (SPC): what set the clock last. */
export const TIMESTAMP_ORIGIN = {
  /** Nothing: it was zero at power on, or at a hard reset. */
  POWER_ON: 0,
  /** SET TIMESTAMP. */
  SET_TIMESTAMP: 2,
  /** Something outside of SCSI. */
  OTHER: 3,
} as const;

/** Parameter data of REPORT TIMESTAMP (SPC). */
export interface TimestampData {
  /** TIMESTAMP ORIGIN, 0 to 7: see {@link TIMESTAMP_ORIGIN}. */
  readonly origin: number;
  /** TIMESTAMP in milliseconds, since 1970 where it was set; 0 to 2^48 − 1. */
  readonly timestamp: number;
}

/** Bytes of the parameter data of REPORT TIMESTAMP, and of the parameter list of SET TIMESTAMP. */
export const TIMESTAMP_LENGTH = 12;

const TIMESTAMP_AT = 4;
const TWO_32 = 0x1_0000_0000;

/**
 * Encodes the parameter data of REPORT TIMESTAMP (SPC), 12 bytes.
 *
 * @throws RangeError - the origin is over 7, or the timestamp over 2^48 − 1.
 */
export function encodeTimestampData({ origin, timestamp }: TimestampData): Uint8Array {
  if (!Number.isInteger(origin) || origin < 0 || origin > 7)
    throw new RangeError(`origin: ${origin} is not an integer from 0 to 7`);
  const bytes = encodeTimestampList(timestamp);
  putU16(bytes, 0, TIMESTAMP_LENGTH - 2);
  bytes[2] = origin;
  return bytes;
}

/** Decodes the parameter data of REPORT TIMESTAMP (SPC); undefined if fewer than 12 bytes. */
export function decodeTimestampData(bytes: Uint8Array): TimestampData | undefined {
  const timestamp = decodeTimestampList(bytes);
  return timestamp === undefined ? undefined : { origin: (bytes[2] ?? 0) & 0x07, timestamp };
}

/**
 * Encodes the parameter list of SET TIMESTAMP (SPC), 12 bytes.
 *
 * @param timestamp - milliseconds since 1970. A device refuses those with a first byte over F0h.
 * @throws RangeError - the timestamp is no integer from 0 to 2^48 − 1.
 */
export function encodeTimestampList(timestamp: number): Uint8Array {
  if (!Number.isInteger(timestamp) || timestamp < 0 || timestamp >= 2 ** 48)
    throw new RangeError(`timestamp: ${timestamp} is not an integer from 0 to 2^48 - 1`);
  const bytes = new Uint8Array(TIMESTAMP_LENGTH);
  putU16(bytes, TIMESTAMP_AT, Math.floor(timestamp / TWO_32));
  putU32(bytes, TIMESTAMP_AT + 2, timestamp % TWO_32);
  return bytes;
}

/** Decodes the parameter list of SET TIMESTAMP (SPC): milliseconds; undefined if fewer than 12 bytes. */
export function decodeTimestampList(bytes: Uint8Array): number | undefined {
  if (bytes.length < TIMESTAMP_LENGTH) return undefined;
  return getU16(bytes, TIMESTAMP_AT) * TWO_32 + getU32(bytes, TIMESTAMP_AT + 2);
}
