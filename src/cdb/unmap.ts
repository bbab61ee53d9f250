import { getU16, getU32, getU64, putU16, putU32, putU64 } from '../bytes.ts';
import type { CdbRequest, CdbSpec } from './spec.ts';

/** UNMAP (SBC): tells that the contents of some blocks are no longer needed. */
export interface Unmap extends CdbRequest {
  readonly op: 'UNMAP';
  /** ANCHOR: the blocks are to be anchored, not deallocated. */
  readonly anchor: boolean;
  /** GROUP NUMBER, 0 to 63. */
  readonly groupNumber: number;
  /** PARAMETER LIST LENGTH in bytes, 0 to 65535. */
  readonly parameterListLength: number;
}

/** CDB of UNMAP. */
export const UNMAP_10: CdbSpec<Unmap> = {
  op: 'UNMAP',
  opcode: 0x42,
  length: 10,
  transfer: 'list out',
  fields: {
    anchor: ['bit', 1, 0],
    groupNumber: ['bits', 6, 5, 0],
    parameterListLength: ['u16', 7],
  },
};

/** A run of blocks. */
export interface UnmapDescriptor {
  /** UNMAP LOGICAL BLOCK ADDRESS, 0 to 2^53 − 1. */
  readonly lba: number;
  /** NUMBER OF LOGICAL BLOCKS, 0 to 2^32 − 1. */
  readonly blocks: number;
}

/** Length of the UNMAP parameter list header, and of each of its block descriptors. */
export const UNMAP_HEADER_LENGTH = 8;
/** Length of an UNMAP block descriptor. */
export const UNMAP_DESCRIPTOR_LENGTH = 16;

/**
 * Encodes an UNMAP parameter list.
 *
 * @throws RangeError - more than 4095 descriptors, or a value out of range.
 */
export function encodeUnmapList(descriptors: readonly UnmapDescriptor[]): Uint8Array {
  if (descriptors.length > 4095)
    throw new RangeError(`UNMAP: at most 4095 block descriptors, not ${descriptors.length}`);
  const length = UNMAP_DESCRIPTOR_LENGTH * descriptors.length;
  const bytes = new Uint8Array(UNMAP_HEADER_LENGTH + length);
  putU16(bytes, 0, length + UNMAP_HEADER_LENGTH - 2);
  putU16(bytes, 2, length);
  for (const [i, { lba, blocks }] of descriptors.entries()) {
    if (!Number.isSafeInteger(lba) || lba < 0 || !(blocks >= 0 && blocks <= 0xffff_ffff))
      throw new RangeError(`UNMAP: ${blocks} blocks from ${lba} have no block descriptor`);
    const at = UNMAP_HEADER_LENGTH + UNMAP_DESCRIPTOR_LENGTH * i;
    putU64(bytes, at, lba);
    putU32(bytes, at + 8, blocks);
  }
  return bytes;
}

/**
 * Decodes the block descriptors of an UNMAP parameter list: as many as its UNMAP BLOCK DESCRIPTOR
 * DATA LENGTH announces and the bytes hold whole. SBC has a partial last descriptor ignored.
 */
export function decodeUnmapList(bytes: Uint8Array): readonly UnmapDescriptor[] {
  const end = Math.min(bytes.length, UNMAP_HEADER_LENGTH + getU16(bytes, 2));
  const descriptors: UnmapDescriptor[] = [];
  for (
    let at = UNMAP_HEADER_LENGTH;
    at + UNMAP_DESCRIPTOR_LENGTH <= end;
    at += UNMAP_DESCRIPTOR_LENGTH
  )
    descriptors.push({ lba: getU64(bytes, at), blocks: getU32(bytes, at + 8) });
  return descriptors;
}
