/**
 * What WinSpd's miniport answers itself, in the kernel: INQUIRY, MODE SENSE, READ CAPACITY, REPORT LUNS.
 *
 * The bytes are WinSpd's, gaps and all: no ALLOCATION LENGTH is looked at, mode page 08h has the length
 * that it had in SCSI-2, and every saved value is the current one.
 */
import { putAscii, putU16, putU32, putU64 } from '../../src/bytes.ts';
import { INVALID_FIELD_IN_CDB } from '../../src/sense/codes/illegal-request.ts';
import type { SenseData } from '../../src/sense/sense-data.ts';
import type { StorageUnitParams } from '../protocol/storage-unit-params.ts';

/** A unit as the miniport knows it. */
export interface ProvisionedUnit {
  /** What the unit was provisioned with. */
  readonly params: StorageUnitParams;
  /** The process that owns it; VPD page 83h names it. */
  readonly processId: number;
}

/** The bytes of an answer, or why there is none. */
export type Answer = Uint8Array | SenseData;

const VENDOR = 'WinSpd  ';
/** Lengths of PRODUCT IDENTIFICATION and PRODUCT REVISION LEVEL. */
const TEXT = { product: 16, revision: 4 } as const;
/** The pages, in the order of VPD page 00h. */
const VPD_PAGES = [0x00, 0x80, 0x83, 0xb0, 0xb2] as const;

/** REPORT LUNS: LUN 0 where there is a unit. */
export function reportLuns(present: boolean): Uint8Array {
  const bytes = new Uint8Array(present ? 16 : 8);
  putU32(bytes, 0, bytes.length - 8);
  return bytes;
}

/** INQUIRY: standard data, or one of five VPD pages. */
export function inquiry(unit: ProvisionedUnit, cdb: Uint8Array): Answer {
  const pageCode = cdb[2] ?? 0;
  if (((cdb[1] ?? 0) & 1) === 1) return vpdPage(unit, pageCode);
  return pageCode === 0 ? standardInquiry(unit.params) : INVALID_FIELD_IN_CDB;
}

function standardInquiry({
  deviceType,
  productId,
  productRevisionLevel,
}: StorageUnitParams): Answer {
  const bytes = new Uint8Array(36);
  bytes[0] = deviceType;
  bytes[2] = 0x05; // SPC-3
  bytes[3] = 0x02; // RESPONSE DATA FORMAT
  bytes[4] = bytes.length - 5;
  bytes[7] = 0x02; // CMDQUE
  putAscii(bytes, 8, VENDOR.length, VENDOR);
  putText(bytes, 16, TEXT.product, productId);
  putText(bytes, 32, TEXT.revision, productRevisionLevel);
  return bytes;
}

function vpdPage(unit: ProvisionedUnit, pageCode: number): Answer {
  const { params } = unit;
  switch (pageCode) {
    case 0x00:
      return page(params, pageCode, Uint8Array.from(VPD_PAGES));
    case 0x80:
      return page(params, pageCode, new TextEncoder().encode(params.guid));
    case 0x83:
      return page(params, pageCode, designators(unit));
    case 0xb0:
      return page(params, pageCode, blockLimits(params));
    case 0xb2: {
      const { unmapSupported } = params;
      // THRESHOLD EXPONENT, LBPU, PROVISIONING TYPE: thin
      return page(
        params,
        pageCode,
        Uint8Array.of(0, ...(unmapSupported ? [0x80, 0x02] : [0, 0]), 0),
      );
    }
    default:
      return INVALID_FIELD_IN_CDB;
  }
}

function page({ deviceType }: StorageUnitParams, pageCode: number, body: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(4 + body.length);
  bytes[0] = deviceType;
  bytes[1] = pageCode;
  putU16(bytes, 2, body.length);
  bytes.set(body, 4);
  return bytes;
}

/** A T10 vendor identification, then the process in a vendor-specific one; Explorer's Eject reads it. */
function designators({ params, processId }: ProvisionedUnit): Uint8Array {
  const { guid, productId, productRevisionLevel, ejectDisabled } = params;
  const t10Length = VENDOR.length + TEXT.product + TEXT.revision + guid.length;
  const bytes = new Uint8Array(4 + t10Length + 4 + 8);
  bytes.set([0x02, 0x01, 0x00, t10Length]); // ASCII, T10 vendor identification, logical unit
  putAscii(bytes, 4, VENDOR.length, VENDOR);
  putText(bytes, 12, TEXT.product, productId);
  putText(bytes, 28, TEXT.revision, productRevisionLevel);
  putAscii(bytes, 32, guid.length, guid);
  const process = 4 + t10Length;
  bytes.set([0x01, 0x00, 0x00, 8], process); // binary, vendor specific, logical unit
  putAscii(bytes, process + 4, 4, ejectDisabled ? 'PIDX' : 'PID ');
  putU32(bytes, process + 8, processId);
  return bytes;
}

function blockLimits({
  maxTransferLength,
  blockLength,
  unmapSupported,
}: StorageUnitParams): Uint8Array {
  const bytes = new Uint8Array(60);
  putU32(bytes, 4, Math.floor(maxTransferLength / blockLength));
  if (unmapSupported) {
    putU32(bytes, 16, 0xffff_ffff); // MAXIMUM UNMAP LBA COUNT
    putU32(bytes, 20, Math.floor(maxTransferLength / 16)); // MAXIMUM UNMAP BLOCK DESCRIPTOR COUNT
  }
  return bytes;
}

/** A text that is empty stays NULs: so a test says that the partition manager shall ignore the disk. */
function putText(bytes: Uint8Array, at: number, length: number, text: string): void {
  if (text !== '') putAscii(bytes, at, length, text);
}

const CHANGEABLE_VALUES = 1;

/** MODE SENSE(6) or (10): page 08h, alone or as all pages; changeable values are refused. */
export function modeSense({ params }: ProvisionedUnit, cdb: Uint8Array): Answer {
  const [opcode, , pageByte = 0] = cdb;
  const pageCode = pageByte & 0x3f;
  if (pageByte >> 6 === CHANGEABLE_VALUES || (pageCode !== 0x08 && pageCode !== 0x3f))
    return INVALID_FIELD_IN_CDB;
  const { writeProtected, cacheSupported } = params;
  const deviceSpecific = (writeProtected ? 0x80 : 0) | (cacheSupported ? 0x10 : 0); // WP, DPOFUA
  // The page ends where SCSI-2 ended it: WCE or RCD, then nothing but zeros.
  const caching = [0x08, 0x0a, cacheSupported ? 0x04 : 0x01];
  if (opcode === 0x1a) {
    const bytes = new Uint8Array(16);
    bytes.set([bytes.length - 1, 0, deviceSpecific, 0, ...caching]);
    return bytes;
  }
  const bytes = new Uint8Array(20);
  bytes.set([0, bytes.length - 2, 0, deviceSpecific, 0, 0, 0, 0, ...caching]);
  return bytes;
}

/** READ CAPACITY(10): FFFFFFFFh where the disk is longer. */
export function readCapacity10({ params }: ProvisionedUnit): Uint8Array {
  const bytes = new Uint8Array(8);
  putU32(bytes, 0, Math.min(params.blockCount - 1, 0xffff_ffff));
  putU32(bytes, 4, params.blockLength);
  return bytes;
}

/** READ CAPACITY(16): 32 bytes, or the first 12 where the buffer has no room for more. */
export function readCapacity16({ params }: ProvisionedUnit, room: number): Uint8Array {
  const bytes = new Uint8Array(32);
  putU64(bytes, 0, params.blockCount - 1);
  putU32(bytes, 8, params.blockLength);
  bytes[14] = params.unmapSupported ? 0x80 : 0; // LBPME
  return room < bytes.length ? bytes.subarray(0, 12) : bytes;
}
