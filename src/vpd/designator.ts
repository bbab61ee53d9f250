/** Designation descriptors (SPC, Device Identification VPD page): names of units, ports, devices. */
import { getU16, putU16 } from '../bytes.ts';
import {
  eui64Bytes,
  eui64Of,
  naaBytes,
  naaOf,
  nameStringBytes,
  nameStringOf,
  t10Bytes,
  t10Of,
  uuidBytes,
  uuidOf,
} from './designator-codes.ts';

/** What a designator names (ASSOCIATION, 0 to 3). */
export type Association = 'logical unit' | 'target port' | 'target device' | 'reserved';

/** What all designators have. */
export interface DesignatorBase {
  /** ASSOCIATION. */
  readonly association: Association;
  /** PROTOCOL IDENTIFIER, 0 to 15 (5 is iSCSI), of a port or device name; absent: PIV = 0. */
  readonly protocol?: number;
}

/** T10 vendor ID based designator. */
export interface T10Designator extends DesignatorBase {
  /** DESIGNATOR TYPE, in words. */
  readonly type: 'T10 vendor ID';
  /** T10 VENDOR IDENTIFICATION, at most 8 characters. */
  readonly vendor: string;
  /** VENDOR SPECIFIC IDENTIFIER: printable ASCII, at most 247 characters. */
  readonly identifier: string;
}

/** EUI-64 based designator of 8, 12 or 16 bytes. */
export interface Eui64Designator extends DesignatorBase {
  /** DESIGNATOR TYPE, in words. */
  readonly type: 'EUI-64';
  /** The EUI-64: company identifier and vendor specific extension. */
  readonly eui64: bigint;
  /** DIRECTORY ID, 0 to 2^32 − 1: makes the 12-byte form. */
  readonly directoryId?: number;
  /** IDENTIFIER EXTENSION, 64 bits: makes the 16-byte form. */
  readonly identifierExtension?: bigint;
}

/** NAA designator. */
export interface NaaDesignator extends DesignatorBase {
  /** DESIGNATOR TYPE, in words. */
  readonly type: 'NAA';
  /**
   * The whole name, its highest four bits the NAA: 64 bits of 2h IEEE extended, 3h locally assigned
   * or 5h IEEE registered; 128 bits of 6h IEEE registered extended.
   */
  readonly name: bigint;
}

/** Relative target port identifier, target port group, or logical unit group designator. */
export interface NumberDesignator extends DesignatorBase {
  /** DESIGNATOR TYPE, in words. */
  readonly type: 'relative target port' | 'target port group' | 'logical unit group';
  /** RELATIVE TARGET PORT IDENTIFIER, TARGET PORT GROUP or LOGICAL UNIT GROUP, 0 to 65535. */
  readonly number: number;
}

/** SCSI name string designator. */
export interface NameStringDesignator extends DesignatorBase {
  /** DESIGNATOR TYPE, in words. */
  readonly type: 'SCSI name string';
  /** The name, such as `iqn.2026-11.com.example:disk,t,0x0001`, at most 251 bytes of UTF-8. */
  readonly name: string;
}

/** UUID designator. */
export interface UuidDesignator extends DesignatorBase {
  /** DESIGNATOR TYPE, in words. */
  readonly type: 'UUID';
  /** The UUID as text: 36 characters of lower-case hexadecimal digits and hyphens. */
  readonly uuid: string;
}

/** Any other designator, as its bytes. */
export interface RawDesignator extends DesignatorBase {
  /** DESIGNATOR TYPE, in words. */
  readonly type: 'raw';
  /** DESIGNATOR TYPE, 0 to 15. */
  readonly designatorType: number;
  /** CODE SET, 0 to 15: 1 binary, 2 ASCII, 3 UTF-8. */
  readonly codeSet: number;
  /** DESIGNATOR, at most 255 bytes. */
  readonly designator: Uint8Array;
}

/** A designation descriptor (SPC). */
export type Designator =
  | T10Designator
  | Eui64Designator
  | NaaDesignator
  | NumberDesignator
  | NameStringDesignator
  | UuidDesignator
  | RawDesignator;

const ASSOCIATIONS = ['logical unit', 'target port', 'target device', 'reserved'] as const;

const NUMBER_TYPES = {
  'relative target port': 4,
  'target port group': 5,
  'logical unit group': 6,
} as const;

/**
 * Encodes designation descriptors one after the other (SPC).
 *
 * @throws RangeError - a name does not fit its designator.
 */
export function encodeDesignators(designators: readonly Designator[]): Uint8Array {
  const descriptors = designators.map(encodeDesignator);
  const bytes = new Uint8Array(descriptors.reduce((sum, one) => sum + one.length, 0));
  let at = 0;
  for (const descriptor of descriptors) {
    bytes.set(descriptor, at);
    at += descriptor.length;
  }
  return bytes;
}

/**
 * Decodes designation descriptors (SPC). A descriptor that is cut off, and what follows it, is left
 * out; one whose content does not fit its type comes as `raw`. The bytes of a `raw` one are a part
 * of `bytes`, not a copy.
 */
export function decodeDesignators(bytes: Uint8Array): readonly Designator[] {
  const designators: Designator[] = [];
  let at = 0;
  while (at + 4 <= bytes.length) {
    const end = at + 4 + (bytes[at + 3] ?? 0);
    if (end > bytes.length) break;
    designators.push(decodeDesignator(bytes.subarray(at, end)));
    at = end;
  }
  return designators;
}

function encodeDesignator(designator: Designator): Uint8Array {
  const { type, codeSet, content } = encodeContent(designator);
  const protocol = designator.protocol ?? 0;
  for (const [name, value, largest] of [
    ['protocol', protocol, 15],
    ['designatorType', type, 15],
    ['codeSet', codeSet, 15],
    ['designator length', content.length, 255],
  ] as const)
    if (!Number.isInteger(value) || value < 0 || value > largest)
      throw new RangeError(`${name}: ${value} is not an integer from 0 to ${largest}`);
  const bytes = new Uint8Array(4 + content.length);
  bytes[0] = (protocol << 4) | codeSet;
  bytes[1] = (ASSOCIATIONS.indexOf(designator.association) << 4) | type;
  if (designator.protocol !== undefined) bytes[1] |= 0x80;
  bytes[3] = content.length;
  bytes.set(content, 4);
  return bytes;
}

function encodeContent(designator: Designator): {
  readonly type: number;
  readonly codeSet: number;
  readonly content: Uint8Array;
} {
  switch (designator.type) {
    case 'T10 vendor ID':
      return { type: 1, codeSet: 2, content: t10Bytes(designator) };
    case 'EUI-64':
      return { type: 2, codeSet: 1, content: eui64Bytes(designator) };
    case 'NAA':
      return { type: 3, codeSet: 1, content: naaBytes(designator.name) };
    case 'SCSI name string':
      return { type: 8, codeSet: 3, content: nameStringBytes(designator.name) };
    case 'UUID':
      return { type: 0xa, codeSet: 1, content: uuidBytes(designator.uuid) };
    case 'raw':
      return {
        type: designator.designatorType,
        codeSet: designator.codeSet,
        content: designator.designator,
      };
    default: {
      const { type, number } = designator;
      if (!Number.isInteger(number) || number < 0 || number > 0xffff)
        throw new RangeError(`${type}: ${number} is not an integer from 0 to 65535`);
      const content = new Uint8Array(4);
      putU16(content, 2, number);
      return { type: NUMBER_TYPES[type], codeSet: 1, content };
    }
  }
}

function decodeDesignator(descriptor: Uint8Array): Designator {
  const [first = 0, second = 0] = descriptor;
  const content = descriptor.subarray(4);
  const codeSet = first & 0x0f;
  const designatorType = second & 0x0f;
  const base = {
    association: ASSOCIATIONS[(second >> 4) & 3] ?? 'reserved',
    ...((second & 0x80) !== 0 && { protocol: first >> 4 }),
  };
  const name = decodeContent(designatorType, codeSet, content);
  return { ...base, ...(name ?? { type: 'raw', designatorType, codeSet, designator: content }) };
}

/** The members that belong to the type; undefined where it is unknown or the content does not fit. */
function decodeContent(
  type: number,
  codeSet: number,
  content: Uint8Array,
): WithoutBase<Exclude<Designator, RawDesignator>> | undefined {
  switch (codeSet * 16 + type) {
    case 0x21:
      return t10Of(content);
    case 0x12:
      return eui64Of(content);
    case 0x13:
      return naaOf(content);
    case 0x14:
      return numberOf('relative target port', content);
    case 0x15:
      return numberOf('target port group', content);
    case 0x16:
      return numberOf('logical unit group', content);
    case 0x38:
      return nameStringOf(content);
    case 0x1a:
      return uuidOf(content);
    default:
      return undefined;
  }
}

function numberOf(
  type: NumberDesignator['type'],
  content: Uint8Array,
): WithoutBase<NumberDesignator> | undefined {
  return content.length === 4 ? { type, number: getU16(content, 2) } : undefined;
}

/** A designator without what all designators have. */
export type WithoutBase<T extends DesignatorBase> = T extends DesignatorBase
  ? Omit<T, keyof DesignatorBase>
  : never;
