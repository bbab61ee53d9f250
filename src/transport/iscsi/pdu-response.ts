/** The PDUs that a target sends (RFC 7143 section 11), each as an interface and a layout. */
import type { PduSpec } from './pdu-spec.ts';

/** What every PDU of a target carries. */
export interface ResponseNumbers {
  /** Status sequence number, of the connection. */
  readonly statSn: number;
  /** The command sequence number that the target expects next. */
  readonly expCmdSn: number;
  /** The highest command sequence number that it accepts now. */
  readonly maxCmdSn: number;
}

/** SCSI Response (RFC 7143, 11.4). */
export interface ScsiResponsePdu extends ResponseNumbers {
  /** Names the PDU. */
  readonly kind: 'SCSI Response';
  /** o: more data-in of a bidirectional command than expected. */
  readonly readOverflow: boolean;
  /** u: less data-in of a bidirectional command than expected. */
  readonly readUnderflow: boolean;
  /** O: the command wanted to move more than expected. */
  readonly overflow: boolean;
  /** U: the command moved less than expected. */
  readonly underflow: boolean;
  /** 0 command completed at the target, 1 target failure. */
  readonly response: number;
  /** SCSI status. */
  readonly status: number;
  /** Tag of the command. */
  readonly initiatorTaskTag: number;
  /** SNACK tag. */
  readonly snackTag: number;
  /** How many Data-In and R2T PDUs were sent for it. */
  readonly expDataSn: number;
  /** Residual of a bidirectional command's data-in, in bytes. */
  readonly readResidual: number;
  /** Residual, in bytes. */
  readonly residual: number;
  /** SenseLength (2 bytes), sense data, response data. */
  readonly data: Uint8Array;
}

/** SCSI Response as bytes. */
export const SCSI_RESPONSE: PduSpec<ScsiResponsePdu> = {
  kind: 'SCSI Response',
  opcode: 0x21,
  set: 0x80,
  fields: {
    readOverflow: ['bit', 1, 4],
    readUnderflow: ['bit', 1, 3],
    overflow: ['bit', 1, 2],
    underflow: ['bit', 1, 1],
    response: ['u8', 2],
    status: ['u8', 3],
    initiatorTaskTag: ['u32', 16],
    snackTag: ['u32', 20],
    statSn: ['u32', 24],
    expCmdSn: ['u32', 28],
    maxCmdSn: ['u32', 32],
    expDataSn: ['u32', 36],
    readResidual: ['u32', 40],
    residual: ['u32', 44],
  },
  bytes: {},
};

/** SCSI Data-In (RFC 7143, 11.7). */
export interface DataInPdu extends ResponseNumbers {
  /** Names the PDU. */
  readonly kind: 'SCSI Data-In';
  /** F: the last of this sequence. */
  readonly final: boolean;
  /** A: a DataACK SNACK is wanted. */
  readonly acknowledge: boolean;
  /** O: with S, more than expected. */
  readonly overflow: boolean;
  /** U: with S, less than expected. */
  readonly underflow: boolean;
  /** S: the status of the command is in this PDU. */
  readonly hasStatus: boolean;
  /** SCSI status, with S. */
  readonly status: number;
  /** Logical unit number, 8 bytes, with A. */
  readonly lun: Uint8Array;
  /** Tag of the command. */
  readonly initiatorTaskTag: number;
  /** Target transfer tag, with A; else FFFFFFFFh. */
  readonly targetTransferTag: number;
  /** Number of this PDU within the command, from 0. */
  readonly dataSn: number;
  /** Where the data belongs in the whole transfer, in bytes. */
  readonly bufferOffset: number;
  /** Residual in bytes, with S. */
  readonly residual: number;
  /** The data. */
  readonly data: Uint8Array;
}

/** SCSI Data-In as bytes. */
export const DATA_IN: PduSpec<DataInPdu> = {
  kind: 'SCSI Data-In',
  opcode: 0x25,
  fields: {
    final: ['bit', 1, 7],
    acknowledge: ['bit', 1, 6],
    overflow: ['bit', 1, 2],
    underflow: ['bit', 1, 1],
    hasStatus: ['bit', 1, 0],
    status: ['u8', 3],
    initiatorTaskTag: ['u32', 16],
    targetTransferTag: ['u32', 20],
    statSn: ['u32', 24],
    expCmdSn: ['u32', 28],
    maxCmdSn: ['u32', 32],
    dataSn: ['u32', 36],
    bufferOffset: ['u32', 40],
    residual: ['u32', 44],
  },
  bytes: { lun: [8, 8] },
};

/** Ready To Transfer (RFC 7143, 11.8). */
export interface R2TPdu extends ResponseNumbers {
  /** Names the PDU. */
  readonly kind: 'R2T';
  /** Logical unit number, 8 bytes. */
  readonly lun: Uint8Array;
  /** Tag of the command. */
  readonly initiatorTaskTag: number;
  /** The tag that the Data-Out PDUs have to bring back. */
  readonly targetTransferTag: number;
  /** Number of this R2T within the command, from 0. */
  readonly r2tSn: number;
  /** Where the data wanted begins, in bytes. */
  readonly bufferOffset: number;
  /** How many bytes are wanted. */
  readonly desiredLength: number;
}

/** Ready To Transfer as bytes. */
export const R2T: PduSpec<R2TPdu> = {
  kind: 'R2T',
  opcode: 0x31,
  set: 0x80,
  fields: {
    initiatorTaskTag: ['u32', 16],
    targetTransferTag: ['u32', 20],
    statSn: ['u32', 24],
    expCmdSn: ['u32', 28],
    maxCmdSn: ['u32', 32],
    r2tSn: ['u32', 36],
    bufferOffset: ['u32', 40],
    desiredLength: ['u32', 44],
  },
  bytes: { lun: [8, 8] },
};

/** Task Management Function Response (RFC 7143, 11.6). */
export interface TaskManagementResponsePdu extends ResponseNumbers {
  /** Names the PDU. */
  readonly kind: 'Task Management Response';
  /** Response code: 0 complete, 1 no such task, 2 no such LUN, 5 not supported, 255 rejected… */
  readonly response: number;
  /** Additional Response Information, 3 bytes: what QUERY ASYNCHRONOUS EVENT found (RFC 7144). */
  readonly information: number;
  /** Tag of the request. */
  readonly initiatorTaskTag: number;
}

/** Task Management Function Response as bytes. */
export const TASK_MANAGEMENT_RESPONSE: PduSpec<TaskManagementResponsePdu> = {
  kind: 'Task Management Response',
  opcode: 0x22,
  set: 0x80,
  fields: {
    response: ['u8', 2],
    information: ['u24', 8],
    initiatorTaskTag: ['u32', 16],
    statSn: ['u32', 24],
    expCmdSn: ['u32', 28],
    maxCmdSn: ['u32', 32],
  },
  bytes: {},
};

/** Login Response (RFC 7143, 11.13). */
export interface LoginResponsePdu extends ResponseNumbers {
  /** Names the PDU. */
  readonly kind: 'Login Response';
  /** T: the stage asked for begins. */
  readonly transit: boolean;
  /** C: the text goes on in the next PDU. */
  readonly continued: boolean;
  /** Current stage. */
  readonly currentStage: number;
  /** Next stage, with T. */
  readonly nextStage: number;
  /** Highest version supported. */
  readonly versionMax: number;
  /** Version in use. */
  readonly versionActive: number;
  /** Initiator session id, 6 bytes. */
  readonly isid: Uint8Array;
  /** Target session id, in the last answer of a login. */
  readonly tsih: number;
  /** Tag of the login. */
  readonly initiatorTaskTag: number;
  /** 0 success, 1 redirection, 2 initiator error, 3 target error. */
  readonly statusClass: number;
  /** Detail within the class. */
  readonly statusDetail: number;
  /** Text keys. */
  readonly data: Uint8Array;
}

/** Login Response as bytes. */
export const LOGIN_RESPONSE: PduSpec<LoginResponsePdu> = {
  kind: 'Login Response',
  opcode: 0x23,
  fields: {
    transit: ['bit', 1, 7],
    continued: ['bit', 1, 6],
    currentStage: ['bits', 1, 3, 2],
    nextStage: ['bits', 1, 1, 0],
    versionMax: ['u8', 2],
    versionActive: ['u8', 3],
    tsih: ['u16', 14],
    initiatorTaskTag: ['u32', 16],
    statSn: ['u32', 24],
    expCmdSn: ['u32', 28],
    maxCmdSn: ['u32', 32],
    statusClass: ['u8', 36],
    statusDetail: ['u8', 37],
  },
  bytes: { isid: [8, 6] },
};

/** Text Response (RFC 7143, 11.11). */
export interface TextResponsePdu extends ResponseNumbers {
  /** Names the PDU. */
  readonly kind: 'Text Response';
  /** F: the target has no more to say. */
  readonly final: boolean;
  /** C: the text goes on in the next PDU. */
  readonly continued: boolean;
  /** Logical unit number, 8 bytes. */
  readonly lun: Uint8Array;
  /** Tag of the negotiation. */
  readonly initiatorTaskTag: number;
  /** What the initiator brings back to go on; FFFFFFFFh: nothing to go on with. */
  readonly targetTransferTag: number;
  /** Text keys. */
  readonly data: Uint8Array;
}

/** Text Response as bytes. */
export const TEXT_RESPONSE: PduSpec<TextResponsePdu> = {
  kind: 'Text Response',
  opcode: 0x24,
  fields: {
    final: ['bit', 1, 7],
    continued: ['bit', 1, 6],
    initiatorTaskTag: ['u32', 16],
    targetTransferTag: ['u32', 20],
    statSn: ['u32', 24],
    expCmdSn: ['u32', 28],
    maxCmdSn: ['u32', 32],
  },
  bytes: { lun: [8, 8] },
};

/** Logout Response (RFC 7143, 11.15). */
export interface LogoutResponsePdu extends ResponseNumbers {
  /** Names the PDU. */
  readonly kind: 'Logout Response';
  /** 0 closed, 1 no such connection, 2 recovery not supported, 3 cleanup failed. */
  readonly response: number;
  /** Tag of the request. */
  readonly initiatorTaskTag: number;
  /** Seconds to wait before a new login or reassignment. */
  readonly time2Wait: number;
  /** Seconds for which tasks are kept after that. */
  readonly time2Retain: number;
}

/** Logout Response as bytes. */
export const LOGOUT_RESPONSE: PduSpec<LogoutResponsePdu> = {
  kind: 'Logout Response',
  opcode: 0x26,
  set: 0x80,
  fields: {
    response: ['u8', 2],
    initiatorTaskTag: ['u32', 16],
    statSn: ['u32', 24],
    expCmdSn: ['u32', 28],
    maxCmdSn: ['u32', 32],
    time2Wait: ['u16', 40],
    time2Retain: ['u16', 42],
  },
  bytes: {},
};

/** Asynchronous Message (RFC 7143, 11.9). */
export interface AsyncMessagePdu extends ResponseNumbers {
  /** Names the PDU. */
  readonly kind: 'Asynchronous Message';
  /** Logical unit number, 8 bytes. */
  readonly lun: Uint8Array;
  /** 0 SCSI event, 1 logout request, 2 connection drop, 3 session drop, 4 negotiation request. */
  readonly event: number;
  /** Vendor code, with event 255. */
  readonly vendorCode: number;
  /** Parameter 1. */
  readonly parameter1: number;
  /** Parameter 2. */
  readonly parameter2: number;
  /** Parameter 3. */
  readonly parameter3: number;
  /** SenseLength (2 bytes), sense data, event data. */
  readonly data: Uint8Array;
}

/** Asynchronous Message as bytes. */
export const ASYNC_MESSAGE: PduSpec<AsyncMessagePdu> = {
  kind: 'Asynchronous Message',
  opcode: 0x32,
  set: 0x80,
  noTask: true,
  fields: {
    statSn: ['u32', 24],
    expCmdSn: ['u32', 28],
    maxCmdSn: ['u32', 32],
    event: ['u8', 36],
    vendorCode: ['u8', 37],
    parameter1: ['u16', 38],
    parameter2: ['u16', 40],
    parameter3: ['u16', 42],
  },
  bytes: { lun: [8, 8] },
};

/** Reject (RFC 7143, 11.17). */
export interface RejectPdu extends ResponseNumbers {
  /** Names the PDU. */
  readonly kind: 'Reject';
  /** Reason code. */
  readonly reason: number;
  /** Next Data-In or R2T number, for a rejected SNACK of data. */
  readonly dataSn: number;
  /** The header of the PDU that is rejected. */
  readonly data: Uint8Array;
}

/** Reject as bytes. */
export const REJECT: PduSpec<RejectPdu> = {
  kind: 'Reject',
  opcode: 0x3f,
  set: 0x80,
  noTask: true,
  fields: {
    reason: ['u8', 2],
    statSn: ['u32', 24],
    expCmdSn: ['u32', 28],
    maxCmdSn: ['u32', 32],
    dataSn: ['u32', 36],
  },
  bytes: {},
};

/** NOP-In (RFC 7143, 11.19). */
export interface NopInPdu extends ResponseNumbers {
  /** Names the PDU. */
  readonly kind: 'NOP-In';
  /** Logical unit number, 8 bytes. */
  readonly lun: Uint8Array;
  /** Tag of the ping that this answers, or FFFFFFFFh. */
  readonly initiatorTaskTag: number;
  /** The tag that the answer has to bring back; FFFFFFFFh: no answer is wanted. */
  readonly targetTransferTag: number;
  /** Ping data. */
  readonly data: Uint8Array;
}

/** NOP-In as bytes. */
export const NOP_IN: PduSpec<NopInPdu> = {
  kind: 'NOP-In',
  opcode: 0x20,
  set: 0x80,
  fields: {
    initiatorTaskTag: ['u32', 16],
    targetTransferTag: ['u32', 20],
    statSn: ['u32', 24],
    expCmdSn: ['u32', 28],
    maxCmdSn: ['u32', 32],
  },
  bytes: { lun: [8, 8] },
};
