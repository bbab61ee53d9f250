/** Looks after data-out that an initiator was asked for, as long as it does not come. */
import type { Connection } from './connection.ts';
import { MOST_QUIET } from './data-out.ts';
import type { DataOut } from './data-out.ts';

/** The commands of one connection that wait for their data. */
export class DataOutWatch {
  readonly #connection: Connection;
  readonly #waiting = new Set<DataOut>();
  #cancel: (() => void) | undefined;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** It waits from now on; by a connection that was lost nothing comes. */
  add(data: DataOut): void {
    if (this.#connection.closed) return;
    this.#waiting.add(data);
    if (this.#cancel === undefined) this.#lookLater();
  }

  /** It waits no more. The clock goes on: most writes wait so shortly that stopping it would cost more. */
  delete(data: DataOut): void {
    this.#waiting.delete(data);
  }

  /** The connection has ended. */
  close(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    this.#waiting.clear();
  }

  #lookLater(): void {
    const { host, recovers } = this.#connection;
    const { dataOutTimeout, writeTimeout } = host.limits;
    this.#cancel = host.clock.after(recovers ? dataOutTimeout : writeTimeout / MOST_QUIET, () => {
      this.#cancel = undefined;
      if (this.#waiting.size === 0) return;
      this.#lookLater();
      // What is not read cannot be missed.
      if (!this.#connection.paused) for (const data of this.#waiting) data.overdue();
    });
  }
}
