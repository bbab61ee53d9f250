/** Bytes to sense data (SPC, sense data: fixed format and descriptor format). */
import { getBig64, getU16, getU32 } from '../bytes.ts';
import { SENSE_KEY } from './codes.ts';
import type {
  FieldPointer,
  ForwardedSense,
  SenseCondition,
  SenseData,
  SenseFormat,
} from './sense-data.ts';

/** Sense data as it was found in bytes. */
export interface DecodedSense extends SenseData {
  /** The coding it was found in. */
  readonly format: SenseFormat;
}

/** The members of sense data that may or may not be known. */
type Known = Writable<Omit<SenseData, keyof SenseCondition>>;

type Writable<T> = { -readonly [K in keyof T]: T[K] };

/**
 * Decodes sense data in either format (SPC, sense data). Undefined where the bytes are no sense data:
 * another response code than 70h to 73h, or not even a sense key. Never throws: sense data cut
 * anywhere gives what is left of it, and descriptors of other types are passed over.
 *
 * A 64-bit value is a `number` where that is exact, else a `bigint`. In fixed format a zero in
 * COMMAND-SPECIFIC INFORMATION or FIELD REPLACEABLE UNIT CODE says nothing and is left out.
 *
 * @example
 * ```ts
 * import { decodeSense } from 'scsi-target/sense';
 *
 * const sense = decodeSense(Uint8Array.of(0x72, 0x05, 0x24, 0x00, 0, 0, 0, 0));
 * console.log(sense?.format, sense?.asc); // descriptor 36
 * ```
 */
export function decodeSense(bytes: Uint8Array): DecodedSense | undefined {
  const responseCode = (bytes[0] ?? 0) & 0x7f;
  if (responseCode < 0x70 || responseCode > 0x73) return undefined;
  const known: Known = (responseCode & 1) === 1 ? { deferred: true } : {};
  return responseCode < 0x72 ? decodeFixed(bytes, known) : decodeDescriptors(bytes, known);
}

function decodeFixed(all: Uint8Array, known: Known): DecodedSense | undefined {
  if (all.length < 3) return undefined;
  // Bytes past the end read as zero, which says nothing.
  const bytes = all.length < 8 ? all : all.subarray(0, 8 + (all[7] ?? 0));
  const key = (bytes[2] ?? 0) & 0x0f;
  if (((bytes[2] ?? 0) & 0x20) !== 0) known.incorrectLength = true;
  if (((bytes[0] ?? 0) & 0x80) !== 0 && bytes.length >= 7) known.information = getU32(bytes, 3);
  const commandSpecific = bytes.length < 12 ? 0 : getU32(bytes, 8);
  if (commandSpecific !== 0) known.commandSpecific = commandSpecific;
  if ((bytes[14] ?? 0) !== 0) known.fru = bytes[14] ?? 0;
  if (bytes.length >= 18) decodeSenseKeySpecific(bytes, 15, key, known);
  return { key, asc: bytes[12] ?? 0, ascq: bytes[13] ?? 0, ...known, format: 'fixed' };
}

function decodeDescriptors(all: Uint8Array, known: Known): DecodedSense | undefined {
  if (all.length < 2) return undefined;
  const bytes = all.subarray(0, 8 + (all[7] ?? 0));
  const key = (bytes[1] ?? 0) & 0x0f;
  let at = 8;
  while (at + 2 <= bytes.length) {
    const end = at + 2 + (bytes[at + 1] ?? 0);
    if (end > bytes.length) break;
    decodeDescriptor(bytes.subarray(at, end), key, known);
    at = end;
  }
  return { key, asc: bytes[2] ?? 0, ascq: bytes[3] ?? 0, ...known, format: 'descriptor' };
}

function decodeDescriptor(descriptor: Uint8Array, key: number, known: Known): void {
  switch (descriptor[0]) {
    case 0x00:
      if (descriptor.length >= 12 && ((descriptor[2] ?? 0) & 0x80) !== 0)
        known.information = numberIfExact(getBig64(descriptor, 4));
      return;
    case 0x01:
      if (descriptor.length >= 12) known.commandSpecific = numberIfExact(getBig64(descriptor, 4));
      return;
    case 0x02:
      if (descriptor.length >= 7) decodeSenseKeySpecific(descriptor, 4, key, known);
      return;
    case 0x03:
      if (descriptor.length >= 4) known.fru = descriptor[3] ?? 0;
      return;
    case 0x0c:
      if (descriptor.length >= 4)
        known.forwarded = {
          source: SOURCES[(descriptor[2] ?? 0) & 0x0f] ?? 'unknown',
          status: descriptor[3] ?? 0,
          sense: descriptor.subarray(4),
        };
      return;
    case 0x05:
      if (((descriptor[3] ?? 0) & 0x20) !== 0) known.incorrectLength = true;
      return;
    default:
  }
}

function decodeSenseKeySpecific(bytes: Uint8Array, at: number, key: number, known: Known): void {
  const first = bytes[at] ?? 0;
  if ((first & 0x80) === 0) return;
  const value = getU16(bytes, at + 1);
  switch (key) {
    case SENSE_KEY.ILLEGAL_REQUEST:
      known.fieldPointer = fieldPointer(first, value, (first & 0x40) === 0 ? 'data' : 'cdb');
      return;
    case SENSE_KEY.COPY_ABORTED:
      known.fieldPointer = fieldPointer(first, value, (first & 0x20) === 0 ? 'data' : 'segment');
      return;
    case SENSE_KEY.NO_SENSE:
    case SENSE_KEY.NOT_READY:
      known.progress = value;
      return;
    case SENSE_KEY.RECOVERED_ERROR:
    case SENSE_KEY.MEDIUM_ERROR:
    case SENSE_KEY.HARDWARE_ERROR:
      known.retries = value;
      return;
    default:
  }
}

function fieldPointer(flags: number, byte: number, where: FieldPointer['in']): FieldPointer {
  return (flags & 0x08) === 0 ? { in: where, byte } : { in: where, byte, bit: flags & 7 };
}

const numberIfExact = (value: bigint): number | bigint =>
  value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : value;

/** SENSE DATA SOURCE of forwarded sense data, by its code. */
const SOURCES: readonly ForwardedSense['source'][] = ['unknown', 'copy source', 'copy destination'];
