/** What goes wrong between a storage unit and Windows, or a pipe. */

/** Stable codes for programs. */
export type WinSpdErrorCode =
  /** The other side of a pipe is gone. */
  | 'PIPE_CLOSED'
  /** Nobody serves a pipe of this name. */
  | 'PIPE_MISSING'
  /** Another process serves a pipe of this name. */
  | 'PIPE_TAKEN'
  /** The other side of a pipe does not keep to the protocol. */
  | 'PIPE_PROTOCOL'
  /** The package koffi is not installed. */
  | 'KOFFI_MISSING'
  /** A call of Windows failed; the message has its number. */
  | 'WIN32';

/** An error of the Windows transport; the message says what to do about it. */
export class WinSpdError extends Error {
  /** The name of the class. */
  override readonly name = 'WinSpdError';
  /** Which error it is. */
  readonly code: WinSpdErrorCode;

  constructor(code: WinSpdErrorCode, message: string, options?: { readonly cause?: unknown }) {
    super(message, options);
    this.code = code;
  }
}
