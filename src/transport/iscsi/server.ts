/** An iSCSI target server: portals that listen, targets that answer, sessions that come and go. */
import type { Socket } from 'node:net';
import type { MaybePromise } from '../../maybe-promise.ts';
import type { Clock } from '../../scsi/clock.ts';
import { chapPolicy, ChapTarget } from './chap-target.ts';
import type { ChapPolicy } from './chap-target.ts';
import type { ChapTargetOptions } from './chap.ts';
import { SHORTEST_GOOD_SECRET } from './chap.ts';
import { LEVEL_OF_RFC_7144, LOGIN_STATUS } from './codes.ts';
import { Connection } from './connection.ts';
import { digestWish } from './digest.ts';
import type { ConnectionHost, Establishment } from './host.ts';
import type { Admission, LoginIdentity, LoginResult } from './login.ts';
import { normalizeName } from './names.ts';
import { serverClock } from './node-clock.ts';
import type { KeyWishes } from './negotiation.ts';
import { resolveLimits } from './options.ts';
import type { ResolvedLimits } from './options.ts';
import { advertised, openPortal } from './portal.ts';
import type { IscsiPortalAddress, IscsiPortalOptions, Portal } from './portal.ts';
import type {
  IscsiCounters,
  IscsiLogEvent,
  IscsiServerOptions,
  IscsiSessionInfo,
} from './server-info.ts';
import type { Session } from './session.ts';
import { ReceiveMemory } from './receive-memory.ts';
import { SessionTable } from './session-table.ts';
import { TargetEntry } from './target-entry.ts';
import type { IscsiTargetOptions, IscsiTargetSettings } from './target-entry.ts';
import type { RequestNumbers } from './pdu-request.ts';
import type { TextPair } from './text.ts';

/**
 * Serves SCSI targets over iSCSI (RFC 7143).
 *
 * @example
 * ```ts
 * const server = new IscsiServer();
 * server.addTarget({ name: 'iqn.2026-11.com.example:disk', target });
 * const { port } = await server.listen({ host: '127.0.0.1', port: 0 });
 * ```
 */
export class IscsiServer {
  readonly #limits: ResolvedLimits;
  readonly #log: (event: IscsiLogEvent) => void;
  readonly #targets = new Map<string, TargetEntry>();
  readonly #portals: Portal[] = [];
  readonly #connections = new Set<Connection>();
  readonly #sessions: SessionTable;
  readonly #host: ConnectionHost;
  #discoveryChap: ChapPolicy | undefined;
  readonly #refusedLogins = new Map<number, number>();
  #logins = 0;
  #closing: Promise<void> | undefined;
  readonly #clock: Clock;

  /**
   * @throws RangeError - a limit is out of its range.
   * @throws TypeError - the CHAP options make no sense.
   */
  constructor(options: IscsiServerOptions = {}) {
    this.#limits = resolveLimits(options);
    this.#log = options.log ?? (() => {});
    this.#clock = options.clock ?? serverClock;
    this.#sessions = new SessionTable(this.#limits);
    this.#host = this.#createHost(options);
    this.changeDiscovery(options.discoveryChap);
  }

  /** The portals that listen. */
  get portals(): readonly IscsiPortalAddress[] {
    return this.#portals.map(({ host, port, portalGroupTag, advertise }) => ({
      host,
      port,
      portalGroupTag,
      advertise,
    }));
  }

  /** The sessions there are now. */
  get sessions(): readonly IscsiSessionInfo[] {
    return this.#sessions.list().map((session) => ({
      initiatorName: session.identity.initiatorName,
      isid: session.identity.isid,
      tsih: session.tsih,
      targetName: session.target?.name,
      ...(session.user === undefined ? {} : { user: session.user }),
      connections: [...this.#connections]
        .filter((connection) => connection.session === session)
        .map((connection) => connection.remote),
      commands: session.commands,
      bytesIn: session.bytesIn,
      bytesOut: session.bytesOut,
    }));
  }

  /** Counts since the server was made. */
  get counters(): IscsiCounters {
    return {
      ...this.#sessions.totals(),
      connections: this.#connections.size,
      logins: this.#logins,
      refusedLogins: new Map(this.#refusedLogins),
    };
  }

  /**
   * Offers a target.
   *
   * @throws TypeError - a name is no iSCSI name, or is taken, or the CHAP options or the redirection make
   *   no sense.
   * @throws RangeError - a LUN map has a number that is no LUN.
   */
  addTarget(options: IscsiTargetOptions): void {
    const entry = new TargetEntry(options);
    const { name } = entry;
    if (this.#targets.has(name)) throw new TypeError(`${name} is there already`);
    this.#targets.set(name, entry);
    this.#warnOfSecrets(name, entry.chap);
    for (const portal of this.#portals) this.#openPort(name, portal.portalGroupTag);
  }

  /**
   * Says anew who may ask what targets there are; undefined: whoever reaches the server. Sessions go on.
   *
   * @throws TypeError - the CHAP options make no sense, and nothing has changed.
   */
  changeDiscovery(chap: ChapTargetOptions | undefined): void {
    this.#discoveryChap = chap && chapPolicy(chap);
    this.#warnOfSecrets('discovery', this.#discoveryChap);
  }

  /**
   * Offers a target in another way from now on. Sessions go on, also of initiators that could not log in
   * any more; those whose LUN map is another now are told (REPORTED LUNS DATA HAS CHANGED).
   *
   * @throws TypeError - there is no such target, or the settings make no sense and nothing has changed.
   * @throws RangeError - a LUN map has a number that is no LUN.
   */
  changeTarget(name: string, settings: IscsiTargetSettings): void {
    const entry = this.#entry(name);
    entry.change(settings);
    this.#warnOfSecrets(entry.name, entry.chap);
    for (const { target, nexus, identity } of this.#sessions.list())
      if (target === entry) nexus?.show(entry.lunsOf(identity.initiatorName));
  }

  /**
   * Offers a target no more. Its initiators are asked to log out, what runs is answered; settles when its
   * sessions have ended, after `closeTimeout` at the latest. Closing the target is up to the caller.
   *
   * @throws TypeError - there is no such target.
   */
  async removeTarget(name: string): Promise<void> {
    const entry = this.#entry(name);
    this.#targets.delete(entry.name);
    await this.#drain('target removed', (session) => session?.target === entry);
  }

  /**
   * Listens on one more portal.
   *
   * @throws Error - the address is in use or not of this machine (the error of `node:net`).
   */
  async listen(options: IscsiPortalOptions = {}): Promise<IscsiPortalAddress> {
    if (this.#closing !== undefined) throw new Error('the server is closed');
    const portal = await openPortal(options, (socket, tag) => this.#accept(socket, tag));
    const { host, port, portalGroupTag, advertise } = portal;
    portal.server.on('error', (error) =>
      this.#host.log('error', 'portal error', undefined, error.message),
    );
    this.#portals.push(portal);
    for (const name of this.#targets.keys()) this.#openPort(name, portalGroupTag);
    return { host, port, portalGroupTag, advertise };
  }

  /**
   * Asks the initiator of a session to log out, on each of its connections: new commands are rejected from now
   * on, and who stays longer than `logoutTimeout` is dropped when his commands have been answered.
   *
   * @param tsih - the session, as `sessions` lists it.
   * @returns false: there is no such session.
   */
  askToLogOut(tsih: number): boolean {
    const session = this.#sessions.list().find((known) => known.tsih === tsih);
    if (session !== undefined) for (const connection of session.connections) connection.drain();
    return session !== undefined;
  }

  /**
   * Stops listening and ends all sessions; gracefully (unless told otherwise) after running commands
   * have been answered. A second call with `graceful: false` cuts the wait short.
   */
  close(options: { readonly graceful?: boolean } = {}): Promise<void> {
    if (options.graceful === false)
      for (const connection of this.#connections) connection.destroy('closing');
    this.#closing ??= this.#close();
    return this.#closing;
  }

  /** Closes gracefully. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #close(): Promise<void> {
    const closed = this.#portals.map(
      ({ server }) => new Promise<void>((resolve) => server.close(() => resolve())),
    );
    await this.#drain('closing', () => true);
    await Promise.all(closed);
  }

  /** Ends sessions with their connections, and connections without, gracefully as long as there is time. */
  async #drain(reason: string, which: (session: Session | undefined) => boolean): Promise<void> {
    const leaving = [...this.#connections].filter(({ session }) => which(session));
    const cancel = this.#clock.after(this.#limits.closeTimeout, () => {
      for (const connection of leaving) connection.destroy(reason);
    });
    const gone = leaving.map(
      ({ socket }) => new Promise<void>((resolve) => void socket.once('close', () => resolve())),
    );
    for (const connection of leaving) connection.drain();
    await Promise.all(gone);
    cancel();
    // Some may wait for a connection.
    this.#sessions.end(reason, which);
    await this.#sessions.settled();
  }

  #entry(name: string): TargetEntry {
    const entry = this.#targets.get(normalizeName(name));
    if (entry === undefined) throw new TypeError(`there is no target ${name}`);
    return entry;
  }

  /** RFC 7143 (9.2.1) wants 96 random bits; fewer are let through, for who has no choice. */
  #warnOfSecrets(where: string, policy: ChapPolicy | undefined): void {
    const { users = [], mutual } = policy ?? {};
    for (const [name, secret] of [
      ...users,
      ...(mutual ? ([[mutual.name, mutual.secret]] as const) : []),
    ])
      if (secret.length < SHORTEST_GOOD_SECRET)
        this.#host.log(
          'warn',
          `the CHAP secret of ${name} has fewer than ${SHORTEST_GOOD_SECRET} bytes`,
          undefined,
          where,
        );
  }

  #openPort(name: string, portalGroupTag: number): void {
    const entry = this.#targets.get(name);
    if (entry?.isIn(portalGroupTag) === true) entry.port(portalGroupTag);
  }

  #accept(socket: Socket, portalGroupTag: number): void {
    const reason = this.#refusal();
    if (reason !== undefined) {
      socket.on('error', () => {});
      socket.destroy();
      this.#host.log('warn', `connection refused: ${reason}`);
      return;
    }
    this.#connections.add(new Connection(this.#host, socket, portalGroupTag));
  }

  /** Why nobody may come in now. */
  #refusal(): string | undefined {
    const { maxConnections, maxPendingLogins } = this.#limits;
    if (this.#closing !== undefined) return 'closing';
    if (this.#connections.size >= maxConnections) return 'too many';
    let pending = 0;
    for (const { session } of this.#connections) if (session === undefined) pending++;
    return pending >= maxPendingLogins ? 'too many that have not logged in' : undefined;
  }

  #createHost(options: IscsiServerOptions): ConnectionHost {
    const limits = this.#limits;
    const { headerDigest = 'none', dataDigest = 'none', crc32c } = options;
    const wishes: KeyWishes = {
      MaxBurstLength: limits.maxBurstLength,
      FirstBurstLength: limits.firstBurstLength,
      MaxOutstandingR2T: limits.maxOutstandingR2T,
      ErrorRecoveryLevel: limits.errorRecoveryLevel,
      MaxConnections: limits.maxConnectionsPerSession,
      iSCSIProtocolLevel: LEVEL_OF_RFC_7144,
      InitialR2T: limits.initialR2T,
      ImmediateData: limits.immediateData,
      // Without connection recovery nothing is kept for somebody who comes back.
      DefaultTime2Retain: limits.errorRecoveryLevel < 2 ? 0 : limits.defaultTime2Retain,
      DefaultTime2Wait: 0,
      HeaderDigest: digestWish(headerDigest),
      DataDigest: digestWish(dataDigest),
    };
    return {
      limits,
      clock: this.#clock,
      receiveMemory: new ReceiveMemory(),
      wishes,
      requiredDigests: [
        ...(headerDigest === 'require' ? (['HeaderDigest'] as const) : []),
        ...(dataDigest === 'require' ? (['DataDigest'] as const) : []),
      ],
      crc32c,
      admit: (identity, connection) => this.#admit(identity, connection),
      sessionOf: (identity, { portalGroupTag }) => this.#sessions.find(identity, portalGroupTag),
      establish: (result, numbers, connection) => this.#establish(result, numbers, connection),
      loggedIn: (status) => {
        if (status === LOGIN_STATUS.SUCCESS) this.#logins++;
        else this.#refusedLogins.set(status, (this.#refusedLogins.get(status) ?? 0) + 1);
      },
      sendTargets: (value, connection) => this.#sendTargets(value, connection),
      dropSessions: ({ target }) =>
        this.#sessions.end('target cold reset', (session) => session.target === target),
      closed: (connection) => {
        this.#connections.delete(connection);
        if (connection.session !== undefined)
          this.#sessions.disconnected(connection.session, connection);
      },
      log: (level, message, connection, detail) =>
        this.#log({
          level,
          message,
          ...(connection === undefined ? {} : { remote: connection.remote }),
          ...(connection?.initiatorName === undefined
            ? {}
            : { initiator: connection.initiatorName }),
          ...(detail === undefined ? {} : { detail }),
        }),
    };
  }

  #admit(identity: LoginIdentity, connection: Connection): Admission {
    if (this.#closing !== undefined)
      return { status: LOGIN_STATUS.SERVICE_UNAVAILABLE, reason: 'the server is closing' };
    const { portalGroupTag } = connection;
    const refused = this.#sessions.refusal(identity, portalGroupTag);
    if (refused !== undefined) return refused;
    if (identity.discovery) return { status: 0, declares: [], chap: chapOf(this.#discoveryChap) };
    const entry = this.#targets.get(identity.targetName);
    if (entry === undefined || !entry.isIn(portalGroupTag))
      return { status: LOGIN_STATUS.NOT_FOUND, reason: `no target ${identity.targetName}` };
    if (!entry.admits(identity.initiatorName))
      return {
        status: LOGIN_STATUS.AUTHORIZATION_FAILURE,
        reason: `${entry.name} is not for this initiator`,
      };
    const redirect = entry.redirect(portalGroupTag);
    // Who comes back to a session that is here (TSIH) has no business elsewhere.
    if (redirect !== undefined && identity.tsih === 0)
      return {
        status: redirect.permanent
          ? LOGIN_STATUS.TARGET_MOVED_PERMANENTLY
          : LOGIN_STATUS.TARGET_MOVED_TEMPORARILY,
        reason: redirect.address,
        declares: [['TargetAddress', redirect.address]],
      };
    const declares: TextPair[] = [['TargetPortalGroupTag', String(portalGroupTag)]];
    if (entry.alias !== undefined) declares.push(['TargetAlias', entry.alias]);
    return { status: 0, declares, chap: chapOf(entry.chap) };
  }

  #establish(
    result: LoginResult,
    numbers: RequestNumbers,
    connection: Connection,
  ): MaybePromise<Establishment> {
    const { identity } = result;
    const target = identity.discovery ? undefined : this.#targets.get(identity.targetName);
    if (!identity.discovery && target === undefined)
      return { status: LOGIN_STATUS.TARGET_REMOVED, reason: 'the target has gone' };
    const { portalGroupTag } = connection;
    return this.#sessions.establish(identity, connection, {
      target,
      user: result.user,
      portalGroupTag,
      ...numbers,
      nexus: () =>
        target
          ?.port(portalGroupTag)
          .nexus(
            `${identity.initiatorName},i,0x${identity.isid}`,
            target.lunsOf(identity.initiatorName),
          ),
    });
  }

  #sendTargets(value: string, connection: Connection): readonly TextPair[] | undefined {
    const own = connection.session?.target?.name;
    // App. C: "All" is for discovery, the empty value for the target of the session.
    if (value === 'All' ? own !== undefined : value === '' && own === undefined) return undefined;
    const wanted = value === '' ? own : normalizeName(value);
    const pairs: TextPair[] = [];
    for (const entry of this.#targets.values()) {
      if (value !== 'All' && (entry.name !== wanted || (own ?? wanted) !== wanted)) continue;
      if (!entry.admits(connection.initiatorName ?? '')) continue;
      const portals = this.#portals.filter((portal) => entry.isIn(portal.portalGroupTag));
      if (portals.length === 0) continue;
      pairs.push(['TargetName', entry.name]);
      for (const portal of portals)
        pairs.push([
          'TargetAddress',
          `${advertised(portal, connection.socket)},${portal.portalGroupTag}`,
        ]);
    }
    return pairs;
  }
}

function chapOf(policy: ChapPolicy | undefined): ChapTarget | undefined {
  return policy && new ChapTarget(policy);
}
