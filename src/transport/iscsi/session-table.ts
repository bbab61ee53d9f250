/** The sessions of a server, and the rules by which a login begins, joins or replaces one (RFC 7143, 6.3). */
import { andThen, isPromise } from '../../maybe-promise.ts';
import type { MaybePromise } from '../../maybe-promise.ts';
import type { Nexus } from '../../scsi/nexus.ts';
import { LOGIN_STATUS } from './codes.ts';
import { ByteBudget } from './byte-budget.ts';
import type { Establishment } from './host.ts';
import type { LoginIdentity } from './login.ts';
import { MemoryGate } from './memory-gate.ts';
import type { ResolvedLimits } from './options.ts';
import type { TargetEntry } from './target-entry.ts';
import { Session } from './session.ts';
import type { SessionConnection } from './session.ts';

type Refusal = Extract<Establishment, { readonly status: number }>;

interface NewSession {
  readonly target: TargetEntry | undefined;
  readonly user: string | undefined;
  readonly portalGroupTag: number;
  readonly cmdSn: number;
  /** ExpStatSN of the first request: what was received by the connection that is replaced. */
  readonly expStatSn: number;
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
  /** Of all sessions together. */
  readonly #dataOut: MemoryGate;
  readonly #dataIn: ByteBudget;
  readonly #retained: ByteBudget;
  #lastTsih = 0;
  #gone = { commands: 0, bytesIn: 0, bytesOut: 0 };

  constructor(limits: ResolvedLimits) {
    this.#limits = limits;
    this.#dataOut = new MemoryGate(limits.maxTotalDataOutBytes);
    this.#dataIn = new ByteBudget(limits.maxTotalDataInBytes);
    this.#retained = new ByteBudget(limits.maxTotalRetainedBytes);
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

  /** The session that an identity names by its TSIH. */
  find(identity: LoginIdentity, portalGroupTag: number): Session | undefined {
    const named = this.#byName.get(nameOf(identity, portalGroupTag));
    return identity.tsih !== 0 && named?.tsih === identity.tsih ? named : undefined;
  }

  /** Why an identity cannot go on with its login, as far as sessions are concerned. */
  refusal(identity: LoginIdentity, portalGroupTag: number): Refusal | undefined {
    if (identity.tsih !== 0) {
      const joined = this.find(identity, portalGroupTag);
      return joined === undefined
        ? {
            status: LOGIN_STATUS.SESSION_DOES_NOT_EXIST,
            reason: `no session ${identity.tsih}`,
          }
        : tooMany(joined, identity);
    }
    const named = this.#byName.get(nameOf(identity, portalGroupTag));
    if (named === undefined && this.#byTsih.size >= this.#limits.maxSessions)
      return { status: LOGIN_STATUS.OUT_OF_RESOURCES, reason: 'too many sessions' };
    return undefined;
  }

  /**
   * Ends a login. With a TSIH the connection joins that session, in place of one with its connection
   * id, whose tasks end (connection reinstatement). Without, a session of the same name is ended first
   * (session reinstatement).
   */
  establish(
    identity: LoginIdentity,
    connection: SessionConnection,
    fresh: NewSession,
  ): MaybePromise<Establishment> {
    const refused = this.refusal(identity, fresh.portalGroupTag);
    if (refused !== undefined) return refused;
    const joined = this.find(identity, fresh.portalGroupTag);
    if (joined !== undefined) return join(joined, connection, fresh);
    const old = this.#byName.get(nameOf(identity, fresh.portalGroupTag));
    if (old === undefined) return { session: this.#create(identity, connection, fresh) };
    const ended = this.#end(old, 'replaced by a new login');
    // Somebody else may have logged in by that name meanwhile: look again.
    return andThen(ended, () => this.establish(identity, connection, fresh));
  }

  /**
   * A connection has ended, and its tasks with it; without another its session does. At error recovery level
   * 2 both are kept for a while.
   */
  disconnected(session: Session, connection: SessionConnection): void {
    if (!session.connections.delete(connection)) return;
    if (session.lost !== undefined && !session.ended) {
      session.lost.add(connection, () => this.#expired(session));
      return;
    }
    if (session.connections.size === 0) void this.#end(session, 'connection lost');
    else void session.abandon(connection);
  }

  /** Ends sessions. */
  end(reason: string, which: (session: Session) => boolean): void {
    for (const session of this.list()) if (which(session)) void this.#end(session, reason);
  }

  /** Waits for the sessions that are ending. */
  async settled(): Promise<void> {
    await Promise.all(this.#ending);
  }

  /** The time is up in which somebody could have come back. */
  #expired(session: Session): void {
    const { connections, lost } = session;
    if (connections.size === 0 && lost?.empty !== false) void this.#end(session, 'connection lost');
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
      dataOut: new MemoryGate(this.#limits.maxDataOutBytes, this.#dataOut),
      dataIn: new ByteBudget(this.#limits.maxDataInBytes, this.#dataIn),
      retained: new ByteBudget(this.#limits.maxRetainedBytes, this.#retained),
    });
    session.connections.add(connection);
    if (this.#limits.scsiEvents) session.reportAttentions();
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

/** Why a connection cannot join a session. */
function tooMany(session: Session, identity: LoginIdentity): Refusal | undefined {
  const most = session.parameters?.maxConnections ?? 1;
  if (session.connection(identity.connectionId) !== undefined) return undefined;
  // With connection recovery one more may clear up after another (6.3.4).
  if (session.connections.size < most + (session.lost === undefined ? 0 : 1)) return undefined;
  return { status: LOGIN_STATUS.TOO_MANY_CONNECTIONS, reason: `MaxConnections=${most}` };
}

/** A connection joins a session, in place of one with its id if there is such. */
function join(
  session: Session,
  connection: SessionConnection,
  { user, expStatSn }: NewSession,
): MaybePromise<Establishment> {
  if (user !== session.user)
    return { status: LOGIN_STATUS.CANNOT_INCLUDE_IN_SESSION, reason: 'another CHAP name' };
  const old = session.connection(connection.connectionId);
  // First in, then out: a session without a connection would end.
  session.connections.add(connection);
  if (session.lost !== undefined) {
    old?.destroy('replaced by a new login');
    session.lost.replace(connection.connectionId, expStatSn);
    return { session };
  }
  if (old === undefined) return { session };
  session.connections.delete(old);
  old.destroy('replaced by a new login');
  return andThen(session.abandon(old), () => ({ session }));
}

/** What makes a session the same one: initiator port, target portal group. */
function nameOf(identity: LoginIdentity, portalGroupTag: number): string {
  return [identity.initiatorName, identity.isid, identity.targetName, portalGroupTag].join(' ');
}
