/** One mode page as plain data: what it is called, how long it is and which value lies where (SPC). */
import { getU16, putU16 } from '../bytes.ts';
import { decodeLayout, encodeLayout, type Layout } from '../layout.ts';

/**
 * One mode page. Encoder, decoder and, through `layoutMask(spec.layout, spec.length)`, the mask of
 * the values in use come from this row.
 */
export interface ModePageSpec<T extends object> {
  /** PAGE CODE, 0 to 3Eh. */
  readonly pageCode: number;
  /** SUBPAGE CODE, 1 to FEh; absent: a page in page_0 format. */
  readonly subpage?: number;
  /** Bytes of the whole page, header included. */
  readonly length: number;
  /** Bytes that older standards had, header included; absent: no fewer than `length`. */
  readonly leastLength?: number;
  /** Where each value lies, counted from the page's first byte. */
  readonly layout: Layout<T>;
}

/** What a mode page says about itself beside its values. */
export interface ModePageOptions {
  /** PS: MODE SELECT can save the page. Reserved (zero) in what MODE SELECT sends. */
  readonly parametersSaveable?: boolean;
}

/** A mode page as it was found, its values not looked at. */
export interface RawModePage {
  /** PAGE CODE, 0 to 3Fh. */
  readonly pageCode: number;
  /** SUBPAGE CODE, 0 to 255; 0 in page_0 format. */
  readonly subpage: number;
  /** PS. */
  readonly parametersSaveable: boolean;
  /** The whole page with its header: a part of the bytes it was found in, not a copy. */
  readonly bytes: Uint8Array;
}

const PS = 0x80;
const SPF = 0x40;

/**
 * The values of a mode page when all of its bits are zero.
 *
 * @example
 * ```ts
 * import { blankModePage, CACHING } from 'scsi-target/mode';
 *
 * blankModePage(CACHING).writebackCacheEnable; // false
 * ```
 */
export const blankModePage = <T extends object>({ layout, length }: ModePageSpec<T>): T =>
  decodeLayout(layout, new Uint8Array(length));

/**
 * Encodes a mode page with its header (SPC), in sub_page format where the spec has a subpage.
 *
 * @throws RangeError - a value has no code in its field.
 *
 * @example
 * ```ts
 * import { blankModePage, CONTROL, encodeModePage } from 'scsi-target/mode';
 *
 * encodeModePage(CONTROL, { ...blankModePage(CONTROL), descriptorSense: true }); // 0a 0a 04 00 …
 * ```
 */
export function encodeModePage<T extends object>(
  spec: ModePageSpec<T>,
  page: T,
  options: ModePageOptions = {},
): Uint8Array {
  const bytes = encodeLayout(spec.layout, page, new Uint8Array(spec.length));
  bytes[0] = spec.pageCode | (options.parametersSaveable === true ? PS : 0);
  if (spec.subpage === undefined) {
    bytes[1] = spec.length - 2;
  } else {
    bytes[0] |= SPF;
    bytes[1] = spec.subpage;
    putU16(bytes, 2, spec.length - 4);
  }
  return bytes;
}

/**
 * Decodes a mode page with its header (SPC); undefined where the bytes are another page, or end too
 * early. Values past the end of a page of an older standard are zero.
 */
export function decodeModePage<T extends object>(
  spec: ModePageSpec<T>,
  bytes: Uint8Array,
): T | undefined {
  const page = findModePage(bytes);
  if (page === undefined || page.pageCode !== spec.pageCode) return undefined;
  if (page.subpage !== (spec.subpage ?? 0)) return undefined;
  if (page.bytes.length < (spec.leastLength ?? spec.length)) return undefined;
  return decodeLayout(spec.layout, page.bytes);
}

/** The mode page that `bytes` begin with; undefined where they end before it does. */
export function findModePage(bytes: Uint8Array): RawModePage | undefined {
  const [first = 0, second = 0] = bytes;
  const hasSubpage = (first & SPF) !== 0;
  if (bytes.length < (hasSubpage ? 4 : 2)) return undefined;
  const length = hasSubpage ? 4 + getU16(bytes, 2) : 2 + second;
  if (bytes.length < length) return undefined;
  return {
    pageCode: first & 0x3f,
    subpage: hasSubpage ? second : 0,
    parametersSaveable: (first & PS) !== 0,
    bytes: bytes.subarray(0, length),
  };
}
