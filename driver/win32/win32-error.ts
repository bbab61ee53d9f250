/** Errors of Windows: their numbers, their names, and what to do about them. */
import { WinSpdError } from '../errors.ts';

/** Error numbers of Windows that mean something here. */
export const WIN32_ERROR = {
  /** The driver does not know the call; a command that the miniport does not have. */
  INVALID_FUNCTION: 1,
  /** There is nothing of this name. */
  FILE_NOT_FOUND: 2,
  /** Not for this process; a pipe's name is had by another process. */
  ACCESS_DENIED: 5,
  /** The table of units is full. */
  CANNOT_MAKE: 82,
  /** A parameter is not what the driver takes. */
  INVALID_PARAMETER: 87,
  /** The buffer is shorter than the answer. */
  INSUFFICIENT_BUFFER: 122,
  /** There is one of this name. */
  ALREADY_EXISTS: 183,
  /** All instances of a pipe are had. */
  PIPE_BUSY: 231,
  /** No more data: the end of a list. */
  NO_MORE_ITEMS: 259,
  /** No unit has this address. */
  DEV_NOT_EXIST: 55,
  /** A client came before it was waited for. */
  PIPE_CONNECTED: 535,
  /** The call was cancelled, or its unit was taken away. */
  OPERATION_ABORTED: 995,
  /** No more than told: the call has begun. */
  IO_PENDING: 997,
  /** A buffer cannot be read and written. */
  NOACCESS: 998,
  /** The device failed the request. */
  IO_DEVICE: 1117,
  /** The device is gone. */
  DEVICE_NOT_CONNECTED: 1167,
  /** Windows is short of memory that stays where it is. */
  NO_SYSTEM_RESOURCES: 1450,
} as const;

/** What to do about an error, whatever the call. */
const ADVICE: Readonly<Record<number, string>> = {
  [WIN32_ERROR.INVALID_FUNCTION]: 'the device is not one of WinSpd, or has no such command',
  [WIN32_ERROR.FILE_NOT_FOUND]: 'nothing has this name',
  [WIN32_ERROR.ACCESS_DENIED]: 'run as administrator',
  [WIN32_ERROR.INVALID_PARAMETER]: 'the installed WinSpd does not take these parameters',
  [WIN32_ERROR.DEV_NOT_EXIST]: 'no unit has this address',
  [WIN32_ERROR.OPERATION_ABORTED]: 'the unit was taken away while the call waited',
  [WIN32_ERROR.IO_DEVICE]: 'the disk did not answer, or was taken away; see the System event log',
  [WIN32_ERROR.DEVICE_NOT_CONNECTED]: 'the WinSpd device was stopped: start it in Device Manager',
  [WIN32_ERROR.NO_SYSTEM_RESOURCES]: 'use a smaller maxTransferLength, or fewer fetches',
};

/** The name of an error, as Windows has it; `undefined` where it means nothing here. */
export function win32ErrorName(error: number): string | undefined {
  const entry = Object.entries(WIN32_ERROR).find(([, value]) => value === error);
  return entry && `ERROR_${entry[0]}`;
}

/**
 * The error of a call that failed: its name, its number and what to do about it.
 *
 * @param what - the call, as people know it.
 * @param advice - what to do, by number, where this call says more than others.
 */
export function win32Error(
  what: string,
  error: number,
  advice: Readonly<Record<number, string>> = {},
): WinSpdError {
  const name = win32ErrorName(error);
  const numbered = name === undefined ? `Win32 error ${error}` : `${name} (${error})`;
  const todo = advice[error] ?? ADVICE[error];
  const message = `${what}: ${numbered}${todo === undefined ? '' : `: ${todo}`}`;
  return new WinSpdError('WIN32', message, { win32: error });
}
