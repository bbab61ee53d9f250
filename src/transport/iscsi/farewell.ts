/** How a target brings a connection to its end: it asks for a logout, waits, and drops (RFC 7143, 11.9). */
import { ASYNC_EVENT } from './codes.ts';
import type { Connection } from './connection.ts';
import type { Session } from './session.ts';

/** The end of one connection, from the wish for it on. */
export class Farewell {
  readonly #connection: Connection;
  readonly #session: Session;
  #begun = false;
  /** The initiator had its time to log out, or was not asked. */
  #waited = false;
  #over = false;
  /** No more waiting for a logout; undefined: the initiator was not asked for one. */
  #cancel: (() => void) | undefined;

  constructor(connection: Connection, session: Session) {
    this.#connection = connection;
    this.#session = session;
  }

  /** Whether no new commands are taken any more. */
  get begun(): boolean {
    return this.#begun;
  }

  /** Asks the initiator to log out; without that the connection ends when its tasks have and time is up. */
  begin(): void {
    if (this.#begun) return;
    this.#begun = true;
    const { clock, limits } = this.#connection.host;
    const { logoutTimeout } = limits;
    // Nothing is lost with a discovery session.
    if (logoutTimeout === 0 || this.#session.nexus === undefined) this.#waited = true;
    else {
      this.#connection.notify(ASYNC_EVENT.LOGOUT_REQUEST, [0, 0, Math.ceil(logoutTimeout / 1000)]);
      this.#cancel = clock.after(logoutTimeout, () => {
        this.#waited = true;
        this.taskEnded();
      });
    }
    this.taskEnded();
  }

  /** A task of the connection has ended. */
  taskEnded(): void {
    if (!this.#waited || this.#over || this.#session.hasTasks(this.#connection)) return;
    this.#over = true;
    const connection = this.#connection;
    if (this.#cancel !== undefined)
      connection.notify(ASYNC_EVENT.CONNECTION_DROP, [
        connection.connectionId,
        connection.parameters.defaultTime2Wait,
        this.#session.lost === undefined ? 0 : connection.parameters.defaultTime2Retain,
      ]);
    connection.end();
  }

  /** The connection has ended. */
  close(): void {
    this.#cancel?.();
  }
}
