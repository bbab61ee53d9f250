/** Device Identification VPD page, 83h (SPC). */
import { decodeLayout, encodeLayout } from '../layout.ts';
import { decodeDesignators, encodeDesignators, type Designator } from './designator.ts';
import { blankPage, findPage, PAGE_HEADER, type PageHeader } from './page-header.ts';

/** PAGE CODE of the Device Identification VPD page. */
export const DEVICE_IDENTIFICATION = 0x83;

/** Device Identification VPD page (SPC). */
export interface DeviceIdentificationPage extends PageHeader {
  /** The names, in their order: those of the unit, of the port asked through, of the device. */
  readonly designators: readonly Designator[];
}

/**
 * Encodes a Device Identification VPD page (SPC).
 *
 * @throws RangeError - a name does not fit its designator, or all together the page.
 *
 * @example
 * ```ts
 * import { encodeDeviceIdentification } from 'scsi-target/vpd';
 *
 * encodeDeviceIdentification({
 *   designators: [
 *     { type: 'NAA', association: 'logical unit', name: 0x3000_0000_0000_0001n },
 *     { type: 'relative target port', association: 'target port', number: 1 },
 *   ],
 * });
 * ```
 */
export function encodeDeviceIdentification(page: DeviceIdentificationPage): Uint8Array {
  const descriptors = encodeDesignators(page.designators);
  const bytes = blankPage(DEVICE_IDENTIFICATION, descriptors.length);
  encodeLayout(PAGE_HEADER, page, bytes);
  bytes.set(descriptors, 4);
  return bytes;
}

/**
 * Decodes a Device Identification VPD page (SPC); undefined where the bytes are no such page. A
 * designator of an unknown type comes as its bytes, which are a part of `bytes`, not a copy.
 */
export function decodeDeviceIdentification(
  bytes: Uint8Array,
): DeviceIdentificationPage | undefined {
  const page = findPage(bytes, DEVICE_IDENTIFICATION, 0);
  if (page === undefined) return undefined;
  const header = decodeLayout(PAGE_HEADER, page);
  return { ...header, designators: decodeDesignators(page.subarray(4)) };
}
