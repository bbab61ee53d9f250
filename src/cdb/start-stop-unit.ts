import type { CdbRequest, CdbSpec } from './spec.ts';

/** START STOP UNIT (SBC): starts, stops, loads or ejects, or sets a power condition. */
export interface StartStopUnit extends CdbRequest {
  readonly op: 'START STOP UNIT';
  /** IMMED: answer as soon as the CDB has been checked. */
  readonly immed: boolean;
  /** POWER CONDITION MODIFIER, 0 to 15. */
  readonly powerConditionModifier: number;
  /** POWER CONDITION, 0 (START_VALID: see `start` and `loej`) to 15. */
  readonly powerCondition: number;
  /** NO_FLUSH: the cache need not be synchronized first. */
  readonly noFlush: boolean;
  /** LOEJ: load (with `start`) or eject. */
  readonly loej: boolean;
  /** START: to the active power condition; else stop. */
  readonly start: boolean;
}

/** CDB of START STOP UNIT. */
export const START_STOP_UNIT_6: CdbSpec<StartStopUnit> = {
  op: 'START STOP UNIT',
  opcode: 0x1b,
  length: 6,
  transfer: 'none',
  fields: {
    immed: ['bit', 1, 0],
    powerConditionModifier: ['bits', 3, 3, 0],
    powerCondition: ['bits', 4, 7, 4],
    noFlush: ['bit', 4, 2],
    loej: ['bit', 4, 1],
    start: ['bit', 4, 0],
  },
};
