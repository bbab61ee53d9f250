/** The life of a session: its connection, the next one after a loss, and its end. */
import { ASYNC_EVENT } from './codes.ts';
import { connectToTarget } from './initiator-connect.ts';
import type { ConnectionOwner } from './initiator-connect.ts';
import type { InitiatorConnection } from './initiator-connection.ts';
import { IscsiError } from './initiator-error.ts';
import type { InitiatorSettings, ReconnectOptions } from './initiator-options.ts';
import { InitiatorTasks } from './initiator-tasks.ts';
import type { TaskHost } from './initiator-tasks.ts';
import type { WireEvents } from './initiator-wire.ts';
import type { AsyncMessagePdu } from './pdu-response.ts';
import type { TargetAddress } from './target-address.ts';

/** Login statuses after which the next login may do better: a target that comes back, or is busy. */
const PASSING_CLASS = 3;
const NOT_FOUND_YET = 0x0203;

interface Waiter {
  readonly resolve: (connection: InitiatorConnection) => void;
  readonly reject: (error: IscsiError) => void;
}

/** Keeps a session connected. */
export class InitiatorLink implements TaskHost, ConnectionOwner {
  readonly settings: InitiatorSettings;
  /** The commands. */
  readonly tasks: InitiatorTasks;
  #address: TargetAddress;
  #connection: InitiatorConnection | undefined;
  /** A connection that is being logged out takes nothing new. */
  #leaving: InitiatorConnection | undefined;
  #latest: InitiatorConnection | undefined;
  #ended: IscsiError | undefined;
  readonly #ending = new AbortController();
  #waiters: Waiter[] = [];
  /** Logins in a row that came to nothing. */
  #failures = 0;
  /** Seconds that the target wants to be left alone. */
  #time2Wait = 0;
  #retried = 0;

  constructor(settings: InitiatorSettings) {
    this.settings = settings;
    this.#address = settings;
    this.tasks = new InitiatorTasks(this);
  }

  get connection(): InitiatorConnection | undefined {
    return this.#connection;
  }

  get ended(): IscsiError | undefined {
    return this.#ended;
  }

  /** The connection there was last; its numbers stay readable after a loss. */
  get latest(): InitiatorConnection {
    if (this.#latest === undefined) throw new Error('not connected yet');
    return this.#latest;
  }

  /** Connects for the first time. */
  async connect(): Promise<void> {
    const { signal } = this.settings;
    const abort = (): void => this.#ending.abort(signal?.reason);
    signal?.throwIfAborted();
    signal?.addEventListener('abort', abort);
    try {
      this.#address = await connectToTarget(
        this.settings,
        this.#address,
        this,
        this.#ending.signal,
      );
    } catch (error) {
      signal?.throwIfAborted();
      throw error;
    } finally {
      signal?.removeEventListener('abort', abort);
    }
  }

  adopt(connection: InitiatorConnection): void {
    this.#latest = connection;
    this.#connection = connection;
    this.#time2Wait = connection.parameters.defaultTime2Wait;
    this.tasks.drain();
    for (const { resolve } of this.#waiters.splice(0)) resolve(connection);
  }

  events(connection: () => InitiatorConnection): WireEvents {
    return {
      window: () => this.tasks.drain(),
      message: (pdu) => this.#message(connection(), pdu),
      lost: (error) => this.#lost(connection(), error),
    };
  }

  /**
   * Does something on the connection, when there is one. With `again` it is done once more on the next
   * connection if this one is lost.
   */
  use<T>(work: (connection: InitiatorConnection) => Promise<T>, again: boolean): Promise<T> {
    const retries = again ? (this.settings.reconnect?.retries ?? 0) : 0;
    return this.#use(work, retries);
  }

  /** Ends the session; whatever waits fails with `error`. */
  async end(error: IscsiError): Promise<void> {
    const connection = this.#connection ?? this.#leaving;
    if (this.#ended === undefined) {
      this.#ended = error;
      this.#ending.abort(error);
      connection?.wire.destroy(error);
      this.tasks.fail(error);
      for (const { reject } of this.#waiters.splice(0)) reject(error);
    }
    await this.#latest?.wire.closed;
  }

  async #use<T>(
    work: (connection: InitiatorConnection) => Promise<T>,
    retries: number,
  ): Promise<T> {
    if (this.#ended !== undefined) throw this.#ended;
    const connection = this.#connection ?? (await this.#next());
    try {
      return await work(connection);
    } catch (error) {
      if (connection.wire.error === undefined || this.#ended !== undefined) throw error;
      if (retries > 0) return this.#use(work, retries - 1);
      if (this.settings.reconnect === undefined) throw error;
      const message = 'the connection was lost before the answer came';
      throw new IscsiError('ISCSI_TASK_LOST', message, { cause: error });
    }
  }

  #next(): Promise<InitiatorConnection> {
    return new Promise((resolve, reject) => this.#waiters.push({ resolve, reject }));
  }

  #lost(connection: InitiatorConnection, error: IscsiError): void {
    // A login that failed has been told to who waits for it.
    if (connection !== this.#connection && connection !== this.#leaving) return;
    this.#connection = undefined;
    this.#leaving = undefined;
    if (this.#ended !== undefined) return;
    const { reconnect } = this.settings;
    if (reconnect === undefined) {
      void this.end(error);
      return;
    }
    if (connection.wire.heard > 0) this.#failures = 0;
    this.#retried = this.tasks.recover();
    this.settings.onEvent({ kind: 'connection lost', error });
    void this.#comeBack(reconnect, error);
  }

  async #comeBack(reconnect: Required<ReconnectOptions>, cause: IscsiError): Promise<void> {
    const { attempts, delay, maxDelay } = reconnect;
    let last = cause;
    while (this.#failures < attempts) {
      const backOff = Math.min(delay * 2 ** this.#failures++, maxDelay);
      await this.#pause(Math.max(backOff, this.#time2Wait * 1000));
      this.#time2Wait = 0;
      if (this.#ended !== undefined) return;
      try {
        this.#address = await connectToTarget(
          this.settings,
          this.#address,
          this,
          this.#ending.signal,
        );
        this.settings.onEvent({ kind: 'reconnected', retried: this.#retried });
        return;
      } catch (error) {
        if (this.ended !== undefined) return;
        last = asIscsiError(error);
        this.settings.onEvent({ kind: 'login failed', error: last, attempt: this.#failures });
        if (!mayPass(last)) break;
      }
    }
    const message = `the session could not be re-established: ${last.message}`;
    await this.end(new IscsiError('ISCSI_CONNECTION_LOST', message, { cause: last }));
  }

  #pause(ms: number): Promise<void> {
    const { signal } = this.#ending;
    return new Promise((resolve) => {
      const cancel = this.settings.clock.after(ms, () => {
        signal.removeEventListener('abort', stop);
        resolve();
      });
      const stop = (): void => {
        cancel();
        resolve();
      };
      signal.addEventListener('abort', stop, { once: true });
    });
  }

  #message(connection: InitiatorConnection, pdu: AsyncMessagePdu): void {
    switch (pdu.event) {
      case ASYNC_EVENT.SCSI: {
        const length = ((pdu.data[0] ?? 0) << 8) | (pdu.data[1] ?? 0);
        const sense = pdu.data.slice(2, 2 + length);
        this.settings.onEvent({ kind: 'sense', lun: pdu.lun.slice(), sense });
        return;
      }
      case ASYNC_EVENT.LOGOUT_REQUEST:
        this.#leave(connection, pdu.parameter3);
        return;
      case ASYNC_EVENT.CONNECTION_DROP:
      case ASYNC_EVENT.SESSION_DROP:
        this.#time2Wait = Math.max(this.#time2Wait, pdu.parameter2);
        throw new IscsiError('ISCSI_CONNECTION_LOST', 'the target drops the connection');
      case ASYNC_EVENT.NEGOTIATION_REQUEST:
        connection.negotiate().catch(() => {});
    }
  }

  /** Logs out when nothing runs any more, or when the target waits no longer. */
  #leave(connection: InitiatorConnection, seconds: number): void {
    if (connection !== this.#connection) return;
    this.settings.onEvent({ kind: 'logout requested', seconds });
    this.#connection = undefined;
    this.#leaving = connection;
    const left = new IscsiError('ISCSI_CONNECTION_LOST', 'logged out as the target asked');
    let leaving = false;
    const leave = (): void => {
      cancel();
      if (leaving || connection !== this.#leaving) return;
      leaving = true;
      connection.logOut().then(
        (time2Wait) => {
          this.#time2Wait = Math.max(this.#time2Wait, time2Wait);
          connection.wire.destroy(left);
        },
        () => connection.wire.destroy(left),
      );
    };
    // A second before its time, so that the logout is still heard.
    const cancel = this.settings.clock.after(Math.max(0, seconds - 1) * 1000, leave);
    this.tasks.whenIdle(leave);
  }
}

/** Whether another login may do better. */
function mayPass(error: IscsiError): boolean {
  const { code, loginStatus = 0 } = error;
  if (code === 'ISCSI_LOGIN_REFUSED')
    return loginStatus >> 8 === PASSING_CLASS || loginStatus === NOT_FOUND_YET;
  return code === 'ISCSI_CONNECTION_LOST' || code === 'ISCSI_PROTOCOL';
}

function asIscsiError(error: unknown): IscsiError {
  return error instanceof IscsiError
    ? error
    : new IscsiError('ISCSI_PROTOCOL', String(error), { cause: error });
}
