/** How an initiator gets a connection: TCP, login, and redirects of the target (RFC 7143, 11.13.5). */
import { connect } from 'node:net';
import { LOGIN_STATUS } from './codes.ts';
import { InitiatorConnection } from './initiator-connection.ts';
import { IscsiError } from './initiator-error.ts';
import { InitiatorLogin } from './initiator-login.ts';
import type { InitiatorSettings } from './initiator-options.ts';
import type { WireEvents } from './initiator-wire.ts';
import { parseTargetAddress } from './target-address.ts';
import type { TargetAddress } from './target-address.ts';

/** Who waits for a connection. */
export interface ConnectionOwner {
  /** What a new connection tells. */
  events(connection: () => InitiatorConnection): WireEvents;
  /** The login is complete. */
  adopt(connection: InitiatorConnection): void;
}

/**
 * Connects and logs in.
 *
 * @returns where the session is at home from now on: another address after a permanent redirect.
 * @throws IscsiError - no connection, or the login was refused.
 */
export async function connectToTarget(
  settings: InitiatorSettings,
  home: TargetAddress,
  owner: ConnectionOwner,
  ending: AbortSignal,
): Promise<TargetAddress> {
  let address = home;
  let current: InitiatorConnection | undefined;
  const giveUp = (why: string, cause?: unknown): void =>
    current?.wire.destroy(new IscsiError('ISCSI_CONNECTION_LOST', why, { cause }));
  const aborted = (): void => giveUp('connecting was given up', ending.reason);
  const { loginTimeout, clock } = settings;
  const cancel = clock.after(loginTimeout, () => giveUp(`no login in ${loginTimeout} ms`));
  ending.addEventListener('abort', aborted);
  try {
    for (let redirects = 0; ; redirects++) {
      const login = newLogin(settings);
      current = open(settings, address, owner);
      if (ending.aborted) aborted();
      const moved = await logIn(current, login, owner);
      if (moved === undefined) return home;
      if (redirects === settings.maxRedirects) throw moved.error;
      ({ address } = moved);
      if (moved.error.loginStatus === LOGIN_STATUS.TARGET_MOVED_PERMANENTLY) home = address;
    }
  } finally {
    cancel();
    ending.removeEventListener('abort', aborted);
  }
}

function open(
  settings: InitiatorSettings,
  { host, port }: TargetAddress,
  owner: ConnectionOwner,
): InitiatorConnection {
  const connection: InitiatorConnection = new InitiatorConnection(
    (onread) => connect({ host, port, noDelay: true, onread }),
    settings,
    owner.events(() => connection),
  );
  return connection;
}

function newLogin(settings: InitiatorSettings): InitiatorLogin {
  const { initiatorName, isid, headerDigest, dataDigest, chap, targetName, keys } = settings;
  return new InitiatorLogin({
    initiatorName,
    isid,
    headerDigest: headerDigest ?? 'none',
    dataDigest: dataDigest ?? 'none',
    ...(chap === undefined ? {} : { chap }),
    ...(targetName === undefined ? {} : { targetName }),
    ...(keys === undefined ? {} : { keys }),
  });
}

/** Logs in; a target that has moved is a value. */
async function logIn(
  connection: InitiatorConnection,
  login: InitiatorLogin,
  owner: ConnectionOwner,
): Promise<{ readonly address: TargetAddress; readonly error: IscsiError } | undefined> {
  try {
    await connection.logIn(login, () => owner.adopt(connection));
    return undefined;
  } catch (error) {
    connection.wire.destroy();
    if (!(error instanceof IscsiError) || error.movedTo === undefined) throw error;
    const address = parseTargetAddress(error.movedTo);
    if (address === undefined)
      throw new IscsiError('ISCSI_PROTOCOL', `'${error.movedTo}' is no address`, { cause: error });
    return { address, error };
  }
}
