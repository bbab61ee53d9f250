/** What goes wrong with WinSpd's launcher. */

/** Stable codes for programs. */
export type LauncherErrorCode =
  /** The launcher does not run, or WinSpd is not installed; or this is not Windows. */
  | 'LAUNCHER_MISSING'
  /** The pipe is not the launcher's: its owner is not Windows itself. */
  | 'LAUNCHER_FOREIGN'
  /** The launcher does not keep to its protocol. */
  | 'LAUNCHER_PROTOCOL'
  /** The launcher does not do it: `win32` says why. */
  | 'LAUNCHER_REFUSED'
  /** The registry cannot be changed. */
  | 'REGISTRY';

/** An error of WinSpd's launcher; the message says what to do about it. */
export class LauncherError extends Error {
  /** The name of the class. */
  override readonly name = 'LauncherError';
  /** Which error it is. */
  readonly code: LauncherErrorCode;
  /** The error number of Windows, where there is one. */
  readonly win32: number | undefined;

  constructor(
    code: LauncherErrorCode,
    message: string,
    { win32, cause }: { readonly win32?: number; readonly cause?: unknown } = {},
  ) {
    super(message, cause === undefined ? {} : { cause });
    this.code = code;
    this.win32 = win32;
  }
}

/** Why the launcher refuses, by number. */
const REASONS: Readonly<Record<number, string>> = {
  2: 'there is no such class or instance',
  5: 'access is denied; try as administrator',
  87: 'the launcher does not understand it',
  122: 'the answer is longer than the launcher can say',
  183: 'it is running already',
  2404: 'a volume of its disk is in use; close what uses it, or stop it forced',
};

/** The error that the launcher answered with. */
export function refusal(what: string, win32: number): LauncherError {
  const reason = REASONS[win32];
  const message = `${what}: ${reason === undefined ? `error ${win32}` : `${reason} (error ${win32})`}`;
  return new LauncherError('LAUNCHER_REFUSED', message, { win32 });
}
