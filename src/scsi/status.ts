/** SCSI status codes (SAM). */

/** A status byte. */
export type Status = (typeof STATUS)[keyof typeof STATUS];

/** The status codes by name. */
export const STATUS = {
  /** Done. */
  GOOD: 0x00,
  /** Not done, or not as it should be: sense data says why. */
  CHECK_CONDITION: 0x02,
  /** Done, and what was asked for is so (PRE-FETCH). */
  CONDITION_MET: 0x04,
  /** Not now. */
  BUSY: 0x08,
  /** Another nexus has reserved the unit. */
  RESERVATION_CONFLICT: 0x18,
  /** No room for another task. */
  TASK_SET_FULL: 0x28,
  /** An ACA condition keeps the task out. */
  ACA_ACTIVE: 0x30,
  /** Aborted by another nexus (TAS = 1). */
  TASK_ABORTED: 0x40,
} as const;
