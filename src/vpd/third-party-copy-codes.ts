/** The content of third-party copy descriptors (SPC, SBC), header included: to bytes and back. */
import { getU16, putU16 } from '../bytes.ts';
import { decodeLayout, encodeLayout, type Layout } from '../layout.ts';
import type {
  BlockDeviceRodLimits,
  BlockRodFeatures,
  CopyParameterData,
  GeneralCopyOperations,
  HeldData,
  RodTokenFeatures,
  SupportedCopyCommand,
  SupportedCopyCommands,
  SupportedCopyDescriptors,
  SupportedCscdIds,
  SupportedRodType,
  SupportedRodTypes,
} from './third-party-copy-descriptor.ts';

/** A descriptor whose values lie where its layout says: how many bytes it has. */
interface FixedDescriptor<T> {
  readonly length: number;
  readonly layout: Layout<T>;
}

/** Block Device ROD Limits. */
export const ROD_LIMITS: FixedDescriptor<BlockDeviceRodLimits> = {
  length: 36,
  layout: {
    type: ['fixed', 'block device ROD limits'],
    maxRanges: ['u16', 10],
    maxInactivityTimeout: ['u32', 12],
    defaultInactivityTimeout: ['u32', 16],
    maxTokenTransferSize: ['u64', 20],
    optimalTransferCount: ['u64', 28],
  },
};

/** Parameter Data. */
export const PARAMETER_DATA: FixedDescriptor<CopyParameterData> = {
  length: 32,
  layout: {
    type: ['fixed', 'parameter data'],
    maxCscdDescriptors: ['u16', 8],
    maxSegmentDescriptors: ['u16', 10],
    maxDescriptorListLength: ['u32', 12],
    maxInlineDataLength: ['u32', 16],
  },
};

/** General Copy Operations. */
export const GENERAL_COPY_OPERATIONS: FixedDescriptor<GeneralCopyOperations> = {
  length: 36,
  layout: {
    type: ['fixed', 'general copy operations'],
    totalConcurrentCopies: ['u32', 4],
    maxIdentifiedConcurrentCopies: ['u32', 8],
    maxSegmentLength: ['u32', 12],
    dataSegmentGranularity: ['u8', 16],
    inlineDataGranularity: ['u8', 17],
  },
};

/** Held Data. */
export const HELD_DATA: FixedDescriptor<HeldData> = {
  length: 32,
  layout: { type: ['fixed', 'held data'], limit: ['u32', 4], granularity: ['u8', 8] },
};

const TOKEN_FEATURES_LENGTH = 48;

const TOKEN_FEATURES: Layout<Omit<RodTokenFeatures, 'blockFeatures'>> = {
  type: ['fixed', 'ROD token features'],
  remoteTokens: ['bits', 4, 3, 0],
  minTokenLifetime: ['u32', 16],
  maxTokenLifetime: ['u32', 20],
  maxTokenInactivityTimeout: ['u32', 24],
};

const BLOCK_FEATURES_LENGTH = 48;

const BLOCK_FEATURES: Layout<BlockRodFeatures> = {
  deviceType: ['bits', 0, 4, 0],
  optimalLengthGranularity: ['u16', 6],
  maxBytes: ['u64', 8],
  optimalBytes: ['u64', 16],
  optimalBytesToToken: ['u64', 24],
  optimalBytesFromToken: ['u64', 32],
};

const ROD_TYPE_LENGTH = 64;

const ROD_TYPE: Layout<SupportedRodType> = {
  rodType: ['u32', 0],
  extendedCopyInternal: ['bit', 4, 7],
  tokenIn: ['bit', 4, 1],
  tokenOut: ['bit', 4, 0],
  preference: ['u16', 6],
};

/** Supported Commands: one byte of list length, then the commands. */
export function supportedCommandsBytes({ commands }: SupportedCopyCommands): Uint8Array {
  const list = commands.flatMap(({ opcode, serviceActions }) => {
    const length = serviceActions.length;
    return [opcode, length, ...serviceActions].map((code) => byte('commands', code));
  });
  return padded([0, 0, 0, 0, byte('commands length', list.length), ...list]);
}

/** The inverse of {@link supportedCommandsBytes}; a command that is cut off is left out. */
export function supportedCommandsOf(descriptor: Uint8Array): SupportedCopyCommands {
  const list = descriptor.subarray(5, 5 + (descriptor[4] ?? 0));
  const commands: SupportedCopyCommand[] = [];
  let at = 0;
  while (at + 2 <= list.length) {
    const end = at + 2 + (list[at + 1] ?? 0);
    if (end > list.length) break;
    commands.push({ opcode: list[at] ?? 0, serviceActions: [...list.subarray(at + 2, end)] });
    at = end;
  }
  return { type: 'supported commands', commands };
}

/** Supported Descriptors: one byte of list length, then the codes. */
export function supportedDescriptorsBytes({ codes }: SupportedCopyDescriptors): Uint8Array {
  const list = codes.map((code) => byte('codes', code));
  return padded([0, 0, 0, 0, byte('codes length', list.length), ...list]);
}

/** The inverse of {@link supportedDescriptorsBytes}. */
export function supportedDescriptorsOf(descriptor: Uint8Array): SupportedCopyDescriptors {
  const codes = [...descriptor.subarray(5, 5 + (descriptor[4] ?? 0))];
  return { type: 'supported descriptors', codes };
}

/** Supported CSCD IDs: two bytes of list length, then two bytes an ID. */
export function supportedIdsBytes({ ids }: SupportedCscdIds): Uint8Array {
  const bytes = padded(new Uint8Array(6 + 2 * ids.length));
  putU16(bytes, 4, u16('ids length', 2 * ids.length));
  for (const [i, id] of ids.entries()) putU16(bytes, 6 + 2 * i, u16('ids', id));
  return bytes;
}

/** The inverse of {@link supportedIdsBytes}. */
export function supportedIdsOf(descriptor: Uint8Array): SupportedCscdIds {
  const list = descriptor.subarray(6, 6 + getU16(descriptor, 4));
  const ids: number[] = [];
  for (let at = 0; at + 2 <= list.length; at += 2) ids.push(getU16(list, at));
  return { type: 'supported CSCD IDs', ids };
}

/** ROD Token Features: 48 bytes and 48 for each block ROD features descriptor. */
export function tokenFeaturesBytes(features: RodTokenFeatures): Uint8Array {
  const { blockFeatures } = features;
  const length = blockFeatures.length * BLOCK_FEATURES_LENGTH;
  const bytes = new Uint8Array(TOKEN_FEATURES_LENGTH + length);
  encodeLayout(TOKEN_FEATURES, features, bytes);
  putU16(bytes, 46, u16('blockFeatures length', length));
  for (const [i, one] of blockFeatures.entries()) {
    const descriptor = bytes.subarray(TOKEN_FEATURES_LENGTH + i * BLOCK_FEATURES_LENGTH);
    encodeLayout(BLOCK_FEATURES, one, descriptor);
    putU16(descriptor, 2, BLOCK_FEATURES_LENGTH - 4);
  }
  return bytes;
}

/** The inverse of {@link tokenFeaturesBytes}; features of another format than block are left out. */
export function tokenFeaturesOf(descriptor: Uint8Array): RodTokenFeatures {
  const end = Math.min(descriptor.length, TOKEN_FEATURES_LENGTH + getU16(descriptor, 46));
  const blockFeatures: BlockRodFeatures[] = [];
  let at = TOKEN_FEATURES_LENGTH;
  while (at + 4 <= end) {
    const next = at + 4 + getU16(descriptor, at + 2);
    if (next > end) break;
    // DESCRIPTOR FORMAT, the three bits above the device type, is 0 for block devices.
    const isBlock = (descriptor[at] ?? 0) >> 5 === 0;
    if (isBlock && next - at >= BLOCK_FEATURES_LENGTH)
      blockFeatures.push(decodeLayout(BLOCK_FEATURES, descriptor.subarray(at, next)));
    at = next;
  }
  return { ...decodeLayout(TOKEN_FEATURES, descriptor), blockFeatures };
}

/** Supported ROD Types: 8 bytes and 64 for each ROD type. */
export function rodTypesBytes({ rodTypes }: SupportedRodTypes): Uint8Array {
  const length = rodTypes.length * ROD_TYPE_LENGTH;
  const bytes = new Uint8Array(8 + length);
  putU16(bytes, 6, u16('rodTypes length', length));
  for (const [i, one] of rodTypes.entries())
    encodeLayout(ROD_TYPE, one, bytes.subarray(8 + i * ROD_TYPE_LENGTH));
  return bytes;
}

/** The inverse of {@link rodTypesBytes}; a type that is cut off is left out. */
export function rodTypesOf(descriptor: Uint8Array): SupportedRodTypes {
  const list = descriptor.subarray(8, 8 + getU16(descriptor, 6));
  const rodTypes: SupportedRodType[] = [];
  for (let at = 0; at + ROD_TYPE_LENGTH <= list.length; at += ROD_TYPE_LENGTH)
    rodTypes.push(decodeLayout(ROD_TYPE, list.subarray(at)));
  return { type: 'supported ROD types', rodTypes };
}

/** A copy with zeros up to the next multiple of four bytes, as SPC wants each descriptor to end. */
export function padded(bytes: ArrayLike<number>): Uint8Array {
  const whole = new Uint8Array((bytes.length + 3) & ~3);
  whole.set(bytes);
  return whole;
}

function byte(name: string, value: number): number {
  return atMost(name, value, 0xff);
}

function u16(name: string, value: number): number {
  return atMost(name, value, 0xffff);
}

function atMost(name: string, value: number, largest: number): number {
  if (!Number.isInteger(value) || value < 0 || value > largest)
    throw new RangeError(`${name}: ${value} is not an integer from 0 to ${largest}`);
  return value;
}
