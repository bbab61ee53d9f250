/**
 * Connections that a session has lost while it may still recover their tasks (RFC 7143, 7.1.4.4 and 7.2.2):
 * commands go on, answers are kept, until another connection takes them over or time is up.
 */
import type { Clock } from '../../scsi/clock.ts';
import { decodeLun } from '../../scsi/lun.ts';
import type { Command } from './command.ts';
import type { Connection } from './connection.ts';
import { canResend } from './recovery.ts';
import type { KeptAnswer, Recovery } from './recovery.ts';
import type { Session, SessionConnection } from './session.ts';

/** Who logs in and breaks off again and again makes the oldest of them be forgotten before its time. */
const MOST_LOST = 16;

interface Lost {
  /** The initiator has said that it is gone: its tasks are free. */
  loggedOut: boolean;
  /** Time is up, or there is no room for it any more. */
  readonly expire: () => void;
  /** Ends the wait. */
  readonly cancel: () => void;
}

interface Answered {
  readonly recovery: Recovery;
  readonly entry: KeptAnswer;
  readonly free: boolean;
}

/** The lost connections of one session. */
export class LostConnections {
  readonly #session: Session;
  readonly #lost = new Map<SessionConnection, Lost>();

  readonly #clock: Clock;

  constructor(session: Session, clock: Clock) {
    this.#session = session;
    this.#clock = clock;
  }

  /** Whether there is none. */
  get empty(): boolean {
    return this.#lost.size === 0;
  }

  /** Whether a connection is one of them. */
  has(connection: SessionConnection): boolean {
    return this.#lost.has(connection);
  }

  /** Whether there is one with an id. */
  find(connectionId: number): boolean {
    for (const connection of this.#lost.keys())
      if (connection.connectionId === connectionId) return true;
    return false;
  }

  /** Keeps the tasks of a connection that was lost; `expired` is called when that is over. */
  add(connection: SessionConnection, expired: () => void): void {
    for (const command of this.#session.tasks.values())
      if (command.connection === connection) command.data?.suspend();
    const { defaultTime2Wait = 0, defaultTime2Retain = 0 } = this.#session.parameters ?? {};
    const expire = (): void => {
      this.#lost.get(connection)?.cancel();
      void this.#session.abandon(connection);
      this.#lost.delete(connection);
      connection.recovery?.close();
      expired();
    };
    const cancel = this.#clock.after((defaultTime2Wait + defaultTime2Retain) * 1000, expire);
    this.#lost.set(connection, { loggedOut: false, expire, cancel });
    const [oldest] = this.#lost.values();
    if (this.#lost.size > MOST_LOST) oldest?.expire();
  }

  /** The initiator has logged a connection out for recovery. */
  logOut(connectionId: number): void {
    for (const [connection, lost] of this.#lost)
      if (connection.connectionId === connectionId) lost.loggedOut = true;
  }

  /** A connection has logged in again, and the initiator has the statuses before `expStatSn` of the old one. */
  replace(connectionId: number, expStatSn: number): void {
    for (const [connection, lost] of this.#lost)
      if (connection.connectionId === connectionId && !lost.loggedOut)
        connection.recovery?.acknowledge(expStatSn);
    this.logOut(connectionId);
  }

  /** Whether a task may be taken over. */
  stateOf(tag: number, lun: number): 'free' | 'allegiant' | 'unknown' {
    const command = this.#session.tasks.get(tag);
    if (command !== undefined) {
      if (command.lun !== lun || command.aborted) return 'unknown';
      return this.#isFree(command) ? 'free' : 'allegiant';
    }
    const answered = this.#answered(tag);
    if (answered === undefined || decodeLun(answered.entry.answer.lun) !== lun) return 'unknown';
    if (!answered.free) return 'allegiant';
    return canResend(answered.entry) ? 'free' : 'unknown';
  }

  /**
   * Gives a task that is free to a connection: its data goes on there, its answer is sent there.
   *
   * @param expDataSn - the number of the first Data-In or R2T that the initiator does not have
   */
  adopt(connection: Connection, tag: number, expDataSn: number): void {
    const command = this.#session.tasks.get(tag);
    if (command !== undefined) {
      if (this.#isFree(command)) command.move(connection, expDataSn);
      return;
    }
    const answered = this.#answered(tag);
    if (answered === undefined || !answered.free || !canResend(answered.entry)) return;
    const release = answered.recovery.take(answered.entry);
    connection.recovery?.adopt(answered.entry, expDataSn, release);
  }

  /** The session has ended. */
  close(): void {
    for (const [connection, { cancel }] of this.#lost) {
      cancel();
      connection.recovery?.close();
    }
    this.#lost.clear();
  }

  #isFree({ connection }: Command): boolean {
    return this.#lost.get(connection)?.loggedOut === true;
  }

  /** The answer to a task, wherever it is kept. */
  #answered(tag: number): Answered | undefined {
    for (const connection of [...this.#lost.keys(), ...this.#session.connections]) {
      const { recovery } = connection;
      const entry = recovery?.answerOf(tag);
      if (recovery !== undefined && entry !== undefined)
        return { recovery, entry, free: this.#lost.get(connection)?.loggedOut === true };
    }
    return undefined;
  }
}
