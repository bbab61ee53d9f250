/** Application Tag mode page, 0Ah/02h (SBC). */
import {
  decodeWithDescriptors,
  encodeWithDescriptors,
  type DescriptorSpec,
} from './descriptor-list.ts';
import type { ModePageOptions, ModePageSpec } from './mode-page.ts';

/** Application tag descriptor (SBC): the tag that the blocks of one LBA range have. */
export interface ApplicationTagDescriptor {
  /** LAST: no descriptor after this one is valid. */
  readonly last: boolean;
  /** LOGICAL BLOCK APPLICATION TAG, 0 to 65535. */
  readonly applicationTag: number;
  /** LOGICAL BLOCK ADDRESS of the first block, 0 to 2^53 − 1. */
  readonly lba: number;
  /** LOGICAL BLOCK COUNT, 0 to 2^53 − 1. */
  readonly blocks: number;
}

/** Application Tag mode page (SBC). */
export interface ApplicationTagPage {
  /** The descriptors: as many as the device has room for, the valid ones first. */
  readonly descriptors: readonly ApplicationTagDescriptor[];
}

/** The Application Tag mode page without its descriptors as data: 16 bytes. */
export const APPLICATION_TAG: ModePageSpec<object> = {
  pageCode: 0x0a,
  subpage: 0x02,
  length: 16,
  layout: {},
};

/** The application tag descriptor as data: 24 bytes. */
export const APPLICATION_TAG_DESCRIPTOR: DescriptorSpec<ApplicationTagDescriptor> = {
  length: 24,
  layout: {
    last: ['bit', 0, 7],
    applicationTag: ['u16', 6],
    lba: ['u64', 8],
    blocks: ['u64', 16],
  },
};

/**
 * Encodes an Application Tag mode page (SBC): 16 bytes, and 24 for each descriptor.
 *
 * @throws RangeError - a value has no code in its field, or the page is over 65539 bytes.
 */
export function encodeApplicationTag(
  page: ApplicationTagPage,
  options?: ModePageOptions,
): Uint8Array {
  const { descriptors } = page;
  return encodeWithDescriptors(
    APPLICATION_TAG,
    APPLICATION_TAG_DESCRIPTOR,
    {},
    descriptors,
    options,
  );
}

/**
 * Decodes an Application Tag mode page (SBC); undefined where the bytes are no such page. All whole
 * descriptors come, those behind LAST too.
 */
export function decodeApplicationTag(bytes: Uint8Array): ApplicationTagPage | undefined {
  const page = decodeWithDescriptors(APPLICATION_TAG, APPLICATION_TAG_DESCRIPTOR, bytes);
  return page && { descriptors: page.descriptors };
}
