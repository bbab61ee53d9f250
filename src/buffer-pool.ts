/**
 * Buffers that are used again.
 *
 * V8 counts the bytes of every buffer, and collects garbage by that count. With new ones for each PDU
 * that came in, writes of 256 KiB over iSCSI spent most of their time on it (3 700 a second, now 13 000);
 * with new ones for each read, so did reads of 256 KiB from a file (6 400 a second, now 17 000).
 */

/** The shortest that is used again: shorter ones are as quickly made. */
export const SMALLEST_POOLED = 16_384;
/** The longest: longer ones are rare. */
const LARGEST = 1_048_576;
/** Bytes that are kept for later use. */
const MAX_FREE = 8_388_608;

/** Gives buffers of {@link SMALLEST_POOLED} bytes on. */
export class BufferPool {
  readonly #allocate: (length: number) => Uint8Array;
  readonly #room: number;
  /** Buffers that nobody uses, by size: those of SMALLEST_POOLED × 2^n bytes, and the room, in entry n. */
  readonly #free: Uint8Array[][] = [];
  #freeBytes = 0;
  readonly #taken = new WeakSet<ArrayBufferLike>();

  /**
   * @param allocate - makes new memory
   * @param room - bytes beside a power of two, for what goes around data of that length
   */
  constructor(allocate: (length: number) => Uint8Array, room = 0) {
    this.#allocate = allocate;
    this.#room = room;
  }

  /** Memory of `length` bytes, which has anything in it. */
  take(length: number): Uint8Array {
    if (length > LARGEST + this.#room) return this.#allocate(length);
    const kind = this.#kindOf(length);
    const free = (this.#free[kind] ??= []);
    let bytes = free.pop();
    if (bytes === undefined) bytes = this.#allocate((SMALLEST_POOLED << kind) + this.#room);
    else this.#freeBytes -= bytes.length;
    this.#taken.add(bytes.buffer);
    return bytes.subarray(0, length);
  }

  /**
   * Nobody uses the memory of which `bytes` are a part any more, nor any other part of it. May be left
   * out, and does nothing for memory that is not used again.
   */
  giveBack(bytes: Uint8Array): void {
    const { buffer } = bytes;
    if (!this.#taken.delete(buffer)) return;
    if (this.#freeBytes + buffer.byteLength > MAX_FREE) return;
    this.#freeBytes += buffer.byteLength;
    (this.#free[this.#kindOf(buffer.byteLength)] ??= []).push(new Uint8Array(buffer));
  }

  /** The least n for which SMALLEST_POOLED × 2^n bytes and the room are enough. */
  #kindOf(length: number): number {
    const data = length - this.#room;
    return data <= SMALLEST_POOLED ? 0 : 32 - Math.clz32((data - 1) / SMALLEST_POOLED);
  }
}
