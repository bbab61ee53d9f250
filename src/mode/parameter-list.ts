/** Mode parameter lists (SPC): what MODE SENSE answers and what MODE SELECT sends. */
import { joinChunks, totalLength } from '../bytes.ts';
import {
  blockDescriptorLength,
  decodeBlockDescriptor,
  decodeModeHeader,
  encodeBlockDescriptor,
  encodeModeHeader,
  modeHeaderLength,
  type BlockDescriptor,
  type DecodedModeParameterHeader,
  type ModeHeaderForm,
  type ModeParameterHeader,
} from './header.ts';
import { findModePage, type RawModePage } from './mode-page.ts';

/** Which way a list goes: to the initiator (MODE SENSE) or from it (MODE SELECT). */
export type ModeListDirection = 'sense' | 'select';

/** A mode parameter list to be sent. */
export interface ModeParameterList extends ModeParameterHeader {
  /** Block descriptors: none, or for a direct-access device one. */
  readonly blockDescriptors: readonly BlockDescriptor[];
  /** The pages, each with its header. */
  readonly pages: readonly Uint8Array[];
}

/** A page of a mode parameter list and where it lies there. */
export interface PlacedModePage extends RawModePage {
  /** Byte offset of the page's first byte in the list. */
  readonly offset: number;
}

/** A mode parameter list taken apart. */
export interface DecodedModeParameterList extends DecodedModeParameterHeader {
  /** The whole block descriptors. */
  readonly blockDescriptors: readonly BlockDescriptor[];
  /** The whole pages. */
  readonly pages: readonly PlacedModePage[];
  /**
   * Byte offset of the first block descriptor or page that is not all there; absent: nothing is cut.
   * Block descriptors that end before BLOCK DESCRIPTOR LENGTH does are cut too.
   */
  readonly truncatedAt?: number;
}

/**
 * Encodes a mode parameter list (SPC). MODE DATA LENGTH is 0 where the list goes to the device, as
 * it is reserved there.
 *
 * @throws RangeError - the list is too long for the form (over 256 bytes for MODE SENSE(6)), or a
 * value has no code in it.
 *
 * @example
 * ```ts
 * import { encodeModeParameterList } from 'scsi-target/mode';
 *
 * encodeModeParameterList(
 *   {
 *     mediumType: 0,
 *     writeProtected: true,
 *     dpoFua: true,
 *     longLba: false,
 *     blockDescriptors: [{ blocks: 2048, blockLength: 512 }],
 *     pages: [],
 *   },
 *   6,
 *   'sense',
 * ); // 0b 00 90 08 00 00 08 00 00 00 02 00
 * ```
 */
export function encodeModeParameterList(
  list: ModeParameterList,
  form: ModeHeaderForm,
  direction: ModeListDirection,
): Uint8Array {
  const descriptors = list.blockDescriptors.map((one) => encodeBlockDescriptor(one, list.longLba));
  const descriptorsLength = totalLength(descriptors);
  const lengthField = form === 6 ? 1 : 2;
  const length = modeHeaderLength(form) + descriptorsLength + totalLength(list.pages);
  const header = encodeModeHeader(
    {
      ...list,
      modeDataLength: direction === 'sense' ? length - lengthField : 0,
      blockDescriptorLength: descriptorsLength,
    },
    form,
  );
  return joinChunks([header, ...descriptors, ...list.pages]);
}

/**
 * Takes a mode parameter list apart (SPC); undefined where not even its header is there. Never
 * throws. What MODE SENSE answered ends where its MODE DATA LENGTH says, if the bytes go that far;
 * what MODE SELECT sends ends with the bytes. The pages are parts of `bytes`, not copies.
 */
export function decodeModeParameterList(
  bytes: Uint8Array,
  form: ModeHeaderForm,
  direction: ModeListDirection,
): DecodedModeParameterList | undefined {
  const header = decodeModeHeader(bytes, form);
  if (header === undefined) return undefined;
  const lengthField = form === 6 ? 1 : 2;
  const list =
    direction === 'sense' ? bytes.subarray(0, lengthField + header.modeDataLength) : bytes;

  const start = modeHeaderLength(form);
  const end = start + header.blockDescriptorLength;
  const size = blockDescriptorLength(header.longLba);
  const blockDescriptors: BlockDescriptor[] = [];
  let at = start;
  while (at + size <= end) {
    const descriptor = decodeBlockDescriptor(list.subarray(at), header.longLba);
    if (descriptor === undefined) break;
    blockDescriptors.push(descriptor);
    at += size;
  }
  if (at < end) return { ...header, blockDescriptors, pages: [], truncatedAt: at };

  const pages: PlacedModePage[] = [];
  while (at < list.length) {
    const page = findModePage(list.subarray(at));
    if (page === undefined) return { ...header, blockDescriptors, pages, truncatedAt: at };
    pages.push({ ...page, offset: at });
    at += page.bytes.length;
  }
  return { ...header, blockDescriptors, pages };
}
