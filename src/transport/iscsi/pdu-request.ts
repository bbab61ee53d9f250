/** The PDUs that an initiator sends (RFC 7143 section 11), each as an interface and a layout. */
import type { PduSpec } from './pdu-spec.ts';

/** What every PDU of an initiator that is numbered carries. */
export interface RequestNumbers {
  /** Command sequence number, of the session. */
  readonly cmdSn: number;
  /** The status sequence number that the initiator expects next on this connection. */
  readonly expStatSn: number;
}

/** SCSI Command (RFC 7143, 11.3). */
export interface ScsiCommandPdu extends RequestNumbers {
  /** Names the PDU. */
  readonly kind: 'SCSI Command';
  /** I: to be delivered at once, outside the order of CmdSN. */
  readonly immediate: boolean;
  /** F: no unsolicited Data-Out follows. */
  readonly final: boolean;
  /** R: data-in is expected. */
  readonly read: boolean;
  /** W: data-out is expected. */
  readonly write: boolean;
  /** Task attribute: 0 untagged, 1 simple, 2 ordered, 3 head of queue, 4 ACA. */
  readonly attribute: number;
  /** PRI: task priority, 1 (first) to 15; 0: none (RFC 7144). */
  readonly priority: number;
  /** Logical unit number, 8 bytes. */
  readonly lun: Uint8Array;
  /** Initiator task tag. */
  readonly initiatorTaskTag: number;
  /** Bytes that the initiator expects to move (out, where both directions are used). */
  readonly expectedLength: number;
  /** The first 16 bytes of the command descriptor block. */
  readonly cdb: Uint8Array;
  /** Additional header segments, as they are on the wire. */
  readonly ahs: Uint8Array;
  /** Immediate data. */
  readonly data: Uint8Array;
}

/** SCSI Command as bytes. */
export const SCSI_COMMAND: PduSpec<ScsiCommandPdu> = {
  kind: 'SCSI Command',
  opcode: 0x01,
  fields: {
    immediate: ['bit', 0, 6],
    final: ['bit', 1, 7],
    read: ['bit', 1, 6],
    write: ['bit', 1, 5],
    attribute: ['bits', 1, 2, 0],
    priority: ['bits', 2, 7, 4],
    initiatorTaskTag: ['u32', 16],
    expectedLength: ['u32', 20],
    cmdSn: ['u32', 24],
    expStatSn: ['u32', 28],
  },
  bytes: { lun: [8, 8], cdb: [32, 16] },
};

/** SCSI Data-Out (RFC 7143, 11.7). */
export interface DataOutPdu {
  /** Names the PDU. */
  readonly kind: 'SCSI Data-Out';
  /** F: the last of this sequence. */
  readonly final: boolean;
  /** Logical unit number, 8 bytes, as the R2T gave it. */
  readonly lun: Uint8Array;
  /** Task tag of the command. */
  readonly initiatorTaskTag: number;
  /** The tag of the R2T that this answers; FFFFFFFFh: unsolicited. */
  readonly targetTransferTag: number;
  /** The status sequence number that the initiator expects next. */
  readonly expStatSn: number;
  /** Number of this PDU within its sequence, from 0. */
  readonly dataSn: number;
  /** Where the data belongs in the whole transfer, in bytes. */
  readonly bufferOffset: number;
  /** The data. */
  readonly data: Uint8Array;
}

/** SCSI Data-Out as bytes. */
export const DATA_OUT: PduSpec<DataOutPdu> = {
  kind: 'SCSI Data-Out',
  opcode: 0x05,
  fields: {
    final: ['bit', 1, 7],
    initiatorTaskTag: ['u32', 16],
    targetTransferTag: ['u32', 20],
    expStatSn: ['u32', 28],
    dataSn: ['u32', 36],
    bufferOffset: ['u32', 40],
  },
  bytes: { lun: [8, 8] },
};

/** Task Management Function Request (RFC 7143, 11.5). */
export interface TaskManagementRequestPdu extends RequestNumbers {
  /** Names the PDU. */
  readonly kind: 'Task Management Request';
  /** I: to be delivered at once. */
  readonly immediate: boolean;
  /** Function code, 1 to 12. */
  readonly function: number;
  /** Logical unit number, 8 bytes. */
  readonly lun: Uint8Array;
  /** Tag of this request. */
  readonly initiatorTaskTag: number;
  /** Tag of the task meant. */
  readonly referencedTaskTag: number;
  /** CmdSN of the task meant. */
  readonly refCmdSn: number;
  /** For TASK REASSIGN: the next Data-In or R2T number. */
  readonly expDataSn: number;
}

/** Task Management Function Request as bytes. */
export const TASK_MANAGEMENT_REQUEST: PduSpec<TaskManagementRequestPdu> = {
  kind: 'Task Management Request',
  opcode: 0x02,
  set: 0x80,
  fields: {
    immediate: ['bit', 0, 6],
    function: ['bits', 1, 6, 0],
    initiatorTaskTag: ['u32', 16],
    referencedTaskTag: ['u32', 20],
    cmdSn: ['u32', 24],
    expStatSn: ['u32', 28],
    refCmdSn: ['u32', 32],
    expDataSn: ['u32', 36],
  },
  bytes: { lun: [8, 8] },
};

/** Login Request (RFC 7143, 11.12). */
export interface LoginRequestPdu extends RequestNumbers {
  /** Names the PDU. */
  readonly kind: 'Login Request';
  /** T: ready to leave this stage. */
  readonly transit: boolean;
  /** C: the text goes on in the next PDU. */
  readonly continued: boolean;
  /** Current stage: 0 security, 1 operational, 3 full feature phase. */
  readonly currentStage: number;
  /** Stage asked for with T. */
  readonly nextStage: number;
  /** Highest version supported. */
  readonly versionMax: number;
  /** Lowest version supported. */
  readonly versionMin: number;
  /** Initiator session id, 6 bytes. */
  readonly isid: Uint8Array;
  /** Target session id, 0 for a new session. */
  readonly tsih: number;
  /** Tag of the login. */
  readonly initiatorTaskTag: number;
  /** Connection id within the session. */
  readonly connectionId: number;
  /** Text keys. */
  readonly data: Uint8Array;
}

/** Login Request as bytes; always immediate. */
export const LOGIN_REQUEST: PduSpec<LoginRequestPdu> = {
  kind: 'Login Request',
  opcode: 0x03,
  immediate: true,
  fields: {
    transit: ['bit', 1, 7],
    continued: ['bit', 1, 6],
    currentStage: ['bits', 1, 3, 2],
    nextStage: ['bits', 1, 1, 0],
    versionMax: ['u8', 2],
    versionMin: ['u8', 3],
    tsih: ['u16', 14],
    initiatorTaskTag: ['u32', 16],
    connectionId: ['u16', 20],
    cmdSn: ['u32', 24],
    expStatSn: ['u32', 28],
  },
  bytes: { isid: [8, 6] },
};

/** Text Request (RFC 7143, 11.10). */
export interface TextRequestPdu extends RequestNumbers {
  /** Names the PDU. */
  readonly kind: 'Text Request';
  /** I: to be delivered at once. */
  readonly immediate: boolean;
  /** F: the initiator has no more to say. */
  readonly final: boolean;
  /** C: the text goes on in the next PDU. */
  readonly continued: boolean;
  /** Logical unit number, 8 bytes, as the target gave it with its tag. */
  readonly lun: Uint8Array;
  /** Tag of the negotiation. */
  readonly initiatorTaskTag: number;
  /** The target's tag from its last answer; FFFFFFFFh starts anew. */
  readonly targetTransferTag: number;
  /** Text keys. */
  readonly data: Uint8Array;
}

/** Text Request as bytes. */
export const TEXT_REQUEST: PduSpec<TextRequestPdu> = {
  kind: 'Text Request',
  opcode: 0x04,
  fields: {
    immediate: ['bit', 0, 6],
    final: ['bit', 1, 7],
    continued: ['bit', 1, 6],
    initiatorTaskTag: ['u32', 16],
    targetTransferTag: ['u32', 20],
    cmdSn: ['u32', 24],
    expStatSn: ['u32', 28],
  },
  bytes: { lun: [8, 8] },
};

/** Logout Request (RFC 7143, 11.14). */
export interface LogoutRequestPdu extends RequestNumbers {
  /** Names the PDU. */
  readonly kind: 'Logout Request';
  /** I: to be delivered at once. */
  readonly immediate: boolean;
  /** 0 close the session, 1 close the connection, 2 remove the connection for recovery. */
  readonly reason: number;
  /** Tag of this request. */
  readonly initiatorTaskTag: number;
  /** The connection meant by reasons 1 and 2. */
  readonly connectionId: number;
}

/** Logout Request as bytes. */
export const LOGOUT_REQUEST: PduSpec<LogoutRequestPdu> = {
  kind: 'Logout Request',
  opcode: 0x06,
  set: 0x80,
  fields: {
    immediate: ['bit', 0, 6],
    reason: ['bits', 1, 6, 0],
    initiatorTaskTag: ['u32', 16],
    connectionId: ['u16', 20],
    cmdSn: ['u32', 24],
    expStatSn: ['u32', 28],
  },
  bytes: {},
};

/** SNACK Request (RFC 7143, 11.16). */
export interface SnackRequestPdu {
  /** Names the PDU. */
  readonly kind: 'SNACK Request';
  /** 0 Data or R2T, 1 status, 2 DataACK, 3 R-Data. */
  readonly type: number;
  /** Logical unit number, 8 bytes. */
  readonly lun: Uint8Array;
  /** Tag of the task meant. */
  readonly initiatorTaskTag: number;
  /** Target transfer tag or SNACK tag. */
  readonly targetTransferTag: number;
  /** The status sequence number that the initiator expects next. */
  readonly expStatSn: number;
  /** First number of the missing run. */
  readonly begRun: number;
  /** How many are missing; 0: all to the last. */
  readonly runLength: number;
}

/** SNACK Request as bytes. */
export const SNACK_REQUEST: PduSpec<SnackRequestPdu> = {
  kind: 'SNACK Request',
  opcode: 0x10,
  set: 0x80,
  fields: {
    type: ['bits', 1, 3, 0],
    initiatorTaskTag: ['u32', 16],
    targetTransferTag: ['u32', 20],
    expStatSn: ['u32', 28],
    begRun: ['u32', 40],
    runLength: ['u32', 44],
  },
  bytes: { lun: [8, 8] },
};

/** NOP-Out (RFC 7143, 11.18). */
export interface NopOutPdu extends RequestNumbers {
  /** Names the PDU. */
  readonly kind: 'NOP-Out';
  /** I: to be delivered at once. */
  readonly immediate: boolean;
  /** Logical unit number, 8 bytes, as the NOP-In that this answers gave it. */
  readonly lun: Uint8Array;
  /** Tag of this ping; FFFFFFFFh: no answer is wanted. */
  readonly initiatorTaskTag: number;
  /** The tag of the NOP-In that this answers, or FFFFFFFFh. */
  readonly targetTransferTag: number;
  /** Ping data. */
  readonly data: Uint8Array;
}

/** NOP-Out as bytes. */
export const NOP_OUT: PduSpec<NopOutPdu> = {
  kind: 'NOP-Out',
  opcode: 0x00,
  set: 0x80,
  fields: {
    immediate: ['bit', 0, 6],
    initiatorTaskTag: ['u32', 16],
    targetTransferTag: ['u32', 20],
    cmdSn: ['u32', 24],
    expStatSn: ['u32', 28],
  },
  bytes: { lun: [8, 8] },
};
