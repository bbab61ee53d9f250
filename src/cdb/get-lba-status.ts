import { getU32, getU64, putU32, putU64 } from '../bytes.ts';
import { VARIABLE_LENGTH, type CdbRequest, type CdbSpec } from './spec.ts';

/** GET LBA STATUS (SBC): tells which blocks are mapped. */
export interface GetLbaStatus extends CdbRequest {
  readonly op: 'GET LBA STATUS';
  /** Bytes of the CDB, which picks the form. */
  readonly cdbLength: 16 | 32;
  /** STARTING LOGICAL BLOCK ADDRESS, 0 to 2^53 − 1. */
  readonly lba: number;
  /** ALLOCATION LENGTH in bytes, 0 to 2^32 − 1. */
  readonly allocationLength: number;
  /** REPORT TYPE, 0 to 255: see {@link LBA_REPORT_TYPE}. */
  readonly reportType: number;
  /** SCAN LENGTH: how many blocks to look at, 0 to 2^32 − 1; 0: no limit. */
  readonly scanLength: number;
  /** ELEMENT IDENTIFIER of the physical element that is meant, 0 to 2^32 − 1; 0: all. */
  readonly elementId: number;
}

/** CDB of GET LBA STATUS(16). */
export const GET_LBA_STATUS_16: CdbSpec<GetLbaStatus> = {
  op: 'GET LBA STATUS',
  opcode: 0x9e,
  serviceAction: 0x12,
  length: 16,
  transfer: 'allocation in',
  fields: {
    cdbLength: ['fixed', 16],
    lba: ['u64', 2],
    allocationLength: ['u32', 10],
    reportType: ['u8', 14],
    scanLength: ['fixed', 0],
    elementId: ['fixed', 0],
  },
};

/** CDB of GET LBA STATUS(32). */
export const GET_LBA_STATUS_32: CdbSpec<GetLbaStatus> = {
  op: 'GET LBA STATUS',
  opcode: VARIABLE_LENGTH,
  serviceAction: 0x12,
  length: 32,
  transfer: 'allocation in',
  fields: {
    cdbLength: ['fixed', 32],
    reportType: ['u8', 10],
    lba: ['u64', 12],
    scanLength: ['u32', 20],
    elementId: ['u32', 24],
    allocationLength: ['u32', 28],
  },
};

/** Which blocks GET LBA STATUS is to report (SBC). */
export const LBA_REPORT_TYPE = {
  /** All; what is mapped and what is unknown is not told apart. */
  ALL: 0x00,
  /** All, told apart. */
  ALL_APART: 0x01,
  /** Those that are mapped. */
  MAPPED: 0x02,
  /** Those that are deallocated. */
  DEALLOCATED: 0x03,
  /** Those that are anchored. */
  ANCHORED: 0x04,
  /** Those that reading may fail for. */
  MAY_FAIL: 0x10,
} as const;

/** PROVISIONING STATUS of a run of blocks. */
export type ProvisioningStatus =
  'mapped or unknown' | 'deallocated' | 'anchored' | 'mapped' | 'unknown';

/** A run of blocks with one provisioning status. */
export interface LbaStatusDescriptor {
  /** LBA STATUS LOGICAL BLOCK ADDRESS, 0 to 2^53 − 1. */
  readonly lba: number;
  /** NUMBER OF LOGICAL BLOCKS, 1 to 2^32 − 1. */
  readonly blocks: number;
  /** PROVISIONING STATUS. */
  readonly status: ProvisioningStatus;
  /** ADDITIONAL STATUS 01h: reading each of the blocks may fail. */
  readonly mayFail?: boolean;
}

/** Why GET LBA STATUS ended where it did. */
export type LbaStatusCompletion = 'not told' | 'allocation length' | 'scan length' | 'capacity';

/** What the header of GET LBA STATUS parameter data says. */
export interface LbaStatusHeader {
  /** COMPLETION CONDITION. */
  readonly completion: LbaStatusCompletion;
  /** RTP: the report type was honoured. */
  readonly reportTypeProcessed: boolean;
}

const STATUSES: readonly ProvisioningStatus[] = [
  'mapped or unknown',
  'deallocated',
  'anchored',
  'mapped',
  'unknown',
];
const COMPLETIONS: readonly LbaStatusCompletion[] = [
  'not told',
  'allocation length',
  'scan length',
  'capacity',
];
const MAY_FAIL = 0x01;

/** Bytes of the header and of each descriptor. */
export const LBA_STATUS_HEADER_LENGTH = 8;
/** Bytes of an LBA status descriptor. */
export const LBA_STATUS_DESCRIPTOR_LENGTH = 16;

/** Encodes GET LBA STATUS parameter data. */
export function encodeLbaStatus(
  descriptors: readonly LbaStatusDescriptor[],
  header: LbaStatusHeader,
): Uint8Array {
  const length = LBA_STATUS_HEADER_LENGTH + LBA_STATUS_DESCRIPTOR_LENGTH * descriptors.length;
  const bytes = new Uint8Array(length);
  putU32(bytes, 0, length - 4);
  bytes[7] = (COMPLETIONS.indexOf(header.completion) << 1) | (header.reportTypeProcessed ? 1 : 0);
  for (const [i, { lba, blocks, status, mayFail }] of descriptors.entries()) {
    const at = LBA_STATUS_HEADER_LENGTH + LBA_STATUS_DESCRIPTOR_LENGTH * i;
    putU64(bytes, at, lba);
    putU32(bytes, at + 8, blocks);
    bytes[at + 12] = STATUSES.indexOf(status);
    if (mayFail === true) bytes[at + 13] = MAY_FAIL;
  }
  return bytes;
}

/** Decodes the header of GET LBA STATUS parameter data. */
export function decodeLbaStatusHeader(bytes: Uint8Array): LbaStatusHeader {
  const flags = bytes[7] ?? 0;
  return {
    completion: COMPLETIONS[(flags >> 1) & 7] ?? 'not told',
    reportTypeProcessed: (flags & 1) === 1,
  };
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
      status: STATUSES[(bytes[at + 12] ?? 0) & 0x0f] ?? 'unknown',
      ...(bytes[at + 13] === MAY_FAIL && { mayFail: true }),
    });
  return descriptors;
}
