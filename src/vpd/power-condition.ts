/** Power Condition VPD page, 8Ah (SPC). */
import { decodeLayout, encodeLayout, type Layout } from '../layout.ts';
import { blankPage, findPage, PAGE_HEADER, type PageHeader } from './page-header.ts';

/** PAGE CODE of the Power Condition VPD page. */
export const POWER_CONDITION_PAGE = 0x8a;

/** PAGE LENGTH: 0Eh. */
const LENGTH = 0x0e;

/** Power Condition VPD page (SPC). Recovery times are in milliseconds, 0 to 65535; 0: not reported. */
export interface PowerConditionVpdPage extends PageHeader {
  /** STANDBY_Y: START STOP UNIT and the mode page have the standby_y power condition. */
  readonly standbyY: boolean;
  /** STANDBY_Z: they have standby_z. */
  readonly standbyZ: boolean;
  /** IDLE_C: they have idle_c. */
  readonly idleC: boolean;
  /** IDLE_B: they have idle_b. */
  readonly idleB: boolean;
  /** IDLE_A: they have idle_a. */
  readonly idleA: boolean;
  /** STOPPED CONDITION RECOVERY TIME. */
  readonly stoppedRecoveryTime: number;
  /** STANDBY_Z CONDITION RECOVERY TIME. */
  readonly standbyZRecoveryTime: number;
  /** STANDBY_Y CONDITION RECOVERY TIME. */
  readonly standbyYRecoveryTime: number;
  /** IDLE_A CONDITION RECOVERY TIME. */
  readonly idleARecoveryTime: number;
  /** IDLE_B CONDITION RECOVERY TIME. */
  readonly idleBRecoveryTime: number;
  /** IDLE_C CONDITION RECOVERY TIME. */
  readonly idleCRecoveryTime: number;
}

const LAYOUT: Layout<PowerConditionVpdPage> = {
  ...PAGE_HEADER,
  standbyY: ['bit', 4, 1],
  standbyZ: ['bit', 4, 0],
  idleC: ['bit', 5, 2],
  idleB: ['bit', 5, 1],
  idleA: ['bit', 5, 0],
  stoppedRecoveryTime: ['u16', 6],
  standbyZRecoveryTime: ['u16', 8],
  standbyYRecoveryTime: ['u16', 10],
  idleARecoveryTime: ['u16', 12],
  idleBRecoveryTime: ['u16', 14],
  idleCRecoveryTime: ['u16', 16],
};

/**
 * Encodes a Power Condition VPD page (SPC), 18 bytes. Absent members are zero.
 *
 * @throws RangeError - a value has no code in its field.
 */
export function encodePowerConditionVpd(page: Partial<PowerConditionVpdPage>): Uint8Array {
  return encodeLayout(LAYOUT, page, blankPage(POWER_CONDITION_PAGE, LENGTH));
}

/** Decodes a Power Condition VPD page (SPC); undefined where the bytes are no such page. */
export function decodePowerConditionVpd(bytes: Uint8Array): PowerConditionVpdPage | undefined {
  const page = findPage(bytes, POWER_CONDITION_PAGE, LENGTH);
  return page && decodeLayout(LAYOUT, page);
}
