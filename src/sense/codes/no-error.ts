/** Conditions that are no error: sense keys NO SENSE and RECOVERED ERROR (SPC, SBC). */
import type { SenseCondition } from '../sense-data.ts';

/** Nothing to report. */
export const NO_SENSE: SenseCondition = { key: 0x0, asc: 0x00, ascq: 0x00 };
/** An operation goes on in the background; the progress tells how far it is. */
export const OPERATION_IN_PROGRESS: SenseCondition = { key: 0x0, asc: 0x00, ascq: 0x16 };
/** The power condition is changing. */
export const LOGICAL_UNIT_TRANSITIONING_TO_ANOTHER_POWER_CONDITION: SenseCondition = {
  key: 0x0,
  asc: 0x00,
  ascq: 0x1f,
};
/** A temperature over the reference was seen (informational exceptions). */
export const WARNING_SPECIFIED_TEMPERATURE_EXCEEDED: SenseCondition = {
  key: 0x0,
  asc: 0x0b,
  ascq: 0x01,
};
/** Power will be lost soon (informational exceptions). */
export const WARNING_POWER_LOSS_EXPECTED: SenseCondition = { key: 0x0, asc: 0x0b, ascq: 0x08 };
/** A failure is to be expected (informational exceptions). */
export const FAILURE_PREDICTION_THRESHOLD_EXCEEDED: SenseCondition = {
  key: 0x0,
  asc: 0x5d,
  ascq: 0x00,
};
/** A failure prediction for test purposes (TEST bit of the informational exceptions page). */
export const FAILURE_PREDICTION_THRESHOLD_EXCEEDED_FALSE: SenseCondition = {
  key: 0x0,
  asc: 0x5d,
  ascq: 0xff,
};
/** In a low power condition, for no reportable reason. */
export const LOW_POWER_CONDITION_ON: SenseCondition = { key: 0x0, asc: 0x5e, ascq: 0x00 };
/** In idle_a by timer. */
export const IDLE_CONDITION_ACTIVATED_BY_TIMER: SenseCondition = {
  key: 0x0,
  asc: 0x5e,
  ascq: 0x01,
};
/** In standby_z by timer. */
export const STANDBY_CONDITION_ACTIVATED_BY_TIMER: SenseCondition = {
  key: 0x0,
  asc: 0x5e,
  ascq: 0x02,
};
/** In idle_a by command. */
export const IDLE_CONDITION_ACTIVATED_BY_COMMAND: SenseCondition = {
  key: 0x0,
  asc: 0x5e,
  ascq: 0x03,
};
/** In standby_z by command. */
export const STANDBY_CONDITION_ACTIVATED_BY_COMMAND: SenseCondition = {
  key: 0x0,
  asc: 0x5e,
  ascq: 0x04,
};
/** In idle_b by timer. */
export const IDLE_B_CONDITION_ACTIVATED_BY_TIMER: SenseCondition = {
  key: 0x0,
  asc: 0x5e,
  ascq: 0x05,
};
/** In idle_b by command. */
export const IDLE_B_CONDITION_ACTIVATED_BY_COMMAND: SenseCondition = {
  key: 0x0,
  asc: 0x5e,
  ascq: 0x06,
};
/** In idle_c by timer. */
export const IDLE_C_CONDITION_ACTIVATED_BY_TIMER: SenseCondition = {
  key: 0x0,
  asc: 0x5e,
  ascq: 0x07,
};
/** In idle_c by command. */
export const IDLE_C_CONDITION_ACTIVATED_BY_COMMAND: SenseCondition = {
  key: 0x0,
  asc: 0x5e,
  ascq: 0x08,
};
/** In standby_y by timer. */
export const STANDBY_Y_CONDITION_ACTIVATED_BY_TIMER: SenseCondition = {
  key: 0x0,
  asc: 0x5e,
  ascq: 0x09,
};
/** In standby_y by command. */
export const STANDBY_Y_CONDITION_ACTIVATED_BY_COMMAND: SenseCondition = {
  key: 0x0,
  asc: 0x5e,
  ascq: 0x0a,
};
/** The defect list asked for does not exist in the format asked for. */
export const DEFECT_LIST_NOT_FOUND: SenseCondition = { key: 0x1, asc: 0x1c, ascq: 0x00 };
/** MODE SELECT rounded a parameter. */
export const ROUNDED_PARAMETER: SenseCondition = { key: 0x1, asc: 0x37, ascq: 0x00 };
