/** Pings an initiator (RFC 7143, 11.19): when it has been silent, or to learn that it has what was sent. */
import type { Connection } from './connection.ts';
import { NO_TAG } from './pdu-spec.ts';

const NO_LUN = new Uint8Array(8);

/** The pings of one connection. */
export class Keepalive {
  readonly #connection: Connection;
  #cancel: (() => void) | undefined;
  /** The tag of the last ping of any kind. */
  #last = 0;
  /** That of the last ping of a silent initiator. */
  #tag = 0;
  #waiting = false;
  readonly #probes = new Map<number, () => void>();
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
    this.#probes.get(tag)?.();
  }

  /** Calls `done` when the initiator has all that was sent so far, or is taken for gone. */
  probe(done: () => void): void {
    const tag = this.#ping();
    const settle = (): void => {
      cancel();
      if (this.#probes.delete(tag)) done();
    };
    const { clock, limits } = this.#connection.host;
    const cancel = clock.after(limits.nopTimeout, settle);
    this.#probes.set(tag, settle);
  }

  /** No more pings. */
  close(): void {
    this.#cancel?.();
    for (const settle of this.#probes.values()) settle();
  }

  #wait(): void {
    const { nopInterval } = this.#connection.host.limits;
    if (nopInterval > 0) this.#after(nopInterval, () => this.#tick());
  }

  #tick(): void {
    const silent = !this.#heard;
    this.#heard = false;
    if (silent) this.#await();
    else this.#wait();
  }

  #ping(): number {
    this.#last = (this.#last + 1) % NO_TAG;
    this.#connection.send(
      {
        kind: 'NOP-In',
        lun: NO_LUN,
        initiatorTaskTag: NO_TAG,
        targetTransferTag: this.#last,
        data: new Uint8Array(0),
      },
      false,
    );
    return this.#last;
  }

  #await(): void {
    const connection = this.#connection;
    this.#tag = this.#ping();
    this.#waiting = true;
    this.#after(connection.host.limits.nopTimeout, () => {
      // Anything heard since shows life; a reader that is throttled cannot answer a ping.
      if (this.#waiting && !this.#heard) connection.destroy('ping unanswered');
      else this.#wait();
    });
  }

  #after(ms: number, run: () => void): void {
    this.#cancel = this.#connection.host.clock.after(ms, run);
  }
}
