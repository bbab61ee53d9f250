/** Caching mode page, 08h (SBC). */
import {
  decodeModePage,
  encodeModePage,
  type ModePageOptions,
  type ModePageSpec,
} from './mode-page.ts';

/** Caching mode page (SBC). Lengths are in logical blocks. */
export interface CachingPage {
  /** IC: the cache segmentation of this page is used, not the device's own. */
  readonly initiatorControl: boolean;
  /** ABPF: a pre-fetch is aborted by the next command. */
  readonly abortPreFetch: boolean;
  /** CAP: the caching analysis is permitted. */
  readonly cachingAnalysisPermitted: boolean;
  /** DISC: a pre-fetch goes on over time discontinuities, such as cylinders. */
  readonly discontinuity: boolean;
  /** SIZE: the segment size counts, not the number of segments. */
  readonly sizeEnable: boolean;
  /** WCE: writes end when they are in the volatile cache. */
  readonly writebackCacheEnable: boolean;
  /** MF: the pre-fetch lengths are multiplied by the transfer length. */
  readonly multiplicationFactor: boolean;
  /** RCD: reads come from the medium, not from the cache. */
  readonly readCacheDisable: boolean;
  /** DEMAND READ RETENTION PRIORITY, 0 to 15. */
  readonly demandReadRetentionPriority: number;
  /** WRITE RETENTION PRIORITY, 0 to 15. */
  readonly writeRetentionPriority: number;
  /** DISABLE PRE-FETCH TRANSFER LENGTH, 0 to 65535. */
  readonly disablePreFetchTransferLength: number;
  /** MINIMUM PRE-FETCH, 0 to 65535. */
  readonly minimumPreFetch: number;
  /** MAXIMUM PRE-FETCH, 0 to 65535. */
  readonly maximumPreFetch: number;
  /** MAXIMUM PRE-FETCH CEILING, 0 to 65535. */
  readonly maximumPreFetchCeiling: number;
  /** FSW: blocks reach the medium in the order they were written. */
  readonly forceSequentialWrite: boolean;
  /** LBCSS: the segment size is in blocks, not in bytes. */
  readonly logicalBlockCacheSegmentSize: boolean;
  /** DRA: no read-ahead. */
  readonly disableReadAhead: boolean;
  /** SYNC_PROG, 0 to 3: how SYNCHRONIZE CACHE reports its progress. */
  readonly synchronizeCacheProgress: number;
  /** NV_DIS: the non-volatile cache is disabled. */
  readonly nonVolatileCacheDisable: boolean;
  /** NUMBER OF CACHE SEGMENTS, 0 to 255. */
  readonly cacheSegments: number;
  /** CACHE SEGMENT SIZE, 0 to 65535. */
  readonly cacheSegmentSize: number;
}

/** The Caching mode page as data: 20 bytes, of which SCSI-2 had the first 12. */
export const CACHING: ModePageSpec<CachingPage> = {
  pageCode: 0x08,
  length: 20,
  leastLength: 12,
  layout: {
    initiatorControl: ['bit', 2, 7],
    abortPreFetch: ['bit', 2, 6],
    cachingAnalysisPermitted: ['bit', 2, 5],
    discontinuity: ['bit', 2, 4],
    sizeEnable: ['bit', 2, 3],
    writebackCacheEnable: ['bit', 2, 2],
    multiplicationFactor: ['bit', 2, 1],
    readCacheDisable: ['bit', 2, 0],
    demandReadRetentionPriority: ['bits', 3, 7, 4],
    writeRetentionPriority: ['bits', 3, 3, 0],
    disablePreFetchTransferLength: ['u16', 4],
    minimumPreFetch: ['u16', 6],
    maximumPreFetch: ['u16', 8],
    maximumPreFetchCeiling: ['u16', 10],
    forceSequentialWrite: ['bit', 12, 7],
    logicalBlockCacheSegmentSize: ['bit', 12, 6],
    disableReadAhead: ['bit', 12, 5],
    synchronizeCacheProgress: ['bits', 12, 2, 1],
    nonVolatileCacheDisable: ['bit', 12, 0],
    cacheSegments: ['u8', 13],
    cacheSegmentSize: ['u16', 14],
  },
};

/**
 * Encodes a Caching mode page (SBC), 20 bytes.
 *
 * @throws RangeError - a value has no code in its field.
 */
export function encodeCaching(page: CachingPage, options?: ModePageOptions): Uint8Array {
  return encodeModePage(CACHING, page, options);
}

/** Decodes a Caching mode page (SBC), 12 or more bytes; undefined where the bytes are no such page. */
export function decodeCaching(bytes: Uint8Array): CachingPage | undefined {
  return decodeModePage(CACHING, bytes);
}
