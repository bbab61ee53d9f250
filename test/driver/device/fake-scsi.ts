/** What the fake miniport makes of CDBs: those that WinSpd hands on, and INQUIRY for who a unit is. */
import type { StorageUnitParams } from '../../../driver/protocol/storage-unit-params.ts';
import {
  GOOD_STATUS,
  type StorageUnitStatus,
} from '../../../driver/protocol/storage-unit-status.ts';
import type { UnmapDescriptor } from '../../../driver/protocol/transact.ts';
import { getU16, getU32, getU64 } from '../../../src/bytes.ts';
import type { Srb } from './fake-queue.ts';

const INVALID_FUNCTION = 1;
const INVALID_PARAMETER = 87;

const check = (key: number, asc: number): StorageUnitStatus => ({
  ...GOOD_STATUS,
  scsiStatus: 2,
  senseKey: key,
  asc,
});
const PROTECTED = check(7, 0x27);
const OUT_OF_RANGE = check(5, 0x21);
const LIST_TOO_LONG = check(5, 0x26);
const INVALID_FIELD = check(5, 0x24);

/** A command that ended, or goes to a program; a number: a Win32 error. */
export type Parsed =
  | { readonly status: StorageUnitStatus; readonly length: number }
  | Omit<Srb, 'bytes' | 'offset' | 'hint' | 'done'>
  | number;

const ended = (status: StorageUnitStatus): Parsed => ({ status, length: 0 });

/** Checks a command in WinSpd's order. */
export function parseCommand(cdb: Uint8Array, data: Uint8Array, params: StorageUnitParams): Parsed {
  const { blockLength, blockCount, writeProtected, cacheSupported } = params;
  const opcode = cdb[0] ?? 0;
  if (opcode === 0x00) return ended(GOOD_STATUS);
  if (opcode === 0x42) return parseUnmap(cdb, data, params);
  const kind = KINDS[opcode];
  if (kind === undefined) return INVALID_FUNCTION;
  const { lba, blocks, fua } = range(cdb);
  const length = kind === 'Flush' ? 0 : blocks * blockLength;
  if (kind === 'Flush' && !cacheSupported) return INVALID_FUNCTION;
  if (kind !== 'Read' && writeProtected) return ended(PROTECTED);
  if (data.length < length) return INVALID_PARAMETER;
  if (blocks === 0) return ended(GOOD_STATUS);
  if (blocks > blockCount - lba) return ended(OUT_OF_RANGE);
  return { kind, lba, blocks, fua, ranges: [], length };
}

const KINDS: Readonly<Record<number, Srb['kind']>> = {
  0x08: 'Read',
  0x28: 'Read',
  0xa8: 'Read',
  0x88: 'Read',
  0x0a: 'Write',
  0x2a: 'Write',
  0xaa: 'Write',
  0x8a: 'Write',
  0x35: 'Flush',
  0x91: 'Flush',
};

function range(cdb: Uint8Array): { lba: number; blocks: number; fua: boolean } {
  const fua = ((cdb[1] ?? 0) & 0x08) !== 0;
  switch (cdb.length) {
    case 6:
      return { lba: getU32(cdb, 0) & 0x1f_ffff, blocks: cdb[4] || 256, fua: false };
    case 10:
      return { lba: getU32(cdb, 2), blocks: getU16(cdb, 7), fua };
    case 12:
      return { lba: getU32(cdb, 2), blocks: getU32(cdb, 6), fua };
    default:
      return { lba: getU64(cdb, 2), blocks: getU32(cdb, 10), fua };
  }
}

function parseUnmap(cdb: Uint8Array, data: Uint8Array, params: StorageUnitParams): Parsed {
  if (!params.unmapSupported) return INVALID_FUNCTION;
  if (params.writeProtected) return ended(PROTECTED);
  const length = data.length < 8 ? 0 : getU16(data, 2);
  if (data.length < 8 + length) return INVALID_PARAMETER;
  if (length > params.maxTransferLength) return ended(LIST_TOO_LONG);
  if (((cdb[1] ?? 0) & 1) !== 0) return ended(INVALID_FIELD);
  if (length === 0) return ended(GOOD_STATUS);
  const ranges = Array.from({ length: Math.floor(length / 16) }, (_, i): UnmapDescriptor => {
    const at = 8 + 16 * i;
    return { blockAddress: getU64(data, at), blockCount: getU32(data, at + 8) };
  });
  if (ranges.some(({ blockAddress, blockCount }) => blockCount > params.blockCount - blockAddress))
    return ended(OUT_OF_RANGE);
  return { kind: 'Unmap', lba: 0, blocks: 0, fua: false, ranges, length: data.length };
}

/** VPD pages 80h and 83h, which say who a unit is; `undefined`: the command asks for neither. */
export function inquiryData(
  cdb: Uint8Array,
  guid: string,
  processId: number,
): Uint8Array | undefined {
  if (cdb[0] !== 0x12 || cdb[1] !== 1) return undefined;
  if (cdb[2] === 0x80) return Uint8Array.from([0, 0x80, 0, 36, ...Buffer.from(guid)]);
  if (cdb[2] !== 0x83) return undefined;
  const name = Buffer.from('WinSpd  '.padEnd(28) + guid);
  const id = [
    0x50,
    0x49,
    0x44,
    0x20,
    processId >>> 24,
    processId >>> 16,
    processId >>> 8,
    processId,
  ];
  const descriptors = [
    [2, 1, 0, 64, ...name],
    [1, 0, 0, 8, ...id],
  ].flat();
  return Uint8Array.from([0, 0x83, 0, descriptors.length, ...descriptors]);
}
