/** Third-party Copy VPD page, 8Fh (SPC, SBC). */
import { getU16, joinChunks, putU16, totalLength } from '../bytes.ts';
import { decodeLayout, encodeLayout } from '../layout.ts';
import { blankPage, findPage, PAGE_HEADER, type PageHeader } from './page-header.ts';
import {
  GENERAL_COPY_OPERATIONS,
  HELD_DATA,
  padded,
  PARAMETER_DATA,
  ROD_LIMITS,
  rodTypesBytes,
  rodTypesOf,
  supportedCommandsBytes,
  supportedCommandsOf,
  supportedDescriptorsBytes,
  supportedDescriptorsOf,
  supportedIdsBytes,
  supportedIdsOf,
  tokenFeaturesBytes,
  tokenFeaturesOf,
} from './third-party-copy-codes.ts';
import type { CopyDescriptor } from './third-party-copy-descriptor.ts';

/** PAGE CODE of the Third-party Copy VPD page. */
export const THIRD_PARTY_COPY = 0x8f;

/** Third-party Copy VPD page (SPC). */
export interface ThirdPartyCopyPage extends PageHeader {
  /** The descriptors, ascending in type. */
  readonly descriptors: readonly CopyDescriptor[];
}

const TYPES = {
  'block device ROD limits': 0x0000,
  'supported commands': 0x0001,
  'parameter data': 0x0004,
  'supported descriptors': 0x0008,
  'supported CSCD IDs': 0x000c,
  'ROD token features': 0x0106,
  'supported ROD types': 0x0108,
  'general copy operations': 0x8001,
  'held data': 0xc001,
} as const;

/**
 * Encodes a Third-party Copy VPD page (SPC, SBC).
 *
 * @throws RangeError - a value has no code in its field, a list does not fit its descriptor, or all
 * together the page.
 *
 * @example
 * ```ts
 * import { encodeThirdPartyCopy } from 'scsi-target/vpd';
 *
 * encodeThirdPartyCopy({
 *   descriptors: [
 *     { type: 'supported commands', commands: [{ opcode: 0x83, serviceActions: [0x10, 0x11] }] },
 *   ],
 * }); // 00 8f 00 0c 00 01 00 08 04 83 02 10 11 00 00 00
 * ```
 */
export function encodeThirdPartyCopy(page: ThirdPartyCopyPage): Uint8Array {
  const descriptors = page.descriptors.map(encodeDescriptor);
  const bytes = blankPage(THIRD_PARTY_COPY, totalLength(descriptors));
  encodeLayout(PAGE_HEADER, page, bytes);
  bytes.set(joinChunks(descriptors), 4);
  return bytes;
}

/**
 * Decodes a Third-party Copy VPD page (SPC, SBC); undefined where the bytes are no such page. A
 * descriptor that is cut off, and what follows it, is left out; one of an unknown type, or too short
 * for its type, comes as `raw`, whose bytes are a part of `bytes`, not a copy.
 */
export function decodeThirdPartyCopy(bytes: Uint8Array): ThirdPartyCopyPage | undefined {
  const page = findPage(bytes, THIRD_PARTY_COPY, 0);
  if (page === undefined) return undefined;
  const descriptors: CopyDescriptor[] = [];
  let at = 4;
  while (at + 4 <= page.length) {
    const end = at + 4 + getU16(page, at + 2);
    if (end > page.length) break;
    descriptors.push(decodeDescriptor(page.subarray(at, end)));
    at = end;
  }
  return { ...decodeLayout(PAGE_HEADER, page), descriptors };
}

function encodeDescriptor(descriptor: CopyDescriptor): Uint8Array {
  const type = descriptor.type === 'raw' ? descriptor.descriptorType : TYPES[descriptor.type];
  if (!Number.isInteger(type) || type < 0 || type > 0xffff)
    throw new RangeError(`descriptorType: ${type} is not an integer from 0 to 65535`);
  const bytes = encodeContent(descriptor);
  const length = bytes.length - 4;
  if (length > 0xffff) throw new RangeError(`${descriptor.type}: ${length} bytes are over 65535`);
  putU16(bytes, 0, type);
  putU16(bytes, 2, length);
  return bytes;
}

/** The descriptor with its type and length still zero. */
function encodeContent(descriptor: CopyDescriptor): Uint8Array {
  switch (descriptor.type) {
    case 'block device ROD limits':
      return encodeLayout(ROD_LIMITS.layout, descriptor, new Uint8Array(ROD_LIMITS.length));
    case 'supported commands':
      return supportedCommandsBytes(descriptor);
    case 'parameter data':
      return encodeLayout(PARAMETER_DATA.layout, descriptor, new Uint8Array(PARAMETER_DATA.length));
    case 'supported descriptors':
      return supportedDescriptorsBytes(descriptor);
    case 'supported CSCD IDs':
      return supportedIdsBytes(descriptor);
    case 'ROD token features':
      return tokenFeaturesBytes(descriptor);
    case 'supported ROD types':
      return rodTypesBytes(descriptor);
    case 'general copy operations': {
      const { layout, length } = GENERAL_COPY_OPERATIONS;
      return encodeLayout(layout, descriptor, new Uint8Array(length));
    }
    case 'held data':
      return encodeLayout(HELD_DATA.layout, descriptor, new Uint8Array(HELD_DATA.length));
    case 'raw':
      return padded([0, 0, 0, 0, ...descriptor.data]);
  }
}

function decodeDescriptor(descriptor: Uint8Array): CopyDescriptor {
  const descriptorType = getU16(descriptor, 0);
  return (
    decodeContent(descriptorType, descriptor) ?? {
      type: 'raw',
      descriptorType,
      data: descriptor.subarray(4),
    }
  );
}

/** The descriptor as what its type says; undefined where that is unknown, or it is too short. */
function decodeContent(type: number, descriptor: Uint8Array): CopyDescriptor | undefined {
  const has = (length: number): boolean => descriptor.length >= length;
  switch (type) {
    case TYPES['block device ROD limits']:
      return has(ROD_LIMITS.length) ? decodeLayout(ROD_LIMITS.layout, descriptor) : undefined;
    case TYPES['supported commands']:
      return has(8) ? supportedCommandsOf(descriptor) : undefined;
    case TYPES['parameter data']:
      return has(20) ? decodeLayout(PARAMETER_DATA.layout, descriptor) : undefined;
    case TYPES['supported descriptors']:
      return has(8) ? supportedDescriptorsOf(descriptor) : undefined;
    case TYPES['supported CSCD IDs']:
      return has(8) ? supportedIdsOf(descriptor) : undefined;
    case TYPES['ROD token features']:
      return has(48) ? tokenFeaturesOf(descriptor) : undefined;
    case TYPES['supported ROD types']:
      return has(8) ? rodTypesOf(descriptor) : undefined;
    case TYPES['general copy operations']:
      return has(18) ? decodeLayout(GENERAL_COPY_OPERATIONS.layout, descriptor) : undefined;
    case TYPES['held data']:
      return has(9) ? decodeLayout(HELD_DATA.layout, descriptor) : undefined;
    default:
      return undefined;
  }
}
