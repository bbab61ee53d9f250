/** Protection information: the 8 bytes that guard a logical block on its way (SBC, T10 DIF). */
import { getU16, getU32, putU16, putU32 } from '../bytes.ts';

/** Bytes of protection information a logical block. */
export const PROTECTION_LENGTH = 8;

/** Protection types (SBC): 0 none; with 1 the reference tag is of the LBA, with 2 of the CDB, with 3 of the client. */
export type ProtectionType = 0 | 1 | 2 | 3;

/** The protection information of a logical block (SBC). */
export interface ProtectionInformation {
  /** LOGICAL BLOCK GUARD: {@link crc16T10Dif} of the block's data. */
  readonly guard: number;
  /** LOGICAL BLOCK APPLICATION TAG, 0 to 65535; FFFFh: nothing is checked (see {@link isUnchecked}). */
  readonly applicationTag: number;
  /** LOGICAL BLOCK REFERENCE TAG, 0 to 2^32 − 1. */
  readonly referenceTag: number;
}

const POLYNOMIAL = 0x8bb7;

let tables: readonly [Uint16Array, Uint16Array, Uint16Array, Uint16Array] | undefined;

/** Remainders of each byte value with 0 to 3 zero bytes behind it. */
function remainders(): NonNullable<typeof tables> {
  const of = (previous: (value: number) => number): Uint16Array =>
    Uint16Array.from({ length: 256 }, (_, value) => {
      let crc = previous(value);
      for (let bit = 0; bit < 8; bit++)
        crc = (crc & 0x8000) === 0 ? crc << 1 : ((crc << 1) ^ POLYNOMIAL) & 0xffff;
      return crc;
    });
  const one = of((value) => value << 8);
  const two = of((value) => one[value] ?? 0);
  const three = of((value) => two[value] ?? 0);
  return [one, two, three, of((value) => three[value] ?? 0)];
}

/**
 * CRC-16 T10-DIF (SBC): polynomial 8BB7h, most significant bit first, from 0. Four bytes a step.
 *
 * @example
 * ```ts
 * crc16T10Dif(new Uint8Array(32).fill(0xff)); // a293h
 * ```
 */
export function crc16T10Dif(bytes: Uint8Array): number {
  const [one, two, three, four] = (tables ??= remainders());
  const whole = bytes.length & ~3;
  let crc = 0;
  let i = 0;
  for (; i < whole; i += 4)
    crc =
      (four[(bytes[i] ?? 0) ^ (crc >> 8)] ?? 0) ^
      (three[(bytes[i + 1] ?? 0) ^ (crc & 0xff)] ?? 0) ^
      (two[bytes[i + 2] ?? 0] ?? 0) ^
      (one[bytes[i + 3] ?? 0] ?? 0);
  for (; i < bytes.length; i++)
    crc = ((crc << 8) & 0xffff) ^ (one[(bytes[i] ?? 0) ^ (crc >> 8)] ?? 0);
  return crc;
}

/** Reads the 8 bytes of a block's protection information. */
export function decodeProtectionInformation(bytes: Uint8Array, at = 0): ProtectionInformation {
  return {
    guard: getU16(bytes, at),
    applicationTag: getU16(bytes, at + 2),
    referenceTag: getU32(bytes, at + 4),
  };
}

/** Writes the 8 bytes of a block's protection information. */
export function encodeProtectionInformation(
  { guard, applicationTag, referenceTag }: ProtectionInformation,
  bytes: Uint8Array = new Uint8Array(PROTECTION_LENGTH),
  at = 0,
): Uint8Array {
  putU16(bytes, at, guard);
  putU16(bytes, at + 2, applicationTag);
  putU32(bytes, at + 4, referenceTag);
  return bytes;
}

/**
 * Whether the tags say that nothing of this block is to be checked: the application tag is FFFFh
 * and, with type 3, the reference tag FFFFFFFFh (SBC). Unmapped blocks are so.
 */
export function isUnchecked(
  { applicationTag, referenceTag }: ProtectionInformation,
  type: ProtectionType,
): boolean {
  return applicationTag === 0xffff && (type !== 3 || referenceTag === 0xffff_ffff);
}

/** Blocks with their protection information behind each, as they travel. */
export function interleaveProtection(
  blocks: Uint8Array,
  information: Uint8Array,
  blockLength: number,
): Uint8Array {
  const count = blocks.length / blockLength;
  const bytes = new Uint8Array(blocks.length + count * PROTECTION_LENGTH);
  for (let i = 0, at = 0; i < count; i++, at += blockLength + PROTECTION_LENGTH) {
    bytes.set(blocks.subarray(i * blockLength, (i + 1) * blockLength), at);
    const own = information.subarray(i * PROTECTION_LENGTH, (i + 1) * PROTECTION_LENGTH);
    bytes.set(own, at + blockLength);
  }
  return bytes;
}

/** Blocks, and their protection information apart from them. */
export interface SeparateProtection {
  /** The data of the blocks. */
  readonly blocks: Uint8Array;
  /** 8 bytes of each block. */
  readonly information: Uint8Array;
}

/** Takes apart what {@link interleaveProtection} puts together. */
export function separateProtection(bytes: Uint8Array, blockLength: number): SeparateProtection {
  const step = blockLength + PROTECTION_LENGTH;
  const count = Math.floor(bytes.length / step);
  const blocks = new Uint8Array(count * blockLength);
  const information = new Uint8Array(count * PROTECTION_LENGTH);
  for (let i = 0; i < count; i++) {
    const at = i * step;
    blocks.set(bytes.subarray(at, at + blockLength), i * blockLength);
    information.set(bytes.subarray(at + blockLength, at + step), i * PROTECTION_LENGTH);
  }
  return { blocks, information };
}
