/** What a logical unit is made to be: its settings, as they follow from its options. */
import type { Backend } from '../backend/backend.ts';
import type { ProtectionType } from '../cdb/protection-information.ts';
import { SETTABLE_ACCESS_STATES, TPGS, type SettableAccessState } from './asymmetric-access.ts';
import type { LogicalUnitOptions } from './unit-options.ts';

/** Options with their defaults, checked. */
export interface UnitSettings {
  /** T10 VENDOR IDENTIFICATION. */
  readonly vendor: string;
  /** PRODUCT IDENTIFICATION. */
  readonly product: string;
  /** PRODUCT REVISION LEVEL. */
  readonly revision: string;
  /** RMB. */
  readonly removable: boolean;
  /** The medium cannot be written. */
  readonly readOnly: boolean;
  /** LBPME. */
  readonly thin: boolean;
  /** WCE, to begin with. */
  readonly writeBack: boolean;
  /** LOGICAL BLOCKS PER PHYSICAL BLOCK EXPONENT. */
  readonly physicalBlockExponent: number;
  /** LOWEST ALIGNED LOGICAL BLOCK ADDRESS. */
  readonly lowestAlignedLba: number;
  /** MEDIUM ROTATION RATE. */
  readonly rotationRate: number;
  /** MAXIMUM TRANSFER LENGTH in blocks. */
  readonly maxTransferBlocks: number;
  /** MAXIMUM UNMAP LBA COUNT. */
  readonly maxUnmapBlocks: number;
  /** MAXIMUM UNMAP BLOCK DESCRIPTOR COUNT. */
  readonly maxUnmapDescriptors: number;
  /** MAXIMUM COMPARE AND WRITE LENGTH. */
  readonly maxCompareAndWriteBlocks: number;
  /** MAXIMUM ATOMIC TRANSFER LENGTH in blocks; 0: no atomic writes. */
  readonly maxAtomicBlocks: number;
  /** MAXIMUM WRITE SAME LENGTH. */
  readonly maxWriteSameBlocks: number;
  /** MAXIMUM SCATTERED LBA RANGE DESCRIPTOR COUNT. */
  readonly maxScatteredRanges: number;
  /** The protection type to begin with; undefined: there is no protection information. */
  readonly protectionType: ProtectionType | undefined;
  /** OPTIMAL UNMAP GRANULARITY in blocks. */
  readonly unmapGranularity: number;
  /** UNMAP GRANULARITY ALIGNMENT: the first block where a run that can be unmapped begins. */
  readonly unmapAlignment: number;
  /** THRESHOLD EXPONENT: a threshold set is 2^n blocks; 0: there are no thresholds. */
  readonly thresholdExponent: number;
  /** Percent in use when initiators are told first; absent: they are not. */
  readonly softThreshold?: number;
  /** ANC_SUP: blocks can be anchored. */
  readonly anchors: boolean;
  /** Bytes a second of SANITIZE; 0: as many as it can. */
  readonly sanitizeRate: number;
  /** Bytes a second of FORMAT UNIT; 0: as many as it can. */
  readonly formatRate: number;
  /** The unit does as libiscsi's suite wants it where the standard has it otherwise. */
  readonly lenient: boolean;
  /** TPGS: bit 0 implicit, bit 1 explicit. */
  readonly tpgs: number;
  /** Access states to begin with, by TARGET PORT GROUP; active/optimized where there is none. */
  readonly accessStates: ReadonlyMap<number, SettableAccessState>;
  /** Milliseconds that a group is transitioning when its state changes. */
  readonly transitionTime: number;
  /** D_SENSE, to begin with. */
  readonly descriptorSense: boolean;
  /** A reserved bit that is set in a CDB or a parameter list is an error. */
  readonly strict: boolean;
  /** The device clock is set by other means than SET TIMESTAMP (TCMOS). */
  readonly knowsTimeOfDay: boolean;
  /** EXTENDED SELF-TEST COMPLETION TIME in seconds. */
  readonly extendedSelfTestTime: number;
  /** Tasks that the task set has room for. */
  readonly queueDepth: number;
  /** Milliseconds that task management waits for aborted tasks. */
  readonly abortTimeout: number;
}

/**
 * Checks options and fills in defaults.
 *
 * @throws RangeError - an option is out of its range, or the backend's block length or capacity; the
 * message names it.
 */
export function unitSettings(options: LogicalUnitOptions): UnitSettings {
  const { backend, thin = backend.unmap !== undefined } = options;
  checkBackend(backend);
  const physicalBlockExponent = exponent(options, backend.blockLength);
  const maxTransferLength = options.maxTransferLength ?? 32 * 1024 * 1024;
  const maxTransferBlocks = Math.floor(
    integer('maxTransferLength', maxTransferLength, backend.blockLength, 2 ** 32 - 1) /
      backend.blockLength,
  );
  const lowestAlignedLba = integer('lowestAlignedLba', options.lowestAlignedLba ?? 0, 0, 0x3fff);
  const unmapGranularity = Math.max(backend.unmapGranularity ?? 1, 2 ** physicalBlockExponent);
  if (thin && backend.unmap === undefined)
    throw new RangeError('thin: this backend cannot unmap blocks');
  if (options.readOnly === false && backend.readOnly === true)
    throw new RangeError('readOnly: this backend cannot be written');
  return {
    vendor: text('vendor', options.vendor ?? 'SCSITGT', 8),
    product: text('product', options.product ?? 'Virtual Disk', 16),
    revision: text('revision', options.revision ?? '0001', 4),
    removable: options.removable ?? false,
    readOnly: options.readOnly ?? backend.readOnly ?? false,
    thin,
    writeBack: (options.cache ?? (backend.flush ? 'write-back' : 'write-through')) === 'write-back',
    physicalBlockExponent,
    lowestAlignedLba,
    rotationRate: rotation(options.rotationRate ?? 1),
    maxTransferBlocks,
    maxAtomicBlocks: Math.min(backend.maxAtomicBlocks ?? 0, maxTransferBlocks, 0xffff),
    maxUnmapBlocks: integer(
      'maxUnmapBlocks',
      options.maxUnmapBlocks ?? 2 ** 32 - 1,
      1,
      2 ** 32 - 1,
    ),
    maxUnmapDescriptors: integer(
      'maxUnmapDescriptors',
      options.maxUnmapDescriptors ?? 256,
      1,
      4095,
    ),
    maxCompareAndWriteBlocks: integer(
      'maxCompareAndWriteBlocks',
      options.maxCompareAndWriteBlocks ?? 255,
      1,
      255,
    ),
    maxWriteSameBlocks: integer(
      'maxWriteSameBlocks',
      options.maxWriteSameBlocks ?? 65_536,
      1,
      2 ** 32 - 1,
    ),
    maxScatteredRanges: integer('maxScatteredRanges', options.maxScatteredRanges ?? 256, 1, 65_535),
    protectionType: protectionType(options),
    unmapGranularity,
    // What the backend can free it counts from block 0.
    unmapAlignment:
      unmapGranularity > 2 ** physicalBlockExponent ? 0 : lowestAlignedLba % unmapGranularity,
    thresholdExponent: thin && backend.space !== undefined ? thresholdExponent(backend.blocks) : 0,
    ...softThreshold(options, thin),
    anchors: thin && backend.canAnchor === true,
    sanitizeRate: integer('sanitizeRate', options.sanitizeRate ?? 0, 0, 2 ** 53 - 1),
    formatRate: integer('formatRate', options.formatRate ?? 0, 0, 2 ** 53 - 1),
    lenient: options.compatibility === 'lenient',
    tpgs: TPGS[options.alua ?? 'implicit'],
    accessStates: accessStates(options),
    transitionTime: integer('transitionTime', options.transitionTime ?? 0, 0, 255_000),
    descriptorSense: options.descriptorSense ?? false,
    strict: options.reservedBits !== 'ignore',
    knowsTimeOfDay: options.timeOfDay !== undefined,
    extendedSelfTestTime: integer(
      'extendedSelfTestTime',
      options.extendedSelfTestTime ?? 10,
      0,
      0xfffe,
    ),
    queueDepth: integer('queueDepth', options.queueDepth ?? 4096, 1, 2 ** 32 - 1),
    abortTimeout: integer('abortTimeout', options.abortTimeout ?? 30_000, 0, 2 ** 31 - 1),
  };
}

/** Refuses a backend whose block length or capacity is not one that a disk can have. */
function checkBackend({ blockLength, blocks }: Backend): void {
  if (!(blockLength >= 512 && blockLength <= 65_536 && Number.isInteger(Math.log2(blockLength))))
    throw new RangeError(`blockLength: ${blockLength} is not a power of two from 512 to 65536`);
  if (!Number.isSafeInteger(blocks) || blocks < 1)
    throw new RangeError(`blocks: ${blocks} is not an integer from 1 to 2^53 - 1`);
}

function exponent({ physicalBlockLength }: LogicalUnitOptions, blockLength: number): number {
  const log2 = Math.log2((physicalBlockLength ?? blockLength) / blockLength);
  if (!Number.isInteger(log2) || log2 < 0 || log2 > 15)
    throw new RangeError(
      `physicalBlockLength: ${String(physicalBlockLength)} is not ${blockLength} times a power of two to 2^15`,
    );
  return log2;
}

/**
 * 1 MiB of 512-byte blocks; less on a small disk, that its space has a thousand steps, and more on
 * one whose sets would not fit 32 bits.
 */
function thresholdExponent(blocks: number): number {
  const log2 = Math.log2(blocks);
  return Math.max(1, Math.min(11, Math.floor(log2) - 10), Math.ceil(log2) - 31);
}

function softThreshold(
  { softThreshold: percent, backend }: LogicalUnitOptions,
  thin: boolean,
): Pick<UnitSettings, 'softThreshold'> {
  if (percent === undefined) return {};
  if (!thin || backend.space === undefined)
    throw new RangeError('softThreshold: this disk does not know how full it is');
  return { softThreshold: integer('softThreshold', percent, 1, 99) };
}

function protectionType({
  protectionType: type,
  backend,
}: LogicalUnitOptions): ProtectionType | undefined {
  if (type === undefined) return undefined;
  integer('protectionType', type, 0, 3);
  if (backend.readProtection === undefined)
    throw new RangeError('protectionType: this backend keeps no protection information');
  return type;
}

function accessStates({
  accessStates: states = {},
  alua,
}: LogicalUnitOptions): ReadonlyMap<number, SettableAccessState> {
  const entries = Object.entries(states);
  if (entries.length > 0 && alua === 'none')
    throw new RangeError('accessStates: with alua none all groups are alike');
  return new Map(
    entries.map(([portGroup, state]) => {
      if (!SETTABLE_ACCESS_STATES.includes(state))
        throw new RangeError(`accessStates: '${state}' is no state`);
      return [integer('accessStates', Number(portGroup), 0, 0xffff), state];
    }),
  );
}

/** MEDIUM ROTATION RATE; 2 to 1024 are reserved (SBC). */
function rotation(rate: number): number {
  return rate === 0 || rate === 1 ? rate : integer('rotationRate', rate, 1025, 0xfffe);
}

/** Checks printable ASCII of 1 to `length` characters. */
export function text(name: string, value: string, length: number): string {
  if (value.length < 1 || value.length > length || !/^[ -~]+$/.test(value))
    throw new RangeError(`${name}: '${value}' is not 1 to ${length} printable ASCII characters`);
  return value;
}

function integer(name: string, value: number, least: number, most: number): number {
  if (!Number.isInteger(value) || value < least || value > most)
    throw new RangeError(`${name}: ${value} is not an integer from ${least} to ${most}`);
  return value;
}
