/** Logical Block Provisioning mode page, 1Ch/02h (SBC). */
import {
  decodeWithDescriptors,
  encodeWithDescriptors,
  type DescriptorSpec,
} from './descriptor-list.ts';
import type { ModePageOptions, ModePageSpec } from './mode-page.ts';

/** Threshold descriptor (SBC): when a resource is reported to run low, or to be much used. */
export interface ThresholdDescriptor {
  /** ENABLED: the threshold is in force. */
  readonly enabled: boolean;
  /** THRESHOLD TYPE, 0 to 7: what `count` counts: 0 threshold sets, 1 percent. */
  readonly type: number;
  /** THRESHOLD ARMING, 0 to 7: 0 decreasing (of what is available), 1 increasing (of what is used). */
  readonly arming: number;
  /** THRESHOLD RESOURCE, 0 to 255: a parameter of log page 0Ch: 1 available, 2 used, 3 percentage. */
  readonly resource: number;
  /** THRESHOLD COUNT, 0 to 2^32 − 1: the middle of the range that the threshold has. */
  readonly count: number;
}

/** The values of a Logical Block Provisioning mode page that are no descriptors (SBC). */
export interface ProvisioningThresholdControl {
  /** SITUA: only one I_T nexus gets the unit attention of a threshold. */
  readonly singleInitiator: boolean;
}

/** Logical Block Provisioning mode page (SBC). */
export interface ProvisioningThresholdsPage extends ProvisioningThresholdControl {
  /** The threshold descriptors: as many as the device has room for. */
  readonly thresholds: readonly ThresholdDescriptor[];
}

/** The Logical Block Provisioning mode page without its descriptors as data: 16 bytes. */
export const PROVISIONING_THRESHOLDS: ModePageSpec<ProvisioningThresholdControl> = {
  pageCode: 0x1c,
  subpage: 0x02,
  length: 16,
  layout: { singleInitiator: ['bit', 4, 0] },
};

/** The threshold descriptor as data: 8 bytes. */
export const THRESHOLD_DESCRIPTOR: DescriptorSpec<ThresholdDescriptor> = {
  length: 8,
  layout: {
    enabled: ['bit', 0, 7],
    type: ['bits', 0, 5, 3],
    arming: ['bits', 0, 2, 0],
    resource: ['u8', 1],
    count: ['u32', 4],
  },
};

/**
 * Encodes a Logical Block Provisioning mode page (SBC): 16 bytes, and 8 for each threshold.
 *
 * @throws RangeError - a value has no code in its field, or the page is over 65539 bytes.
 */
export function encodeProvisioningThresholds(
  page: ProvisioningThresholdsPage,
  options?: ModePageOptions,
): Uint8Array {
  return encodeWithDescriptors(
    PROVISIONING_THRESHOLDS,
    THRESHOLD_DESCRIPTOR,
    page,
    page.thresholds,
    options,
  );
}

/**
 * Decodes a Logical Block Provisioning mode page (SBC); undefined where the bytes are no such page.
 * A threshold that is cut off is left out.
 */
export function decodeProvisioningThresholds(
  bytes: Uint8Array,
): ProvisioningThresholdsPage | undefined {
  const page = decodeWithDescriptors(PROVISIONING_THRESHOLDS, THRESHOLD_DESCRIPTOR, bytes);
  return page && { ...page.value, thresholds: page.descriptors };
}
