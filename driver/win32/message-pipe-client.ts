/** The client's side of a named pipe of messages: opened with few rights, asked and read in one call. */
import type { Koffi, Win32 } from './win32.ts';

type Call = (...args: readonly unknown[]) => number;

const GENERIC_READ = 0x8000_0000;
const FILE_WRITE_DATA = 0x2;
const FILE_WRITE_ATTRIBUTES = 0x100;
/** GENERIC_WRITE would ask for the right to create pipes too, which not everybody has. */
const ACCESS = GENERIC_READ + FILE_WRITE_DATA + FILE_WRITE_ATTRIBUTES;
const OPEN_EXISTING = 3;
const FILE_FLAG_OVERLAPPED = 0x4000_0000;
const SECURITY_SQOS_PRESENT = 0x0010_0000;
/** The server may find out who we are, and no more. */
const SECURITY_IDENTIFICATION = 0x0001_0000;
const FLAGS = FILE_FLAG_OVERLAPPED + SECURITY_SQOS_PRESENT + SECURITY_IDENTIFICATION;
const PIPE_READMODE_MESSAGE = 2;
const SE_KERNEL_OBJECT = 6;
const OWNER_SECURITY_INFORMATION = 1;
const LOCAL_SYSTEM = 22;
const NO_PIPE = -1;

/** The calls. */
export function messagePipeClient(
  koffi: Koffi,
): Pick<Win32, 'openMessagePipe' | 'isOwnedBySystem' | 'transactPipe'> {
  const kernel = koffi.load('kernel32.dll');
  const declare = (prototype: string): Call => kernel.func(prototype);
  const createFile = declare(
    'intptr_t CreateFileW(str16, uint32_t, uint32_t, void *, uint32_t, uint32_t, intptr_t)',
  );
  const setMode = declare('int SetNamedPipeHandleState(intptr_t, void *, void *, void *)');
  const closeHandle = declare('int CloseHandle(intptr_t)');
  const transact = declare(
    'int TransactNamedPipe(intptr_t, void *, uint32_t, void *, uint32_t, void *, void *)',
  );
  const localFree = declare('intptr_t LocalFree(uintptr_t)');

  return {
    openMessagePipe(name) {
      const pipe = createFile(name, ACCESS, 0, null, OPEN_EXISTING, FLAGS, 0);
      if (pipe === NO_PIPE) return pipe;
      if (setMode(pipe, Uint32Array.of(PIPE_READMODE_MESSAGE), null, null) !== 0) return pipe;
      closeHandle(pipe);
      return NO_PIPE;
    },
    isOwnedBySystem(handle) {
      // Few programs ask, so the library is loaded for those.
      const security = koffi.load('advapi32.dll');
      const getSecurityInfo: Call = security.func(
        'uint32_t GetSecurityInfo(intptr_t, int, uint32_t, void *, void *, void *, void *, void *)',
      );
      const isWellKnownSid: Call = security.func('int IsWellKnownSid(uintptr_t, int)');
      const owner = new BigUint64Array(1);
      const descriptor = new BigUint64Array(1);
      const wanted = OWNER_SECURITY_INFORMATION;
      if (
        getSecurityInfo(handle, SE_KERNEL_OBJECT, wanted, owner, null, null, null, descriptor) !== 0
      )
        return false;
      const isSystem = isWellKnownSid(owner[0], LOCAL_SYSTEM) !== 0;
      localFree(descriptor[0]);
      return isSystem;
    },
    transactPipe: (pipe, request, reply, overlapped) =>
      transact(
        pipe,
        request.address,
        request.bytes.length,
        reply.address,
        reply.bytes.length,
        null,
        overlapped,
      ) !== 0,
  };
}
