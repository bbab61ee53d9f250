/** What can go wrong for an initiator apart from SCSI statuses, which are results. */

/** The stable names of these errors. */
export type IscsiErrorCode =
  /** The target refused the login; `loginStatus` says why. */
  | 'ISCSI_LOGIN_REFUSED'
  /** The connection could not be made, was lost, or is closed. */
  | 'ISCSI_CONNECTION_LOST'
  /**
   * The connection was lost while the task ran, and it is not sent again: nobody knows whether it was
   * carried out. The session goes on.
   */
  | 'ISCSI_TASK_LOST'
  /** A task management function ended the task. */
  | 'ISCSI_TASK_ABORTED'
  /** The target says that it failed, and not how the command ended. */
  | 'ISCSI_TARGET_FAILURE'
  /** The target did not prove itself by CHAP; the connection was cut. */
  | 'ISCSI_AUTHENTICATION'
  /** A digest was wrong, or required and refused; the connection was cut. */
  | 'ISCSI_DIGEST'
  /** The target rejected a PDU; `reason` says why. */
  | 'ISCSI_REJECTED'
  /** The target broke the protocol. */
  | 'ISCSI_PROTOCOL';

/** An error of the initiator. */
export class IscsiError extends Error {
  /** The name of the class. */
  override readonly name: string = 'IscsiError';
  /** Stable name of what went wrong. */
  readonly code: IscsiErrorCode;
  /** Status class (high byte) and detail of a refused login. */
  readonly loginStatus: number | undefined;
  /** Where the target says it is (`ADDRESS:PORT`), with a `loginStatus` of 0101h or 0102h. */
  readonly movedTo: string | undefined;
  /** Reason code of a Reject. */
  readonly reason: number | undefined;

  constructor(
    code: IscsiErrorCode,
    message: string,
    options: {
      readonly loginStatus?: number;
      readonly movedTo?: string | undefined;
      readonly reason?: number;
      readonly cause?: unknown;
    } = {},
  ) {
    super(message, options.cause === undefined ? {} : { cause: options.cause });
    this.code = code;
    this.loginStatus = options.loginStatus;
    this.movedTo = options.movedTo;
    this.reason = options.reason;
  }
}
