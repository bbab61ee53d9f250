/** Logical unit numbers: 8 bytes on the wire, a number inside (SAM, LUN representation). */
import { getU16, putU16 } from '../bytes.ts';

/** The largest LUN that the flat space addressing method reaches. */
export const MAX_LUN = 16_383;

/** The REPORT LUNS well known logical unit, as {@link decodeLun} gives it. */
export const REPORT_LUNS_WELL_KNOWN = 0xc101;

/** What {@link decodeLun} gives for 8 bytes that name no LUN of a single level. */
export const NO_LUN = -1;

/**
 * Reads an 8-byte LUN.
 *
 * @returns 0 to {@link MAX_LUN} for the peripheral (bus 0) and flat space methods,
 * {@link REPORT_LUNS_WELL_KNOWN}, or {@link NO_LUN} for anything else.
 */
export function decodeLun(bytes: Uint8Array): number {
  for (let at = 2; at < 8; at++) if ((bytes[at] ?? 0) !== 0) return NO_LUN;
  const first = getU16(bytes, 0);
  if (first < 0x100) return first;
  if (first >> 14 === 1) return first & 0x3fff;
  return first === REPORT_LUNS_WELL_KNOWN ? first : NO_LUN;
}

/** Writes a LUN as 8 bytes: peripheral addressing below 256, flat space above. */
export function encodeLun(lun: number): Uint8Array {
  const bytes = new Uint8Array(8);
  putU16(bytes, 0, lun < 0x100 || lun === REPORT_LUNS_WELL_KNOWN ? lun : 0x4000 | lun);
  return bytes;
}
