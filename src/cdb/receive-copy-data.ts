/** Parameter data of RECEIVE COPY RESULTS (SPC): to bytes and back. */
import { getU16, getU32, joinChunks, putU16, putU32 } from '../bytes.ts';
import { decodeLayout, encodeLayout, type Layout } from '../layout.ts';

/** Parameter data of RECEIVE COPY OPERATING PARAMETERS (SPC). */
export interface CopyOperatingParameters {
  /** SNLID: LIST ID USAGE 3, no list identifier, is supported. */
  readonly supportsNoListId: boolean;
  /** MAXIMUM CSCD DESCRIPTOR COUNT, 0 to 65535. */
  readonly maxCscdDescriptors: number;
  /** MAXIMUM SEGMENT DESCRIPTOR COUNT, 0 to 65535. */
  readonly maxSegmentDescriptors: number;
  /** MAXIMUM DESCRIPTOR LIST LENGTH in bytes, 0 to 2^32 − 1. */
  readonly maxDescriptorListLength: number;
  /** MAXIMUM SEGMENT LENGTH in bytes, 0 to 2^32 − 1. */
  readonly maxSegmentLength: number;
  /** MAXIMUM INLINE DATA LENGTH in bytes, 0 to 2^32 − 1. */
  readonly maxInlineDataLength: number;
  /** HELD DATA LIMIT in bytes, 0 to 2^32 − 1. */
  readonly heldDataLimit: number;
  /** TOTAL CONCURRENT COPIES, 0 to 65535. */
  readonly totalConcurrentCopies: number;
  /** MAXIMUM CONCURRENT COPIES with a list identifier, 0 to 255. */
  readonly maxConcurrentCopies: number;
  /** DATA SEGMENT GRANULARITY, 0 to 255: 2^n bytes. */
  readonly dataSegmentGranularity: number;
}

const OPERATING_PARAMETERS: Layout<CopyOperatingParameters> = {
  supportsNoListId: ['bit', 4, 0],
  maxCscdDescriptors: ['u16', 8],
  maxSegmentDescriptors: ['u16', 10],
  maxDescriptorListLength: ['u32', 12],
  maxSegmentLength: ['u32', 16],
  maxInlineDataLength: ['u32', 20],
  heldDataLimit: ['u32', 24],
  totalConcurrentCopies: ['u16', 34],
  maxConcurrentCopies: ['u8', 36],
  dataSegmentGranularity: ['u8', 37],
};

const CODES_AT = 44;

/** Encodes the parameter data of RECEIVE COPY OPERATING PARAMETERS. */
export function encodeCopyOperatingParameters(
  parameters: Partial<CopyOperatingParameters>,
  descriptorCodes: readonly number[],
): Uint8Array {
  const bytes = new Uint8Array(CODES_AT + descriptorCodes.length);
  encodeLayout(OPERATING_PARAMETERS, parameters, bytes);
  putU32(bytes, 0, bytes.length - 4);
  bytes[CODES_AT - 1] = descriptorCodes.length;
  bytes.set(descriptorCodes, CODES_AT);
  return bytes;
}

/** Decodes the parameter data of RECEIVE COPY OPERATING PARAMETERS; undefined where it is cut short. */
export function decodeCopyOperatingParameters(bytes: Uint8Array):
  | (CopyOperatingParameters & {
      /** IMPLEMENTED DESCRIPTOR TYPE CODEs, 0 to 255 each. */
      readonly descriptorCodes: readonly number[];
    })
  | undefined {
  if (bytes.length < CODES_AT) return undefined;
  const codes = bytes.subarray(CODES_AT, CODES_AT + (bytes[CODES_AT - 1] ?? 0));
  return { ...decodeLayout(OPERATING_PARAMETERS, bytes), descriptorCodes: [...codes] };
}

/** Parameter data of RECEIVE COPY STATUS(LID1) (SPC). */
export interface CopyStatus1 {
  /** HDD: held data has been discarded. */
  readonly heldDataDiscarded: boolean;
  /** COPY COMMAND STATUS: 0 in progress, 1 completed without, 2 with errors. */
  readonly status: number;
  /** SEGMENTS PROCESSED, 0 to 65535. */
  readonly segmentsProcessed: number;
  /** TRANSFER COUNT UNITS: 0 bytes, 1 KiB, 2 MiB and so on. */
  readonly transferCountUnits: number;
  /** TRANSFER COUNT in those units, 0 to 2^32 − 1. */
  readonly transferCount: number;
}

const STATUS_1: Layout<CopyStatus1> = {
  heldDataDiscarded: ['bit', 4, 7],
  status: ['bits', 4, 6, 0],
  segmentsProcessed: ['u16', 5],
  transferCountUnits: ['u8', 7],
  transferCount: ['u32', 8],
};

/** Encodes the parameter data of RECEIVE COPY STATUS(LID1). */
export function encodeCopyStatus1(status: Partial<CopyStatus1>): Uint8Array {
  const bytes = encodeLayout(STATUS_1, status, new Uint8Array(12));
  putU32(bytes, 0, 8);
  return bytes;
}

/** Decodes the parameter data of RECEIVE COPY STATUS(LID1); undefined where it is cut short. */
export function decodeCopyStatus1(bytes: Uint8Array): CopyStatus1 | undefined {
  return bytes.length < 12 ? undefined : decodeLayout(STATUS_1, bytes);
}

/**
 * Encodes the parameter data of RECEIVE COPY FAILURE DETAILS(LID1) (SPC).
 *
 * @param sense - how the copy failed; absent: it did not.
 */
export function encodeCopyFailureDetails(sense: Uint8Array | undefined): Uint8Array {
  if (sense === undefined) return new Uint8Array(4);
  const bytes = new Uint8Array(60 + sense.length);
  putU32(bytes, 0, bytes.length - 4);
  bytes[56] = 2;
  putU16(bytes, 58, sense.length);
  bytes.set(sense, 60);
  return bytes;
}

/** The sense data in the parameter data of RECEIVE COPY FAILURE DETAILS(LID1); undefined: none. */
export function decodeCopyFailureDetails(bytes: Uint8Array): Uint8Array | undefined {
  const end = 60 + getU16(bytes, 58);
  return bytes.length < end || end === 60 ? undefined : bytes.subarray(60, end);
}

/** COPY OPERATION STATUS (SPC). */
export const COPY_OPERATION_STATUS = {
  /** Completed without errors. */
  COMPLETED: 0x01,
  /** Completed with errors. */
  FAILED: 0x02,
  /** Completed without errors, but not all that was asked for could be had. */
  RESIDUAL: 0x04,
  /** In progress, and its command has not ended. */
  FOREGROUND: 0x11,
  /** In progress, and its command has ended. */
  BACKGROUND: 0x12,
  /** Aborted. */
  ABORTED: 0x60,
} as const;

/** Parameter data of RECEIVE COPY STATUS(LID4) and the head of that of RECEIVE ROD TOKEN INFORMATION (SPC). */
export interface CopyStatus4Fields {
  /** RESPONSE TO SERVICE ACTION, 0 to 31: the service action that made the copy. */
  readonly serviceAction: number;
  /** COPY OPERATION STATUS: one of {@link COPY_OPERATION_STATUS}. */
  readonly status: number;
  /** OPERATION COUNTER, 0 to 65535: what has been done so far, in operations. */
  readonly operationCounter: number;
  /** ESTIMATED STATUS UPDATE DELAY in milliseconds; 2^32 − 1: not known. */
  readonly updateDelay: number;
  /** EXTENDED COPY COMPLETION STATUS: a status byte; 0 while it goes on. */
  readonly completionStatus: number;
  /** TRANSFER COUNT UNITS: 0 bytes, 241 logical blocks. */
  readonly transferCountUnits: number;
  /** TRANSFER COUNT in those units, 0 to 2^53 − 1. */
  readonly transferCount: number;
  /** SEGMENTS PROCESSED, 0 to 65535. */
  readonly segmentsProcessed: number;
}

/** TRANSFER COUNT UNITS of bytes, and of logical blocks. */
export const TRANSFER_COUNT_UNITS = {
  /** The count is bytes. */
  BYTES: 0x00,
  /** The count is logical blocks. */
  BLOCKS: 0xf1,
} as const;

const STATUS_4: Layout<CopyStatus4Fields> = {
  serviceAction: ['bits', 4, 4, 0],
  status: ['bits', 5, 6, 0],
  operationCounter: ['u16', 6],
  updateDelay: ['u32', 8],
  completionStatus: ['u8', 12],
  transferCountUnits: ['u8', 15],
  transferCount: ['u64', 16],
  segmentsProcessed: ['u16', 24],
};

const SENSE_AT = 32;

/** How a copy stands, and with which sense data it ended. */
export interface CopyStatus4 extends CopyStatus4Fields {
  /** SENSE DATA; empty where there is none. */
  readonly sense: Uint8Array;
}

/** Encodes the parameter data of RECEIVE COPY STATUS(LID4). */
export function encodeCopyStatus4(status: CopyStatus4): Uint8Array {
  const { sense, ...fields } = status;
  const bytes = new Uint8Array(SENSE_AT + sense.length);
  encodeLayout(STATUS_4, fields, bytes);
  putU32(bytes, 0, bytes.length - 4);
  bytes[13] = sense.length;
  bytes[14] = sense.length;
  bytes.set(sense, SENSE_AT);
  return bytes;
}

/**
 * Encodes the parameter data of RECEIVE ROD TOKEN INFORMATION (SPC).
 *
 * @param token - the ROD token that the copy made, 512 bytes; absent: it made none.
 */
export function encodeRodTokenInformation(status: CopyStatus4, token?: Uint8Array): Uint8Array {
  const head = encodeCopyStatus4(status);
  const list = new Uint8Array(token === undefined ? 4 : 6 + token.length);
  putU32(list, 0, list.length - 4);
  if (token !== undefined) list.set(token, 6);
  const bytes = joinChunks([head, list]);
  putU32(bytes, 0, bytes.length - 4);
  return bytes;
}

/** The first ROD token in the parameter data of RECEIVE ROD TOKEN INFORMATION; undefined: none. */
export function decodeRodTokenInformation(bytes: Uint8Array): Uint8Array | undefined {
  const at = SENSE_AT + (bytes[13] ?? 0);
  const length = getU32(bytes, at);
  return length < 2 || bytes.length < at + 4 + length
    ? undefined
    : bytes.subarray(at + 6, at + 4 + length);
}

/** Decodes the parameter data of RECEIVE COPY STATUS(LID4); undefined where it is cut short. */
export function decodeCopyStatus4(bytes: Uint8Array): CopyStatus4 | undefined {
  const end = SENSE_AT + (bytes[14] ?? 0);
  if (bytes.length < end) return undefined;
  return { ...decodeLayout(STATUS_4, bytes), sense: bytes.subarray(SENSE_AT, end) };
}
