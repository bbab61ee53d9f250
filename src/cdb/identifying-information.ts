import { getU16, joinChunks, putU16 } from '../bytes.ts';
import type { CdbRequest, CdbSpec } from './spec.ts';

/** REPORT IDENTIFYING INFORMATION (SPC): what applications called the unit. */
export interface ReportIdentifyingInformation extends CdbRequest {
  readonly op: 'REPORT IDENTIFYING INFORMATION';
  /** INFORMATION TYPE, 0 to 127: see {@link INFORMATION_TYPE}. */
  readonly informationType: number;
  /** ALLOCATION LENGTH in bytes, 0 to 2^32 − 1. */
  readonly allocationLength: number;
}

/** SET IDENTIFYING INFORMATION (SPC): gives the unit a name that survives power cycles. */
export interface SetIdentifyingInformation extends CdbRequest {
  readonly op: 'SET IDENTIFYING INFORMATION';
  /** INFORMATION TYPE, 0 to 127: see {@link INFORMATION_TYPE}. */
  readonly informationType: number;
  /** PARAMETER LIST LENGTH in bytes, 0 to 2^32 − 1; 0: there is no such information any more. */
  readonly parameterListLength: number;
}

/** CDB of REPORT IDENTIFYING INFORMATION. */
export const REPORT_IDENTIFYING_INFORMATION_12: CdbSpec<ReportIdentifyingInformation> = {
  op: 'REPORT IDENTIFYING INFORMATION',
  opcode: 0xa3,
  serviceAction: 0x05,
  length: 12,
  transfer: 'allocation in',
  fields: { informationType: ['bits', 10, 7, 1], allocationLength: ['u32', 6] },
};

/** CDB of SET IDENTIFYING INFORMATION. */
export const SET_IDENTIFYING_INFORMATION_12: CdbSpec<SetIdentifyingInformation> = {
  op: 'SET IDENTIFYING INFORMATION',
  opcode: 0xa4,
  serviceAction: 0x06,
  length: 12,
  transfer: 'list out',
  fields: { informationType: ['bits', 10, 7, 1], parameterListLength: ['u32', 6] },
};

/** INFORMATION TYPE (SPC). */
export const INFORMATION_TYPE = {
  /** Identifying information: any bytes. */
  IDENTIFYING: 0,
  /** Text identifying information: UTF-8 that ends with a null. */
  TEXT: 2,
  /** Which types there are, and how long each may be. */
  SUPPORTED: 127,
} as const;

/** Identifying information descriptor (SPC). */
export interface IdentifyingInformationType {
  /** INFORMATION TYPE, 0 to 127. */
  readonly informationType: number;
  /** MAXIMUM INFORMATION LENGTH in bytes, 0 to 65535. */
  readonly maximumLength: number;
}

const HEADER_LENGTH = 4;
const DESCRIPTOR_LENGTH = 4;

/**
 * Encodes the parameter data of REPORT IDENTIFYING INFORMATION (SPC).
 *
 * @throws RangeError - it is over 65535 bytes long.
 */
export function encodeIdentifyingInformation(information: Uint8Array): Uint8Array {
  check('length', information.length, 0xffff);
  const header = new Uint8Array(HEADER_LENGTH);
  putU16(header, 2, information.length);
  return joinChunks([header, information]);
}

/**
 * Decodes the parameter data of REPORT IDENTIFYING INFORMATION (SPC): a part of `bytes`, not a copy;
 * undefined if fewer than 4 bytes.
 */
export function decodeIdentifyingInformation(bytes: Uint8Array): Uint8Array | undefined {
  if (bytes.length < HEADER_LENGTH) return undefined;
  return bytes.subarray(HEADER_LENGTH, HEADER_LENGTH + getU16(bytes, 2));
}

/**
 * Encodes the parameter data of REPORT IDENTIFYING INFORMATION with INFORMATION TYPE 7Fh (SPC), types
 * ascending.
 *
 * @throws RangeError - a value has no code in its field.
 */
export function encodeIdentifyingInformationTypes(
  types: readonly IdentifyingInformationType[],
): Uint8Array {
  const list = new Uint8Array(types.length * DESCRIPTOR_LENGTH);
  for (const [i, { informationType, maximumLength }] of types.entries()) {
    check('informationType', informationType, 0x7f);
    check('maximumLength', maximumLength, 0xffff);
    list[i * DESCRIPTOR_LENGTH] = informationType << 1;
    putU16(list, i * DESCRIPTOR_LENGTH + 2, maximumLength);
  }
  return encodeIdentifyingInformation(list);
}

/**
 * Decodes the parameter data of REPORT IDENTIFYING INFORMATION with INFORMATION TYPE 7Fh (SPC);
 * undefined if fewer than 4 bytes.
 */
export function decodeIdentifyingInformationTypes(
  bytes: Uint8Array,
): readonly IdentifyingInformationType[] | undefined {
  const list = decodeIdentifyingInformation(bytes);
  if (list === undefined) return undefined;
  const types: IdentifyingInformationType[] = [];
  for (let at = 0; at + DESCRIPTOR_LENGTH <= list.length; at += DESCRIPTOR_LENGTH)
    types.push({ informationType: (list[at] ?? 0) >> 1, maximumLength: getU16(list, at + 2) });
  return types;
}

function check(name: string, value: number, largest: number): void {
  if (!Number.isInteger(value) || value < 0 || value > largest)
    throw new RangeError(`${name}: ${value} is not an integer from 0 to ${largest}`);
}
