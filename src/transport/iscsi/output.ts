/**
 * The outgoing side of a connection: PDUs are gathered and written together.
 *
 * Headers go into a slab, so that the headers of consecutive PDUs without data are one piece; data
 * is passed on as it is, never copied.
 */
import type { Socket } from 'node:net';
import { DIGEST_LENGTH, putDigest } from './crc32c.ts';
import type { Crc32c } from './crc32c.ts';
import type { ByteBudget } from './byte-budget.ts';
import type { Digests } from './digest.ts';
import { HEADER_LENGTH, padding } from './pdu-spec.ts';

const SLAB_LENGTH = 8192;
const PADDING = Buffer.alloc(4);
const NOTHING = Buffer.alloc(0);

/** Gathers PDUs and writes them to a socket. */
export class OutputQueue {
  readonly #socket: Socket;
  readonly #onDrain: () => void;
  #pieces: Uint8Array[] = [];
  #releases: (() => void)[] = [];
  #slab: Buffer = NOTHING;
  /** Where the piece of the slab that is not in `#pieces` yet begins and ends. */
  #from = 0;
  #to = 0;
  #gathered = 0;
  /** Bytes that the socket has not taken yet. */
  #pending = 0;
  #taken = 0;
  #closed = false;
  readonly #unreleased = new Set<readonly (() => void)[]>();
  #headerDigest: Crc32c | undefined;
  #dataDigest: Crc32c | undefined;
  /** The header of the PDU being added, as long as its digest is missing. */
  #unsealed: Uint8Array | undefined;
  /** Where bytes are counted, too, until they have left. */
  #budget: ByteBudget | undefined;
  /** The digest of the data segment being added. */
  #dataCrc = 0;

  constructor(socket: Socket, onDrain: () => void) {
    this.#socket = socket;
    this.#onDrain = onDrain;
  }

  /** Bytes gathered or written that have not left yet. */
  get length(): number {
    return this.#gathered + this.#pending;
  }

  /** Bytes that have left so far. */
  get taken(): number {
    return this.#taken;
  }

  /** Counts what is here in a budget from now on. */
  count(budget: ByteBudget): void {
    this.#budget = budget;
    budget.add(this.length);
  }

  /** Adds digests to all PDUs from the next one on. */
  useDigests(digests: Digests): void {
    this.#seal();
    this.#headerDigest = digests.header;
    this.#dataDigest = digests.data;
  }

  /** 48 zero bytes for the header of the next PDU: write it before anything else is added. */
  header(): Uint8Array {
    this.#seal();
    const length = HEADER_LENGTH + (this.#headerDigest === undefined ? 0 : DIGEST_LENGTH);
    if (this.#to + length > this.#slab.length) {
      this.#endRun();
      this.#slab = Buffer.alloc(SLAB_LENGTH);
      this.#from = 0;
      this.#to = 0;
    }
    const at = this.#to;
    this.#to += length;
    this.#gather(length);
    const header = this.#slab.subarray(at, at + HEADER_LENGTH);
    if (this.#headerDigest !== undefined) this.#unsealed = header;
    return header;
  }

  /** Adds the additional header segments of the PDU, padded. */
  ahs(bytes: Uint8Array): void {
    const digest = this.#headerDigest;
    const header = this.#unsealed;
    if (digest === undefined || header === undefined) {
      this.#add(bytes);
      return;
    }
    // The digest comes behind these segments, not behind the header where room was left for it.
    this.#unsealed = undefined;
    this.#to -= DIGEST_LENGTH;
    this.#gather(-DIGEST_LENGTH);
    this.#add(bytes);
    this.#addDigest(digest(bytes, digest(header)));
  }

  /** Adds data as it is; the bytes must not change until they have left. */
  data(bytes: Uint8Array): void {
    this.#seal();
    this.#add(bytes);
    if (this.#dataDigest !== undefined) this.#dataCrc = this.#dataDigest(bytes, this.#dataCrc);
  }

  /** Ends a data segment of `length` bytes: its padding and its digest. */
  endData(length: number): void {
    const count = padding(length);
    if (count > 0) this.data(PADDING.subarray(0, count));
    if (this.#dataDigest === undefined) return;
    this.#addDigest(this.#dataCrc);
    this.#dataCrc = 0;
  }

  /** Calls `release` when all that was added so far has left, or never will. */
  onceGone(release: () => void): void {
    if (this.#closed) release();
    else this.#releases.push(release);
  }

  /** Writes what was gathered. */
  flush(): void {
    this.#seal();
    this.#endRun();
    const pieces = this.#pieces;
    const last = pieces.length - 1;
    if (last < 0) {
      this.#settle();
      return;
    }
    const gathered = this.#gathered;
    const releases = this.#releases;
    this.#pieces = [];
    this.#releases = [];
    this.#gathered = 0;
    if (this.#closed || !this.#socket.writable) {
      this.#budget?.remove(gathered);
      for (const release of releases) release();
      return;
    }
    this.#pending += gathered;
    if (releases.length > 0) this.#unreleased.add(releases);
    const socket = this.#socket;
    if (last > 0) socket.cork();
    for (let i = 0; i < last; i++) socket.write(pieces[i] ?? NOTHING);
    socket.write(pieces[last] ?? NOTHING, () => this.#written(gathered, releases));
    if (last > 0) socket.uncork();
  }

  /** The connection is gone: nothing that was added will leave any more. */
  close(): void {
    this.#closed = true;
    this.#budget?.remove(this.length);
    // What the socket says of its writes from now on is counted no more.
    this.#budget = undefined;
    this.#pieces = [];
    this.#gathered = 0;
    this.#settle();
    for (const releases of this.#unreleased) for (const release of releases) release();
    this.#unreleased.clear();
  }

  /** The header is complete: its digest goes into the room behind it. */
  #seal(): void {
    const header = this.#unsealed;
    if (header === undefined || this.#headerDigest === undefined) return;
    this.#unsealed = undefined;
    putDigest(this.#slab, this.#to - DIGEST_LENGTH, this.#headerDigest(header));
  }

  #add(bytes: Uint8Array): void {
    this.#endRun();
    this.#pieces.push(bytes);
    this.#gather(bytes.length);
  }

  #gather(length: number): void {
    this.#gathered += length;
    this.#budget?.add(length);
  }

  #addDigest(crc: number): void {
    const digest = new Uint8Array(DIGEST_LENGTH);
    putDigest(digest, 0, crc);
    this.#add(digest);
  }

  #settle(): void {
    const releases = this.#releases;
    this.#releases = [];
    for (const release of releases) release();
  }

  #written(length: number, releases: readonly (() => void)[]): void {
    this.#pending -= length;
    this.#taken += length;
    this.#budget?.remove(length);
    if (this.#unreleased.delete(releases)) for (const release of releases) release();
    this.#onDrain();
  }

  #endRun(): void {
    if (this.#to === this.#from) return;
    this.#pieces.push(this.#slab.subarray(this.#from, this.#to));
    this.#from = this.#to;
  }
}
