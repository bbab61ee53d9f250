import { getU32, getU64, putU32, putU64 } from '../bytes.ts';
import type { CdbRequest, CdbSpec } from './spec.ts';

/** GET LBA STATUS (SBC): tells which blocks are mapped. */
export interface GetLbaStatus extends CdbRequest {
  readonly op: 'GET LBA STATUS';
  /** STARTING LOGICAL BLOCK ADDRESS, 0 to 2^53 − 1. */
  readonly lba: number;
  /** ALLOCATION LENGTH in bytes, 0 to 2^32 − 1. */
  readonly allocationLength: number;
  /** REPORT TYPE, 0 to 255: 0 all blocks. */
  readonly reportType: number;
}

/** CDB of GET LBA STATUS(16). */
export const GET_LBA_STATUS_16: CdbSpec<GetLbaStatus> = {
  op: 'GET LBA STATUS',
  opcode: 0x9e,
  serviceAction: 0x12,
  length: 16,
  transfer: 'allocation in',
  fields: { lba: ['u64', 2], allocationLength: ['u32', 10], reportType: ['u8', 14] },
};

/** PROVISIONING STATUS of a run of blocks. */
export type ProvisioningStatus = 'mapped or unknown' | 'deallocated' | 'anchored';

/** A run of blocks with one provisioning status. */
export interface LbaStatusDescriptor {
  /** LBA STATUS LOGICAL BLOCK ADDRESS, 0 to 2^53 − 1. */
  readonly lba: number;
  /** NUMBER OF LOGICAL BLOCKS, 1 to 2^32 − 1. */
  readonly blocks: number;
  /** PROVISIONING STATUS. */
  readonly status: ProvisioningStatus;
}

const STATUSES: readonly ProvisioningStatus[] = ['mapped or unknown', 'deallocated', 'anchored'];

/** Bytes of the header and of each descriptor. */
export const LBA_STATUS_HEADER_LENGTH = 8;
/** Bytes of an LBA status descriptor. */
export const LBA_STATUS_DESCRIPTOR_LENGTH = 16;

/** Encodes GET LBA STATUS parameter data. */
export function encodeLbaStatus(descriptors: readonly LbaStatusDescriptor[]): Uint8Array {
  const length = LBA_STATUS_HEADER_LENGTH + LBA_STATUS_DESCRIPTOR_LENGTH * descriptors.length;
  const bytes = new Uint8Array(length);
  putU32(bytes, 0, length - 4);
  for (const [i, { lba, blocks, status }] of descriptors.entries()) {
    const at = LBA_STATUS_HEADER_LENGTH + LBA_STATUS_DESCRIPTOR_LENGTH * i;
    putU64(bytes, at, lba);
    putU32(bytes, at + 8, blocks);
    bytes[at + 12] = STATUSES.indexOf(status);
  }
  return bytes;
}

/** Decodes the descriptors of GET LBA STATUS parameter data; those only that are there whole. */
export function decodeLbaStatus(bytes: Uint8Array): readonly LbaStatusDescriptor[] {
  const end = Math.min(bytes.length, 4 + getU32(bytes, 0));
  const descriptors: LbaStatusDescriptor[] = [];
  for (
    let at = LBA_STATUS_HEADER_LENGTH;
    at + LBA_STATUS_DESCRIPTOR_LENGTH <= end;
    at += LBA_STATUS_DESCRIPTOR_LENGTH
  )
    descriptors.push({
      lba: getU64(bytes, at),
      blocks: getU32(bytes, at + 8),
      status: STATUSES[(bytes[at + 12] ?? 0) & 0x0f] ?? 'mapped or unknown',
    });
  return descriptors;
}
