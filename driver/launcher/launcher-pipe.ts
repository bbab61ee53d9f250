/**
 * The pipe of WinSpd's launcher, one message each way.
 *
 * The launcher cuts the pipe as soon as it has answered, and lets others than administrators write data
 * but not create pipes. So the pipe has to be opened with just the rights that it gives, and asked and
 * read in one call: Node's own pipes do neither.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { CompletionPort } from '../win32/completion-port.ts';
import { WIN32_ERROR } from '../win32/win32-error.ts';
import { INVALID_HANDLE, loadWin32, type Handle, type Win32 } from '../win32/win32.ts';
import { LauncherError } from './launcher-error.ts';
import { LAUNCHER_MESSAGE_LENGTH } from './message.ts';

/** Where the launcher listens. */
export const LAUNCHER_PIPE: string = String.raw`\\.\pipe\WinSpd.{82021730-C8F8-4C54-BAEB-C04D111FEA57}`;

/** How to call the launcher. */
export interface LauncherCallOptions {
  /** Name of its pipe. Default {@link LAUNCHER_PIPE}. */
  readonly pipe?: string;
  /** Who has to own the pipe: Windows itself (default), or anyone. Anyone could pose as the launcher. */
  readonly owner?: 'system' | 'anyone';
}

/** How long to wait while the launcher is busy with others, in milliseconds. */
const BUSY = { most: 15_000, step: 50 } as const;

/**
 * Sends a message to the launcher and gives its answer.
 *
 * @throws LauncherError - LAUNCHER_MISSING, LAUNCHER_FOREIGN or LAUNCHER_PROTOCOL.
 * @throws WinSpdError - KOFFI_MISSING: install koffi beside this package.
 */
export async function callLauncher(
  message: Uint8Array,
  { pipe = LAUNCHER_PIPE, owner = 'system' }: LauncherCallOptions = {},
): Promise<Uint8Array> {
  if (process.platform !== 'win32')
    throw new LauncherError(
      'LAUNCHER_MISSING',
      `WinSpd's launcher is a service of Windows, and this is ${process.platform}`,
    );
  const win32 = await loadWin32();
  const handle = await openPipe(win32, pipe);
  try {
    if (owner === 'system' && !win32.isOwnedBySystem(handle))
      throw new LauncherError(
        'LAUNCHER_FOREIGN',
        `${pipe} is not WinSpd's: Windows does not own it`,
      );
    return await transact(win32, handle, message);
  } finally {
    win32.close(handle);
  }
}

async function openPipe(win32: Win32, pipe: string): Promise<Handle> {
  for (let waited = 0; ; waited += BUSY.step) {
    const handle = win32.openMessagePipe(pipe);
    if (handle !== INVALID_HANDLE) return handle;
    const error = win32.lastError();
    if (error !== WIN32_ERROR.PIPE_BUSY || waited >= BUSY.most) throw notThere(error);
    await sleep(BUSY.step);
  }
}

async function transact(win32: Win32, handle: Handle, message: Uint8Array): Promise<Uint8Array> {
  const request = win32.allocate(message.length);
  const reply = win32.allocate(LAUNCHER_MESSAGE_LENGTH);
  const port = new CompletionPort(win32);
  try {
    port.associate(handle);
    request.bytes.set(message);
    const { error, length } = await port.start((overlapped) =>
      win32.transactPipe(handle, request, reply, overlapped),
    );
    if (error !== 0) throw notThere(error);
    return reply.bytes.slice(0, length);
  } finally {
    port.close();
    request.free();
    reply.free();
  }
}

function notThere(win32: number): LauncherError {
  const message =
    win32 === WIN32_ERROR.FILE_NOT_FOUND
      ? "WinSpd's launcher does not run: install WinSpd, or start the service WinSpd.Launcher"
      : `WinSpd's launcher does not answer: error ${win32}`;
  return new LauncherError('LAUNCHER_MISSING', message, { win32 });
}
