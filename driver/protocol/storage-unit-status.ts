/** How a request ended: SPD_IOCTL_STORAGE_UNIT_STATUS (WinSpd). */
import { decodeLayout, encodeLayout, type Layout } from './layout.ts';

/** The end of a request. */
export interface StorageUnitStatus {
  /** Status byte. The miniport makes CHECK CONDITION of whatever is not GOOD. */
  readonly scsiStatus: number;
  /** SENSE KEY. */
  readonly senseKey: number;
  /** ADDITIONAL SENSE CODE. */
  readonly asc: number;
  /** ADDITIONAL SENSE CODE QUALIFIER. */
  readonly ascq: number;
  /** INFORMATION, 0 to 2^53 − 1. The miniport passes on its low 32 bits. */
  readonly information: number;
  /** Whether INFORMATION means anything. */
  readonly informationValid: boolean;
}

/** Length of {@link StorageUnitStatus} in bytes. */
export const STATUS_LENGTH = 32;

/** GOOD. */
export const GOOD_STATUS: StorageUnitStatus = {
  scsiStatus: 0,
  senseKey: 0,
  asc: 0,
  ascq: 0,
  information: 0,
  informationValid: false,
};

const LAYOUT: Layout<StorageUnitStatus> = {
  scsiStatus: ['u8', 0],
  senseKey: ['u8', 1],
  asc: ['u8', 2],
  ascq: ['u8', 3],
  information: ['u64', 8],
  informationValid: ['flag', 28, 8],
};

/** Encodes a status to begin at `at`. @throws RangeError - a value has no code. */
export function encodeStatus(status: StorageUnitStatus, bytes: Uint8Array, at = 0): Uint8Array {
  return encodeLayout(LAYOUT, status, bytes, at);
}

/** Decodes the status that begins at `at`. */
export function decodeStatus(bytes: Uint8Array, at = 0): StorageUnitStatus {
  return decodeLayout(LAYOUT, bytes, at);
}
