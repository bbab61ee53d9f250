/** Mode pages that end in a list of descriptors, all of one length (SBC). */
import { decodeLayout, encodeLayout, type Layout } from '../layout.ts';
import {
  decodeModePage,
  encodeModePage,
  findModePage,
  type ModePageOptions,
  type ModePageSpec,
} from './mode-page.ts';

/** How the descriptors of a page are coded. They begin where the page's own values end. */
export interface DescriptorSpec<D extends object> {
  /** Bytes of one descriptor. */
  readonly length: number;
  /** Where each value lies, counted from the descriptor's first byte. */
  readonly layout: Layout<D>;
}

/** Encodes a page whose descriptors follow the `page.length` bytes of its own values. */
export function encodeWithDescriptors<T extends object, D extends object>(
  page: ModePageSpec<T>,
  descriptor: DescriptorSpec<D>,
  value: T,
  descriptors: readonly D[],
  options?: ModePageOptions,
): Uint8Array {
  const length = page.length + descriptors.length * descriptor.length;
  const name = 'mode page length';
  if (length - 4 > 0xffff) throw new RangeError(`${name}: ${length} bytes are over PAGE LENGTH`);
  const bytes = encodeModePage({ ...page, length }, value, options);
  for (const [i, one] of descriptors.entries()) {
    const at = page.length + i * descriptor.length;
    encodeLayout(descriptor.layout, one, bytes.subarray(at, at + descriptor.length));
  }
  return bytes;
}

/** The inverse of {@link encodeWithDescriptors}; a descriptor that is cut off is left out. */
export function decodeWithDescriptors<T extends object, D extends object>(
  page: ModePageSpec<T>,
  descriptor: DescriptorSpec<D>,
  bytes: Uint8Array,
): { readonly value: T; readonly descriptors: readonly D[] } | undefined {
  const value = decodeModePage(page, bytes);
  const found = findModePage(bytes);
  if (value === undefined || found === undefined) return undefined;
  const descriptors: D[] = [];
  for (let at = page.length; at + descriptor.length <= found.bytes.length; at += descriptor.length)
    descriptors.push(decodeLayout(descriptor.layout, found.bytes.subarray(at)));
  return { value, descriptors };
}
