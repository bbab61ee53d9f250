/** Cache Memory Statistics log page, 19h/20h (SPC). */
import { LOG_PARAMETER_FORMAT } from './log-page.ts';
import {
  decodeLogPageOf,
  encodeLogPageOf,
  type LogEncodeOptions,
  type LogPageSpec,
} from './log-page-spec.ts';

/**
 * Cache Memory Statistics log page (SPC). Counts are 0 to 2^53 − 1, times are counted in the time
 * intervals that the page tells.
 */
export interface CacheMemoryStatisticsPage {
  /** READ CACHE MEMORY HITS. */
  readonly readHits?: number;
  /** READS TO READ CACHE MEMORY. */
  readonly reads?: number;
  /** WRITE CACHE MEMORY HITS. */
  readonly writeHits?: number;
  /** WRITES FROM WRITE CACHE MEMORY. */
  readonly writes?: number;
  /** TIME FROM LAST HARD RESET, in time intervals. */
  readonly intervalsSinceHardReset?: number;
  /** Exponent of the time interval, 0 to 2^32 − 1: an interval is `integer` × 10^−`exponent` seconds. */
  readonly intervalExponent?: number;
  /** Integer of the time interval, 0 to 2^32 − 1. */
  readonly intervalInteger?: number;
}

const { BINARY_LIST, UNBOUNDED_COUNTER } = LOG_PARAMETER_FORMAT;

/** The Cache Memory Statistics log page as data. */
export const CACHE_MEMORY_STATISTICS: LogPageSpec<CacheMemoryStatisticsPage> = {
  pageCode: 0x19,
  subpage: 0x20,
  parameters: [
    { code: 0x0001, length: 8, format: UNBOUNDED_COUNTER },
    { code: 0x0002, length: 8, format: UNBOUNDED_COUNTER },
    { code: 0x0003, length: 8, format: UNBOUNDED_COUNTER },
    { code: 0x0004, length: 8, format: UNBOUNDED_COUNTER },
    { code: 0x0005, length: 8, format: UNBOUNDED_COUNTER },
    { code: 0x0006, length: 8, format: BINARY_LIST },
  ],
  fields: {
    readHits: [0x0001, 'counter'],
    reads: [0x0002, 'counter'],
    writeHits: [0x0003, 'counter'],
    writes: [0x0004, 'counter'],
    intervalsSinceHardReset: [0x0005, 'counter'],
    intervalExponent: [0x0006, ['u32', 0]],
    intervalInteger: [0x0006, ['u32', 4]],
  },
};

/**
 * Encodes a Cache Memory Statistics log page (SPC). What is absent has no parameter.
 *
 * @throws RangeError - a value has no code in its field.
 */
export function encodeCacheMemoryStatistics(
  page: CacheMemoryStatisticsPage,
  options?: LogEncodeOptions,
): Uint8Array {
  return encodeLogPageOf(CACHE_MEMORY_STATISTICS, page, options);
}

/**
 * Decodes a Cache Memory Statistics log page (SPC); undefined where the bytes are no such page. What has no parameter is
 * absent.
 */
export function decodeCacheMemoryStatistics(
  bytes: Uint8Array,
): CacheMemoryStatisticsPage | undefined {
  return decodeLogPageOf(CACHE_MEMORY_STATISTICS, bytes);
}
