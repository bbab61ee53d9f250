/** Conditions with the sense key NOT READY (SPC, SBC). */
import type { SenseCondition } from '../sense-data.ts';

/** Not ready, for no reportable reason. */
export const LOGICAL_UNIT_NOT_READY_CAUSE_NOT_REPORTABLE: SenseCondition = {
  key: 0x2,
  asc: 0x04,
  ascq: 0x00,
};
/** Becoming ready; no action is needed. */
export const LOGICAL_UNIT_IS_IN_PROCESS_OF_BECOMING_READY: SenseCondition = {
  key: 0x2,
  asc: 0x04,
  ascq: 0x01,
};
/** Stopped: START STOP UNIT starts it. */
export const LOGICAL_UNIT_NOT_READY_INITIALIZING_COMMAND_REQUIRED: SenseCondition = {
  key: 0x2,
  asc: 0x04,
  ascq: 0x02,
};
/** Not ready until someone does something about it. */
export const LOGICAL_UNIT_NOT_READY_MANUAL_INTERVENTION_REQUIRED: SenseCondition = {
  key: 0x2,
  asc: 0x04,
  ascq: 0x03,
};
/** FORMAT UNIT goes on. */
export const LOGICAL_UNIT_NOT_READY_FORMAT_IN_PROGRESS: SenseCondition = {
  key: 0x2,
  asc: 0x04,
  ascq: 0x04,
};
/** A background operation goes on. */
export const LOGICAL_UNIT_NOT_READY_OPERATION_IN_PROGRESS: SenseCondition = {
  key: 0x2,
  asc: 0x04,
  ascq: 0x07,
};
/** A self-test goes on. */
export const LOGICAL_UNIT_NOT_READY_SELF_TEST_IN_PROGRESS: SenseCondition = {
  key: 0x2,
  asc: 0x04,
  ascq: 0x09,
};
/** The target port group changes its asymmetric access state. */
export const LOGICAL_UNIT_NOT_ACCESSIBLE_ASYMMETRIC_ACCESS_STATE_TRANSITION: SenseCondition = {
  key: 0x2,
  asc: 0x04,
  ascq: 0x0a,
};
/** This target port group is in standby. */
export const LOGICAL_UNIT_NOT_ACCESSIBLE_TARGET_PORT_IN_STANDBY_STATE: SenseCondition = {
  key: 0x2,
  asc: 0x04,
  ascq: 0x0b,
};
/** This target port group is unavailable. */
export const LOGICAL_UNIT_NOT_ACCESSIBLE_TARGET_PORT_IN_UNAVAILABLE_STATE: SenseCondition = {
  key: 0x2,
  asc: 0x04,
  ascq: 0x0c,
};
/** The target port group, or the unit, is offline. */
export const LOGICAL_UNIT_NOT_READY_OFFLINE: SenseCondition = { key: 0x2, asc: 0x04, ascq: 0x12 };
/** Space is being allocated. */
export const LOGICAL_UNIT_NOT_READY_SPACE_ALLOCATION_IN_PROGRESS: SenseCondition = {
  key: 0x2,
  asc: 0x04,
  ascq: 0x14,
};
/** START STOP UNIT goes on. */
export const LOGICAL_UNIT_NOT_READY_START_STOP_UNIT_COMMAND_IN_PROGRESS: SenseCondition = {
  key: 0x2,
  asc: 0x04,
  ascq: 0x1a,
};
/** SANITIZE goes on. */
export const LOGICAL_UNIT_NOT_READY_SANITIZE_IN_PROGRESS: SenseCondition = {
  key: 0x2,
  asc: 0x04,
  ascq: 0x1b,
};
/** Microcode waits for its activation. */
export const LOGICAL_UNIT_NOT_READY_MICROCODE_ACTIVATION_REQUIRED: SenseCondition = {
  key: 0x2,
  asc: 0x04,
  ascq: 0x1e,
};
/** A logical unit reset is needed. */
export const LOGICAL_UNIT_NOT_READY_LOGICAL_UNIT_RESET_REQUIRED: SenseCondition = {
  key: 0x2,
  asc: 0x04,
  ascq: 0x20,
};
/** A hard reset is needed. */
export const LOGICAL_UNIT_NOT_READY_HARD_RESET_REQUIRED: SenseCondition = {
  key: 0x2,
  asc: 0x04,
  ascq: 0x21,
};
/** A power cycle is needed. */
export const LOGICAL_UNIT_NOT_READY_POWER_CYCLE_REQUIRED: SenseCondition = {
  key: 0x2,
  asc: 0x04,
  ascq: 0x22,
};
/** A physical element is being removed or truncated. */
export const DEPOPULATION_IN_PROGRESS: SenseCondition = { key: 0x2, asc: 0x04, ascq: 0x24 };
/** Removed physical elements are being restored. */
export const DEPOPULATION_RESTORATION_IN_PROGRESS: SenseCondition = {
  key: 0x2,
  asc: 0x04,
  ascq: 0x25,
};
/** There is no medium. */
export const MEDIUM_NOT_PRESENT: SenseCondition = { key: 0x2, asc: 0x3a, ascq: 0x00 };
/** There is no medium and the tray is closed. */
export const MEDIUM_NOT_PRESENT_TRAY_CLOSED: SenseCondition = { key: 0x2, asc: 0x3a, ascq: 0x01 };
/** There is no medium and the tray is open. */
export const MEDIUM_NOT_PRESENT_TRAY_OPEN: SenseCondition = { key: 0x2, asc: 0x3a, ascq: 0x02 };
/** The logical unit is still configuring itself. */
export const LOGICAL_UNIT_HAS_NOT_SELF_CONFIGURED_YET: SenseCondition = {
  key: 0x2,
  asc: 0x3e,
  ascq: 0x00,
};
