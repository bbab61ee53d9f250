/** Conditions with the sense key UNIT ATTENTION (SPC, SBC, ZBC). */
import type { SenseCondition } from '../sense-data.ts';

/** The unit became ready, perhaps with another medium. */
export const NOT_READY_TO_READY_CHANGE: SenseCondition = { key: 0x6, asc: 0x28, ascq: 0x00 };
/** Powered on or reset in some way. */
export const POWER_ON_RESET_OR_BUS_DEVICE_RESET_OCCURRED: SenseCondition = {
  key: 0x6,
  asc: 0x29,
  ascq: 0x00,
};
/** Powered on. */
export const POWER_ON_OCCURRED: SenseCondition = { key: 0x6, asc: 0x29, ascq: 0x01 };
/** The bus was reset. */
export const SCSI_BUS_RESET_OCCURRED: SenseCondition = { key: 0x6, asc: 0x29, ascq: 0x02 };
/** The logical unit was reset by task management. */
export const BUS_DEVICE_RESET_FUNCTION_OCCURRED: SenseCondition = {
  key: 0x6,
  asc: 0x29,
  ascq: 0x03,
};
/** The device reset itself. */
export const DEVICE_INTERNAL_RESET: SenseCondition = { key: 0x6, asc: 0x29, ascq: 0x04 };
/** The I_T nexus was lost. */
export const I_T_NEXUS_LOSS_OCCURRED: SenseCondition = { key: 0x6, asc: 0x29, ascq: 0x07 };
/** Some parameters changed. */
export const PARAMETERS_CHANGED: SenseCondition = { key: 0x6, asc: 0x2a, ascq: 0x00 };
/** Another I_T nexus changed mode parameters. */
export const MODE_PARAMETERS_CHANGED: SenseCondition = { key: 0x6, asc: 0x2a, ascq: 0x01 };
/** Another I_T nexus changed log parameters. */
export const LOG_PARAMETERS_CHANGED: SenseCondition = { key: 0x6, asc: 0x2a, ascq: 0x02 };
/** A persistent reservation was preempted. */
export const RESERVATIONS_PREEMPTED: SenseCondition = { key: 0x6, asc: 0x2a, ascq: 0x03 };
/** A persistent reservation was released. */
export const RESERVATIONS_RELEASED: SenseCondition = { key: 0x6, asc: 0x2a, ascq: 0x04 };
/** A registration was preempted. */
export const REGISTRATIONS_PREEMPTED: SenseCondition = { key: 0x6, asc: 0x2a, ascq: 0x05 };
/** A target port group changed its asymmetric access state. */
export const ASYMMETRIC_ACCESS_STATE_CHANGED: SenseCondition = { key: 0x6, asc: 0x2a, ascq: 0x06 };
/** An implicit change of the asymmetric access state failed. */
export const IMPLICIT_ASYMMETRIC_ACCESS_STATE_TRANSITION_FAILED: SenseCondition = {
  key: 0x6,
  asc: 0x2a,
  ascq: 0x07,
};
/** A task priority changed. */
export const PRIORITY_CHANGED: SenseCondition = { key: 0x6, asc: 0x2a, ascq: 0x08 };
/** The capacity changed. */
export const CAPACITY_DATA_HAS_CHANGED: SenseCondition = { key: 0x6, asc: 0x2a, ascq: 0x09 };
/** Another I_T nexus cleared the error history nexus. */
export const ERROR_HISTORY_I_T_NEXUS_CLEARED: SenseCondition = { key: 0x6, asc: 0x2a, ascq: 0x0a };
/** The error history snapshot was released. */
export const ERROR_HISTORY_SNAPSHOT_RELEASED: SenseCondition = { key: 0x6, asc: 0x2a, ascq: 0x0b };
/** The timestamp changed. */
export const TIMESTAMP_CHANGED: SenseCondition = { key: 0x6, asc: 0x2a, ascq: 0x10 };
/** Another I_T nexus preempted the prevention of medium removal. */
export const MEDIUM_REMOVAL_PREVENTION_PREEMPTED: SenseCondition = {
  key: 0x6,
  asc: 0x2a,
  ascq: 0x15,
};
/** A zone should be reset. */
export const ZONE_RESET_WRITE_POINTER_RECOMMENDED: SenseCondition = {
  key: 0x6,
  asc: 0x2a,
  ascq: 0x16,
};
/** The nexus has got BUSY (UA_INTLCK_CTRL). */
export const PREVIOUS_BUSY_STATUS: SenseCondition = { key: 0x6, asc: 0x2c, ascq: 0x07 };
/** The nexus has got TASK SET FULL (UA_INTLCK_CTRL). */
export const PREVIOUS_TASK_SET_FULL_STATUS: SenseCondition = { key: 0x6, asc: 0x2c, ascq: 0x08 };
/** The nexus has got RESERVATION CONFLICT (UA_INTLCK_CTRL). */
export const PREVIOUS_RESERVATION_CONFLICT_STATUS: SenseCondition = {
  key: 0x6,
  asc: 0x2c,
  ascq: 0x09,
};
/** Another initiator cleared the tasks. */
export const COMMANDS_CLEARED_BY_ANOTHER_INITIATOR: SenseCondition = {
  key: 0x6,
  asc: 0x2f,
  ascq: 0x00,
};
/** The device server cleared the tasks. */
export const COMMANDS_CLEARED_BY_DEVICE_SERVER: SenseCondition = {
  key: 0x6,
  asc: 0x2f,
  ascq: 0x02,
};
/** A thin provisioning soft threshold was reached. */
export const THIN_PROVISIONING_SOFT_THRESHOLD_REACHED: SenseCondition = {
  key: 0x6,
  asc: 0x38,
  ascq: 0x07,
};
/** Removing a physical element was interrupted. */
export const DEPOPULATION_INTERRUPTED: SenseCondition = { key: 0x6, asc: 0x38, ascq: 0x08 };
/** The target's operating conditions changed. */
export const TARGET_OPERATING_CONDITIONS_HAVE_CHANGED: SenseCondition = {
  key: 0x6,
  asc: 0x3f,
  ascq: 0x00,
};
/** New microcode is in use. */
export const MICROCODE_HAS_BEEN_CHANGED: SenseCondition = { key: 0x6, asc: 0x3f, ascq: 0x01 };
/** INQUIRY data changed. */
export const INQUIRY_DATA_HAS_CHANGED: SenseCondition = { key: 0x6, asc: 0x3f, ascq: 0x03 };
/** The device identifier changed. */
export const DEVICE_IDENTIFIER_CHANGED: SenseCondition = { key: 0x6, asc: 0x3f, ascq: 0x05 };
/** The set of logical units changed. */
export const REPORTED_LUNS_DATA_HAS_CHANGED: SenseCondition = { key: 0x6, asc: 0x3f, ascq: 0x0e };
/** New microcode is in use, without a reset. */
export const MICROCODE_HAS_BEEN_CHANGED_WITHOUT_RESET: SenseCondition = {
  key: 0x6,
  asc: 0x3f,
  ascq: 0x16,
};
/** A zone became full. */
export const ZONE_TRANSITION_TO_FULL: SenseCondition = { key: 0x6, asc: 0x3f, ascq: 0x17 };
/** Someone asked for the medium. */
export const OPERATOR_MEDIUM_REMOVAL_REQUEST: SenseCondition = { key: 0x6, asc: 0x5a, ascq: 0x01 };
/** Someone protected the medium against writing. */
export const OPERATOR_SELECTED_WRITE_PROTECT: SenseCondition = { key: 0x6, asc: 0x5a, ascq: 0x02 };
/** Someone permitted writing to the medium. */
export const OPERATOR_SELECTED_WRITE_PERMIT: SenseCondition = { key: 0x6, asc: 0x5a, ascq: 0x03 };
/** A log parameter met its threshold condition. */
export const THRESHOLD_CONDITION_MET: SenseCondition = { key: 0x6, asc: 0x5b, ascq: 0x01 };
