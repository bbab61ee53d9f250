/** Mode Page Policy VPD page, 87h (SPC). */
import { decodeLayout, encodeLayout, type Layout } from '../layout.ts';
import { blankPage, findPage, PAGE_HEADER, type PageHeader } from './page-header.ts';

/** PAGE CODE of the Mode Page Policy VPD page. */
export const MODE_PAGE_POLICY = 0x87;

/** Mode page policy descriptor (SPC): which I_T nexuses have one copy of a mode page in common. */
export interface ModePagePolicy {
  /** POLICY PAGE CODE, 0 to 63; 3Fh, with subpage FFh: all pages that no other descriptor names. */
  readonly pageCode: number;
  /** POLICY SUBPAGE CODE, 0 to 255. */
  readonly subpage: number;
  /** MLUS: several logical units share the page. */
  readonly sharedByUnits: boolean;
  /** MODE PAGE POLICY, 0 to 3: 0 shared by all, 1 per target port, 3 per I_T nexus. */
  readonly policy: number;
}

/** Mode Page Policy VPD page (SPC). */
export interface ModePagePolicyPage extends PageHeader {
  /** The descriptors; one for 3Fh/FFh is the first. */
  readonly policies: readonly ModePagePolicy[];
}

const LENGTH = 4;

const LAYOUT: Layout<ModePagePolicy> = {
  pageCode: ['bits', 0, 5, 0],
  subpage: ['u8', 1],
  sharedByUnits: ['bit', 2, 7],
  policy: ['bits', 2, 1, 0],
};

/**
 * Encodes a Mode Page Policy VPD page (SPC): 4 bytes a descriptor.
 *
 * @throws RangeError - a value has no code in its field.
 *
 * @example
 * ```ts
 * import { encodeModePagePolicy } from 'scsi-target/vpd';
 *
 * encodeModePagePolicy({
 *   policies: [{ pageCode: 0x3f, subpage: 0xff, sharedByUnits: false, policy: 0 }],
 * }); // 00 87 00 04 3f ff 00 00
 * ```
 */
export function encodeModePagePolicy(page: ModePagePolicyPage): Uint8Array {
  const bytes = blankPage(MODE_PAGE_POLICY, page.policies.length * LENGTH);
  encodeLayout(PAGE_HEADER, page, bytes);
  for (const [i, policy] of page.policies.entries())
    encodeLayout(LAYOUT, policy, bytes.subarray(4 + i * LENGTH));
  return bytes;
}

/**
 * Decodes a Mode Page Policy VPD page (SPC); undefined where the bytes are no such page. A
 * descriptor that is cut off is left out.
 */
export function decodeModePagePolicy(bytes: Uint8Array): ModePagePolicyPage | undefined {
  const page = findPage(bytes, MODE_PAGE_POLICY, 0);
  if (page === undefined) return undefined;
  const policies: ModePagePolicy[] = [];
  for (let at = 4; at + LENGTH <= page.length; at += LENGTH)
    policies.push(decodeLayout(LAYOUT, page.subarray(at)));
  return { ...decodeLayout(PAGE_HEADER, page), policies };
}
