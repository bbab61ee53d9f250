/** Which `\\.\PhysicalDriveN` a unit is. */
import { getText, getU32 } from '../protocol/little-endian.ts';
import type { CallThread } from '../win32/call-thread.ts';
import type { Handle, NativeMemory } from '../win32/win32.ts';

/** IOCTL_SCSI_GET_ADDRESS: length, then port, path, target and LUN. */
export const IOCTL_SCSI_GET_ADDRESS = 0x0004_1018;
/** IOCTL_STORAGE_QUERY_PROPERTY. */
export const IOCTL_STORAGE_QUERY_PROPERTY = 0x002d_1400;

const ADDRESS_LENGTH = 8;
const PATH_AT = 5;
/** STORAGE_PROPERTY_QUERY, all zeros: the standard query for StorageDeviceProperty. */
const QUERY_LENGTH = 12;
const DESCRIPTOR_LENGTH = 1024;
const SERIAL_OFFSET_AT = 24;
const GUID_LENGTH = 36;
/** Numbers of drives that are tried. */
const MOST_DRIVES = 256;

/** What is asked for drives. */
export interface DriveQueries {
  /** Makes the calls: a drive that is starting may keep them. */
  readonly thread: CallThread;
  /** Gives memory for a call. */
  readonly allocate: (length: number) => NativeMemory;
  /** CloseHandle. */
  readonly close: (file: Handle) => boolean;
}

/**
 * The number of the drive that has this address and this GUID for its serial number. Another adapter
 * has the same addresses, so one of the two is not enough.
 *
 * @returns `undefined` - Windows does not show it (yet).
 */
export async function findPhysicalDrive(
  queries: DriveQueries,
  btl: number,
  guid: string,
): Promise<number | undefined> {
  const { thread, close } = queries;
  for (let number = 0; number < MOST_DRIVES; number++) {
    const { handle, error } = await thread.open(`\\\\.\\PhysicalDrive${number}`, 'query');
    if (error !== 0) continue;
    try {
      if ((await addressOf(queries, handle)) !== btl) continue;
      if ((await serialOf(queries, handle))?.toLowerCase() === guid) return number;
    } finally {
      close(handle);
    }
  }
  return undefined;
}

async function addressOf(queries: DriveQueries, file: Handle): Promise<number | undefined> {
  const address = await ask(queries, file, IOCTL_SCSI_GET_ADDRESS, {
    input: 0,
    output: ADDRESS_LENGTH,
  });
  if (address === undefined || address.length < ADDRESS_LENGTH) return undefined;
  const [path = 0, target = 0, lun = 0] = address.subarray(PATH_AT);
  return (path << 16) | (target << 8) | lun;
}

async function serialOf(queries: DriveQueries, file: Handle): Promise<string | undefined> {
  const descriptor = await ask(queries, file, IOCTL_STORAGE_QUERY_PROPERTY, {
    input: QUERY_LENGTH,
    output: DESCRIPTOR_LENGTH,
  });
  if (descriptor === undefined || descriptor.length < SERIAL_OFFSET_AT + 4) return undefined;
  const at = getU32(descriptor, SERIAL_OFFSET_AT);
  if (at === 0 || at + GUID_LENGTH > descriptor.length) return undefined;
  return getText(descriptor, at, GUID_LENGTH);
}

async function ask(
  { thread, allocate }: DriveQueries,
  file: Handle,
  code: number,
  lengths: { readonly input: number; readonly output: number },
): Promise<Uint8Array | undefined> {
  const memory = allocate(Math.max(lengths.input, lengths.output));
  const { error, length } = await thread.control(file, code, memory, lengths);
  const answer = memory.bytes.slice(0, length);
  memory.free();
  return error === 0 ? answer : undefined;
}
