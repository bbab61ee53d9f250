/** Sense data to bytes (SPC, sense data: fixed format and descriptor format). */
import { putBig64, putU16, putU32 } from '../bytes.ts';
import { SENSE_KEY } from './codes.ts';
import type { ForwardedSense, SenseData, SenseFormat } from './sense-data.ts';

/**
 * Encodes sense data (SPC, sense data).
 *
 * Fixed format is always 18 bytes. INFORMATION over 32 bits does not fit there and leaves VALID = 0;
 * of COMMAND-SPECIFIC INFORMATION the low 32 bits remain. Descriptor format has a descriptor for
 * each thing that is known, in the order Information, Command specific, Sense key specific, Field
 * replaceable unit, Forwarded sense data (which fixed format has no room for). The sense-key specific bytes carry what the sense key has room for, nothing else.
 *
 * A 64-bit value that is not exactly known (a `number` that is not a safe unsigned integer, as an
 * LBA near 2^64 decodes to) is left out, and a pointer, progress or retry count over its 16 bits is
 * sent as FFFFh: the answer to a failure must not fail itself.
 *
 * @throws RangeError - `key`, `asc`, `ascq` or `fru` has no code.
 *
 * @example
 * ```ts
 * import { encodeSense, LBA_OUT_OF_RANGE } from 'scsi-target/sense';
 *
 * const sense = encodeSense({ ...LBA_OUT_OF_RANGE, information: 2048 }, 'fixed');
 * console.log(sense[2], sense[12]); // 5 33
 * ```
 */
export function encodeSense(data: SenseData, format: SenseFormat): Uint8Array {
  checkCode('key', data.key, 0xf);
  checkCode('asc', data.asc, 0xff);
  checkCode('ascq', data.ascq, 0xff);
  checkCode('fru', data.fru ?? 0, 0xff);
  return format === 'fixed' ? encodeFixed(data) : encodeDescriptors(data);
}

function encodeFixed(data: SenseData): Uint8Array {
  const bytes = new Uint8Array(18);
  bytes[0] = data.deferred === true ? 0x71 : 0x70;
  bytes[2] = data.key | (data.incorrectLength === true ? 0x20 : 0);
  const information = exact(data.information);
  if (information !== undefined && information <= 0xffff_ffffn) {
    bytes[0] |= 0x80;
    putU32(bytes, 3, Number(information));
  }
  bytes[7] = bytes.length - 8;
  putU32(bytes, 8, Number((exact(data.commandSpecific) ?? 0n) & 0xffff_ffffn));
  bytes[12] = data.asc;
  bytes[13] = data.ascq;
  bytes[14] = data.fru ?? 0;
  bytes.set(senseKeySpecific(data) ?? [], 15);
  return bytes;
}

function encodeDescriptors(data: SenseData): Uint8Array {
  const information = exact(data.information);
  const commandSpecific = exact(data.commandSpecific);
  const specific = senseKeySpecific(data);
  const forwarded = data.forwarded?.sense.subarray(0, MOST_FORWARDED);
  const length =
    (information === undefined ? 0 : 12) +
    (commandSpecific === undefined ? 0 : 12) +
    (specific === undefined ? 0 : 8) +
    (data.fru === undefined ? 0 : 4) +
    (data.incorrectLength === true ? 4 : 0) +
    (forwarded === undefined ? 0 : 4 + forwarded.length);
  const bytes = new Uint8Array(8 + length);
  bytes.set([data.deferred === true ? 0x73 : 0x72, data.key, data.asc, data.ascq]);
  bytes[7] = length;
  let at = 8;
  if (information !== undefined) {
    bytes.set([0x00, 0x0a, 0x80], at);
    putBig64(bytes, at + 4, information);
    at += 12;
  }
  if (commandSpecific !== undefined) {
    bytes.set([0x01, 0x0a], at);
    putBig64(bytes, at + 4, commandSpecific);
    at += 12;
  }
  if (specific !== undefined) {
    bytes.set([0x02, 0x06], at);
    bytes.set(specific, at + 4);
    at += 8;
  }
  if (data.fru !== undefined) {
    bytes.set([0x03, 0x02, 0, data.fru], at);
    at += 4;
  }
  // Block commands sense data descriptor (SBC).
  if (data.incorrectLength === true) {
    bytes.set([0x05, 0x02, 0, 0x20], at);
    at += 4;
  }
  if (data.forwarded !== undefined && forwarded !== undefined) {
    const source = SOURCES.indexOf(data.forwarded.source);
    // FSDT: the sense data is longer than what is forwarded.
    const cut = forwarded.length < data.forwarded.sense.length ? 0x80 : 0;
    bytes.set([0x0c, 2 + forwarded.length, cut | source, data.forwarded.status], at);
    bytes.set(forwarded, at + 4);
  }
  return bytes;
}

/** SENSE DATA SOURCE of forwarded sense data, by its code. */
const SOURCES: readonly ForwardedSense['source'][] = ['unknown', 'copy source', 'copy destination'];

/** Sense data has at most 252 bytes, of which others need some. */
const MOST_FORWARDED = 192;

/** The three sense-key specific bytes with SKSV = 1; undefined where there is nothing to say. */
function senseKeySpecific(data: SenseData): Uint8Array | undefined {
  const bytes = new Uint8Array(3);
  bytes[0] = 0x80;
  switch (data.key) {
    case SENSE_KEY.ILLEGAL_REQUEST: {
      const pointer = data.fieldPointer;
      if (pointer === undefined) return undefined;
      if (pointer.in === 'cdb') bytes[0] |= 0x40;
      if (pointer.bit !== undefined) bytes[0] |= 0x08 | (pointer.bit & 7);
      putU16(bytes, 1, saturate(pointer.byte));
      return bytes;
    }
    case SENSE_KEY.COPY_ABORTED: {
      const pointer = data.fieldPointer;
      if (pointer === undefined || pointer.in === 'cdb') return undefined;
      if (pointer.in === 'segment') bytes[0] |= 0x20;
      if (pointer.bit !== undefined) bytes[0] |= 0x08 | (pointer.bit & 7);
      putU16(bytes, 1, saturate(pointer.byte));
      return bytes;
    }
    case SENSE_KEY.NO_SENSE:
    case SENSE_KEY.NOT_READY:
      if (data.progress === undefined) return undefined;
      putU16(bytes, 1, saturate(data.progress));
      return bytes;
    case SENSE_KEY.RECOVERED_ERROR:
    case SENSE_KEY.MEDIUM_ERROR:
    case SENSE_KEY.HARDWARE_ERROR:
      if (data.retries === undefined) return undefined;
      putU16(bytes, 1, saturate(data.retries));
      return bytes;
    default:
      return undefined;
  }
}

function exact(value: number | bigint | undefined): bigint | undefined {
  if (value === undefined) return undefined;
  if (typeof value === 'number')
    return Number.isSafeInteger(value) && value >= 0 ? BigInt(value) : undefined;
  return BigInt.asUintN(64, value) === value ? value : undefined;
}

const saturate = (value: number): number => Math.min(Math.max(Math.trunc(value) || 0, 0), 0xffff);

function checkCode(name: string, value: number, largest: number): void {
  if (!Number.isInteger(value) || value < 0 || value > largest)
    throw new RangeError(`${name}: ${value} is not an integer from 0 to ${largest}`);
}
