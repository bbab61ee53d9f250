/**
 * The incoming side of a connection: bytes become PDUs, which are served as long as there is room for
 * what comes of them.
 */
import type { Socket } from 'node:net';
import { PduParser } from './pdu-parser.ts';
import type { PduFault, PduParserOptions } from './pdu-parser.ts';
import type { PduFrame } from './pdu-spec.ts';
import { readInto } from './read-into.ts';
import type { StreamReader } from './read-into.ts';
import type { ReceiveMemory } from './receive-memory.ts';

/** Who serves PDUs. */
export interface InputPort {
  /** Whether PDUs are served any more. */
  readonly serving: boolean;
  /** Whether so much is on its way out that nothing more is taken in. */
  readonly congested: boolean;
  /** Bytes came. */
  heard(): void;
  /** Serves a PDU. */
  serve(frame: PduFrame): void;
  /** The stream cannot be cut into PDUs any further. */
  unreadable(fault: PduFault): void;
  /** A PDU could not be served for a bug of ours. */
  failed(error: unknown): void;
  /** The PDUs that are there have been served, for now. */
  served(): void;
}

/** Reads a socket and has its PDUs served. */
export class Input implements StreamReader {
  readonly #port: InputPort;
  readonly #memory: ReceiveMemory;
  readonly #parser: PduParser;
  /** The socket, which may not be the one that was accepted. */
  readonly socket: Socket;
  #held = false;
  #pumping = false;
  #paused = false;

  /** @param accepted - a socket from which nothing has been read */
  constructor(port: InputPort, accepted: Socket, memory: ReceiveMemory, maxAhsLength: number) {
    this.#port = port;
    this.#memory = memory;
    this.#parser = new PduParser({ maxAhsLength }, memory);
    this.socket = readInto(accepted, this);
  }

  /** Whether nothing is taken from the socket for now. */
  get paused(): boolean {
    return this.#paused;
  }

  /** Whether PDUs are being served: then {@link InputPort.served} comes. */
  get pumping(): boolean {
    return this.#pumping;
  }

  /** Changes what is accepted from the next PDU on. */
  configure(options: PduParserOptions): void {
    this.#parser.configure(options);
  }

  /** Stops taking from the stream until {@link Input.resume}. */
  hold(): void {
    this.#held = true;
  }

  /** Goes on after {@link Input.hold}. */
  resume(): void {
    this.#held = false;
    this.wake();
  }

  /** Goes on reading where it had stopped because too much was under way. */
  wake(): void {
    if (this.#paused && !this.#pumping && !this.#stuck) this.#pump();
  }

  place(): Uint8Array {
    return this.#parser.place ?? this.#memory.scratch;
  }

  read(place: Uint8Array, count: number): void {
    if (!this.#port.serving) return;
    const { scratch } = this.#memory;
    if (place === scratch) this.#parser.lend(scratch.subarray(0, count));
    else this.#parser.filled(count);
    this.#received();
    this.#parser.keep();
  }

  take(chunk: Uint8Array): void {
    if (!this.#port.serving) return;
    this.#parser.push(chunk);
    this.#received();
  }

  #received(): void {
    this.#port.heard();
    this.#pump();
  }

  get #stuck(): boolean {
    return this.#held || this.#port.congested;
  }

  /** Has the PDUs served that are there, then all their answers written at once. */
  #pump(): void {
    if (this.#pumping) return;
    this.#pumping = true;
    try {
      while (this.#port.serving && !this.#stuck) {
        const pdu = this.#parser.next();
        if (pdu === undefined) break;
        if ('fault' in pdu) {
          this.#port.unreadable(pdu);
          break;
        }
        this.#port.serve(pdu);
      }
    } catch (error) {
      this.#port.failed(error);
    } finally {
      this.#pumping = false;
    }
    this.#port.served();
    this.#throttle();
  }

  #throttle(): void {
    // Who has nothing more to say is still heard when he hangs up.
    const pause = this.#parser.behind && this.#stuck;
    if (pause === this.#paused || this.socket.destroyed) return;
    this.#paused = pause;
    if (pause) this.socket.pause();
    else this.socket.resume();
  }
}
