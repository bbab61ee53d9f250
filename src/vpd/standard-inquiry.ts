/** Standard INQUIRY data (SPC). */
import { getU16, putU16 } from '../bytes.ts';
import { decodeLayout, encodeLayout, type Layout } from '../layout.ts';
import { PAGE_HEADER, type PageHeader } from './page-header.ts';

/** Version descriptors of the standards that a unit may claim (SPC, version descriptor values). */
export const VERSION_DESCRIPTOR = {
  /** SAM-5, no version claimed. */
  SAM_5: 0x00a0,
  /** SPC-4, no version claimed. */
  SPC_4: 0x0460,
  /** SBC-3, no version claimed. */
  SBC_3: 0x04c0,
  /** iSCSI, no version claimed. */
  ISCSI: 0x0960,
} as const;

/** Standard INQUIRY data (SPC), of which the first 96 bytes are defined. */
export interface StandardInquiry extends PageHeader {
  /** RMB: the medium is removable. */
  readonly removable: boolean;
  /** LU_CONG: the unit is part of a logical unit conglomerate. */
  readonly conglomerate: boolean;
  /** VERSION, 0 to 255: 5 SPC-3, 6 SPC-4, 7 SPC-5. */
  readonly version: number;
  /** NORMACA: NACA = 1 is supported. */
  readonly normalAca: boolean;
  /** HISUP: LUNs are assigned by the hierarchical model. */
  readonly hierarchicalSupport: boolean;
  /** RESPONSE DATA FORMAT, 0 to 15: 2 is the only one of today. */
  readonly responseDataFormat: number;
  /** SCCS: there is an embedded storage array controller. */
  readonly storageArrayController: boolean;
  /** TPGS, 0 to 3: asymmetric access: 0 none, 1 implicit, 2 explicit, 3 both. */
  readonly targetPortGroupSupport: number;
  /** 3PC: third-party copy is supported. */
  readonly thirdPartyCopy: boolean;
  /** PROTECT: protection information is supported. */
  readonly protect: boolean;
  /** ENCSERV: there are embedded enclosure services. */
  readonly enclosureServices: boolean;
  /** MULTIP: the device has several ports. */
  readonly multiPort: boolean;
  /** CMDQUE: the SAM command queuing model is supported. */
  readonly commandQueuing: boolean;
  /** T10 VENDOR IDENTIFICATION, at most 8 characters of printable ASCII. */
  readonly vendor: string;
  /** PRODUCT IDENTIFICATION, at most 16 characters of printable ASCII. */
  readonly product: string;
  /** PRODUCT REVISION LEVEL, at most 4 characters of printable ASCII. */
  readonly revision: string;
  /** VERSION DESCRIPTORs: at most 8, 1 to 65535 each ({@link VERSION_DESCRIPTOR} names some). */
  readonly versionDescriptors: readonly number[];
}

const LENGTH = 96;
const VERSION_DESCRIPTORS = 58;

const LAYOUT: Layout<Omit<StandardInquiry, 'versionDescriptors'>> = {
  ...PAGE_HEADER,
  removable: ['bit', 1, 7],
  conglomerate: ['bit', 1, 6],
  version: ['u8', 2],
  normalAca: ['bit', 3, 5],
  hierarchicalSupport: ['bit', 3, 4],
  responseDataFormat: ['bits', 3, 3, 0],
  storageArrayController: ['bit', 5, 7],
  targetPortGroupSupport: ['bits', 5, 5, 4],
  thirdPartyCopy: ['bit', 5, 3],
  protect: ['bit', 5, 0],
  enclosureServices: ['bit', 6, 6],
  multiPort: ['bit', 6, 4],
  commandQueuing: ['bit', 7, 1],
  vendor: ['ascii', 8, 8],
  product: ['ascii', 16, 16],
  revision: ['ascii', 32, 4],
};

/**
 * Encodes standard INQUIRY data (SPC): 96 bytes, ADDITIONAL LENGTH 5Bh.
 * Absent members are zero or blank.
 *
 * @throws RangeError - a value has no code in its field, or there are over 8 version descriptors.
 */
export function encodeStandardInquiry(inquiry: Partial<StandardInquiry>): Uint8Array {
  const { versionDescriptors = [] } = inquiry;
  if (versionDescriptors.length > 8)
    throw new RangeError(`versionDescriptors: at most 8, not ${versionDescriptors.length}`);
  const bytes = encodeLayout(LAYOUT, inquiry, new Uint8Array(LENGTH));
  bytes[4] = LENGTH - 5;
  for (const [i, descriptor] of versionDescriptors.entries()) {
    if (!Number.isInteger(descriptor) || descriptor < 1 || descriptor > 0xffff)
      throw new RangeError(`versionDescriptors: ${descriptor} is not an integer from 1 to 65535`);
    putU16(bytes, VERSION_DESCRIPTORS + 2 * i, descriptor);
  }
  return bytes;
}

/**
 * Decodes standard INQUIRY data (SPC); undefined where fewer than the mandatory 36 bytes are there.
 * Version descriptors of zero are left out.
 */
export function decodeStandardInquiry(bytes: Uint8Array): StandardInquiry | undefined {
  const inquiry = bytes.subarray(0, 5 + (bytes[4] ?? 0));
  if (inquiry.length < 36) return undefined;
  const versionDescriptors: number[] = [];
  for (let at = VERSION_DESCRIPTORS; at < VERSION_DESCRIPTORS + 16; at += 2) {
    const descriptor = at + 2 <= inquiry.length ? getU16(inquiry, at) : 0;
    if (descriptor !== 0) versionDescriptors.push(descriptor);
  }
  return { ...decodeLayout(LAYOUT, inquiry), versionDescriptors };
}
