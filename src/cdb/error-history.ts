/** Error history (SPC): what READ BUFFER and WRITE BUFFER carry in mode 1Ch. */
import { getAscii, getU16, getU32, putAscii, putU16, putU32 } from '../bytes.ts';

/** BUFFER ID of READ BUFFER in error history mode (SPC); 10h to EFh are the buffers themselves. */
export const ERROR_HISTORY_BUFFER = {
  /** The directory. */
  DIRECTORY: 0x00,
  /** The directory of a new snapshot. */
  NEW_SNAPSHOT: 0x01,
  /** The directory, for the nexus that asks from now on. */
  NEW_NEXUS: 0x02,
  /** The directory of a new snapshot, for the nexus that asks from now on. */
  NEW_NEXUS_AND_SNAPSHOT: 0x03,
  /** The first buffer of error history. */
  FIRST: 0x10,
  /** The last buffer of error history. */
  LAST: 0xef,
  /** The nexus has what it wanted. */
  CLEAR_NEXUS: 0xfe,
  /** The nexus has what it wanted, and the snapshot may go. */
  RELEASE_SNAPSHOT: 0xff,
} as const;

/** An error history directory (SPC). */
export interface ErrorHistoryDirectory {
  /** T10 VENDOR IDENTIFICATION, up to 8 ASCII characters. */
  readonly vendor: string;
  /** VERSION of the vendor's format, 0 to 255. */
  readonly version: number;
  /** EHS_RETRIEVED, 0 to 3: 1 somebody has fetched this snapshot, 2 nobody has; 0 not reported. */
  readonly retrieved: number;
  /** EHS_SOURCE, 0 to 3: made by the device (0), by this command (1), by an earlier one (2). */
  readonly source: number;
  /** CLR_SUP: WRITE BUFFER can clear the error history. */
  readonly clearSupported: boolean;
  /** The buffers there are, ascending. */
  readonly entries: readonly ErrorHistoryEntry[];
}

/** An entry of an error history directory (SPC). */
export interface ErrorHistoryEntry {
  /** SUPPORTED BUFFER ID, 0 to EFh. */
  readonly bufferId: number;
  /** MAXIMUM AVAILABLE LENGTH in bytes, 0 to 2^32 − 1. */
  readonly length: number;
}

const HEADER = 32;
const ENTRY = 8;

/** How long a directory with so many entries is, in bytes. */
export const errorHistoryDirectoryLength = (entries: number): number => HEADER + ENTRY * entries;

/**
 * Encodes an error history directory (SPC).
 *
 * @throws RangeError - the vendor has more than 8 characters.
 */
export function encodeErrorHistoryDirectory(directory: ErrorHistoryDirectory): Uint8Array {
  const { vendor, version, retrieved, source, clearSupported, entries } = directory;
  if (vendor.length > 8) throw new RangeError(`vendor: '${vendor}' has more than 8 characters`);
  const bytes = new Uint8Array(errorHistoryDirectoryLength(entries.length));
  putAscii(bytes, 0, 8, vendor);
  bytes[8] = version;
  bytes[9] = (retrieved << 3) | (source << 1) | (clearSupported ? 1 : 0);
  putU16(bytes, 30, ENTRY * entries.length);
  for (const [i, { bufferId, length }] of entries.entries()) {
    bytes[HEADER + ENTRY * i] = bufferId;
    putU32(bytes, HEADER + ENTRY * i + 4, length);
  }
  return bytes;
}

/** Decodes an error history directory (SPC); undefined where not even its header is there. */
export function decodeErrorHistoryDirectory(bytes: Uint8Array): ErrorHistoryDirectory | undefined {
  if (bytes.length < HEADER) return undefined;
  const flags = bytes[9] ?? 0;
  const end = Math.min(bytes.length, HEADER + getU16(bytes, 30));
  const entries: ErrorHistoryEntry[] = [];
  for (let at = HEADER; at + ENTRY <= end; at += ENTRY)
    entries.push({ bufferId: bytes[at] ?? 0, length: getU32(bytes, at + 4) });
  return {
    vendor: getAscii(bytes, 0, 8),
    version: bytes[8] ?? 0,
    retrieved: (flags >> 3) & 3,
    source: (flags >> 1) & 3,
    clearSupported: (flags & 1) !== 0,
    entries,
  };
}

/** What an application client adds to the error history (SPC, application client error history). */
export interface ApplicationErrorHistory {
  /** T10 VENDOR IDENTIFICATION, up to 8 ASCII characters. */
  readonly vendor: string;
  /** ERROR TYPE, 0 to 65535: 1 unknown, 2 corrupted data, 3 an error that went on and off… */
  readonly errorType: number;
  /** CLR: clears the error history, and adds nothing. */
  readonly clear: boolean;
  /** TIME STAMP in milliseconds since 1970, 0 to 2^48 − 1; 0: not known. */
  readonly timestamp: number;
  /** CODE SET, 0 to 15: 1 binary, 2 ASCII, 3 UTF-8. */
  readonly codeSet: number;
  /** ERROR LOCATION FORMAT, 0 to 255: 1 a logical block address. */
  readonly locationFormat: number;
  /** ERROR LOCATION: a multiple of 4 bytes. */
  readonly location: Uint8Array;
  /** APPLICATION CLIENT ERROR HISTORY: a multiple of 4 bytes. */
  readonly history: Uint8Array;
}

/** Bytes of the list before ERROR LOCATION. */
export const APPLICATION_ERROR_HISTORY_HEADER = 26;

/**
 * Encodes the parameter list of WRITE BUFFER in mode 1Ch (SPC).
 *
 * @throws RangeError - a part is not a multiple of 4 bytes, or the vendor has more than 8 characters.
 */
export function encodeApplicationErrorHistory(list: ApplicationErrorHistory): Uint8Array {
  const { vendor, location, history } = list;
  if (location.length % 4 !== 0 || history.length % 4 !== 0)
    throw new RangeError('location, history: not a multiple of 4 bytes');
  if (vendor.length > 8) throw new RangeError(`vendor: '${vendor}' has more than 8 characters`);
  const bytes = new Uint8Array(APPLICATION_ERROR_HISTORY_HEADER + location.length + history.length);
  putAscii(bytes, 0, 8, vendor);
  putU16(bytes, 8, list.errorType);
  bytes[10] = list.clear ? 1 : 0;
  putU16(bytes, 12, Math.floor(list.timestamp / 2 ** 32));
  putU32(bytes, 14, list.timestamp % 2 ** 32);
  bytes[20] = list.codeSet;
  bytes[21] = list.locationFormat;
  putU16(bytes, 22, location.length);
  putU16(bytes, 24, history.length);
  bytes.set(location, APPLICATION_ERROR_HISTORY_HEADER);
  bytes.set(history, APPLICATION_ERROR_HISTORY_HEADER + location.length);
  return bytes;
}

/** Decodes the parameter list of WRITE BUFFER in mode 1Ch (SPC); undefined where it is cut. */
export function decodeApplicationErrorHistory(
  bytes: Uint8Array,
): ApplicationErrorHistory | undefined {
  const middle = APPLICATION_ERROR_HISTORY_HEADER + getU16(bytes, 22);
  const end = middle + getU16(bytes, 24);
  if (bytes.length < APPLICATION_ERROR_HISTORY_HEADER || bytes.length < end) return undefined;
  return {
    vendor: getAscii(bytes, 0, 8),
    errorType: getU16(bytes, 8),
    clear: ((bytes[10] ?? 0) & 1) !== 0,
    timestamp: getU16(bytes, 12) * 2 ** 32 + getU32(bytes, 14),
    codeSet: (bytes[20] ?? 0) & 0x0f,
    locationFormat: bytes[21] ?? 0,
    location: bytes.subarray(APPLICATION_ERROR_HISTORY_HEADER, middle),
    history: bytes.subarray(middle, end),
  };
}
