/** Logical Block Provisioning VPD page, B2h (SBC). */
import { decodeLayout, encodeLayout, type Layout } from '../layout.ts';
import { decodeDesignators, encodeDesignators, type Designator } from './designator.ts';
import { blankPage, findPage, PAGE_HEADER, type PageHeader } from './page-header.ts';

/** PAGE CODE of the Logical Block Provisioning VPD page. */
export const LOGICAL_BLOCK_PROVISIONING = 0xb2;

/** Logical Block Provisioning VPD page (SBC). */
export interface LogicalBlockProvisioningPage extends PageHeader {
  /** THRESHOLD EXPONENT, 0 to 255: a threshold set is 2^n blocks; 0: no thresholds. */
  readonly thresholdExponent: number;
  /** LBPU: UNMAP is supported. */
  readonly unmap: boolean;
  /** LBPWS: WRITE SAME(16) with UNMAP is supported. */
  readonly writeSame16: boolean;
  /** LBPWS10: WRITE SAME(10) with UNMAP is supported. */
  readonly writeSame10: boolean;
  /** LBPRZ, 0 to 7: what unmapped blocks read as; 0 not reported, xx1b zeros, 010b a pattern. */
  readonly readZeros: number;
  /** ANC_SUP: anchored blocks are supported. */
  readonly anchor: boolean;
  /** MINIMUM PERCENTAGE, 0 to 31; 0 not reported. */
  readonly minimumPercentage: number;
  /** PROVISIONING TYPE, 0 to 7: 0 not reported, 1 resource provisioned, 2 thin provisioned. */
  readonly provisioningType: number;
  /** THRESHOLD PERCENTAGE, 0 to 255; 0 not reported. */
  readonly thresholdPercentage: number;
  /** PROVISIONING GROUP DESCRIPTOR: names the pool that the unit shares; absent: DP = 0. */
  readonly provisioningGroup?: Designator;
}

const LAYOUT: Layout<Omit<LogicalBlockProvisioningPage, 'provisioningGroup'>> = {
  ...PAGE_HEADER,
  thresholdExponent: ['u8', 4],
  unmap: ['bit', 5, 7],
  writeSame16: ['bit', 5, 6],
  writeSame10: ['bit', 5, 5],
  readZeros: ['bits', 5, 4, 2],
  anchor: ['bit', 5, 1],
  minimumPercentage: ['bits', 6, 7, 3],
  provisioningType: ['bits', 6, 2, 0],
  thresholdPercentage: ['u8', 7],
};

/**
 * Encodes a Logical Block Provisioning VPD page (SBC): 8 bytes and the provisioning group descriptor.
 * Absent members are zero.
 *
 * @throws RangeError - a value has no code in its field.
 */
export function encodeLogicalBlockProvisioning(
  page: Partial<LogicalBlockProvisioningPage>,
): Uint8Array {
  const group = page.provisioningGroup;
  const descriptor = encodeDesignators(group === undefined ? [] : [group]);
  const bytes = blankPage(LOGICAL_BLOCK_PROVISIONING, 4 + descriptor.length);
  encodeLayout(LAYOUT, page, bytes);
  if (group !== undefined) bytes[5] = (bytes[5] ?? 0) | 0x01;
  bytes.set(descriptor, 8);
  return bytes;
}

/** Decodes a Logical Block Provisioning VPD page (SBC); undefined where the bytes are no such page. */
export function decodeLogicalBlockProvisioning(
  bytes: Uint8Array,
): LogicalBlockProvisioningPage | undefined {
  const page = findPage(bytes, LOGICAL_BLOCK_PROVISIONING, 4);
  if (page === undefined) return undefined;
  const [group] = ((page[5] ?? 0) & 0x01) === 0 ? [] : decodeDesignators(page.subarray(8));
  return { ...decodeLayout(LAYOUT, page), ...(group && { provisioningGroup: group }) };
}
