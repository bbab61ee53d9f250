/** Memory for what comes in, used again where it is large. */
import { BufferPool, SMALLEST_POOLED } from '../../buffer-pool.ts';

/** Room beside data for headers, digests and padding. */
const HEADERS = 4096;
/** What V8 keeps beside the array object. */
const ON_HEAP = 64;
const SLAB = 65_536;

/** The memory of a server, for all of its connections. */
export class ReceiveMemory {
  /** Where sockets are read into: what is there holds until the next read of any of them. */
  readonly scratch: Uint8Array = unzeroed(65_536);
  #slab: Uint8Array = this.scratch;
  #slabUsed: number = SLAB;
  readonly #pool = new BufferPool(unzeroed, HEADERS);

  /** Memory of `length` bytes, which has anything in it. */
  take(length: number): Uint8Array {
    if (length <= ON_HEAP) return new Uint8Array(length);
    return length < SMALLEST_POOLED ? this.#ofSlab(length) : this.#pool.take(length);
  }

  /**
   * Nobody uses the memory of which `bytes` are a part any more, nor any other part of it. May be left
   * out, and does nothing for memory that is not used again.
   */
  giveBack(bytes: Uint8Array): void {
    this.#pool.giveBack(bytes);
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

/** Not zeroed: only what was received is ever read. 256 KiB of zeros would cost 15 µs. */
function unzeroed(length: number): Uint8Array {
  const memory = Buffer.allocUnsafeSlow(length);
  return new Uint8Array(memory.buffer, memory.byteOffset, memory.length);
}
