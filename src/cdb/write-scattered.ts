import { getU16, getU32, getU64, putU16, putU32, putU64 } from '../bytes.ts';
import { VARIABLE_LENGTH, type CdbRequest, type CdbSpec } from './spec.ts';

/** WRITE SCATTERED (SBC): writes several ranges of blocks, each as one step. */
export interface WriteScattered extends CdbRequest {
  readonly op: 'WRITE SCATTERED';
  /** Bytes of the CDB, which picks the form. */
  readonly cdbLength: 16 | 32;
  /** WRPROTECT, 0 to 7. */
  readonly protect: number;
  /** DPO: no use in caching these blocks. */
  readonly dpo: boolean;
  /** FUA: the blocks are on stable storage before the command ends. */
  readonly fua: boolean;
  /** LOGICAL BLOCK DATA OFFSET, 0 to 65535: where in the data-out the blocks begin, in blocks. */
  readonly dataOffset: number;
  /** NUMBER OF LBA RANGE DESCRIPTORS, 0 to 65535. */
  readonly ranges: number;
  /** BUFFER TRANSFER LENGTH, 0 to 2^32 − 1: blocks of data-out, those of the list counted too. */
  readonly blocks: number;
  /** GROUP NUMBER, 0 to 63. */
  readonly groupNumber: number;
}

/** CDB of WRITE SCATTERED(16). */
export const WRITE_SCATTERED_16: CdbSpec<WriteScattered> = {
  op: 'WRITE SCATTERED',
  opcode: 0x9f,
  serviceAction: 0x12,
  length: 16,
  transfer: 'blocks out',
  fields: {
    cdbLength: ['fixed', 16],
    protect: ['bits', 2, 7, 5],
    dpo: ['bit', 2, 4],
    fua: ['bit', 2, 3],
    dataOffset: ['u16', 4],
    ranges: ['u16', 8],
    blocks: ['u32', 10],
    groupNumber: ['bits', 14, 5, 0],
  },
};

/** CDB of WRITE SCATTERED(32). */
export const WRITE_SCATTERED_32: CdbSpec<WriteScattered> = {
  op: 'WRITE SCATTERED',
  opcode: VARIABLE_LENGTH,
  serviceAction: 0x11,
  length: 32,
  transfer: 'blocks out',
  fields: {
    cdbLength: ['fixed', 32],
    groupNumber: ['bits', 6, 5, 0],
    protect: ['bits', 10, 7, 5],
    dpo: ['bit', 10, 4],
    fua: ['bit', 10, 3],
    dataOffset: ['u16', 12],
    ranges: ['u16', 16],
    blocks: ['u32', 28],
  },
};

/** LBA range descriptor: where some of the blocks go. */
export interface LbaRange {
  /** LOGICAL BLOCK ADDRESS, 0 to 2^53 − 1. */
  readonly lba: number;
  /** NUMBER OF LOGICAL BLOCKS, 0 to 2^32 − 1. */
  readonly blocks: number;
  /** EXPECTED INITIAL LOGICAL BLOCK REFERENCE TAG, 0 to 2^32 − 1; of WRITE SCATTERED(32). */
  readonly referenceTag?: number;
  /** EXPECTED LOGICAL BLOCK APPLICATION TAG, 0 to 65535; of WRITE SCATTERED(32). */
  readonly applicationTag?: number;
  /** LOGICAL BLOCK APPLICATION TAG MASK, 0 to 65535; of WRITE SCATTERED(32). */
  readonly applicationTagMask?: number;
}

/** Bytes of the parameter list header of WRITE SCATTERED. */
export const SCATTERED_HEADER_LENGTH = 32;
/** Bytes of an LBA range descriptor. */
export const LBA_RANGE_LENGTH = 32;

/**
 * Encodes the parameter list header and LBA range descriptors of WRITE SCATTERED. The blocks follow
 * LOGICAL BLOCK DATA OFFSET blocks after its first byte.
 *
 * @throws RangeError - a value has no code in its field.
 */
export function encodeScatteredList(ranges: readonly LbaRange[]): Uint8Array {
  const bytes = new Uint8Array(SCATTERED_HEADER_LENGTH + LBA_RANGE_LENGTH * ranges.length);
  for (const [i, range] of ranges.entries()) {
    const { lba, blocks, referenceTag = 0, applicationTag = 0, applicationTagMask = 0 } = range;
    const at = SCATTERED_HEADER_LENGTH + LBA_RANGE_LENGTH * i;
    if (!Number.isSafeInteger(lba) || lba < 0 || !(blocks >= 0 && blocks <= 0xffff_ffff))
      throw new RangeError(`WRITE SCATTERED: ${blocks} blocks from ${lba} have no descriptor`);
    putU64(bytes, at, lba);
    putU32(bytes, at + 8, blocks);
    putU32(bytes, at + 12, referenceTag);
    putU16(bytes, at + 16, applicationTag);
    putU16(bytes, at + 18, applicationTagMask);
  }
  return bytes;
}

/** Decodes the first `count` LBA range descriptors of WRITE SCATTERED; those only that are there whole. */
export function decodeScatteredList(bytes: Uint8Array, count: number): readonly LbaRange[] {
  const whole = Math.floor((bytes.length - SCATTERED_HEADER_LENGTH) / LBA_RANGE_LENGTH);
  return Array.from({ length: Math.max(0, Math.min(count, whole)) }, (_, i) => {
    const at = SCATTERED_HEADER_LENGTH + LBA_RANGE_LENGTH * i;
    return {
      lba: getU64(bytes, at),
      blocks: getU32(bytes, at + 8),
      referenceTag: getU32(bytes, at + 12),
      applicationTag: getU16(bytes, at + 16),
      applicationTagMask: getU16(bytes, at + 18),
    };
  });
}
