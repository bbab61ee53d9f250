/** Conditions with the sense key DATA PROTECT (SPC, SBC, ZBC). */
import type { SenseCondition } from '../sense-data.ts';

/** Writing is not permitted. */
export const WRITE_PROTECTED: SenseCondition = { key: 0x7, asc: 0x27, ascq: 0x00 };
/** The medium, or the device, does not permit writing. */
export const HARDWARE_WRITE_PROTECTED: SenseCondition = { key: 0x7, asc: 0x27, ascq: 0x01 };
/** SWP of the control mode page does not permit writing. */
export const LOGICAL_UNIT_SOFTWARE_WRITE_PROTECTED: SenseCondition = {
  key: 0x7,
  asc: 0x27,
  ascq: 0x02,
};
/** The medium is protected until someone removes the protection. */
export const PERSISTENT_WRITE_PROTECT: SenseCondition = { key: 0x7, asc: 0x27, ascq: 0x04 };
/** The medium is protected for good. */
export const PERMANENT_WRITE_PROTECT: SenseCondition = { key: 0x7, asc: 0x27, ascq: 0x05 };
/** The pool of a thinly provisioned unit is exhausted. */
export const SPACE_ALLOCATION_FAILED_WRITE_PROTECT: SenseCondition = {
  key: 0x7,
  asc: 0x27,
  ascq: 0x07,
};
/** The zone can only be read. */
export const ZONE_IS_READ_ONLY: SenseCondition = { key: 0x7, asc: 0x27, ascq: 0x08 };
/** The zone is offline. */
export const ZONE_IS_OFFLINE: SenseCondition = { key: 0x7, asc: 0x2c, ascq: 0x0e };
/** No more zones can be open or active. */
export const INSUFFICIENT_ZONE_RESOURCES: SenseCondition = { key: 0x7, asc: 0x55, ascq: 0x0e };
