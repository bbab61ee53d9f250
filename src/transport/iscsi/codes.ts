/** Numbers of RFC 7143 by name. */

/** Status class and detail of a Login Response (11.13.5), class in the high byte. */
export const LOGIN_STATUS = {
  SUCCESS: 0x0000,
  TARGET_MOVED_TEMPORARILY: 0x0101,
  TARGET_MOVED_PERMANENTLY: 0x0102,
  INITIATOR_ERROR: 0x0200,
  AUTHENTICATION_FAILURE: 0x0201,
  AUTHORIZATION_FAILURE: 0x0202,
  NOT_FOUND: 0x0203,
  TARGET_REMOVED: 0x0204,
  UNSUPPORTED_VERSION: 0x0205,
  TOO_MANY_CONNECTIONS: 0x0206,
  MISSING_PARAMETER: 0x0207,
  CANNOT_INCLUDE_IN_SESSION: 0x0208,
  SESSION_TYPE_NOT_SUPPORTED: 0x0209,
  SESSION_DOES_NOT_EXIST: 0x020a,
  INVALID_DURING_LOGIN: 0x020b,
  TARGET_ERROR: 0x0300,
  SERVICE_UNAVAILABLE: 0x0301,
  OUT_OF_RESOURCES: 0x0302,
} as const;

/** A status of {@link LOGIN_STATUS}. */
export type LoginStatus = (typeof LOGIN_STATUS)[keyof typeof LOGIN_STATUS];

/** Stages of a login (11.12.3). */
export const STAGE = { SECURITY: 0, OPERATIONAL: 1, FULL_FEATURE: 3 } as const;

/** Reasons of a Reject (11.17.1). */
export const REJECT_REASON = {
  DATA_DIGEST_ERROR: 0x02,
  SNACK_REJECT: 0x03,
  PROTOCOL_ERROR: 0x04,
  COMMAND_NOT_SUPPORTED: 0x05,
  IMMEDIATE_COMMAND_REJECT: 0x06,
  TASK_IN_PROGRESS: 0x07,
  INVALID_DATA_ACK: 0x08,
  INVALID_PDU_FIELD: 0x09,
  LONG_OPERATION_REJECT: 0x0a,
  NEGOTIATION_RESET: 0x0b,
  WAITING_FOR_LOGOUT: 0x0c,
} as const;

/** A reason of {@link REJECT_REASON}. */
export type RejectReason = (typeof REJECT_REASON)[keyof typeof REJECT_REASON];

/** The iSCSIProtocolLevel from which the features of RFC 7144 are there. */
export const LEVEL_OF_RFC_7144 = 2;

/** Functions of a Task Management Function Request (11.5.1; 9 to 12: RFC 7144). */
export const TASK_MANAGEMENT = {
  ABORT_TASK: 1,
  ABORT_TASK_SET: 2,
  CLEAR_ACA: 3,
  CLEAR_TASK_SET: 4,
  LOGICAL_UNIT_RESET: 5,
  TARGET_WARM_RESET: 6,
  TARGET_COLD_RESET: 7,
  TASK_REASSIGN: 8,
  QUERY_TASK: 9,
  QUERY_TASK_SET: 10,
  I_T_NEXUS_RESET: 11,
  QUERY_ASYNCHRONOUS_EVENT: 12,
} as const;

/** Responses of a Task Management Function Response (11.6.1; 7: RFC 7144). */
export const TASK_MANAGEMENT_RESULT = {
  COMPLETE: 0,
  TASK_DOES_NOT_EXIST: 1,
  LUN_DOES_NOT_EXIST: 2,
  TASK_STILL_ALLEGIANT: 3,
  REASSIGNMENT_NOT_SUPPORTED: 4,
  NOT_SUPPORTED: 5,
  AUTHORIZATION_FAILED: 6,
  SUCCEEDED: 7,
  REJECTED: 255,
} as const;

/** Reasons of a Logout Request (11.14.1). */
export const LOGOUT_REASON = {
  CLOSE_SESSION: 0,
  CLOSE_CONNECTION: 1,
  REMOVE_FOR_RECOVERY: 2,
} as const;

/** Responses of a Logout Response (11.15.1). */
export const LOGOUT_RESULT = {
  CLOSED: 0,
  CID_NOT_FOUND: 1,
  RECOVERY_NOT_SUPPORTED: 2,
  CLEANUP_FAILED: 3,
} as const;

/** Events of an Asynchronous Message (11.9.1). */
export const ASYNC_EVENT = {
  SCSI: 0,
  LOGOUT_REQUEST: 1,
  CONNECTION_DROP: 2,
  SESSION_DROP: 3,
  NEGOTIATION_REQUEST: 4,
} as const;

/** An event of {@link ASYNC_EVENT}. */
export type AsyncEvent = (typeof ASYNC_EVENT)[keyof typeof ASYNC_EVENT];

/** Types of a SNACK Request (11.16.1). */
export const SNACK = { DATA_OR_R2T: 0, STATUS: 1, DATA_ACK: 2, R_DATA: 3 } as const;
