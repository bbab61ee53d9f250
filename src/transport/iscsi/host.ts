/** What a connection needs of the server that it belongs to. */
import type { MaybePromise } from '../../maybe-promise.ts';
import type { Clock } from '../../scsi/clock.ts';
import type { LoginStatus } from './codes.ts';
import type { Connection } from './connection.ts';
import type { Crc32c } from './crc32c.ts';
import type { Admission, LoginIdentity, LoginResult } from './login.ts';
import type { KeyWishes } from './negotiation.ts';
import type { RequestNumbers } from './pdu-request.ts';
import type { ResolvedLimits } from './options.ts';
import type { ReceiveMemory } from './receive-memory.ts';
import type { Session } from './session.ts';
import type { TextPair } from './text.ts';

/** How much a message matters. */
export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

/** A session, or why there is none. */
export type Establishment =
  | { readonly session: Session }
  | { readonly status: Exclude<LoginStatus, 0>; readonly reason: string };

/** The server, as its connections see it. */
export interface ConnectionHost {
  readonly limits: ResolvedLimits;
  /** Where time comes from. */
  readonly clock: Clock;
  /** Where PDUs and their data are put. */
  readonly receiveMemory: ReceiveMemory;
  /** What the target wants of the keys. */
  readonly wishes: KeyWishes;
  /** The digests without which a session with a target is refused. */
  readonly requiredDigests: readonly ('HeaderDigest' | 'DataDigest')[];
  /** Computes the CRC32C of digests; undefined: the package's own. */
  readonly crc32c: Crc32c | undefined;
  /** Whether this identity may go on with its login. */
  admit(identity: LoginIdentity, connection: Connection): Admission;
  /** The session that a login joins by its TSIH. */
  sessionOf(identity: LoginIdentity, connection: Connection): Session | undefined;
  /**
   * The login is over: a new session, after an old one of the same name was ended, or a known one.
   *
   * @param numbers - CmdSN of the last request, ExpStatSN of the first
   */
  establish(
    result: LoginResult,
    numbers: RequestNumbers,
    connection: Connection,
  ): MaybePromise<Establishment>;
  /** A login ended with this status; 0: it succeeded. */
  loggedIn(status: LoginStatus): void;
  /** The answer to SendTargets; undefined: the value makes no sense in this session. */
  sendTargets(value: string, connection: Connection): readonly TextPair[] | undefined;
  /** A target has been reset cold: all its sessions end. */
  dropSessions(session: Session): void;
  /** The connection has ended. */
  closed(connection: Connection): void;
  /** Tells the user. */
  log(level: LogLevel, message: string, connection?: Connection, detail?: string): void;
}
