/** How WinSpd's miniport ends a command that it has no sense data for. */

/** SRB status codes of StorPort that the miniport ends commands with. */
export const SRB_STATUS = {
  /** The queue was stopped, or the command was aborted. */
  ABORTED: 0x02,
  /** There is no such command; also a flush without a cache, an unmap without thin provisioning. */
  INVALID_REQUEST: 0x06,
  /** There is no unit at this address. */
  NO_DEVICE: 0x08,
  /** The buffer is shorter than the answer; the miniport never cuts an answer. */
  DATA_OVERRUN: 0x12,
  /** No buffer, or one that is shorter than the command says. */
  INTERNAL_ERROR: 0x30,
} as const;

/** A command ended with neither status nor sense data: Windows shows a Win32 error instead. */
export class SrbError extends Error {
  /** The name of the class. */
  override readonly name = 'SrbError';
  /** Which SRB status it is. */
  readonly code: `SRB_${keyof typeof SRB_STATUS}`;
  /** Its number. */
  readonly srbStatus: number;

  constructor(status: keyof typeof SRB_STATUS, message: string) {
    super(`${message} (SRB_STATUS_${status})`);
    this.code = `SRB_${status}`;
    this.srbStatus = SRB_STATUS[status];
  }
}
