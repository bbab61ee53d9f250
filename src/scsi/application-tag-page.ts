/** The Application Tag mode page of a unit, 0Ah/02h: which application tags its blocks have (SBC). */
import {
  APPLICATION_TAG,
  APPLICATION_TAG_DESCRIPTOR,
  decodeApplicationTag,
  encodeApplicationTag,
  type ApplicationTagDescriptor,
} from '../mode/application-tag.ts';
import { layoutMask } from '../layout.ts';
import type { UnitModePage } from './mode-pages.ts';

/** How many ranges of blocks a unit has room for: MODE SENSE(6) can still return the page. */
const DESCRIPTORS = 8;

const UNUSED: ApplicationTagDescriptor = { last: false, applicationTag: 0, lba: 0, blocks: 0 };

/** To begin with there is one descriptor, of no blocks. */
export const NO_APPLICATION_TAGS: readonly ApplicationTagDescriptor[] = Array.from(
  { length: DESCRIPTORS },
  (_, i) => ({ ...UNUSED, last: i === 0 }),
);

const descriptorAt = (index: number): number =>
  APPLICATION_TAG.length + index * APPLICATION_TAG_DESCRIPTOR.length;

/** Offsets of fields in a descriptor. */
const LBA = 8;
const COUNT = 16;

/**
 * The page. Its ranges lie end to end from block 0 on and end with the medium: at its last block by
 * the letter of the standard, or behind it; or there is one range without blocks.
 */
export const applicationTagPage: UnitModePage = {
  name: 'applicationTags',
  pageCode: APPLICATION_TAG.pageCode,
  subpage: APPLICATION_TAG.subpage ?? 0,
  headerLength: 4,
  supported: ({ protectionType }) => protectionType !== undefined,
  changeableNames: ['descriptors'],
  encode: (values, options) => encodeApplicationTag(values.applicationTags, options),
  changeable(options) {
    const page = encodeApplicationTag({ descriptors: NO_APPLICATION_TAGS }, options);
    const mask = layoutMask(APPLICATION_TAG_DESCRIPTOR.layout, APPLICATION_TAG_DESCRIPTOR.length);
    for (let i = 0; i < DESCRIPTORS; i++) page.set(mask, descriptorAt(i));
    return page;
  },
  mismatch(bytes, { medium }) {
    const { descriptors } = decodeApplicationTag(bytes) ?? { descriptors: [] };
    let end = 0;
    for (const [i, { last, lba, blocks }] of descriptors.entries()) {
      if (lba !== end) return descriptorAt(i) + LBA;
      if (blocks > medium.blocks - lba) return descriptorAt(i) + COUNT;
      end += blocks;
      if (last) return end === 0 || end >= medium.blocks - 1 ? undefined : descriptorAt(i) + COUNT;
    }
    // No descriptor says that it is the last one.
    return descriptorAt(DESCRIPTORS - 1);
  },
  decode(bytes) {
    const page = decodeApplicationTag(bytes);
    return page === undefined ? {} : { applicationTags: page };
  },
};
