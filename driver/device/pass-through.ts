/** Commands to a disk past Windows' own disk driver: IOCTL_SCSI_PASS_THROUGH_DIRECT. */
import { getU32 } from '../protocol/little-endian.ts';
import { encodeLayout, type Layout } from '../protocol/layout.ts';
import type { CallThread } from '../win32/call-thread.ts';
import { win32Error } from '../win32/win32-error.ts';
import type { Handle, NativeMemory } from '../win32/win32.ts';

/** IOCTL_SCSI_PASS_THROUGH_DIRECT. */
export const IOCTL_SCSI_PASS_THROUGH_DIRECT = 0x0004_d014;

/** A command for a disk. */
export interface PassThroughCommand {
  /** The CDB, at most 16 bytes. */
  readonly cdb: Uint8Array;
  /** Most bytes that it may give. Default 0. */
  readonly dataInLength?: number;
  /** What goes to the disk. Default: nothing. Not together with `dataInLength`. */
  readonly dataOut?: Uint8Array;
  /** When Windows gives up, in seconds. Default 20. */
  readonly timeout?: number;
}

/** How a command ended. */
export interface PassThroughResult {
  /** Status byte. */
  readonly status: number;
  /** What it gave. */
  readonly data: Uint8Array;
  /** Bytes that were moved, in either direction. */
  readonly moved: number;
  /** Sense data, with CHECK CONDITION. */
  readonly sense: Uint8Array;
}

interface Header {
  readonly length: number;
  readonly status: number;
  readonly path: number;
  readonly target: number;
  readonly lun: number;
  readonly cdbLength: number;
  readonly senseLength: number;
  readonly direction: number;
  readonly dataLength: number;
  readonly timeout: number;
  readonly dataBuffer: bigint;
  readonly senseAt: number;
}

/** SCSI_PASS_THROUGH_DIRECT with pointers of 64 bits. */
const HEADER: Layout<Header> = {
  length: ['u16', 0],
  status: ['u8', 2],
  path: ['u8', 3],
  target: ['u8', 4],
  lun: ['u8', 5],
  cdbLength: ['u8', 6],
  senseLength: ['u8', 7],
  direction: ['u8', 8],
  dataLength: ['u32', 12],
  timeout: ['u32', 16],
  dataBuffer: ['id64', 24],
  senseAt: ['u32', 32],
};
const CDB_AT = 36;
const MOST_CDB = 16;
const HEADER_LENGTH = 56;
const SENSE_LENGTH = 32;
const LENGTH = HEADER_LENGTH + SENSE_LENGTH;
const STATUS_AT = 2;
const DATA_LENGTH_AT = 12;
const DIRECTION = { out: 0, in: 1, none: 2 } as const;
const DEFAULT_TIMEOUT = 20;
const CHECK_CONDITION = 0x02;

/**
 * Sends a command to the disk under an address.
 *
 * @throws WinSpdError - WIN32: it did not get there, or no status came back.
 * @throws RangeError - the CDB is longer than 16 bytes.
 */
export async function passThrough(
  { thread, file, allocate }: PassThroughDevice,
  btl: number,
  command: PassThroughCommand,
): Promise<PassThroughResult> {
  const { cdb, dataOut, dataInLength = 0, timeout = DEFAULT_TIMEOUT } = command;
  if (cdb.length > MOST_CDB)
    throw new RangeError(`cdb: ${cdb.length} bytes, more than ${MOST_CDB}`);
  const dataLength = dataOut?.length ?? dataInLength;
  const data = dataLength > 0 ? allocate(dataLength) : undefined;
  const memory = allocate(LENGTH);
  try {
    if (dataOut !== undefined) data?.bytes.set(dataOut);
    const header: Header = {
      length: HEADER_LENGTH,
      status: 0,
      path: btl >>> 16,
      target: (btl >>> 8) & 0xff,
      lun: btl & 0xff,
      cdbLength: cdb.length,
      senseLength: SENSE_LENGTH,
      direction: dataLength === 0 ? DIRECTION.none : dataOut ? DIRECTION.out : DIRECTION.in,
      dataLength,
      timeout,
      dataBuffer: data?.address ?? 0n,
      senseAt: HEADER_LENGTH,
    };
    encodeLayout(HEADER, header, memory.bytes);
    memory.bytes.set(cdb, CDB_AT);
    const lengths = { input: LENGTH, output: LENGTH };
    const { error } = await thread.control(file, IOCTL_SCSI_PASS_THROUGH_DIRECT, memory, lengths);
    if (error !== 0) throw win32Error('send a command to the disk', error);
    const status = memory.bytes[STATUS_AT] ?? 0;
    const moved = getU32(memory.bytes, DATA_LENGTH_AT);
    const given = dataOut === undefined ? (data?.bytes.slice(0, moved) ?? NO_DATA) : NO_DATA;
    const sense = status === CHECK_CONDITION ? memory.bytes.slice(HEADER_LENGTH) : NO_DATA;
    return { status, data: given, moved, sense };
  } finally {
    memory.free();
    data?.free();
  }
}

const NO_DATA = new Uint8Array(0);

/** What a command goes through. */
export interface PassThroughDevice {
  /** Makes the call: a command may take as long as its disk. */
  readonly thread: CallThread;
  /** The adapter. */
  readonly file: Handle;
  /** Gives memory for the call. */
  readonly allocate: (length: number) => NativeMemory;
}
