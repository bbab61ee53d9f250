/** The sessions of a server, and the rules by which a login begins, joins or replaces one (RFC 7143, 6.3). */
import { isPromise } from '../../maybe-promise.ts';
import type { MaybePromise } from '../../maybe-promise.ts';
import type { Nexus } from '../../scsi/nexus.ts';
import { LOGIN_STATUS } from './codes.ts';
import type { LoginStatus } from './codes.ts';
import type { Establishment } from './host.ts';
import type { LoginIdentity } from './login.ts';
import type { ResolvedLimits } from './options.ts';
import type { TargetEntry } from './target-entry.ts';
import { Session } from './session.ts';
import type { SessionConnection } from './session.ts';

interface NewSession {
  readonly target: TargetEntry | undefined;
  readonly user: string | undefined;
  readonly portalGroupTag: number;
  readonly cmdSn: number;
  readonly nexus: () => Nexus | undefined;
}

interface Totals {
  readonly sessions: number;
  readonly commands: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
}

/** All sessions of a server. */
export class SessionTable {
  readonly #limits: ResolvedLimits;
  readonly #byTsih = new Map<number, Session>();
  readonly #byName = new Map<string, Session>();
  readonly #ending = new Set<Promise<void>>();
  #lastTsih = 0;
  #gone = { commands: 0, bytesIn: 0, bytesOut: 0 };

  constructor(limits: ResolvedLimits) {
    this.#limits = limits;
  }

  /** The sessions there are now. */
  list(): readonly Session[] {
    return [...this.#byTsih.values()];
  }

  /** Counts of all sessions, those that ended included. */
  totals(): Totals {
    let { commands, bytesIn, bytesOut } = this.#gone;
    for (const session of this.#byTsih.values()) {
      commands += session.commands;
      bytesIn += session.bytesIn;
      bytesOut += session.bytesOut;
    }
    return { sessions: this.#byTsih.size, commands, bytesIn, bytesOut };
  }

  /** Why an identity cannot go on with its login, as far as sessions are concerned. */
  refusal(
    identity: LoginIdentity,
    portalGroupTag: number,
  ): { readonly status: Exclude<LoginStatus, 0>; readonly reason: string } | undefined {
    const named = this.#byName.get(nameOf(identity, portalGroupTag));
    if (identity.tsih !== 0) {
      if (named === undefined || named.tsih !== identity.tsih)
        return {
          status: LOGIN_STATUS.SESSION_DOES_NOT_EXIST,
          reason: `no session ${identity.tsih}`,
        };
      for (const connection of named.connections)
        if (connection.connectionId !== identity.connectionId)
          return {
            status: LOGIN_STATUS.TOO_MANY_CONNECTIONS,
            reason: 'MaxConnections=1',
          };
      return undefined;
    }
    if (named === undefined && this.#byTsih.size >= this.#limits.maxSessions)
      return { status: LOGIN_STATUS.OUT_OF_RESOURCES, reason: 'too many sessions' };
    return undefined;
  }

  /**
   * Ends a login: a session of the same name is ended first (session reinstatement, and with a TSIH
   * connection reinstatement, which at error recovery level 0 ends its tasks too).
   */
  establish(
    identity: LoginIdentity,
    connection: SessionConnection,
    fresh: NewSession,
  ): MaybePromise<Establishment> {
    const refused = this.refusal(identity, fresh.portalGroupTag);
    if (refused !== undefined) return refused;
    const old = this.#byName.get(nameOf(identity, fresh.portalGroupTag));
    if (old === undefined) return { session: this.#create(identity, connection, fresh) };
    const ended = this.#end(old, 'replaced by a new login');
    // Somebody else may have logged in by that name meanwhile: look again.
    const again = (): MaybePromise<Establishment> =>
      this.establish({ ...identity, tsih: 0 }, connection, fresh);
    return isPromise(ended) ? ended.then(again) : again();
  }

  /** A connection has ended; without another its session does. */
  disconnected(session: Session, connection: SessionConnection): void {
    session.connections.delete(connection);
    if (session.connections.size === 0) void this.#end(session, 'connection lost');
  }

  /** A target was reset cold: the sessions with it end. */
  drop(reset: Session): void {
    for (const session of this.list())
      if (session.target === reset.target) void this.#end(session, 'target cold reset');
  }

  /** Waits for the sessions that are ending. */
  async settled(): Promise<void> {
    await Promise.all(this.#ending);
  }

  #create(identity: LoginIdentity, connection: SessionConnection, fresh: NewSession): Session {
    const tsih = this.#newTsih();
    const { target, user, portalGroupTag, cmdSn } = fresh;
    const session = new Session({
      identity: { ...identity, tsih },
      tsih,
      target,
      user,
      portalGroupTag,
      nexus: fresh.nexus(),
      window: this.#limits.commandWindow,
      cmdSn,
    });
    session.connections.add(connection);
    this.#byTsih.set(tsih, session);
    this.#byName.set(nameOf(identity, portalGroupTag), session);
    return session;
  }

  #end(session: Session, reason: string): MaybePromise<void> {
    const name = nameOf(session.identity, session.portalGroupTag);
    if (this.#byName.get(name) === session) this.#byName.delete(name);
    if (this.#byTsih.delete(session.tsih)) {
      this.#gone.commands += session.commands;
      this.#gone.bytesIn += session.bytesIn;
      this.#gone.bytesOut += session.bytesOut;
    }
    const ended = session.close(reason);
    if (isPromise(ended)) {
      this.#ending.add(ended);
      void ended.finally(() => this.#ending.delete(ended));
    }
    return ended;
  }

  #newTsih(): number {
    do this.#lastTsih = (this.#lastTsih % 65_535) + 1;
    while (this.#byTsih.has(this.#lastTsih));
    return this.#lastTsih;
  }
}

/** What makes a session the same one: initiator port, target portal group. */
function nameOf(identity: LoginIdentity, portalGroupTag: number): string {
  return [identity.initiatorName, identity.isid, identity.targetName, portalGroupTag].join(' ');
}
