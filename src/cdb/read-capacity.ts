import { putU32, getU32 } from '../bytes.ts';
import { decodeLayout, encodeLayout, type Layout } from '../layout.ts';
import type { CdbRequest, CdbSpec } from './spec.ts';

/** READ CAPACITY(10) (SBC). */
export interface ReadCapacity10 extends CdbRequest {
  readonly op: 'READ CAPACITY(10)';
}

/** READ CAPACITY(16) (SBC). */
export interface ReadCapacity16 extends CdbRequest {
  readonly op: 'READ CAPACITY(16)';
  /** ALLOCATION LENGTH in bytes, 0 to 2^32 − 1. */
  readonly allocationLength: number;
}

/** CDB of READ CAPACITY(10). LOGICAL BLOCK ADDRESS and PMI are obsolete and ignored. */
export const READ_CAPACITY_10: CdbSpec<ReadCapacity10> = {
  op: 'READ CAPACITY(10)',
  opcode: 0x25,
  length: 10,
  transfer: ['bytes in', 8],
  fields: {},
  ignored: [
    [1, 0x01],
    [2, 0xff],
    [3, 0xff],
    [4, 0xff],
    [5, 0xff],
    [8, 0x01],
  ],
};

/** CDB of READ CAPACITY(16). LOGICAL BLOCK ADDRESS and PMI are obsolete and ignored. */
export const READ_CAPACITY_16: CdbSpec<ReadCapacity16> = {
  op: 'READ CAPACITY(16)',
  opcode: 0x9e,
  serviceAction: 0x10,
  length: 16,
  transfer: 'allocation in',
  fields: { allocationLength: ['u32', 10] },
  ignored: [
    [2, 0xff],
    [3, 0xff],
    [4, 0xff],
    [5, 0xff],
    [6, 0xff],
    [7, 0xff],
    [8, 0xff],
    [9, 0xff],
    [14, 0x01],
  ],
};

/** Parameter data of READ CAPACITY(10). */
export interface Capacity10 {
  /** RETURNED LOGICAL BLOCK ADDRESS: the last LBA, or FFFFFFFFh where that needs more than 32 bits. */
  readonly lastLba: number;
  /** LOGICAL BLOCK LENGTH IN BYTES. */
  readonly blockLength: number;
}

/** Parameter data of READ CAPACITY(16). */
export interface Capacity16 {
  /** RETURNED LOGICAL BLOCK ADDRESS: the last LBA, 0 to 2^53 − 1. */
  readonly lastLba: number;
  /** LOGICAL BLOCK LENGTH IN BYTES. */
  readonly blockLength: number;
  /** PROT_EN: protection information is enabled. */
  readonly protectionEnabled: boolean;
  /** P_TYPE, 0 to 7: the protection type less one. */
  readonly protectionType: number;
  /** P_I_EXPONENT, 0 to 15. */
  readonly protectionIntervalsExponent: number;
  /** LOGICAL BLOCKS PER PHYSICAL BLOCK EXPONENT, 0 to 15. */
  readonly physicalBlockExponent: number;
  /** LBPME: logical block provisioning management is enabled (thin). */
  readonly provisioningManaged: boolean;
  /** LBPRZ: unmapped blocks read as zeros. */
  readonly unmappedReadsZeros: boolean;
  /** LOWEST ALIGNED LOGICAL BLOCK ADDRESS, 0 to 16383. */
  readonly lowestAlignedLba: number;
}

const CAPACITY_10: Layout<Capacity10> = { lastLba: ['u32', 0], blockLength: ['u32', 4] };

const CAPACITY_16: Layout<Omit<Capacity16, 'lowestAlignedLba'>> = {
  lastLba: ['u64', 0],
  blockLength: ['u32', 8],
  protectionType: ['bits', 12, 3, 1],
  protectionEnabled: ['bit', 12, 0],
  protectionIntervalsExponent: ['bits', 13, 7, 4],
  physicalBlockExponent: ['bits', 13, 3, 0],
  provisioningManaged: ['bit', 14, 7],
  unmappedReadsZeros: ['bit', 14, 6],
};

/** Encodes the 8 bytes of READ CAPACITY(10) data; a last LBA over 32 bits becomes FFFFFFFFh. */
export function encodeCapacity10(capacity: Capacity10): Uint8Array {
  const lastLba = Math.min(capacity.lastLba, 0xffff_ffff);
  return encodeLayout(CAPACITY_10, { ...capacity, lastLba }, new Uint8Array(8));
}

/** Decodes READ CAPACITY(10) data; `undefined` if fewer than 8 bytes. */
export function decodeCapacity10(bytes: Uint8Array): Capacity10 | undefined {
  return bytes.length < 8 ? undefined : decodeLayout(CAPACITY_10, bytes);
}

/**
 * Encodes the 32 bytes of READ CAPACITY(16) data.
 *
 * @throws RangeError - a value has no room in its field.
 */
export function encodeCapacity16(capacity: Capacity16): Uint8Array {
  const bytes = encodeLayout<Omit<Capacity16, 'lowestAlignedLba'>>(
    CAPACITY_16,
    capacity,
    new Uint8Array(32),
  );
  // 14 bits across two bytes, below LBPME and LBPRZ.
  putU32(bytes, 14, (getU32(bytes, 14) | ((capacity.lowestAlignedLba & 0x3fff) << 16)) >>> 0);
  return bytes;
}

/** Decodes READ CAPACITY(16) data; what was cut off reads as zero; `undefined` if fewer than 12 bytes. */
export function decodeCapacity16(bytes: Uint8Array): Capacity16 | undefined {
  if (bytes.length < 12) return undefined;
  const lowestAlignedLba = (getU32(bytes, 14) >>> 16) & 0x3fff;
  return { ...decodeLayout(CAPACITY_16, bytes), lowestAlignedLba };
}
