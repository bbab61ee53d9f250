/** What Windows is told of a logical unit. */
import { createHash } from 'node:crypto';
import type { LogicalUnit } from '../src/scsi/logical-unit.ts';
import { parseGuid } from './protocol/guid.ts';
import { paramsProblem, type StorageUnitParams } from './protocol/storage-unit-params.ts';

/** What may be said otherwise than the unit itself says it. */
export interface UnitParamsOptions {
  /** Names the unit for Windows. Default: {@link stableGuid} of its NAA designator. */
  readonly guid?: string;
  /** PRODUCT IDENTIFICATION, at most 16 printable ASCII characters. Default: the unit's. */
  readonly productId?: string;
  /** PRODUCT REVISION LEVEL, at most 4 printable ASCII characters. Default: the unit's. */
  readonly productRevisionLevel?: string;
  /** Most bytes of one request: a multiple of the block length. Default 64 KiB. */
  readonly maxTransferLength?: number;
  /** Explorer offers no Eject. Default false. */
  readonly ejectDisabled?: boolean;
}

const DEFAULT_TRANSFER = 65_536;

/** The name space of {@link stableGuid}, a random GUID. */
const NAME_SPACE = 'f59a3bd2-5f8c-4f0b-a0d5-6b3c1f2e9a47';

/**
 * A GUID that is the same for the same name (RFC 9562, version 5): a disk keeps its letter and its
 * place in Windows over restarts.
 *
 * @example
 * ```ts
 * stableGuid('my disk') === stableGuid('my disk'); // true
 * ```
 */
export function stableGuid(name: string): string {
  const digest = createHash('sha1')
    .update(Buffer.from(NAME_SPACE.replaceAll('-', ''), 'hex'))
    .update(name)
    .digest('hex');
  const variant = ((Number.parseInt(digest.charAt(16), 16) & 0x3) | 0x8).toString(16);
  return [
    digest.slice(0, 8),
    digest.slice(8, 12),
    `5${digest.slice(13, 16)}`,
    `${variant}${digest.slice(17, 20)}`,
    digest.slice(20, 32),
  ].join('-');
}

/**
 * The parameters of a storage unit that is this logical unit.
 *
 * @throws RangeError - an option is out of its range, or the unit is more than WinSpd can express.
 */
export function unitParams(unit: LogicalUnit, options: UnitParamsOptions = {}): StorageUnitParams {
  const { identity, medium, settings } = unit;
  const { blocks, blockLength } = medium;
  const guid = parseGuid(options.guid ?? stableGuid(identity.naa.toString(16)));
  if (guid === undefined) throw new RangeError(`guid: '${options.guid ?? ''}' is not a GUID`);
  const most = settings.maxTransferBlocks * blockLength;
  const maxTransferLength = options.maxTransferLength ?? Math.min(DEFAULT_TRANSFER, most);
  if (maxTransferLength > most)
    throw new RangeError(`maxTransferLength: ${maxTransferLength} is more than the unit's ${most}`);
  const params: StorageUnitParams = {
    guid,
    blockCount: blocks,
    blockLength,
    productId: options.productId ?? identity.product,
    productRevisionLevel: options.productRevisionLevel ?? identity.revision,
    deviceType: 0,
    writeProtected: unit.writeProtection !== undefined,
    cacheSupported: unit.writeCacheEnabled,
    unmapSupported: settings.thin,
    ejectDisabled: options.ejectDisabled ?? false,
    maxTransferLength,
  };
  const problem = paramsProblem(params);
  if (problem !== undefined) throw new RangeError(problem);
  return params;
}
