/**
 * Giving parts of a file back to the file system, which Node cannot do: by koffi, an optional peer
 * dependency. Linux: `fallocate(2)`; macOS: `fcntl(2)` with F_PUNCHHOLE; Windows:
 * FSCTL_SET_ZERO_DATA on a file made sparse.
 */

import type * as koffiModule from 'koffi';

/** Punches holes in one open file. */
export interface HolePuncher {
  /** Offsets and lengths have to be multiples of this many bytes; 1: any will do. */
  readonly alignment: number;
  /**
   * Makes bytes read as zeros and frees the blocks that lie within them whole.
   *
   * @throws Error - the system refused; `code` is the name of the error where it has one.
   */
  punch(offset: number, length: number): Promise<void>;
  /** Lets go of what it opened itself. */
  close(): void;
}

/** The file to punch. */
export interface HoleTarget {
  /** Open for writing. */
  readonly fd: number;
  /** Its path: Windows needs a handle of its own. */
  readonly path: string;
  /** Its length in bytes. */
  readonly length: number;
  /** Its file system's block length in bytes. */
  readonly fileSystemBlock: number;
}

type Koffi = typeof koffiModule;

/** Calls a native function on another thread: gives what it returned, and the error number then. */
type NativeCall = (...args: readonly unknown[]) => Promise<{ value: number; errno: number }>;

/**
 * Gives what punches holes in this file, or `undefined` where koffi is not installed, or the system
 * or the file system cannot. It finds out by punching beyond the end, where there is nothing to lose.
 */
export async function openHolePuncher(target: HoleTarget): Promise<HolePuncher | undefined> {
  const open = OPENERS[process.platform];
  if (open === undefined) return undefined;
  let puncher: HolePuncher | undefined;
  try {
    const koffi = (await import('koffi')) as Koffi & { readonly default?: Koffi };
    puncher = open(koffi.default ?? koffi, target);
    const { alignment } = puncher;
    const beyond = Math.ceil(target.length / alignment) * alignment;
    await puncher.punch(beyond, Math.max(alignment, 4096));
    return puncher;
  } catch {
    puncher?.close();
    return undefined;
  }
}

const OPENERS: Partial<Record<string, (koffi: Koffi, target: HoleTarget) => HolePuncher>> = {
  linux: linuxPuncher,
  darwin: macPuncher,
  win32: windowsPuncher,
};

const FALLOC_FL_KEEP_SIZE = 0x01;
const FALLOC_FL_PUNCH_HOLE = 0x02;

function linuxPuncher(koffi: Koffi, { fd }: HoleTarget): HolePuncher {
  const library = koffi.load(null);
  const declare = (name: string): unknown =>
    library.func(name, 'int', ['int', 'int', 'int64_t', 'int64_t']);
  let native: unknown;
  try {
    native = declare('fallocate64');
  } catch {
    // musl has one name only, whose off_t is always 64 bits wide.
    native = declare('fallocate');
  }
  const fallocate = nativeCall(koffi, native);
  return {
    alignment: 1,
    async punch(offset, length) {
      const mode = FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE;
      const { value, errno } = await fallocate(fd, mode, offset, length);
      if (value !== 0) throw systemError(koffi, 'fallocate', errno);
    },
    close() {},
  };
}

const F_PUNCHHOLE = 99;

function macPuncher(koffi: Koffi, { fd, fileSystemBlock }: HoleTarget): HolePuncher {
  const fcntl = nativeCall(koffi, koffi.load(null).func('fcntl', 'int', ['int', 'int', '...']));
  return {
    alignment: fileSystemBlock,
    async punch(offset, length) {
      // struct fpunchhole: flags and a reserved word, 4 bytes each, then:
      const argument = int64s(0, offset, length);
      const { value, errno } = await fcntl(fd, F_PUNCHHOLE, 'void *', argument);
      if (value !== 0) throw systemError(koffi, 'fcntl', errno);
    },
    close() {},
  };
}

const FSCTL_SET_SPARSE = 0x900c4;
const FSCTL_SET_ZERO_DATA = 0x980c8;
const GENERIC_WRITE = 0x4000_0000;
const FILE_SHARE_ALL = 0x07;
const OPEN_EXISTING = 3;

function windowsPuncher(koffi: Koffi, { path }: HoleTarget): HolePuncher {
  const kernel = koffi.load('kernel32.dll');
  // A handle as a number: on 64-bit Windows it has 32 significant bits, and -1 means failure.
  const createFile = kernel.func('CreateFileW', 'intptr_t', [
    'str16',
    'uint32_t',
    'uint32_t',
    'void *',
    'uint32_t',
    'uint32_t',
    'void *',
  ]) as (...args: readonly unknown[]) => number;
  const closeHandle = kernel.func('CloseHandle', 'int', ['intptr_t']) as (handle: number) => number;
  const control = nativeCall(
    koffi,
    kernel.func('DeviceIoControl', 'int', [
      'intptr_t',
      'uint32_t',
      'void *',
      'uint32_t',
      'void *',
      'uint32_t',
      'void *',
      'void *',
    ]),
  );
  const handle = createFile(path, GENERIC_WRITE, FILE_SHARE_ALL, null, OPEN_EXISTING, 0, null);
  if (handle === -1) throw new Error('CreateFileW failed');
  const send = async (code: number, argument: Uint8Array | null): Promise<void> => {
    const returned = new Uint8Array(4);
    const size = argument?.length ?? 0;
    const { value } = await control(handle, code, argument, size, null, 0, returned, null);
    if (value === 0) throw new Error(`DeviceIoControl ${code.toString(16)} failed`);
  };
  let sparse: Promise<void> | undefined;
  return {
    alignment: 1,
    async punch(offset, length) {
      await (sparse ??= send(FSCTL_SET_SPARSE, null));
      await send(FSCTL_SET_ZERO_DATA, int64s(offset, offset + length));
    },
    close() {
      closeHandle(handle);
    },
  };
}

function nativeCall(koffi: Koffi, native: unknown): NativeCall {
  const { async: start } = native as {
    readonly async: (this: void, ...args: readonly unknown[]) => void;
  };
  return (...args) =>
    new Promise((resolve, reject) => {
      start(...args, (error: unknown, value: number) => {
        // koffi restores the error number of that call for this callback.
        if (error === null || error === undefined) resolve({ value, errno: koffi.errno() });
        else reject(error instanceof Error ? error : new Error('a native call failed'));
      });
    });
}

/** Little-endian, as all of these machines are. */
function int64s(...numbers: readonly number[]): Uint8Array {
  return new Uint8Array(BigInt64Array.from(numbers, BigInt).buffer);
}

function systemError(koffi: Koffi, call: string, errno: number): Error {
  const names = Object.entries(koffi.os.errno);
  const code = names.find(([, number]) => number === errno)?.[0] ?? `errno ${errno}`;
  return Object.assign(new Error(`${call}: ${code}`), { code });
}
