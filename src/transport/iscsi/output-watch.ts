/** Ends a connection whose initiator takes nothing of what is sent to it. */
import type { Connection } from './connection.ts';

/** How many looks in a row may find that nothing was taken. */
const MOST_QUIET = 2;

/** Watches the output of one connection. */
export class OutputWatch {
  readonly #connection: Connection;
  #cancel: (() => void) | undefined;
  #taken = 0;
  #quiet = 0;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** Something was written. */
  written(): void {
    const { output, closed, session } = this.#connection;
    // Until there is a session the time of the login counts.
    if (this.#cancel !== undefined || closed || session === undefined || output.length === 0)
      return;
    this.#quiet = 0;
    this.#taken = output.taken;
    this.#lookLater();
  }

  /** The connection has ended. */
  close(): void {
    this.#cancel?.();
    this.#cancel = undefined;
  }

  #lookLater(): void {
    const { clock, limits } = this.#connection.host;
    if (limits.readTimeout === 0) return;
    this.#cancel = clock.after(limits.readTimeout / MOST_QUIET, () => this.#look());
  }

  #look(): void {
    this.#cancel = undefined;
    const { output } = this.#connection;
    if (output.length === 0) return;
    this.#quiet = output.taken === this.#taken ? this.#quiet + 1 : 0;
    this.#taken = output.taken;
    if (this.#quiet < MOST_QUIET) this.#lookLater();
    else this.#connection.destroy('nothing is taken of what was sent');
  }
}
