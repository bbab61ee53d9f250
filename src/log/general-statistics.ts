/** General Statistics and Performance log page, 19h (SPC). */
import { LOG_PARAMETER_FORMAT } from './log-page.ts';
import {
  decodeLogPageOf,
  encodeLogPageOf,
  type LogEncodeOptions,
  type LogPageSpec,
} from './log-page-spec.ts';

/**
 * General Statistics and Performance log page (SPC). Counts are 0 to 2^53 − 1, times are counted in
 * the time intervals that the page tells.
 */
export interface GeneralStatisticsPage {
  /** NUMBER OF READ COMMANDS. */
  readonly readCommands?: number;
  /** NUMBER OF WRITE COMMANDS. */
  readonly writeCommands?: number;
  /** NUMBER OF LOGICAL BLOCKS RECEIVED, by write commands. */
  readonly blocksReceived?: number;
  /** NUMBER OF LOGICAL BLOCKS TRANSMITTED, by read commands. */
  readonly blocksTransmitted?: number;
  /** READ COMMAND PROCESSING INTERVALS. */
  readonly readIntervals?: number;
  /** WRITE COMMAND PROCESSING INTERVALS. */
  readonly writeIntervals?: number;
  /** WEIGHTED NUMBER OF READ COMMANDS PLUS WRITE COMMANDS. */
  readonly weightedCommands?: number;
  /** WEIGHTED READ COMMAND PROCESSING PLUS WRITE COMMAND PROCESSING. */
  readonly weightedIntervals?: number;
  /** IDLE TIME INTERVALS: with no command in the task set. */
  readonly idleIntervals?: number;
  /** Exponent of the time interval, 0 to 2^32 − 1: an interval is `integer` × 10^−`exponent` seconds. */
  readonly intervalExponent?: number;
  /** Integer of the time interval, 0 to 2^32 − 1. */
  readonly intervalInteger?: number;
  /** NUMBER OF READ FUA COMMANDS. */
  readonly readFuaCommands?: number;
  /** NUMBER OF WRITE FUA COMMANDS. */
  readonly writeFuaCommands?: number;
  /** NUMBER OF READ FUA_NV COMMANDS. */
  readonly readFuaNvCommands?: number;
  /** NUMBER OF WRITE FUA_NV COMMANDS. */
  readonly writeFuaNvCommands?: number;
  /** READ FUA COMMAND PROCESSING INTERVALS. */
  readonly readFuaIntervals?: number;
  /** WRITE FUA COMMAND PROCESSING INTERVALS. */
  readonly writeFuaIntervals?: number;
  /** READ FUA_NV COMMAND PROCESSING INTERVALS. */
  readonly readFuaNvIntervals?: number;
  /** WRITE FUA_NV COMMAND PROCESSING INTERVALS. */
  readonly writeFuaNvIntervals?: number;
}

const { BINARY_LIST, UNBOUNDED_COUNTER } = LOG_PARAMETER_FORMAT;

/** The General Statistics and Performance log page as data. */
export const GENERAL_STATISTICS: LogPageSpec<GeneralStatisticsPage> = {
  pageCode: 0x19,
  parameters: [
    { code: 0x0001, length: 64, format: UNBOUNDED_COUNTER },
    { code: 0x0002, length: 8, format: UNBOUNDED_COUNTER },
    { code: 0x0003, length: 8, format: BINARY_LIST },
    { code: 0x0004, length: 64, format: UNBOUNDED_COUNTER },
  ],
  fields: {
    readCommands: [0x0001, ['u64', 0]],
    writeCommands: [0x0001, ['u64', 8]],
    blocksReceived: [0x0001, ['u64', 16]],
    blocksTransmitted: [0x0001, ['u64', 24]],
    readIntervals: [0x0001, ['u64', 32]],
    writeIntervals: [0x0001, ['u64', 40]],
    weightedCommands: [0x0001, ['u64', 48]],
    weightedIntervals: [0x0001, ['u64', 56]],
    idleIntervals: [0x0002, 'counter'],
    intervalExponent: [0x0003, ['u32', 0]],
    intervalInteger: [0x0003, ['u32', 4]],
    readFuaCommands: [0x0004, ['u64', 0]],
    writeFuaCommands: [0x0004, ['u64', 8]],
    readFuaNvCommands: [0x0004, ['u64', 16]],
    writeFuaNvCommands: [0x0004, ['u64', 24]],
    readFuaIntervals: [0x0004, ['u64', 32]],
    writeFuaIntervals: [0x0004, ['u64', 40]],
    readFuaNvIntervals: [0x0004, ['u64', 48]],
    writeFuaNvIntervals: [0x0004, ['u64', 56]],
  },
};

/**
 * Encodes a General Statistics and Performance log page (SPC). What is absent has no parameter.
 *
 * @throws RangeError - a value has no code in its field.
 */
export function encodeGeneralStatistics(
  page: GeneralStatisticsPage,
  options?: LogEncodeOptions,
): Uint8Array {
  return encodeLogPageOf(GENERAL_STATISTICS, page, options);
}

/**
 * Decodes a General Statistics and Performance log page (SPC); undefined where the bytes are no such page. What has no parameter is
 * absent.
 */
export function decodeGeneralStatistics(bytes: Uint8Array): GeneralStatisticsPage | undefined {
  return decodeLogPageOf(GENERAL_STATISTICS, bytes);
}
