/** Pings an initiator that has been silent (RFC 7143, 11.19). */
import type { Connection } from './connection.ts';
import { NO_TAG } from './pdu-spec.ts';

const NO_LUN = new Uint8Array(8);

/** The pings of one connection. */
export class Keepalive {
  readonly #connection: Connection;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #tag = 0;
  #waiting = false;
  #heard = false;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** Begins, if the server wants pings. */
  start(): void {
    this.#wait();
  }

  /** Something came from the initiator. */
  heard(): void {
    this.#heard = true;
  }

  /** The answer to a ping came. */
  answered(tag: number): void {
    if (this.#waiting && tag === this.#tag) this.#waiting = false;
  }

  /** No more pings. */
  close(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #wait(): void {
    const { nopInterval } = this.#connection.host.limits;
    if (nopInterval > 0) this.#after(nopInterval, () => this.#tick());
  }

  #tick(): void {
    const silent = !this.#heard;
    this.#heard = false;
    if (silent) this.#ping();
    else this.#wait();
  }

  #ping(): void {
    const connection = this.#connection;
    this.#tag = (this.#tag + 1) % NO_TAG;
    this.#waiting = true;
    connection.send(
      {
        kind: 'NOP-In',
        lun: NO_LUN,
        initiatorTaskTag: NO_TAG,
        targetTransferTag: this.#tag,
        data: new Uint8Array(0),
      },
      false,
    );
    this.#after(connection.host.limits.nopTimeout, () => {
      // Anything heard since shows life; a reader that is throttled cannot answer a ping.
      if (this.#waiting && !this.#heard) connection.destroy('ping unanswered');
      else this.#wait();
    });
  }

  #after(ms: number, run: () => void): void {
    this.#timer = setTimeout(run, ms);
    this.#timer.unref();
  }
}
