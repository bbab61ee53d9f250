/**
 * The outgoing side of a connection: PDUs are gathered and written together.
 *
 * Headers go into a slab, so that the headers of consecutive PDUs without data are one piece; data
 * is passed on as it is, never copied.
 */
import type { Socket } from 'node:net';
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
  #closed = false;
  readonly #unreleased = new Set<readonly (() => void)[]>();

  constructor(socket: Socket, onDrain: () => void) {
    this.#socket = socket;
    this.#onDrain = onDrain;
  }

  /** Bytes gathered or written that have not left yet. */
  get length(): number {
    return this.#gathered + this.#pending;
  }

  /** 48 zero bytes for the header of the next PDU: write it before anything else is added. */
  header(): Uint8Array {
    if (this.#to + HEADER_LENGTH > this.#slab.length) {
      this.#endRun();
      this.#slab = Buffer.alloc(SLAB_LENGTH);
      this.#from = 0;
      this.#to = 0;
    }
    const at = this.#to;
    this.#to += HEADER_LENGTH;
    this.#gathered += HEADER_LENGTH;
    return this.#slab.subarray(at, this.#to);
  }

  /** Adds data as it is; the bytes must not change until they have left. */
  data(bytes: Uint8Array): void {
    this.#endRun();
    this.#pieces.push(bytes);
    this.#gathered += bytes.length;
  }

  /** Pads a data segment of `length` bytes. */
  pad(length: number): void {
    const count = padding(length);
    if (count > 0) this.data(PADDING.subarray(0, count));
  }

  /** Calls `release` when all that was added so far has left, or never will. */
  onceGone(release: () => void): void {
    if (this.#closed) release();
    else this.#releases.push(release);
  }

  /** Writes what was gathered. */
  flush(): void {
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
    this.#pieces = [];
    this.#gathered = 0;
    this.#settle();
    for (const releases of this.#unreleased) for (const release of releases) release();
    this.#unreleased.clear();
  }

  #settle(): void {
    const releases = this.#releases;
    this.#releases = [];
    for (const release of releases) release();
  }

  #written(length: number, releases: readonly (() => void)[]): void {
    this.#pending -= length;
    if (this.#unreleased.delete(releases)) for (const release of releases) release();
    this.#onDrain();
  }

  #endRun(): void {
    if (this.#to === this.#from) return;
    this.#pieces.push(this.#slab.subarray(this.#from, this.#to));
    this.#from = this.#to;
  }
}
