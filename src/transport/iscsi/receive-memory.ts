/**
 * Memory for what comes in, used again.
 *
 * V8 counts the bytes of every buffer, and collects garbage by that count: with new buffers for each read
 * of a socket and each PDU, writes of 256 KiB spent most of their time on it (3 700 a second, now 13 000).
 */

/** Data from here on goes into buffers that are used again; what is smaller shares slabs. */
const SMALLEST = 16_384;
/** Data beyond this is rare enough to have a buffer of its own. */
const LARGEST = 1_048_576;
/** Room beside data of {@link SMALLEST} × 2^n bytes for headers, digests and padding. */
const HEADERS = 4096;
/** What V8 keeps beside the array object. */
const ON_HEAP = 64;
const SLAB = 65_536;
/** Bytes that are kept for later use. */
const MAX_FREE = 8_388_608;

/** The memory of a server, for all of its connections. */
export class ReceiveMemory {
  /** Where sockets are read into: what is there holds until the next read of any of them. */
  readonly scratch: Uint8Array = unzeroed(65_536);
  #slab: Uint8Array = this.scratch;
  #slabUsed: number = SLAB;
  /** Buffers that nobody uses, by size: those of SMALLEST × 2^n bytes of data in entry n. */
  readonly #free: Uint8Array[][] = [];
  #freeBytes = 0;
  readonly #taken = new WeakSet<ArrayBufferLike>();

  /** Memory of `length` bytes, which has anything in it. */
  take(length: number): Uint8Array {
    if (length <= ON_HEAP) return new Uint8Array(length);
    if (length < SMALLEST) return this.#ofSlab(length);
    if (length > LARGEST + HEADERS) return unzeroed(length);
    const kind = kindOf(length - HEADERS);
    const free = (this.#free[kind] ??= []);
    let bytes = free.pop();
    if (bytes === undefined) bytes = unzeroed((SMALLEST << kind) + HEADERS);
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
    const kind = kindOf(buffer.byteLength - HEADERS);
    (this.#free[kind] ??= []).push(new Uint8Array(buffer));
  }

  #ofSlab(length: number): Uint8Array {
    if (this.#slabUsed + length > SLAB) {
      this.#slab = unzeroed(SLAB);
      this.#slabUsed = 0;
    }
    const at = this.#slabUsed;
    // Aligned, so that data can be copied by words.
    this.#slabUsed = (at + length + 7) & ~7;
    return this.#slab.subarray(at, at + length);
  }
}

/** The least n for which SMALLEST × 2^n bytes are enough. */
function kindOf(length: number): number {
  return length <= SMALLEST ? 0 : 32 - Math.clz32((length - 1) / SMALLEST);
}

/** Not zeroed: only what was received is ever read. 256 KiB of zeros would cost 15 µs. */
function unzeroed(length: number): Uint8Array {
  const memory = Buffer.allocUnsafeSlow(length);
  return new Uint8Array(memory.buffer, memory.byteOffset, memory.length);
}
