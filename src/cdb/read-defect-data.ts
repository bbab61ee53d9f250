import { getU16, getU32, getU64, putU16, putU32, putU64 } from '../bytes.ts';
import type { CdbRequest, CdbSpec } from './spec.ts';

/** READ DEFECT DATA (SBC): lists the defects of the medium. */
export interface ReadDefectData extends CdbRequest {
  readonly op: 'READ DEFECT DATA';
  /** Bytes of the CDB, which picks the form. */
  readonly cdbLength: 10 | 12;
  /** REQ_PLIST: the primary list (of manufacture) is wanted. */
  readonly primaryList: boolean;
  /** REQ_GLIST: the grown list is wanted. */
  readonly grownList: boolean;
  /** DEFECT LIST FORMAT, 0 to 7: 0 short block, 3 long block, others by physical place. */
  readonly defectListFormat: number;
  /** ADDRESS DESCRIPTOR INDEX, 0 to 2^32 − 1: how many descriptors to leave out. */
  readonly addressDescriptorIndex: number;
  /** ALLOCATION LENGTH in bytes, 0 to 65535 or 2^32 − 1. */
  readonly allocationLength: number;
}

/** CDB of READ DEFECT DATA(10). */
export const READ_DEFECT_DATA_10: CdbSpec<ReadDefectData> = {
  op: 'READ DEFECT DATA',
  opcode: 0x37,
  length: 10,
  transfer: 'allocation in',
  fields: {
    cdbLength: ['fixed', 10],
    primaryList: ['bit', 2, 4],
    grownList: ['bit', 2, 3],
    defectListFormat: ['bits', 2, 2, 0],
    addressDescriptorIndex: ['fixed', 0],
    allocationLength: ['u16', 7],
  },
};

/** CDB of READ DEFECT DATA(12). */
export const READ_DEFECT_DATA_12: CdbSpec<ReadDefectData> = {
  op: 'READ DEFECT DATA',
  opcode: 0xb7,
  length: 12,
  transfer: 'allocation in',
  fields: {
    cdbLength: ['fixed', 12],
    primaryList: ['bit', 1, 4],
    grownList: ['bit', 1, 3],
    defectListFormat: ['bits', 1, 2, 0],
    addressDescriptorIndex: ['u32', 2],
    allocationLength: ['u32', 6],
  },
};

/** The header of READ DEFECT DATA parameter data. */
export interface DefectListHeader {
  /** PLISTV: the primary list is in the data. */
  readonly primaryList: boolean;
  /** GLISTV: the grown list is in the data. */
  readonly grownList: boolean;
  /** DEFECT LIST FORMAT, 0 to 7. */
  readonly defectListFormat: number;
  /** DEFECT LIST LENGTH: bytes of address descriptors; encoded as the largest there is where it is more. */
  readonly defectListLength: number;
}

/** Encodes the header: 4 bytes for READ DEFECT DATA(10), 8 for (12). */
export function encodeDefectListHeader(header: DefectListHeader, cdbLength: 10 | 12): Uint8Array {
  const bytes = new Uint8Array(cdbLength === 10 ? 4 : 8);
  bytes[1] =
    (header.primaryList ? 0x10 : 0) | (header.grownList ? 0x08 : 0) | header.defectListFormat;
  if (cdbLength === 10) putU16(bytes, 2, Math.min(header.defectListLength, 0xffff));
  else putU32(bytes, 4, Math.min(header.defectListLength, 0xffff_ffff));
  return bytes;
}

/** Decodes the header; `undefined` if it is not there whole. */
export function decodeDefectListHeader(
  bytes: Uint8Array,
  cdbLength: 10 | 12,
): DefectListHeader | undefined {
  if (bytes.length < (cdbLength === 10 ? 4 : 8)) return undefined;
  const flags = bytes[1] ?? 0;
  return {
    primaryList: (flags & 0x10) !== 0,
    grownList: (flags & 0x08) !== 0,
    defectListFormat: flags & 0x07,
    defectListLength: cdbLength === 10 ? getU16(bytes, 2) : getU32(bytes, 4),
  };
}

/** DEFECT LIST FORMAT of address descriptors that are logical block addresses (SBC). */
export const DEFECT_LIST_FORMAT = {
  /** Addresses of 4 bytes. */
  SHORT_BLOCK: 0,
  /** Addresses of 8 bytes. */
  LONG_BLOCK: 3,
} as const;

/** Encodes address descriptors by block; in short block format an address of more than 32 bits is FFFFFFFFh. */
export function encodeDefects(lbas: readonly number[], format: 0 | 3): Uint8Array {
  const size = format === DEFECT_LIST_FORMAT.SHORT_BLOCK ? 4 : 8;
  const bytes = new Uint8Array(size * lbas.length);
  for (const [i, lba] of lbas.entries())
    if (size === 4) putU32(bytes, 4 * i, Math.min(lba, 0xffff_ffff));
    else putU64(bytes, 8 * i, lba);
  return bytes;
}

/** Decodes address descriptors by block; one that is cut off is left out. */
export function decodeDefects(bytes: Uint8Array, format: 0 | 3): readonly number[] {
  const size = format === DEFECT_LIST_FORMAT.SHORT_BLOCK ? 4 : 8;
  return Array.from({ length: Math.floor(bytes.length / size) }, (_, i) =>
    size === 4 ? getU32(bytes, 4 * i) : getU64(bytes, 8 * i),
  );
}
