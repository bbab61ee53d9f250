/** Block Device Characteristics VPD page, B1h (SBC). */
import { decodeLayout, encodeLayout, type Layout } from '../layout.ts';
import { blankPage, findPage, PAGE_HEADER, type PageHeader } from './page-header.ts';

/** PAGE CODE of the Block Device Characteristics VPD page. */
export const BLOCK_DEVICE_CHARACTERISTICS = 0xb1;

/** PAGE LENGTH: 3Ch. */
const LENGTH = 0x3c;

/** Block Device Characteristics VPD page (SBC). */
export interface BlockDeviceCharacteristicsPage extends PageHeader {
  /** MEDIUM ROTATION RATE: 0 not reported, 1 does not rotate, 0401h to FFFEh revolutions a minute. */
  readonly mediumRotationRate: number;
  /** PRODUCT TYPE, 0 to 255: 0 not indicated, 1 CFast, 2 CompactFlash… */
  readonly productType: number;
  /** WABEREQ, 0 to 3: what a read gives after SANITIZE by block erase; 0 not reported. */
  readonly writeAfterBlockEraseRequired: number;
  /** WACEREQ, 0 to 3: what a read gives after SANITIZE by cryptographic erase; 0 not reported. */
  readonly writeAfterCryptographicEraseRequired: number;
  /** NOMINAL FORM FACTOR, 0 to 15: 0 not reported, 1 5.25 inch, 2 3.5 inch, 3 2.5 inch… */
  readonly nominalFormFactor: number;
  /** MACT: it has several actuators. */
  readonly multipleActuators: boolean;
  /** ZONED, 0 to 3: 0 not reported, 1 host aware, 2 zoned but managed by the device. */
  readonly zoned: number;
  /** RBWZ: REASSIGN BLOCKS writes zeros where it cannot recover the data. */
  readonly reassignBlocksWritesZero: boolean;
  /** BOCS: BACKGROUND CONTROL is supported. */
  readonly backgroundOperationControl: boolean;
  /** FUAB: which rule FUA and SYNCHRONIZE CACHE follow with a non-volatile cache (SBC-3). */
  readonly fuaBehaviour: boolean;
  /** VBULS: verify byte-by-byte of unmapped logical blocks is supported. */
  readonly verifyByteCheckUnmapped: boolean;
  /** DEPOPULATION TIME in seconds, 0 to 2^32 − 1; 0 not reported. */
  readonly depopulationTime: number;
}

const LAYOUT: Layout<BlockDeviceCharacteristicsPage> = {
  ...PAGE_HEADER,
  mediumRotationRate: ['u16', 4],
  productType: ['u8', 6],
  writeAfterBlockEraseRequired: ['bits', 7, 7, 6],
  writeAfterCryptographicEraseRequired: ['bits', 7, 5, 4],
  nominalFormFactor: ['bits', 7, 3, 0],
  multipleActuators: ['bit', 8, 6],
  zoned: ['bits', 8, 5, 4],
  reassignBlocksWritesZero: ['bit', 8, 3],
  backgroundOperationControl: ['bit', 8, 2],
  fuaBehaviour: ['bit', 8, 1],
  verifyByteCheckUnmapped: ['bit', 8, 0],
  depopulationTime: ['u32', 12],
};

/**
 * Encodes a Block Device Characteristics VPD page (SBC), 64 bytes. Absent members are zero.
 *
 * @throws RangeError - a value has no code in its field.
 */
export function encodeBlockDeviceCharacteristics(
  page: Partial<BlockDeviceCharacteristicsPage>,
): Uint8Array {
  return encodeLayout(LAYOUT, page, blankPage(BLOCK_DEVICE_CHARACTERISTICS, LENGTH));
}

/**
 * Decodes a Block Device Characteristics VPD page (SBC); undefined where the bytes are no such page,
 * or do not reach to the form factor. What lies past their end is 0.
 */
export function decodeBlockDeviceCharacteristics(
  bytes: Uint8Array,
): BlockDeviceCharacteristicsPage | undefined {
  const page = findPage(bytes, BLOCK_DEVICE_CHARACTERISTICS, 4);
  return page && decodeLayout(LAYOUT, page);
}
