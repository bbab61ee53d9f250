/** How a PDU is written as plain data, and the frame that all PDUs share. */
import type { Layout } from '../../layout.ts';

/** Length of the Basic Header Segment, in bytes. */
export const HEADER_LENGTH = 48;

/** The tag that stands for "none" (FFFFFFFFh). */
export const NO_TAG = 0xffff_ffff;

type BytesKeys<T> = {
  [K in keyof T]-?: T[K] extends Uint8Array ? (K extends 'data' | 'ahs' ? never : K) : never;
}[keyof T];

/** Where everything lies in the header of one kind of PDU. */
export interface PduSpec<T extends { readonly kind: string }> {
  /** Names the PDU. */
  readonly kind: T['kind'];
  /** Opcode, the low 6 bits of byte 0. */
  readonly opcode: number;
  /** Bits of byte 1 that are always set. */
  readonly set?: number;
  /** Whether the I bit is always set. */
  readonly immediate?: boolean;
  /** Whether FFFFFFFFh stands where others have an initiator task tag. */
  readonly noTask?: boolean;
  /** The numbers and flags. */
  readonly fields: Layout<Omit<T, 'kind' | 'data' | 'ahs' | BytesKeys<T>>>;
  /** The members that are bytes: first byte and length. */
  readonly bytes: { readonly [K in BytesKeys<T>]: readonly [at: number, length: number] };
}

/** A PDU cut out of the stream: nothing but its segments is known. */
export interface PduFrame {
  /** Basic Header Segment, 48 bytes. */
  readonly header: Uint8Array;
  /** Additional header segments, padded; mostly empty. */
  readonly ahs: Uint8Array;
  /** Data segment, without padding. */
  readonly data: Uint8Array;
  /** Set where the data segment does not agree with its digest: it is not to be used. */
  readonly dataDigestError?: true;
  /** Set where the header does not: nothing of the PDU is to be used. */
  readonly headerDigestError?: true;
}

/** The number of bytes that pad `length` to a multiple of four. */
export function padding(length: number): number {
  return -length & 3;
}
