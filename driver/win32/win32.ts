/** The calls of Windows that Node has not, by koffi: an optional peer dependency, loaded when it is needed. */
import type * as koffiModule from 'koffi';
import { WinSpdError } from '../errors.ts';
import { startCallThread, type CallThread } from './call-thread.ts';
import { deviceNames } from './device-names.ts';
import { messagePipeClient } from './message-pipe-client.ts';

/** The package. */
export type Koffi = typeof koffiModule;

/** A handle; 64-bit Windows gives them 32 significant bits, and −1 where there is none. */
export type Handle = number;

/** What a call that failed leaves in place of a handle. */
export const INVALID_HANDLE: Handle = -1;

/** Memory that does not move: calls in flight may use it. */
export interface NativeMemory {
  /** Where it is. */
  readonly address: bigint;
  /** The memory itself. */
  readonly bytes: Uint8Array;
  /** Gives it back; it must not be used any more. */
  free(): void;
}

/** The calls, with the arguments that do not vary left out. Those that fail give false or {@link INVALID_HANDLE}. */
export interface Win32 {
  /** Allocates memory, of zeros. */
  allocate(length: number): NativeMemory;
  /** The error of the call just made. */
  lastError(): number;
  /** The Win32 error of an NTSTATUS. */
  errorOfStatus(status: number): number;
  /** CreateNamedPipeW: one instance of a duplex message pipe, overlapped, for this machine's clients. */
  createMessagePipe(name: string, bufferLength: number): Handle;
  /** ConnectNamedPipe. */
  connectPipe(pipe: Handle, overlapped: bigint): boolean;
  /** DisconnectNamedPipe. */
  disconnectPipe(pipe: Handle): boolean;
  /** CreateFileW and SetNamedPipeHandleState: the client's side of a message pipe, to be asked and read, overlapped. */
  openMessagePipe(name: string): Handle;
  /** GetSecurityInfo: whether what a handle is of belongs to LocalSystem. */
  isOwnedBySystem(handle: Handle): boolean;
  /** TransactNamedPipe: a message, and the answer to it. */
  transactPipe(
    pipe: Handle,
    request: NativeMemory,
    reply: NativeMemory,
    overlapped: bigint,
  ): boolean;
  /** FlushFileBuffers, on another thread: settles when the other side has read everything, or is gone. */
  flush(file: Handle): Promise<void>;
  /** ReadFile. */
  read(file: Handle, into: bigint, length: number, overlapped: bigint): boolean;
  /** WriteFile. */
  write(file: Handle, from: bigint, length: number, overlapped: bigint): boolean;
  /** CancelIoEx: everything in flight. */
  cancel(file: Handle): boolean;
  /** CloseHandle. */
  close(handle: Handle): boolean;
  /** CreateIoCompletionPort: a new port. */
  createPort(): Handle;
  /** CreateIoCompletionPort: what is in flight on a file completes at a port. */
  associate(port: Handle, file: Handle): boolean;
  /** GetQueuedCompletionStatusEx, on another thread: waits without end, gives how many entries there are. */
  wait(port: Handle, entries: bigint, count: number): Promise<number>;
  /** The names of the devices that are present and have a hardware id. */
  deviceNames(hardwareId: string): readonly string[];
  /** A thread of its own for calls that may block. */
  startThread(): CallThread;
}

let loaded: Promise<Win32> | undefined;

/**
 * Loads the calls.
 *
 * @throws WinSpdError - KOFFI_MISSING.
 */
export function loadWin32(): Promise<Win32> {
  return (loaded ??= load());
}

async function load(): Promise<Win32> {
  let koffi: Koffi;
  try {
    const module = (await import('koffi')) as Koffi & { readonly default?: Koffi };
    koffi = module.default ?? module;
  } catch (cause) {
    const message = "WinSpd needs the package 'koffi' beside this one: npm install koffi";
    throw new WinSpdError('KOFFI_MISSING', message, { cause });
  }
  return win32(koffi);
}

const PIPE_ACCESS_DUPLEX = 0x3;
const FILE_FLAG_FIRST_PIPE_INSTANCE = 0x0008_0000;
const FILE_FLAG_OVERLAPPED = 0x4000_0000;
const FILE_FLAG_WRITE_THROUGH = 0x8000_0000;
const OPEN_MODE =
  PIPE_ACCESS_DUPLEX +
  FILE_FLAG_FIRST_PIPE_INSTANCE +
  FILE_FLAG_OVERLAPPED +
  FILE_FLAG_WRITE_THROUGH;
const PIPE_TYPE_MESSAGE = 0x4;
const PIPE_READMODE_MESSAGE = 0x2;
const PIPE_REJECT_REMOTE_CLIENTS = 0x8;
const PIPE_MODE = PIPE_TYPE_MESSAGE + PIPE_READMODE_MESSAGE + PIPE_REJECT_REMOTE_CLIENTS;
/** How long WaitNamedPipe waits unless told: an hour, as WinSpd has it. */
const DEFAULT_TIMEOUT_MS = 3_600_000;
const INFINITE = 0xffff_ffff;

type Call = (...args: readonly unknown[]) => number;

function win32(koffi: Koffi): Win32 {
  const kernel = koffi.load('kernel32.dll');
  const ntdll = koffi.load('ntdll.dll');
  const declare = (name: string, result: string, ...args: readonly string[]): Call =>
    kernel.func(name, result, [...args]);
  const [BOOL, DWORD, HANDLE, POINTER] = ['int', 'uint32_t', 'intptr_t', 'void *'] as const;

  const getLastError = declare('GetLastError', DWORD);
  const statusToError = ntdll.func('RtlNtStatusToDosError', DWORD, [DWORD]) as unknown as Call;
  const createNamedPipe = declare(
    'CreateNamedPipeW',
    HANDLE,
    'str16',
    DWORD,
    DWORD,
    DWORD,
    DWORD,
    DWORD,
    DWORD,
    POINTER,
  );
  const connectNamedPipe = declare('ConnectNamedPipe', BOOL, HANDLE, POINTER);
  const disconnectNamedPipe = declare('DisconnectNamedPipe', BOOL, HANDLE);
  const flushFileBuffers = onAnotherThread(declare('FlushFileBuffers', BOOL, HANDLE));
  const readFile = declare('ReadFile', BOOL, HANDLE, POINTER, DWORD, POINTER, POINTER);
  const writeFile = declare('WriteFile', BOOL, HANDLE, POINTER, DWORD, POINTER, POINTER);
  const cancelIo = declare('CancelIoEx', BOOL, HANDLE, POINTER);
  const closeHandle = declare('CloseHandle', BOOL, HANDLE);
  const completionPort = declare('CreateIoCompletionPort', HANDLE, HANDLE, HANDLE, POINTER, DWORD);
  const getCompletions = onAnotherThread(
    declare('GetQueuedCompletionStatusEx', BOOL, HANDLE, POINTER, DWORD, POINTER, DWORD, BOOL),
  );

  return {
    allocate(length) {
      const address = koffi.alloc('uint8_t', length) as bigint;
      const bytes = new Uint8Array(koffi.view(address, length)).fill(0);
      return { address, bytes, free: () => koffi.free(address) };
    },
    lastError: () => getLastError(),
    errorOfStatus: (status) => statusToError(status),
    createMessagePipe: (name, length) =>
      createNamedPipe(name, OPEN_MODE, PIPE_MODE, 1, length, length, DEFAULT_TIMEOUT_MS, null),
    connectPipe: (pipe, overlapped) => connectNamedPipe(pipe, overlapped) !== 0,
    disconnectPipe: (pipe) => disconnectNamedPipe(pipe) !== 0,
    ...messagePipeClient(koffi),
    flush: async (file) => void (await flushFileBuffers(file)),
    read: (file, into, length, overlapped) => readFile(file, into, length, null, overlapped) !== 0,
    write: (file, from, length, overlapped) =>
      writeFile(file, from, length, null, overlapped) !== 0,
    cancel: (file) => cancelIo(file, null) !== 0,
    close: (handle) => closeHandle(handle) !== 0,
    createPort: () => completionPort(INVALID_HANDLE, 0, null, 1),
    associate: (port, file) => completionPort(file, port, null, 0) !== 0,
    async wait(port, entries, count) {
      const removed = new Uint32Array(1);
      const found = await getCompletions(port, entries, count, removed, INFINITE, 0);
      return found === 0 ? 0 : (removed[0] ?? 0);
    },
    deviceNames: (hardwareId) => deviceNames(koffi, hardwareId),
    startThread: () => startCallThread(),
  };
}

function onAnotherThread(call: Call): (...args: readonly unknown[]) => Promise<number> {
  const { async: start } = call as unknown as {
    readonly async: (this: void, ...args: readonly unknown[]) => void;
  };
  return (...args) =>
    new Promise((resolve, reject) => {
      start(...args, (error: unknown, value: number) => {
        if (error === null || error === undefined) resolve(value);
        else reject(error instanceof Error ? error : new Error('a native call failed'));
      });
    });
}
