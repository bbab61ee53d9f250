/** A storage unit behind a pipe: one client at a time, as WinSpd's own. */
import type { PipeListener } from './listener.ts';
import { InFlight, PipeSession, type SessionUnit } from './session.ts';

/** Serves a unit to the clients of a pipe. */
export class PipeServer {
  readonly #listener: PipeListener;
  readonly #unit: SessionUnit;
  readonly #inFlight = new InFlight();
  #session: PipeSession | undefined;
  #closed: Promise<void> | undefined;

  constructor(listener: PipeListener, unit: SessionUnit) {
    this.#listener = listener;
    this.#unit = unit;
  }

  /** Where clients find it. */
  get path(): string {
    return this.#listener.path;
  }

  /** Begins to serve. @throws Error - the name is taken, or cannot be had. */
  start(): Promise<void> {
    return this.#listener.listen((connection) => {
      this.#session = new PipeSession(connection, this.#unit, this.#inFlight);
      return this.#session;
    });
  }

  /** Takes no more requests, answers those that it took, and lets go of the client. */
  close(): Promise<void> {
    return (this.#closed ??= this.#close());
  }

  async #close(): Promise<void> {
    const ended = this.#session?.end();
    await this.#listener.close();
    await ended;
    await this.#inFlight.idle();
  }
}
