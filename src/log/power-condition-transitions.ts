/** Power Condition Transitions log page, 1Ah (SPC). */
import { LOG_PARAMETER_FORMAT } from './log-page.ts';
import {
  decodeLogPageOf,
  encodeLogPageOf,
  type LogEncodeOptions,
  type LogPageSpec,
} from './log-page-spec.ts';

/** Power Condition Transitions log page (SPC): how often each was entered, 0 to 2^32 − 1. */
export interface PowerConditionTransitionsPage {
  /** ACCUMULATED TRANSITIONS TO ACTIVE. */
  readonly toActive?: number;
  /** ACCUMULATED TRANSITIONS TO IDLE_A. */
  readonly toIdleA?: number;
  /** ACCUMULATED TRANSITIONS TO IDLE_B. */
  readonly toIdleB?: number;
  /** ACCUMULATED TRANSITIONS TO IDLE_C. */
  readonly toIdleC?: number;
  /** ACCUMULATED TRANSITIONS TO STANDBY_Z. */
  readonly toStandbyZ?: number;
  /** ACCUMULATED TRANSITIONS TO STANDBY_Y. */
  readonly toStandbyY?: number;
}

const { BINARY_LIST } = LOG_PARAMETER_FORMAT;

/** The Power Condition Transitions log page as data. */
export const POWER_CONDITION_TRANSITIONS: LogPageSpec<PowerConditionTransitionsPage> = {
  pageCode: 0x1a,
  parameters: [
    { code: 0x0001, length: 4, format: BINARY_LIST },
    { code: 0x0002, length: 4, format: BINARY_LIST },
    { code: 0x0003, length: 4, format: BINARY_LIST },
    { code: 0x0004, length: 4, format: BINARY_LIST },
    { code: 0x0008, length: 4, format: BINARY_LIST },
    { code: 0x0009, length: 4, format: BINARY_LIST },
  ],
  fields: {
    toActive: [0x0001, 'counter'],
    toIdleA: [0x0002, 'counter'],
    toIdleB: [0x0003, 'counter'],
    toIdleC: [0x0004, 'counter'],
    toStandbyZ: [0x0008, 'counter'],
    toStandbyY: [0x0009, 'counter'],
  },
};

/**
 * Encodes a Power Condition Transitions log page (SPC). What is absent has no parameter.
 *
 * @throws RangeError - a value has no code in its field.
 */
export function encodePowerConditionTransitions(
  page: PowerConditionTransitionsPage,
  options?: LogEncodeOptions,
): Uint8Array {
  return encodeLogPageOf(POWER_CONDITION_TRANSITIONS, page, options);
}

/**
 * Decodes a Power Condition Transitions log page (SPC); undefined where the bytes are no such page. What has no parameter is
 * absent.
 */
export function decodePowerConditionTransitions(
  bytes: Uint8Array,
): PowerConditionTransitionsPage | undefined {
  return decodeLogPageOf(POWER_CONDITION_TRANSITIONS, bytes);
}
