/** Referrals VPD page, B3h (SBC). */
import { decodeLayout, encodeLayout, type Layout } from '../layout.ts';
import { blankPage, findPage, PAGE_HEADER, type PageHeader } from './page-header.ts';

/** PAGE CODE of the Referrals VPD page. */
export const REFERRALS = 0xb3;

/** PAGE LENGTH: 0Ch. */
const LENGTH = 0x0c;

/** Referrals VPD page (SBC). */
export interface ReferralsPage extends PageHeader {
  /** USER DATA SEGMENT SIZE in logical blocks, 0 to 2^32 − 1; 0: the sense data tells it. */
  readonly userDataSegmentSize: number;
  /** USER DATA SEGMENT MULTIPLIER, 0 to 2^32 − 1: segments from one of a port group to its next. */
  readonly userDataSegmentMultiplier: number;
}

const LAYOUT: Layout<ReferralsPage> = {
  ...PAGE_HEADER,
  userDataSegmentSize: ['u32', 8],
  userDataSegmentMultiplier: ['u32', 12],
};

/**
 * Encodes a Referrals VPD page (SBC), 16 bytes. Absent members are zero.
 *
 * @throws RangeError - a value has no code in its field.
 */
export function encodeReferrals(page: Partial<ReferralsPage>): Uint8Array {
  return encodeLayout(LAYOUT, page, blankPage(REFERRALS, LENGTH));
}

/** Decodes a Referrals VPD page (SBC); undefined where the bytes are no such page. */
export function decodeReferrals(bytes: Uint8Array): ReferralsPage | undefined {
  const page = findPage(bytes, REFERRALS, LENGTH);
  return page && decodeLayout(LAYOUT, page);
}
