/** Requests and responses: SPD_IOCTL_TRANSACT_REQ and SPD_IOCTL_TRANSACT_RSP (WinSpd). */
import { decodeLayout, encodeLayout, type Layout } from './layout.ts';
import { decodeStatus, encodeStatus, type StorageUnitStatus } from './storage-unit-status.ts';

/** What every request has. */
export interface TransactHeader {
  /** Names the request; its response has the same. 0 stands for no request. */
  readonly hint: bigint;
}

/** Blocks to be read or written. */
export interface BlockRequest extends TransactHeader {
  /** What to do with them. */
  readonly kind: 'Read' | 'Write';
  /** The first block. */
  readonly blockAddress: number;
  /** How many blocks, 0 to 2^32 − 1. */
  readonly blockCount: number;
  /** FUA: past the cache. */
  readonly forceUnitAccess: boolean;
}

/** Blocks to be put on stable storage. */
export interface FlushRequest extends TransactHeader {
  /** Flush. */
  readonly kind: 'Flush';
  /** The first block. */
  readonly blockAddress: number;
  /** How many blocks; 0: all from the first on. */
  readonly blockCount: number;
}

/** Blocks to be unmapped; the descriptors are the data of the request. */
export interface UnmapRequest extends TransactHeader {
  /** Unmap. */
  readonly kind: 'Unmap';
  /** How many descriptors, 0 to 2^32 − 1. */
  readonly count: number;
}

/** A request of a kind that is not known. */
export interface UnknownRequest extends TransactHeader {
  /** Unknown. */
  readonly kind: 'Unknown';
  /** The number of the kind: 0, or 5 to 255. */
  readonly code: number;
}

/** A request, by its kind. */
export type TransactRequest = BlockRequest | FlushRequest | UnmapRequest | UnknownRequest;

/** A response. */
export interface TransactResponse extends TransactHeader {
  /** The number of the request's kind ({@link kindCode}). */
  readonly kind: number;
  /** How it ended. */
  readonly status: StorageUnitStatus;
}

/** A range to be unmapped: SPD_IOCTL_UNMAP_DESCRIPTOR. */
export interface UnmapDescriptor {
  /** The first block. */
  readonly blockAddress: number;
  /** How many blocks, 0 to 2^32 − 1. */
  readonly blockCount: number;
}

/** Length of a request in bytes. */
export const REQUEST_LENGTH = 32;
/** Length of a response in bytes; on a pipe of the header of either. */
export const RESPONSE_LENGTH = 48;
/** Length of an {@link UnmapDescriptor} in bytes. */
export const UNMAP_DESCRIPTOR_LENGTH = 16;

/** The numbers of the kinds. */
export const TRANSACT_KIND = {
  /** Read blocks. */
  Read: 1,
  /** Write blocks. */
  Write: 2,
  /** Put blocks on stable storage. */
  Flush: 3,
  /** Unmap blocks. */
  Unmap: 4,
} as const;

/** The number of a request's kind. */
export function kindCode(request: TransactRequest): number {
  return request.kind === 'Unknown' ? request.code : TRANSACT_KIND[request.kind];
}

interface Header extends TransactHeader {
  readonly kind: number;
}

const HEADER: Layout<Header> = { hint: ['id64', 0], kind: ['u8', 8] };

const RANGE: Layout<Omit<FlushRequest, 'hint' | 'kind'>> = {
  blockAddress: ['u64', 16],
  blockCount: ['u32', 24],
};

const BLOCKS: Layout<Omit<BlockRequest, 'hint' | 'kind'>> = {
  ...RANGE,
  forceUnitAccess: ['flag', 28, 0],
};

const LIST: Layout<Omit<UnmapRequest, 'hint' | 'kind'>> = { count: ['u32', 16] };

const DESCRIPTOR: Layout<UnmapDescriptor> = { blockAddress: ['u64', 0], blockCount: ['u32', 8] };

const STATUS_AT = 16;

/** Decodes the request that begins at `at`. */
export function decodeRequest(bytes: Uint8Array, at = 0): TransactRequest {
  const { hint, kind } = decodeLayout(HEADER, bytes, at);
  switch (kind) {
    case TRANSACT_KIND.Read:
      return { hint, kind: 'Read', ...decodeLayout(BLOCKS, bytes, at) };
    case TRANSACT_KIND.Write:
      return { hint, kind: 'Write', ...decodeLayout(BLOCKS, bytes, at) };
    case TRANSACT_KIND.Flush:
      return { hint, kind: 'Flush', ...decodeLayout(RANGE, bytes, at) };
    case TRANSACT_KIND.Unmap:
      return { hint, kind: 'Unmap', ...decodeLayout(LIST, bytes, at) };
    default:
      return { hint, kind: 'Unknown', code: kind };
  }
}

/** Encodes a request to begin at `at`. @throws RangeError - a value has no code. */
export function encodeRequest(request: TransactRequest, bytes: Uint8Array, at = 0): Uint8Array {
  encodeLayout(HEADER, { hint: request.hint, kind: kindCode(request) }, bytes, at);
  switch (request.kind) {
    case 'Read':
    case 'Write':
      return encodeLayout(BLOCKS, request, bytes, at);
    case 'Flush':
      return encodeLayout(RANGE, request, bytes, at);
    case 'Unmap':
      return encodeLayout(LIST, request, bytes, at);
    case 'Unknown':
      return bytes;
  }
}

/** Decodes the response that begins at `at`. */
export function decodeResponse(bytes: Uint8Array, at = 0): TransactResponse {
  return { ...decodeLayout(HEADER, bytes, at), status: decodeStatus(bytes, at + STATUS_AT) };
}

/** Encodes a response to begin at `at`. @throws RangeError - a value has no code. */
export function encodeResponse(response: TransactResponse, bytes: Uint8Array, at = 0): Uint8Array {
  encodeLayout(HEADER, response, bytes, at);
  return encodeStatus(response.status, bytes, at + STATUS_AT);
}

/** Decodes as many descriptors as there are whole ones. */
export function decodeUnmapDescriptors(bytes: Uint8Array): readonly UnmapDescriptor[] {
  return Array.from({ length: Math.floor(bytes.length / UNMAP_DESCRIPTOR_LENGTH) }, (_, i) =>
    decodeLayout(DESCRIPTOR, bytes, i * UNMAP_DESCRIPTOR_LENGTH),
  );
}

/** Encodes descriptors. @throws RangeError - a value has no code. */
export function encodeUnmapDescriptors(descriptors: readonly UnmapDescriptor[]): Uint8Array {
  const bytes = new Uint8Array(descriptors.length * UNMAP_DESCRIPTOR_LENGTH);
  for (const [i, descriptor] of descriptors.entries())
    encodeLayout(DESCRIPTOR, descriptor, bytes, i * UNMAP_DESCRIPTOR_LENGTH);
  return bytes;
}

/** Bytes of data that come with a request; `blockLength` in bytes. Past 2^53 it is the nearest double. */
export function requestDataLength(request: TransactRequest, blockLength: number): number {
  switch (request.kind) {
    case 'Write':
      return request.blockCount * blockLength;
    case 'Unmap':
      return request.count * UNMAP_DESCRIPTOR_LENGTH;
    default:
      return 0;
  }
}

/** Bytes of data that come with the response to a request; `blockLength` in bytes. */
export function responseDataLength(request: TransactRequest, blockLength: number): number {
  return request.kind === 'Read' ? request.blockCount * blockLength : 0;
}
