/** Conditions with the sense keys COPY ABORTED, ABORTED COMMAND and MISCOMPARE (SPC, SBC). */
import type { SenseCondition } from '../sense-data.ts';

/** The command was aborted, for no reportable reason. */
export const ABORTED_COMMAND: SenseCondition = { key: 0xb, asc: 0x00, ascq: 0x00 };
/** A copy source or destination cannot be reached. */
export const UNREACHABLE_COPY_TARGET: SenseCondition = { key: 0xa, asc: 0x08, ascq: 0x04 };
/** A copy source or destination failed. */
export const THIRD_PARTY_DEVICE_FAILURE: SenseCondition = { key: 0xa, asc: 0x0d, ascq: 0x01 };
/** A copy source or destination does not answer. */
export const COPY_TARGET_DEVICE_NOT_REACHABLE: SenseCondition = { key: 0xa, asc: 0x0d, ascq: 0x02 };
/** A copy source or destination is of another type than told. */
export const INCORRECT_COPY_TARGET_DEVICE_TYPE: SenseCondition = {
  key: 0xa,
  asc: 0x0d,
  ascq: 0x03,
};
/** A copy source gave less data than its segment needs. */
export const COPY_TARGET_DEVICE_DATA_UNDERRUN: SenseCondition = { key: 0xa, asc: 0x0d, ascq: 0x04 };
/** A copy destination got more data than it can take. */
export const COPY_TARGET_DEVICE_DATA_OVERRUN: SenseCondition = { key: 0xa, asc: 0x0d, ascq: 0x05 };
/** An atomic command was aborted by ACA. */
export const ATOMIC_COMMAND_ABORTED_DUE_TO_ACA: SenseCondition = {
  key: 0xb,
  asc: 0x00,
  ascq: 0x21,
};
/** Another atomic command is working on these blocks. */
export const OVERLAPPING_ATOMIC_COMMAND_IN_PROGRESS: SenseCondition = {
  key: 0xb,
  asc: 0x00,
  ascq: 0x23,
};
/** More unsolicited data came than was agreed upon. */
export const WRITE_ERROR_UNEXPECTED_UNSOLICITED_DATA: SenseCondition = {
  key: 0xb,
  asc: 0x0c,
  ascq: 0x0c,
};
/** Less unsolicited data came than was announced. */
export const WRITE_ERROR_NOT_ENOUGH_UNSOLICITED_DATA: SenseCondition = {
  key: 0xb,
  asc: 0x0c,
  ascq: 0x0d,
};
/** The guard of a block's protection information is wrong. */
export const LOGICAL_BLOCK_GUARD_CHECK_FAILED: SenseCondition = { key: 0xb, asc: 0x10, ascq: 0x01 };
/** The application tag of a block's protection information is wrong. */
export const LOGICAL_BLOCK_APPLICATION_TAG_CHECK_FAILED: SenseCondition = {
  key: 0xb,
  asc: 0x10,
  ascq: 0x02,
};
/** The reference tag of a block's protection information is wrong. */
export const LOGICAL_BLOCK_REFERENCE_TAG_CHECK_FAILED: SenseCondition = {
  key: 0xb,
  asc: 0x10,
  ascq: 0x03,
};
/** A retransmission request failed. */
export const READ_ERROR_FAILED_RETRANSMISSION_REQUEST: SenseCondition = {
  key: 0xb,
  asc: 0x11,
  ascq: 0x13,
};
/** The time for the command was up before it began. */
export const COMMAND_TIMEOUT_BEFORE_PROCESSING: SenseCondition = {
  key: 0xb,
  asc: 0x2e,
  ascq: 0x01,
};
/** The time for the command was up. */
export const COMMAND_TIMEOUT_DURING_PROCESSING: SenseCondition = {
  key: 0xb,
  asc: 0x2e,
  ascq: 0x02,
};
/** The time for the command was up while recovering from an error. */
export const COMMAND_TIMEOUT_DURING_PROCESSING_DUE_TO_ERROR_RECOVERY: SenseCondition = {
  key: 0xb,
  asc: 0x2e,
  ascq: 0x03,
};
/** An information unit came damaged. */
export const INFORMATION_UNIT_IUCRC_ERROR_DETECTED: SenseCondition = {
  key: 0xb,
  asc: 0x47,
  ascq: 0x03,
};
/** The transport found a wrong CRC. */
export const PROTOCOL_SERVICE_CRC_ERROR: SenseCondition = { key: 0xb, asc: 0x47, ascq: 0x05 };
/** An iSCSI protocol event cleared some commands. */
export const SOME_COMMANDS_CLEARED_BY_ISCSI_PROTOCOL_EVENT: SenseCondition = {
  key: 0xb,
  asc: 0x47,
  ascq: 0x7f,
};
/** The data phase failed. */
export const DATA_PHASE_ERROR: SenseCondition = { key: 0xb, asc: 0x4b, ascq: 0x00 };
/** Data-out names a transfer that does not exist. */
export const INVALID_TARGET_PORT_TRANSFER_TAG_RECEIVED: SenseCondition = {
  key: 0xb,
  asc: 0x4b,
  ascq: 0x01,
};
/** More write data came than was asked for. */
export const TOO_MUCH_WRITE_DATA: SenseCondition = { key: 0xb, asc: 0x4b, ascq: 0x02 };
/** The transport's acknowledgement did not come in time. */
export const ACK_NAK_TIMEOUT: SenseCondition = { key: 0xb, asc: 0x4b, ascq: 0x03 };
/** The transport refused a frame. */
export const NAK_RECEIVED: SenseCondition = { key: 0xb, asc: 0x4b, ascq: 0x04 };
/** Another initiator has written to the echo buffer. */
export const ECHO_BUFFER_OVERWRITTEN: SenseCondition = { key: 0xb, asc: 0x3f, ascq: 0x0f };
/** Data came with a wrong offset. */
export const DATA_OFFSET_ERROR: SenseCondition = { key: 0xb, asc: 0x4b, ascq: 0x05 };
/** The initiator did not send its data in time. */
export const INITIATOR_RESPONSE_TIMEOUT: SenseCondition = { key: 0xb, asc: 0x4b, ascq: 0x06 };
/** The connection was lost. */
export const CONNECTION_LOST: SenseCondition = { key: 0xb, asc: 0x4b, ascq: 0x07 };
/** The data-in buffer failed. */
export const DATA_IN_BUFFER_ERROR: SenseCondition = { key: 0xb, asc: 0x4b, ascq: 0x0a };
/** The data-out buffer failed. */
export const DATA_OUT_BUFFER_ERROR: SenseCondition = { key: 0xb, asc: 0x4b, ascq: 0x0d };
/** A tag in use was used again. */
export const OVERLAPPED_COMMANDS_ATTEMPTED: SenseCondition = { key: 0xb, asc: 0x4e, ascq: 0x00 };
/** What was compared differs; the information is the offset of the first difference. */
export const MISCOMPARE: SenseCondition = { key: 0xe, asc: 0x1d, ascq: 0x00 };
/** A compared block is unmapped. */
export const MISCOMPARE_VERIFY_OF_UNMAPPED_LBA: SenseCondition = {
  key: 0xe,
  asc: 0x1d,
  ascq: 0x01,
};
