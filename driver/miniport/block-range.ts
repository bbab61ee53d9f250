/** Which blocks a command means, as WinSpd's miniport decodes it: by length, and nothing else is looked at. */
import { getU16, getU32, getU64 } from '../../src/bytes.ts';

/** The blocks of READ, WRITE and SYNCHRONIZE CACHE. */
export interface BlockRange {
  /** The first block; past 2^53 the nearest double. */
  readonly lba: number;
  /** How many blocks. */
  readonly blocks: number;
  /** FUA. */
  readonly fua: boolean;
}

/** Decodes the range of a CDB of 6, 10, 12 or 16 bytes. */
export function blockRange(cdb: Uint8Array): BlockRange {
  const [opcode = 0, byte1 = 0] = cdb;
  const fua = (byte1 & 0x08) !== 0;
  switch (opcode >> 5) {
    case 0:
      return { lba: getU32(cdb, 0) & 0x1f_ffff, blocks: cdb[4] || 256, fua: false };
    case 1:
      return { lba: getU32(cdb, 2), blocks: getU16(cdb, 7), fua };
    case 5:
      return { lba: getU32(cdb, 2), blocks: getU32(cdb, 6), fua };
    default:
      return { lba: getU64(cdb, 2), blocks: getU32(cdb, 10), fua };
  }
}
