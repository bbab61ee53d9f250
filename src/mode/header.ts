/** Mode parameter headers and block descriptors of a direct-access device (SPC, SBC). */
import { getU16, getU24, getU32, getU64, putU16, putU24, putU32, putU64 } from '../bytes.ts';

/** Which CDB length the header belongs to: MODE SENSE(6) and SELECT(6), or the 10-byte ones. */
export type ModeHeaderForm = 6 | 10;

/** The values of a mode parameter header (SPC) with SBC's device-specific parameter. */
export interface ModeParameterHeader {
  /** MEDIUM TYPE, 0 to 255; 0 for a direct-access device. */
  readonly mediumType: number;
  /** WP: the medium is write protected. Ignored in what MODE SELECT sends. */
  readonly writeProtected: boolean;
  /** DPOFUA: the DPO and FUA bits are supported. Reserved in what MODE SELECT sends. */
  readonly dpoFua: boolean;
  /** LONGLBA: block descriptors are the long ones of 16 bytes. Only the 10-byte form has it. */
  readonly longLba: boolean;
}

/** A mode parameter header with the lengths that it was found with. */
export interface DecodedModeParameterHeader extends ModeParameterHeader {
  /** MODE DATA LENGTH: the bytes that follow it. Reserved in what MODE SELECT sends. */
  readonly modeDataLength: number;
  /** BLOCK DESCRIPTOR LENGTH in bytes. */
  readonly blockDescriptorLength: number;
}

/** A block descriptor (SBC): how many logical blocks there are, and how long each is. */
export interface BlockDescriptor {
  /** NUMBER OF LOGICAL BLOCKS, 0 to 2^53 − 1. The short form says FFFFFFFFh for any more. */
  readonly blocks: number;
  /** LOGICAL BLOCK LENGTH in bytes, 0 to 2^24 − 1 in the short, 2^32 − 1 in the long form. */
  readonly blockLength: number;
}

/** How long a header is: 4 bytes in the 6-byte form, 8 in the 10-byte form. */
export function modeHeaderLength(form: ModeHeaderForm): 4 | 8 {
  return form === 6 ? 4 : 8;
}

/** How long a block descriptor is: 8 bytes, or 16 where LONGLBA says so. */
export function blockDescriptorLength(longLba: boolean): 8 | 16 {
  return longLba ? 16 : 8;
}

/**
 * Encodes a mode parameter header (SPC).
 *
 * @throws RangeError - a value has no code in this form: over 255 in the 6-byte form, over 65535 in
 * the other, or LONGLBA in the 6-byte form.
 */
export function encodeModeHeader(
  header: DecodedModeParameterHeader,
  form: ModeHeaderForm,
): Uint8Array {
  const { mediumType, modeDataLength, blockDescriptorLength, longLba } = header;
  const largest = form === 6 ? 0xff : 0xffff;
  check('mediumType', mediumType, 0xff);
  check('modeDataLength', modeDataLength, largest);
  check('blockDescriptorLength', blockDescriptorLength, largest);
  if (longLba && form === 6) throw new RangeError('longLba: the 6-byte form has no LONGLBA');
  const specific = (header.writeProtected ? 0x80 : 0) | (header.dpoFua ? 0x10 : 0);
  if (form === 6) return Uint8Array.of(modeDataLength, mediumType, specific, blockDescriptorLength);
  const bytes = Uint8Array.of(0, 0, mediumType, specific, longLba ? 1 : 0, 0, 0, 0);
  putU16(bytes, 0, modeDataLength);
  putU16(bytes, 6, blockDescriptorLength);
  return bytes;
}

/** Decodes a mode parameter header (SPC); undefined where the bytes end before it does. */
export function decodeModeHeader(
  bytes: Uint8Array,
  form: ModeHeaderForm,
): DecodedModeParameterHeader | undefined {
  if (bytes.length < modeHeaderLength(form)) return undefined;
  const mediumTypeAt = form === 6 ? 1 : 2;
  const specific = bytes[mediumTypeAt + 1] ?? 0;
  return {
    modeDataLength: form === 6 ? (bytes[0] ?? 0) : getU16(bytes, 0),
    mediumType: bytes[mediumTypeAt] ?? 0,
    writeProtected: (specific & 0x80) !== 0,
    dpoFua: (specific & 0x10) !== 0,
    longLba: form === 10 && ((bytes[4] ?? 0) & 0x01) !== 0,
    blockDescriptorLength: form === 6 ? (bytes[3] ?? 0) : getU16(bytes, 6),
  };
}

/**
 * Encodes a block descriptor (SBC), short or long.
 *
 * @throws RangeError - a value has no code in this form.
 */
export function encodeBlockDescriptor(descriptor: BlockDescriptor, longLba: boolean): Uint8Array {
  const { blocks, blockLength } = descriptor;
  check('blocks', blocks, Number.MAX_SAFE_INTEGER);
  check('blockLength', blockLength, longLba ? 0xffff_ffff : 0xff_ffff);
  const bytes = new Uint8Array(longLba ? 16 : 8);
  if (longLba) {
    putU64(bytes, 0, blocks);
    putU32(bytes, 12, blockLength);
  } else {
    putU32(bytes, 0, Math.min(blocks, 0xffff_ffff));
    putU24(bytes, 5, blockLength);
  }
  return bytes;
}

/** Decodes a block descriptor (SBC), short or long; undefined where the bytes end before it does. */
export function decodeBlockDescriptor(
  bytes: Uint8Array,
  longLba: boolean,
): BlockDescriptor | undefined {
  if (bytes.length < blockDescriptorLength(longLba)) return undefined;
  return longLba
    ? { blocks: getU64(bytes, 0), blockLength: getU32(bytes, 12) }
    : { blocks: getU32(bytes, 0), blockLength: getU24(bytes, 5) };
}

function check(name: string, value: number, largest: number): void {
  if (!Number.isInteger(value) || value < 0 || value > largest)
    throw new RangeError(`${name}: ${value} is not an integer from 0 to ${largest}`);
}
