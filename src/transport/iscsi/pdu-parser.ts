/**
 * Cuts a byte stream into PDUs.
 *
 * A PDU that lies whole in one chunk is given as views of that chunk; only one that crosses the end
 * of a chunk is copied, once, into memory of its own. Who reads into memory that is used again lends
 * the chunk: then every PDU is copied, unless the stream is read where its bytes belong. Any cut of a
 * stream gives the same PDUs.
 */
import { getU24 } from '../../bytes.ts';
import { DIGEST_LENGTH, getDigest } from './crc32c.ts';
import type { Crc32c } from './crc32c.ts';
import type { Digests } from './digest.ts';
import { HEADER_LENGTH, padding } from './pdu-spec.ts';
import type { PduFrame } from './pdu-spec.ts';
import type { ReceiveMemory } from './receive-memory.ts';

/** What a parser accepts. */
export interface PduParserOptions {
  /** Most bytes of a data segment; default 8192, the MaxRecvDataSegmentLength of the login phase. */
  readonly maxDataSegmentLength?: number;
  /** Most bytes of additional header segments; default 1020, all that a header can say. */
  readonly maxAhsLength?: number;
  /** The digests that PDUs carry; default none. */
  readonly digests?: Digests;
  /**
   * Whether a PDU with a wrong header digest is skipped by the lengths that it states, if a right one
   * follows there; default false: it ends the stream.
   */
  readonly skipDamaged?: boolean;
}

/** A PDU over a limit, or with a wrong header digest: the stream cannot be cut any further. */
export interface PduFault {
  /** What is wrong. */
  readonly fault: string;
  /** The header of the PDU; undefined where its digest is wrong, so that nothing in it can be trusted. */
  readonly header: Uint8Array | undefined;
}

const EMPTY = new Uint8Array(0);

/** Less than this is not worth a read of its own. */
const WORTH_A_READ = 16_384;

/**
 * A parser of one stream.
 *
 * @example
 * ```ts
 * const parser = new PduParser({ maxDataSegmentLength: 262_144 });
 * parser.push(chunk);
 * for (let pdu = parser.next(); pdu !== undefined; pdu = parser.next()) handle(pdu);
 * ```
 */
export class PduParser {
  #maxData: number;
  #maxAhs: number;
  #headerDigest: Crc32c | undefined;
  #dataDigest: Crc32c | undefined;
  readonly #memory: ReceiveMemory | undefined;
  /** The chunk being cut, and where. */
  #chunk: Uint8Array = EMPTY;
  #at = 0;
  /** Whether its bytes are about to change. */
  #lent = false;
  /** Chunks pushed before the one being cut was used up. */
  #waiting: Uint8Array[] = [];
  /** The PDU that crosses the end of a chunk: its header, then all its header segments, then all of it. */
  #partial: Uint8Array = EMPTY;
  #filled = 0;
  #fault: PduFault | undefined;
  #skipDamaged: boolean;
  /** The PDU being cut has a wrong header digest. */
  #damaged = false;
  /** A damaged PDU was skipped: the next one shows whether its lengths were right. */
  #doubtful = false;

  /** @param memory - where PDUs are put that cannot stay where they came; default: each in its own */
  constructor(options: PduParserOptions = {}, memory?: ReceiveMemory) {
    this.#memory = memory;
    this.#maxData = options.maxDataSegmentLength ?? 8192;
    this.#maxAhs = options.maxAhsLength ?? 1020;
    this.#headerDigest = options.digests?.header;
    this.#dataDigest = options.digests?.data;
    this.#skipDamaged = options.skipDamaged ?? false;
  }

  /** Changes what is accepted from the next PDU on, as a login does when it ends. */
  configure(options: PduParserOptions): void {
    this.#maxData = options.maxDataSegmentLength ?? this.#maxData;
    this.#maxAhs = options.maxAhsLength ?? this.#maxAhs;
    this.#skipDamaged = options.skipDamaged ?? this.#skipDamaged;
    if (options.digests === undefined) return;
    this.#headerDigest = options.digests.header;
    this.#dataDigest = options.digests.data;
  }

  /** Whether it has bytes of the stream that have not been cut yet. */
  get behind(): boolean {
    return this.#at < this.#chunk.length || this.#waiting.length > 0;
  }

  /** Gives the parser more of the stream; the bytes have to stay as they are. */
  push(chunk: Uint8Array): void {
    if (chunk.length === 0) return;
    if (!this.behind) {
      this.#chunk = chunk;
      this.#at = 0;
    } else this.#waiting.push(chunk);
  }

  /** Gives the parser more of the stream; the bytes stay as they are until {@link PduParser.keep}. */
  lend(chunk: Uint8Array): void {
    const first = !this.behind;
    this.push(first ? chunk : chunk.slice());
    this.#lent = first;
  }

  /** What was lent is about to change: copies what has not been taken of it. */
  keep(): void {
    if (!this.#lent) return;
    this.#lent = false;
    this.#chunk = this.#at < this.#chunk.length ? this.#chunk.slice(this.#at) : EMPTY;
    this.#at = 0;
  }

  /**
   * Where the bytes of the stream that come next belong, if there are many of them: read there, and tell
   * how many were read by {@link PduParser.filled}. Undefined: anywhere.
   */
  get place(): Uint8Array | undefined {
    const missing = this.#partial.length - this.#filled;
    return missing < WORTH_A_READ || this.behind ? undefined : this.#partial.subarray(this.#filled);
  }

  /** So many bytes of the stream have been put into {@link PduParser.place}. */
  filled(count: number): void {
    this.#filled += count;
  }

  /** The next PDU, undefined until more bytes are there, or what ended the stream. */
  next(): PduFrame | PduFault | undefined {
    for (;;) {
      if (this.#fault !== undefined) return this.#fault;
      const pdu = this.#filled > 0 ? this.#merge() : this.#cut();
      if (pdu !== undefined) return pdu;
      if (this.#at < this.#chunk.length) continue;
      const chunk = this.#waiting.shift();
      // An idle connection keeps no chunk alive.
      this.#chunk = chunk ?? EMPTY;
      this.#at = 0;
      if (chunk === undefined) return undefined;
    }
  }

  /** A PDU that lies whole in the chunk; else what is there of it is put aside. */
  #cut(): PduFrame | PduFault | undefined {
    const chunk = this.#chunk;
    const at = this.#at;
    const available = chunk.length - at;
    if (available === 0) return undefined;
    if (available < HEADER_LENGTH) {
      this.#partial = new Uint8Array(HEADER_LENGTH);
      this.#fill(available);
      return undefined;
    }
    const headers = this.#headersLength(chunk, at);
    if (headers < 0) return this.#fault;
    // Until the digest has been checked, the length of the data is not to be trusted.
    const length = available < headers ? headers : this.#lengthOf(chunk, at, headers);
    if (length < 0) return this.#fault;
    if (available < length) {
      this.#partial = this.#take(length);
      this.#fill(available);
      return undefined;
    }
    this.#at = at + length;
    if (!this.#lent) return this.#frame(chunk, at);
    const own = this.#take(length);
    own.set(chunk.subarray(at, at + length));
    return this.#frame(own, 0);
  }

  /** Goes on with the PDU that was put aside. */
  #merge(): PduFrame | PduFault | undefined {
    this.#fill(Math.min(this.#partial.length - this.#filled, this.#chunk.length - this.#at));
    if (this.#filled < this.#partial.length) return undefined;
    const headers = this.#headersLength(this.#partial, 0);
    if (headers < 0) return this.#fault;
    // What was put aside was known to be whole headers at most, or all of the PDU.
    if (this.#filled <= headers) {
      const length = this.#filled < headers ? headers : this.#lengthOf(this.#partial, 0, headers);
      if (length < 0) return this.#fault;
      if (length > this.#filled) {
        const whole = this.#take(length);
        whole.set(this.#partial);
        this.#partial = whole;
        return undefined;
      }
    }
    const whole = this.#partial;
    this.#partial = EMPTY;
    this.#filled = 0;
    return this.#frame(whole, 0);
  }

  /** Memory for `length` bytes of one PDU. */
  #take(length: number): Uint8Array {
    return this.#memory?.take(length) ?? new Uint8Array(length);
  }

  #fill(count: number): void {
    const end = this.#at + count;
    this.#partial.set(this.#chunk.subarray(this.#at, end), this.#filled);
    this.#filled += count;
    this.#at = end;
  }

  /** The length of the header segments and their digest; −1 if there are too many of them. */
  #headersLength(bytes: Uint8Array, at: number): number {
    const ahs = (bytes[at + 4] ?? 0) * 4;
    if (ahs > this.#maxAhs)
      return this.#overLimit(
        `${ahs} bytes of additional header segments, at most ${this.#maxAhs}`,
        bytes,
        at,
      );
    return HEADER_LENGTH + ahs + (this.#headerDigest === undefined ? 0 : DIGEST_LENGTH);
  }

  /** The length on the wire of a PDU whose header segments are there; −1 if it cannot be known. */
  #lengthOf(bytes: Uint8Array, at: number, headers: number): number {
    if (this.#headerDigest !== undefined) {
      const end = at + headers - DIGEST_LENGTH;
      this.#damaged = this.#headerDigest(bytes.subarray(at, end)) !== getDigest(bytes, end);
      if (this.#damaged && (this.#doubtful || !this.#skipDamaged)) {
        this.#fault = { fault: 'header digest error', header: undefined };
        return -1;
      }
    }
    const data = getU24(bytes, at + 5);
    if (data > this.#maxData && this.#damaged) {
      this.#fault = { fault: 'header digest error', header: undefined };
      return -1;
    }
    if (data > this.#maxData)
      return this.#overLimit(`data segment of ${data} bytes, at most ${this.#maxData}`, bytes, at);
    if (data === 0) return headers;
    return headers + data + padding(data) + (this.#dataDigest === undefined ? 0 : DIGEST_LENGTH);
  }

  #overLimit(fault: string, bytes: Uint8Array, at: number): number {
    this.#fault = { fault, header: bytes.slice(at, at + HEADER_LENGTH) };
    return -1;
  }

  #frame(bytes: Uint8Array, at: number): PduFrame | PduFault {
    const headerEnd = at + HEADER_LENGTH;
    const ahsEnd = headerEnd + (bytes[at + 4] ?? 0) * 4;
    const data = getU24(bytes, at + 5);
    const dataAt = ahsEnd + (this.#headerDigest === undefined ? 0 : DIGEST_LENGTH);
    const frame = {
      header: bytes.length === HEADER_LENGTH ? bytes : bytes.subarray(at, headerEnd),
      ahs: ahsEnd === headerEnd ? EMPTY : bytes.subarray(headerEnd, ahsEnd),
      data: data === 0 ? EMPTY : bytes.subarray(dataAt, dataAt + data),
    };
    this.#doubtful = this.#damaged;
    if (this.#damaged) return this.#skipped(frame, bytes, dataAt);
    return this.#dataIntact(bytes, dataAt, data) ? frame : { ...frame, dataDigestError: true };
  }

  #skipped(frame: PduFrame, bytes: Uint8Array, dataAt: number): PduFrame | PduFault {
    this.#damaged = false;
    // Data that is right shows that the lengths are; data that is not leaves no hope.
    if (this.#dataIntact(bytes, dataAt, frame.data.length))
      return { ...frame, headerDigestError: true };
    this.#fault = { fault: 'header and data digest error', header: undefined };
    return this.#fault;
  }

  #dataIntact(bytes: Uint8Array, at: number, length: number): boolean {
    if (this.#dataDigest === undefined || length === 0) return true;
    const end = at + length + padding(length);
    return this.#dataDigest(bytes.subarray(at, end)) === getDigest(bytes, end);
  }
}
