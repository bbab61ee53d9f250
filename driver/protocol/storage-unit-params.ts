/** What a storage unit is: SPD_IOCTL_STORAGE_UNIT_PARAMS (WinSpd). */
import { NULL_GUID } from './guid.ts';
import { decodeLayout, encodeLayout, type Layout } from './layout.ts';

/** The parameters of a storage unit. A pipe server greets its client with them. */
export interface StorageUnitParams {
  /** Names the unit; VPD pages 80h and 83h of the miniport have it as the serial number. Not zero. */
  readonly guid: string;
  /** Number of blocks, 1 to 2^53 − 1. */
  readonly blockCount: number;
  /** Bytes a block, 16 or more. */
  readonly blockLength: number;
  /** PRODUCT IDENTIFICATION, at most 16 printable ASCII characters. */
  readonly productId: string;
  /** PRODUCT REVISION LEVEL, at most 4 printable ASCII characters. */
  readonly productRevisionLevel: string;
  /** PERIPHERAL DEVICE TYPE: the miniport takes 0 (direct access) only. */
  readonly deviceType: number;
  /** Writes are refused. */
  readonly writeProtected: boolean;
  /** There is a volatile write cache; without it the miniport sets FUA in every request. */
  readonly cacheSupported: boolean;
  /** UNMAP is there. */
  readonly unmapSupported: boolean;
  /** Explorer offers no Eject. */
  readonly ejectDisabled: boolean;
  /** Most bytes of one request: a multiple of the block length, not 0. */
  readonly maxTransferLength: number;
}

/** Length of {@link StorageUnitParams} in bytes. */
export const PARAMS_LENGTH = 128;

const LAYOUT: Layout<StorageUnitParams> = {
  guid: ['guid', 0],
  blockCount: ['u64', 16],
  blockLength: ['u32', 24],
  productId: ['text', 28, 16],
  productRevisionLevel: ['text', 44, 4],
  deviceType: ['u8', 48],
  writeProtected: ['flag', 52, 0],
  cacheSupported: ['flag', 52, 1],
  unmapSupported: ['flag', 52, 2],
  ejectDisabled: ['flag', 52, 3],
  maxTransferLength: ['u32', 56],
};

/**
 * Encodes the parameters of a storage unit, 128 bytes.
 *
 * @throws RangeError - a value has no code.
 */
export function encodeParams(params: StorageUnitParams): Uint8Array {
  return encodeLayout(LAYOUT, params, new Uint8Array(PARAMS_LENGTH));
}

/** Decodes the parameters of a storage unit; bytes that are missing read as zeros. */
export function decodeParams(bytes: Uint8Array): StorageUnitParams {
  return decodeLayout(LAYOUT, bytes);
}

/** What a client asks of the parameters that greet it. */
export function geometryProblem(params: StorageUnitParams): string | undefined {
  const { blockCount, blockLength, maxTransferLength } = params;
  if (blockCount === 0) return 'blockCount is 0';
  if (blockLength < 16) return `blockLength is ${blockLength}, less than 16`;
  if (maxTransferLength === 0) return 'maxTransferLength is 0';
  if (maxTransferLength % blockLength !== 0)
    return `maxTransferLength ${maxTransferLength} is not a multiple of blockLength ${blockLength}`;
  return undefined;
}

/** Why the miniport would refuse to provision a unit with these parameters; `undefined`: it would not. */
export function paramsProblem(params: StorageUnitParams): string | undefined {
  if (params.guid === NULL_GUID) return 'guid is zero';
  if (params.deviceType !== 0) return `deviceType is ${params.deviceType}, not 0`;
  return geometryProblem(params);
}
