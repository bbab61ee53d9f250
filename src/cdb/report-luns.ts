import { putU32, getU32 } from '../bytes.ts';
import type { CdbRequest, CdbSpec } from './spec.ts';

/** REPORT LUNS (SPC): lists the logical units that the initiator can reach. */
export interface ReportLuns extends CdbRequest {
  readonly op: 'REPORT LUNS';
  /** SELECT REPORT, 0 to 255: 0 addressable units, 1 well known units, 2 both. */
  readonly selectReport: number;
  /** ALLOCATION LENGTH in bytes, 0 to 2^32 − 1. */
  readonly allocationLength: number;
}

/** CDB of REPORT LUNS. */
export const REPORT_LUNS_12: CdbSpec<ReportLuns> = {
  op: 'REPORT LUNS',
  opcode: 0xa0,
  length: 12,
  transfer: 'allocation in',
  fields: { selectReport: ['u8', 2], allocationLength: ['u32', 6] },
};

/** REPORT LUNS parameter data from a list of 8-byte LUNs. */
export function encodeLunList(luns: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(8 + 8 * luns.length);
  putU32(bytes, 0, 8 * luns.length);
  for (const [i, lun] of luns.entries()) bytes.set(lun.subarray(0, 8), 8 + 8 * i);
  return bytes;
}

/** The 8-byte LUNs in REPORT LUNS parameter data; those only that are there whole. */
export function decodeLunList(bytes: Uint8Array): readonly Uint8Array[] {
  const end = Math.min(bytes.length, 8 + getU32(bytes, 0));
  const luns: Uint8Array[] = [];
  for (let at = 8; at + 8 <= end; at += 8) luns.push(bytes.subarray(at, at + 8));
  return luns;
}
