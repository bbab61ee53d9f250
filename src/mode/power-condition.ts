/** Power Condition mode page, 1Ah (SPC). */
import {
  decodeModePage,
  encodeModePage,
  type ModePageOptions,
  type ModePageSpec,
} from './mode-page.ts';

/** Power Condition mode page (SPC). Timers are in 100 ms, 0 to 2^32 − 1. */
export interface PowerConditionPage {
  /** PM_BG_PRECEDENCE, 0 to 3: 1 background functions come before low power, 2 low power first. */
  readonly backgroundPrecedence: number;
  /** STANDBY_Y: its timer is enabled. */
  readonly standbyY: boolean;
  /** IDLE_C: its timer is enabled. */
  readonly idleC: boolean;
  /** IDLE_B: its timer is enabled. */
  readonly idleB: boolean;
  /** IDLE_A: its timer is enabled. */
  readonly idleA: boolean;
  /** STANDBY_Z: its timer is enabled. */
  readonly standbyZ: boolean;
  /** IDLE_A CONDITION TIMER. */
  readonly idleATimer: number;
  /** STANDBY_Z CONDITION TIMER. */
  readonly standbyZTimer: number;
  /** IDLE_B CONDITION TIMER. */
  readonly idleBTimer: number;
  /** IDLE_C CONDITION TIMER. */
  readonly idleCTimer: number;
  /** STANDBY_Y CONDITION TIMER. */
  readonly standbyYTimer: number;
  /** CCF IDLE, 0 to 3: CHECK CONDITION on leaving idle_c: 1 disabled, 2 enabled. */
  readonly checkConditionFromIdle: number;
  /** CCF STANDBY, 0 to 3: CHECK CONDITION on leaving standby: 1 disabled, 2 enabled. */
  readonly checkConditionFromStandby: number;
  /** CCF STOPPED, 0 to 3: CHECK CONDITION on leaving stopped: 1 disabled, 2 enabled. */
  readonly checkConditionFromStopped: number;
}

/** The Power Condition mode page as data: 40 bytes, of which SPC-3 had the first 12. */
export const POWER_CONDITION: ModePageSpec<PowerConditionPage> = {
  pageCode: 0x1a,
  length: 40,
  leastLength: 12,
  layout: {
    backgroundPrecedence: ['bits', 2, 7, 6],
    standbyY: ['bit', 2, 0],
    idleC: ['bit', 3, 3],
    idleB: ['bit', 3, 2],
    idleA: ['bit', 3, 1],
    standbyZ: ['bit', 3, 0],
    idleATimer: ['u32', 4],
    standbyZTimer: ['u32', 8],
    idleBTimer: ['u32', 12],
    idleCTimer: ['u32', 16],
    standbyYTimer: ['u32', 20],
    checkConditionFromIdle: ['bits', 39, 7, 6],
    checkConditionFromStandby: ['bits', 39, 5, 4],
    checkConditionFromStopped: ['bits', 39, 3, 2],
  },
};

/**
 * Encodes a Power Condition mode page (SPC), 40 bytes.
 *
 * @throws RangeError - a value has no code in its field.
 */
export function encodePowerCondition(
  page: PowerConditionPage,
  options?: ModePageOptions,
): Uint8Array {
  return encodeModePage(POWER_CONDITION, page, options);
}

/** Decodes a Power Condition mode page (SPC), 12 or more bytes; undefined where it is no such page. */
export function decodePowerCondition(bytes: Uint8Array): PowerConditionPage | undefined {
  return decodeModePage(POWER_CONDITION, bytes);
}
