/** Conditions with the sense key ILLEGAL REQUEST (SPC, SBC, ZBC). */
import type { SenseCondition } from '../sense-data.ts';

/** A field of the transport's command information unit is wrong. */
export const INVALID_FIELD_IN_COMMAND_INFORMATION_UNIT: SenseCondition = {
  key: 0x5,
  asc: 0x0e,
  ascq: 0x03,
};
/** The parameter list is cut short, or its length is wrong. */
export const PARAMETER_LIST_LENGTH_ERROR: SenseCondition = { key: 0x5, asc: 0x1a, ascq: 0x00 };
/** The operation code is not implemented. */
export const INVALID_COMMAND_OPERATION_CODE: SenseCondition = { key: 0x5, asc: 0x20, ascq: 0x00 };
/** The initiator has no right to do this. */
export const ACCESS_DENIED_NO_ACCESS_RIGHTS: SenseCondition = { key: 0x5, asc: 0x20, ascq: 0x02 };
/** Only an administrative logical unit does this. */
export const NOT_AN_ADMINISTRATIVE_LOGICAL_UNIT: SenseCondition = {
  key: 0x5,
  asc: 0x20,
  ascq: 0x0d,
};
/** A logical block address is beyond the last one. */
export const LBA_OUT_OF_RANGE: SenseCondition = { key: 0x5, asc: 0x21, ascq: 0x00 };
/** A write does not begin at the write pointer of a zone. */
export const UNALIGNED_WRITE_COMMAND: SenseCondition = { key: 0x5, asc: 0x21, ascq: 0x04 };
/** A write crosses the end of a zone. */
export const WRITE_BOUNDARY_VIOLATION: SenseCondition = { key: 0x5, asc: 0x21, ascq: 0x05 };
/** A read goes beyond the write pointer of a zone. */
export const ATTEMPT_TO_READ_INVALID_DATA: SenseCondition = { key: 0x5, asc: 0x21, ascq: 0x06 };
/** A read crosses the end of a zone. */
export const READ_BOUNDARY_VIOLATION: SenseCondition = { key: 0x5, asc: 0x21, ascq: 0x07 };
/** A write is not aligned to physical blocks. */
export const MISALIGNED_WRITE_COMMAND: SenseCondition = { key: 0x5, asc: 0x21, ascq: 0x08 };
/** An access to a gap zone. */
export const ATTEMPT_TO_ACCESS_GAP_ZONE: SenseCondition = { key: 0x5, asc: 0x21, ascq: 0x09 };
/** A token was refused, for no reportable reason. */
export const INVALID_TOKEN_OPERATION_CAUSE_NOT_REPORTABLE: SenseCondition = {
  key: 0x5,
  asc: 0x23,
  ascq: 0x00,
};
/** A token of a type that is not supported. */
export const INVALID_TOKEN_OPERATION_UNSUPPORTED_TOKEN_TYPE: SenseCondition = {
  key: 0x5,
  asc: 0x23,
  ascq: 0x01,
};
/** A token that belongs to another copy manager. */
export const INVALID_TOKEN_OPERATION_REMOTE_TOKEN_USAGE_NOT_SUPPORTED: SenseCondition = {
  key: 0x5,
  asc: 0x23,
  ascq: 0x02,
};
/** Creating a token for another copy manager is not supported. */
export const INVALID_TOKEN_OPERATION_REMOTE_ROD_TOKEN_CREATION_NOT_SUPPORTED: SenseCondition = {
  key: 0x5,
  asc: 0x23,
  ascq: 0x03,
};
/** Nobody knows this token. */
export const INVALID_TOKEN_OPERATION_TOKEN_UNKNOWN: SenseCondition = {
  key: 0x5,
  asc: 0x23,
  ascq: 0x04,
};
/** The token does not hold together. */
export const INVALID_TOKEN_OPERATION_TOKEN_CORRUPT: SenseCondition = {
  key: 0x5,
  asc: 0x23,
  ascq: 0x05,
};
/** The token was revoked. */
export const INVALID_TOKEN_OPERATION_TOKEN_REVOKED: SenseCondition = {
  key: 0x5,
  asc: 0x23,
  ascq: 0x06,
};
/** The token has expired. */
export const INVALID_TOKEN_OPERATION_TOKEN_EXPIRED: SenseCondition = {
  key: 0x5,
  asc: 0x23,
  ascq: 0x07,
};
/** The token was cancelled. */
export const INVALID_TOKEN_OPERATION_TOKEN_CANCELLED: SenseCondition = {
  key: 0x5,
  asc: 0x23,
  ascq: 0x08,
};
/** The token was deleted. */
export const INVALID_TOKEN_OPERATION_TOKEN_DELETED: SenseCondition = {
  key: 0x5,
  asc: 0x23,
  ascq: 0x09,
};
/** The token has a wrong length. */
export const INVALID_TOKEN_OPERATION_INVALID_TOKEN_LENGTH: SenseCondition = {
  key: 0x5,
  asc: 0x23,
  ascq: 0x0a,
};
/** A field of the CDB has a value that cannot be had. */
export const INVALID_FIELD_IN_CDB: SenseCondition = { key: 0x5, asc: 0x24, ascq: 0x00 };
/** An extended CDB is wrong. */
export const INVALID_XCDB: SenseCondition = { key: 0x5, asc: 0x24, ascq: 0x08 };
/** FORMAT UNIT cannot do this fast format. */
export const INVALID_FAST_FORMAT: SenseCondition = { key: 0x5, asc: 0x24, ascq: 0x09 };
/** There is no such logical unit. */
export const LOGICAL_UNIT_NOT_SUPPORTED: SenseCondition = { key: 0x5, asc: 0x25, ascq: 0x00 };
/** A field of the parameter list has a value that cannot be had. */
export const INVALID_FIELD_IN_PARAMETER_LIST: SenseCondition = { key: 0x5, asc: 0x26, ascq: 0x00 };
/** A parameter is not supported. */
export const PARAMETER_NOT_SUPPORTED: SenseCondition = { key: 0x5, asc: 0x26, ascq: 0x01 };
/** A parameter has a wrong value. */
export const PARAMETER_VALUE_INVALID: SenseCondition = { key: 0x5, asc: 0x26, ascq: 0x02 };
/** Threshold parameters are not supported. */
export const THRESHOLD_PARAMETERS_NOT_SUPPORTED: SenseCondition = {
  key: 0x5,
  asc: 0x26,
  ascq: 0x03,
};
/** A persistent reservation of another type or scope is held. */
export const INVALID_RELEASE_OF_PERSISTENT_RESERVATION: SenseCondition = {
  key: 0x5,
  asc: 0x26,
  ascq: 0x04,
};
/** EXTENDED COPY has too many copy source and destination descriptors. */
export const TOO_MANY_TARGET_DESCRIPTORS: SenseCondition = { key: 0x5, asc: 0x26, ascq: 0x06 };
/** EXTENDED COPY has a descriptor type that is not supported. */
export const UNSUPPORTED_TARGET_DESCRIPTOR_TYPE_CODE: SenseCondition = {
  key: 0x5,
  asc: 0x26,
  ascq: 0x07,
};
/** EXTENDED COPY has too many segment descriptors. */
export const TOO_MANY_SEGMENT_DESCRIPTORS: SenseCondition = { key: 0x5, asc: 0x26, ascq: 0x08 };
/** EXTENDED COPY has a segment type that is not supported. */
export const UNSUPPORTED_SEGMENT_DESCRIPTOR_TYPE_CODE: SenseCondition = {
  key: 0x5,
  asc: 0x26,
  ascq: 0x09,
};
/** EXTENDED COPY would leave residual data. */
export const UNEXPECTED_INEXACT_SEGMENT: SenseCondition = { key: 0x5, asc: 0x26, ascq: 0x0a };
/** EXTENDED COPY has too much inline data. */
export const INLINE_DATA_LENGTH_EXCEEDED: SenseCondition = { key: 0x5, asc: 0x26, ascq: 0x0b };
/** This cannot be a copy source or destination. */
export const INVALID_OPERATION_FOR_COPY_SOURCE_OR_DESTINATION: SenseCondition = {
  key: 0x5,
  asc: 0x26,
  ascq: 0x0c,
};
/** A copy segment does not fit the granularity. */
export const COPY_SEGMENT_GRANULARITY_VIOLATION: SenseCondition = {
  key: 0x5,
  asc: 0x26,
  ascq: 0x0d,
};
/** The application tag mode page is not valid. */
export const APPLICATION_TAG_MODE_PAGE_IS_INVALID: SenseCondition = {
  key: 0x5,
  asc: 0x26,
  ascq: 0x13,
};
/** This copy source or destination is not authorized. */
export const COPY_SOURCE_OR_COPY_DESTINATION_NOT_AUTHORIZED: SenseCondition = {
  key: 0x5,
  asc: 0x26,
  ascq: 0x15,
};
/** A fast copy was asked for and cannot be had. */
export const FAST_COPY_NOT_POSSIBLE: SenseCondition = { key: 0x5, asc: 0x26, ascq: 0x16 };
/** A command that cannot follow the one before it. */
export const COMMAND_SEQUENCE_ERROR: SenseCondition = { key: 0x5, asc: 0x2c, ascq: 0x00 };
/** This power condition cannot be entered now. */
export const ILLEGAL_POWER_CONDITION_REQUEST: SenseCondition = { key: 0x5, asc: 0x2c, ascq: 0x05 };
/** The medium is not reserved. */
export const NOT_RESERVED: SenseCondition = { key: 0x5, asc: 0x2c, ascq: 0x0b };
/** The generation given to ORWRITE is not the current one. */
export const ORWRITE_GENERATION_DOES_NOT_MATCH: SenseCondition = {
  key: 0x5,
  asc: 0x2c,
  ascq: 0x0c,
};
/** This zone cannot be reset. */
export const RESET_WRITE_POINTER_NOT_ALLOWED: SenseCondition = { key: 0x5, asc: 0x2c, ascq: 0x0d };
/** The stream is not open. */
export const STREAM_NOT_OPEN: SenseCondition = { key: 0x5, asc: 0x2c, ascq: 0x0f };
/** A zone has data that was not written. */
export const UNWRITTEN_DATA_IN_ZONE: SenseCondition = { key: 0x5, asc: 0x2c, ascq: 0x10 };
/** Only descriptor format sense data can carry the answer. */
export const DESCRIPTOR_FORMAT_SENSE_DATA_REQUIRED: SenseCondition = {
  key: 0x5,
  asc: 0x2c,
  ascq: 0x11,
};
/** Mode pages, or log pages, cannot be saved. */
export const SAVING_PARAMETERS_NOT_SUPPORTED: SenseCondition = { key: 0x5, asc: 0x39, ascq: 0x00 };
/** PREVENT ALLOW MEDIUM REMOVAL prevents the ejection. */
export const MEDIUM_REMOVAL_PREVENTED: SenseCondition = { key: 0x5, asc: 0x53, ascq: 0x02 };
/** No room is left for a reservation. */
export const INSUFFICIENT_RESERVATION_RESOURCES: SenseCondition = {
  key: 0x5,
  asc: 0x55,
  ascq: 0x02,
};
/** Some resource is used up. */
export const INSUFFICIENT_RESOURCES: SenseCondition = { key: 0x5, asc: 0x55, ascq: 0x03 };
/** No room is left for a registration. */
export const INSUFFICIENT_REGISTRATION_RESOURCES: SenseCondition = {
  key: 0x5,
  asc: 0x55,
  ascq: 0x04,
};
/** No resources are left for a ROD. */
export const INSUFFICIENT_RESOURCES_TO_CREATE_ROD: SenseCondition = {
  key: 0x5,
  asc: 0x55,
  ascq: 0x0c,
};
/** No resources are left for a ROD token. */
export const INSUFFICIENT_RESOURCES_TO_CREATE_ROD_TOKEN: SenseCondition = {
  key: 0x5,
  asc: 0x55,
  ascq: 0x0d,
};
/** No more streams can be opened. */
export const MAXIMUM_NUMBER_OF_STREAMS_OPEN: SenseCondition = { key: 0x5, asc: 0x55, ascq: 0x10 };
/** A task attribute that is not possible now: ACA, without an ACA condition. */
export const INVALID_MESSAGE_ERROR: SenseCondition = { key: 0x5, asc: 0x49, ascq: 0x00 };
