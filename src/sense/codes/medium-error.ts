/** Conditions with the sense keys MEDIUM ERROR and HARDWARE ERROR (SPC, SBC). */
import type { SenseCondition } from '../sense-data.ts';

/** The device failed to write. */
export const PERIPHERAL_DEVICE_WRITE_FAULT: SenseCondition = { key: 0x3, asc: 0x03, ascq: 0x00 };
/** A write failed for good. */
export const WRITE_ERROR: SenseCondition = { key: 0x3, asc: 0x0c, ascq: 0x00 };
/** A write failed and so did reallocating the block. */
export const WRITE_ERROR_AUTO_REALLOCATION_FAILED: SenseCondition = {
  key: 0x3,
  asc: 0x0c,
  ascq: 0x02,
};
/** A write failed: the block is to be reassigned. */
export const WRITE_ERROR_RECOMMEND_REASSIGNMENT: SenseCondition = {
  key: 0x3,
  asc: 0x0c,
  ascq: 0x03,
};
/** A block has an uncorrectable error in its header. */
export const ID_CRC_OR_ECC_ERROR: SenseCondition = { key: 0x3, asc: 0x10, ascq: 0x00 };
/** A block cannot be read. */
export const UNRECOVERED_READ_ERROR: SenseCondition = { key: 0x3, asc: 0x11, ascq: 0x00 };
/** A block could not be read after all retries. */
export const READ_RETRIES_EXHAUSTED: SenseCondition = { key: 0x3, asc: 0x11, ascq: 0x01 };
/** A block cannot be read and was not reallocated. */
export const UNRECOVERED_READ_ERROR_AUTO_REALLOCATE_FAILED: SenseCondition = {
  key: 0x3,
  asc: 0x11,
  ascq: 0x04,
};
/** A block cannot be read: it is to be reassigned. */
export const UNRECOVERED_READ_ERROR_RECOMMEND_REASSIGNMENT: SenseCondition = {
  key: 0x3,
  asc: 0x11,
  ascq: 0x0b,
};
/** A block cannot be read: it is to be written again. */
export const UNRECOVERED_READ_ERROR_RECOMMEND_REWRITE_THE_DATA: SenseCondition = {
  key: 0x3,
  asc: 0x11,
  ascq: 0x0c,
};
/** A block was marked bad by the application client (WRITE LONG). */
export const READ_ERROR_LBA_MARKED_BAD_BY_APPLICATION_CLIENT: SenseCondition = {
  key: 0x3,
  asc: 0x11,
  ascq: 0x14,
};
/** After this sanitize a block reads only once it was written. */
export const WRITE_AFTER_SANITIZE_REQUIRED: SenseCondition = { key: 0x3, asc: 0x11, ascq: 0x15 };
/** The format of the medium is corrupt. */
export const MEDIUM_FORMAT_CORRUPTED: SenseCondition = { key: 0x3, asc: 0x31, ascq: 0x00 };
/** FORMAT UNIT failed. */
export const FORMAT_COMMAND_FAILED: SenseCondition = { key: 0x3, asc: 0x31, ascq: 0x01 };
/** SANITIZE failed. */
export const SANITIZE_COMMAND_FAILED: SenseCondition = { key: 0x3, asc: 0x31, ascq: 0x03 };
/** Removing a physical element failed. */
export const DEPOPULATION_FAILED: SenseCondition = { key: 0x3, asc: 0x31, ascq: 0x04 };
/** Restoring removed physical elements failed. */
export const DEPOPULATION_RESTORATION_FAILED: SenseCondition = { key: 0x3, asc: 0x31, ascq: 0x05 };
/** No spare block is left. */
export const NO_DEFECT_SPARE_LOCATION_AVAILABLE: SenseCondition = {
  key: 0x3,
  asc: 0x32,
  ascq: 0x00,
};
/** The device does not answer. */
export const LOGICAL_UNIT_COMMUNICATION_FAILURE: SenseCondition = {
  key: 0x4,
  asc: 0x08,
  ascq: 0x00,
};
/** The device did not answer in time. */
export const LOGICAL_UNIT_COMMUNICATION_TIME_OUT: SenseCondition = {
  key: 0x4,
  asc: 0x08,
  ascq: 0x01,
};
/** The logical unit failed. */
export const LOGICAL_UNIT_FAILURE: SenseCondition = { key: 0x4, asc: 0x3e, ascq: 0x01 };
/** The logical unit did not answer in time. */
export const TIMEOUT_ON_LOGICAL_UNIT: SenseCondition = { key: 0x4, asc: 0x3e, ascq: 0x02 };
/** The self-test failed. */
export const LOGICAL_UNIT_FAILED_SELF_TEST: SenseCondition = { key: 0x4, asc: 0x3e, ascq: 0x03 };
/** The device failed inside. */
export const INTERNAL_TARGET_FAILURE: SenseCondition = { key: 0x4, asc: 0x44, ascq: 0x00 };
/** A change of asymmetric access states that an initiator asked for failed. */
export const SET_TARGET_PORT_GROUPS_COMMAND_FAILED: SenseCondition = {
  key: 0x4,
  asc: 0x67,
  ascq: 0x0a,
};
/** Persistent reservations were lost. */
export const PERSISTENT_RESERVATION_INFORMATION_LOST: SenseCondition = {
  key: 0x4,
  asc: 0x44,
  ascq: 0x01,
};
