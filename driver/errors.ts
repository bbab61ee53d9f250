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
  /** The miniport is on Windows only. */
  | 'NOT_WINDOWS'
  /** Windows has no WinSpd device. */
  | 'DEVICE_MISSING'
  /** Windows took the unit away: it was ejected, or its device was stopped. */
  | 'UNIT_REMOVED'
  /** A call of Windows failed: `win32` is its number. */
  | 'WIN32';

/** An error of the Windows transport; the message says what to do about it. */
export class WinSpdError extends Error {
  /** The name of the class. */
  override readonly name = 'WinSpdError';
  /** Which error it is. */
  readonly code: WinSpdErrorCode;
  /** The error number of Windows, where a call of Windows failed. */
  readonly win32: number | undefined;

  constructor(
    code: WinSpdErrorCode,
    message: string,
    options: { readonly cause?: unknown; readonly win32?: number } = {},
  ) {
    const { cause, win32 } = options;
    super(message, cause === undefined ? {} : { cause });
    this.code = code;
    this.win32 = win32;
  }
}
