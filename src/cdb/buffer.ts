import { getU32, putU16 } from '../bytes.ts';
import { decodeLayout, encodeLayout, type Layout } from '../layout.ts';
import type { CdbRequest, CdbSpec } from './spec.ts';

/** READ BUFFER (SPC): the buffers of the device, its echo buffer, its error history. */
export interface ReadBuffer extends CdbRequest {
  readonly op: 'READ BUFFER';
  /** Length of the CDB form in bytes. */
  readonly cdbLength: 10 | 16;
  /** MODE SPECIFIC, 0 to 7. */
  readonly modeSpecific: number;
  /** MODE, 0 to 31: see {@link BUFFER_MODE}. */
  readonly mode: number;
  /** BUFFER ID, 0 to 255. */
  readonly bufferId: number;
  /** BUFFER OFFSET in bytes, 0 to 2^24 − 1, or with READ BUFFER(16) 2^53 − 1. */
  readonly bufferOffset: number;
  /** ALLOCATION LENGTH in bytes, 0 to 2^24 − 1, or with READ BUFFER(16) 2^32 − 1. */
  readonly allocationLength: number;
}

/** WRITE BUFFER (SPC): to the buffers of the device, its echo buffer, its microcode. */
export interface WriteBuffer extends CdbRequest {
  readonly op: 'WRITE BUFFER';
  /** MODE SPECIFIC, 0 to 7. */
  readonly modeSpecific: number;
  /** MODE, 0 to 31: see {@link BUFFER_MODE}. */
  readonly mode: number;
  /** BUFFER ID, 0 to 255. */
  readonly bufferId: number;
  /** BUFFER OFFSET in bytes, 0 to 2^24 − 1. */
  readonly bufferOffset: number;
  /** PARAMETER LIST LENGTH in bytes, 0 to 2^24 − 1. */
  readonly parameterListLength: number;
}

/** CDB of READ BUFFER(10). */
export const READ_BUFFER_10: CdbSpec<ReadBuffer> = {
  op: 'READ BUFFER',
  opcode: 0x3c,
  length: 10,
  transfer: 'allocation in',
  fields: {
    cdbLength: ['fixed', 10],
    modeSpecific: ['bits', 1, 7, 5],
    mode: ['bits', 1, 4, 0],
    bufferId: ['u8', 2],
    bufferOffset: ['u24', 3],
    allocationLength: ['u24', 6],
  },
};

/** CDB of READ BUFFER(16). */
export const READ_BUFFER_16: CdbSpec<ReadBuffer> = {
  op: 'READ BUFFER',
  opcode: 0x9b,
  length: 16,
  transfer: 'allocation in',
  fields: {
    cdbLength: ['fixed', 16],
    modeSpecific: ['bits', 1, 7, 5],
    mode: ['bits', 1, 4, 0],
    bufferOffset: ['u64', 2],
    allocationLength: ['u32', 10],
    bufferId: ['u8', 14],
  },
};

/** CDB of WRITE BUFFER. */
export const WRITE_BUFFER_10: CdbSpec<WriteBuffer> = {
  op: 'WRITE BUFFER',
  opcode: 0x3b,
  length: 10,
  transfer: 'list out',
  fields: {
    modeSpecific: ['bits', 1, 7, 5],
    mode: ['bits', 1, 4, 0],
    bufferId: ['u8', 2],
    bufferOffset: ['u24', 3],
    parameterListLength: ['u24', 6],
  },
};

/** MODE of READ BUFFER and WRITE BUFFER (SPC). */
export const BUFFER_MODE = {
  /** Data of a buffer. */
  DATA: 0x02,
  /** READ BUFFER: how long a buffer is. */
  DESCRIPTOR: 0x03,
  /** WRITE BUFFER: microcode as a whole, for now. */
  DOWNLOAD_ACTIVATE: 0x04,
  /** WRITE BUFFER: microcode as a whole, to be kept. */
  DOWNLOAD_SAVE_ACTIVATE: 0x05,
  /** WRITE BUFFER: microcode in pieces, for now. */
  DOWNLOAD_OFFSETS_ACTIVATE: 0x06,
  /** WRITE BUFFER: microcode in pieces, to be kept. */
  DOWNLOAD_OFFSETS_SAVE_ACTIVATE: 0x07,
  /** Data of the echo buffer. */
  ECHO: 0x0a,
  /** READ BUFFER: how long the echo buffer is. */
  ECHO_DESCRIPTOR: 0x0b,
  /** WRITE BUFFER: microcode in pieces, to be kept and activated by events of MODE SPECIFIC. */
  DOWNLOAD_SELECT_DEFER: 0x0d,
  /** WRITE BUFFER: microcode in pieces, to be kept and activated later. */
  DOWNLOAD_OFFSETS_SAVE_DEFER: 0x0e,
  /** WRITE BUFFER: activates what has been deferred. */
  ACTIVATE_DEFERRED: 0x0f,
  /** READ BUFFER: error history; WRITE BUFFER: what an application adds to it. */
  ERROR_HISTORY: 0x1c,
} as const;

/** READ BUFFER descriptor (SPC). All zeros: there is no such buffer. */
export interface BufferDescriptor {
  /** OFFSET BOUNDARY, 0 to 255: offsets are multiples of two to this power. */
  readonly offsetBoundary: number;
  /** BUFFER CAPACITY in bytes, 0 to 2^24 − 1. */
  readonly capacity: number;
}

const BUFFER_DESCRIPTOR: Layout<BufferDescriptor> = {
  offsetBoundary: ['u8', 0],
  capacity: ['u24', 1],
};

/**
 * Encodes a READ BUFFER descriptor (SPC), 4 bytes.
 *
 * @throws RangeError - a value has no code in its field.
 */
export function encodeBufferDescriptor(descriptor: BufferDescriptor): Uint8Array {
  return encodeLayout(BUFFER_DESCRIPTOR, descriptor, new Uint8Array(4));
}

/** Decodes a READ BUFFER descriptor (SPC); undefined if fewer than 4 bytes. */
export function decodeBufferDescriptor(bytes: Uint8Array): BufferDescriptor | undefined {
  return bytes.length < 4 ? undefined : decodeLayout(BUFFER_DESCRIPTOR, bytes);
}

/** Echo buffer descriptor (SPC). */
export interface EchoBufferDescriptor {
  /** EBOS: who reads what another initiator has overwritten is told so. */
  readonly overwrittenSupported: boolean;
  /** BUFFER CAPACITY in bytes, 0 to 8191. */
  readonly capacity: number;
}

/**
 * Encodes an echo buffer descriptor (SPC), 4 bytes.
 *
 * @throws RangeError - the capacity is over 8191.
 */
export function encodeEchoBufferDescriptor({
  overwrittenSupported,
  capacity,
}: EchoBufferDescriptor): Uint8Array {
  if (!Number.isInteger(capacity) || capacity < 0 || capacity > 0x1fff)
    throw new RangeError(`capacity: ${capacity} is not an integer from 0 to 8191`);
  const bytes = Uint8Array.of(overwrittenSupported ? 1 : 0, 0, 0, 0);
  putU16(bytes, 2, capacity);
  return bytes;
}

/** Decodes an echo buffer descriptor (SPC); undefined if fewer than 4 bytes. */
export function decodeEchoBufferDescriptor(bytes: Uint8Array): EchoBufferDescriptor | undefined {
  if (bytes.length < 4) return undefined;
  return {
    overwrittenSupported: ((bytes[0] ?? 0) & 1) !== 0,
    capacity: getU32(bytes, 0) & 0x1fff,
  };
}
