/** What a server is told and tells. */
import type { Clock } from '../../scsi/clock.ts';
import type { ChapTargetOptions } from './chap.ts';
import type { DigestOptions } from './digest.ts';
import type { LogLevel } from './host.ts';
import type { IscsiLimits } from './options.ts';

/** A message of the server. */
export interface IscsiLogEvent {
  /** How much it matters. */
  readonly level: LogLevel;
  /** What happened. */
  readonly message: string;
  /** Address and port of the initiator, where it concerns one. */
  readonly remote?: string;
  /** Name of the initiator, once known. */
  readonly initiator?: string;
  /** More, such as the text of an error. */
  readonly detail?: string;
}

/** How a server is made. */
export interface IscsiServerOptions extends IscsiLimits, DigestOptions {
  /** Who may ask what targets there are; absent: whoever reaches the server. */
  readonly discoveryChap?: ChapTargetOptions;
  /** Where its time comes from; default: real time. */
  readonly clock?: Clock;
  /** Gets what the server has to tell; it must not throw. */
  readonly log?: (event: IscsiLogEvent) => void;
}

/** What one session is and did. */
export interface IscsiSessionInfo {
  /** Name of the initiator. */
  readonly initiatorName: string;
  /** Initiator session id, 12 hexadecimal digits. */
  readonly isid: string;
  /** Target session identifying handle. */
  readonly tsih: number;
  /** The CHAP name under which the initiator proved itself; absent: without CHAP. */
  readonly user?: string;
  /** Name of the target; undefined in a discovery session. */
  readonly targetName: string | undefined;
  /** Address and port of each connection. */
  readonly connections: readonly string[];
  /** SCSI commands. */
  readonly commands: number;
  /** Bytes of data-out. */
  readonly bytesIn: number;
  /** Bytes of data-in. */
  readonly bytesOut: number;
}

/** What a server did since it was made. */
export interface IscsiCounters {
  /** Sessions now. */
  readonly sessions: number;
  /** Connections now. */
  readonly connections: number;
  /** Logins that succeeded, those of further connections of a session too. */
  readonly logins: number;
  /** Logins that were refused, or sent elsewhere, by status: class and detail, e.g. 0201h (RFC 7143, 11.13.5). */
  readonly refusedLogins: ReadonlyMap<number, number>;
  /** SCSI commands. */
  readonly commands: number;
  /** Bytes of data-out. */
  readonly bytesIn: number;
  /** Bytes of data-in. */
  readonly bytesOut: number;
}
