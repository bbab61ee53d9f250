/** What a user of the initiator may set, and its defaults. */
import type { Clock } from '../../scsi/clock.ts';
import type { ChapInitiatorOptions } from './chap.ts';
import type { DigestOptions } from './digest.ts';
import type { IscsiError } from './initiator-error.ts';
import type { InitiatorCommand } from './initiator-exchange.ts';
import { nodeClock } from './node-clock.ts';
import { integer } from './options.ts';
import { isSafeToRetry } from './safe-to-retry.ts';
import { ISCSI_PORT } from './target-address.ts';

/** How to reach a target. */
export interface IscsiInitiatorOptions extends DigestOptions {
  /** Address or host name; an IPv6 address with or without brackets. */
  readonly host: string;
  /** TCP port; default 3260. */
  readonly port?: number;
  /** iSCSI name of the target; absent: a discovery session. */
  readonly targetName?: string;
  /** iSCSI name of the initiator; default `iqn.2026-11.io.github.scsi-target:initiator`. */
  readonly initiatorName?: string;
  /** Initiator session id, 6 bytes; default random, of the random format (10b). */
  readonly isid?: Uint8Array;
  /** How the initiator proves itself, and the target to it; absent: without CHAP. */
  readonly chap?: ChapInitiatorOptions;
  /** Keys to offer at login, over this initiator's own, e.g. `{ InitialR2T: 'Yes' }`. */
  readonly keys?: Readonly<Record<string, string>>;
  /** Milliseconds for a connection and its login, redirects included; default 15 000. */
  readonly loginTimeout?: number;
  /** How many redirects of the target a login follows; default 4. */
  readonly maxRedirects?: number;
  /** Milliseconds of silence after which the target is pinged; 0: never; default 10 000. */
  readonly nopInterval?: number;
  /**
   * Milliseconds within which a ping, an abort and a logout have to be answered; a target that does not is
   * taken for dead and its connection cut; default 10 000.
   */
  readonly nopTimeout?: number;
  /** Logs in again when the connection is lost; absent: the session ends with its connection. */
  readonly reconnect?: ReconnectOptions;
  /** Tells what becomes of the connection. */
  readonly onEvent?: (event: InitiatorEvent) => void;
  /** Time; default the system's. */
  readonly clock?: Clock;
  /** Gives up connecting; without a meaning once the session is there. */
  readonly signal?: AbortSignal;
}

/** How a session comes back after its connection was lost. */
export interface ReconnectOptions {
  /** How many logins in a row may fail before the session ends; default 10. */
  readonly attempts?: number;
  /**
   * Milliseconds before the first login; twice as many before each further one. Default 500. A target that
   * wants more (DefaultTime2Wait, Asynchronous Message) gets it.
   */
  readonly delay?: number;
  /** Most milliseconds between two logins; default 30 000. */
  readonly maxDelay?: number;
  /** How often one command is sent again at most: one that ends the target each time is given up. Default 5. */
  readonly retries?: number;
  /**
   * Which of the commands that were under way are sent again; default `isSafeToRetry` of the CDB. The
   * others fail with ISCSI_TASK_LOST.
   */
  readonly retry?: (command: InitiatorCommand) => boolean;
}

/** Something that a session tells. */
export type InitiatorEvent =
  | {
      /** The connection is lost, and the session is trying to come back. */
      readonly kind: 'connection lost';
      /** Why. */
      readonly error: IscsiError;
    }
  | {
      /** A login failed. */
      readonly kind: 'login failed';
      /** Why. */
      readonly error: IscsiError;
      /** Which one since the loss, from 1. */
      readonly attempt: number;
    }
  | {
      /**
       * There is a connection again. To the target this was an I_T nexus loss: what the session had changed
       * there for itself alone (RESERVE, PREVENT ALLOW MEDIUM REMOVAL) is gone.
       */
      readonly kind: 'reconnected';
      /** Commands that are sent again. */
      readonly retried: number;
    }
  | {
      /** The target sent the sense data of a SCSI event. */
      readonly kind: 'sense';
      /** Logical unit number, 8 bytes. */
      readonly lun: Uint8Array;
      /** Sense data. */
      readonly sense: Uint8Array;
    }
  | {
      /** The target asks for a logout; the session logs out and, with `reconnect`, comes back. */
      readonly kind: 'logout requested';
      /** Seconds until the target cuts the connection. */
      readonly seconds: number;
    };

/** The options with every default filled in. */
export interface InitiatorSettings extends IscsiInitiatorOptions {
  readonly port: number;
  readonly initiatorName: string;
  readonly isid: Uint8Array;
  readonly loginTimeout: number;
  readonly maxRedirects: number;
  readonly nopInterval: number;
  readonly nopTimeout: number;
  readonly reconnect?: Required<ReconnectOptions>;
  readonly onEvent: (event: InitiatorEvent) => void;
  readonly clock: Clock;
}

/**
 * Fills in the defaults.
 *
 * @throws RangeError - an option is not an integer in its range.
 */
export function initiatorSettings(options: IscsiInitiatorOptions): InitiatorSettings {
  const { reconnect, ...rest } = options;
  return {
    ...rest,
    host: options.host.replace(/^\[(.*)\]$/, '$1'),
    port: integer('port', options.port, ISCSI_PORT, 1, 0xffff),
    initiatorName: options.initiatorName ?? 'iqn.2026-11.io.github.scsi-target:initiator',
    isid: options.isid ?? randomIsid(),
    loginTimeout: integer('loginTimeout', options.loginTimeout, 15_000),
    maxRedirects: integer('maxRedirects', options.maxRedirects, 4, 0),
    nopInterval: integer('nopInterval', options.nopInterval, 10_000, 0),
    nopTimeout: integer('nopTimeout', options.nopTimeout, 10_000),
    ...(reconnect === undefined ? {} : { reconnect: reconnectSettings(reconnect) }),
    onEvent: options.onEvent ?? (() => {}),
    clock: options.clock ?? nodeClock,
  };
}

function reconnectSettings(options: ReconnectOptions): Required<ReconnectOptions> {
  const delay = integer('reconnect.delay', options.delay, 500, 0);
  return {
    attempts: integer('reconnect.attempts', options.attempts, 10),
    delay,
    maxDelay: integer('reconnect.maxDelay', options.maxDelay, Math.max(delay, 30_000), delay),
    retries: integer('reconnect.retries', options.retries, 5, 0),
    retry: options.retry ?? (({ cdb }) => isSafeToRetry(cdb)),
  };
}

function randomIsid(): Uint8Array {
  const isid = crypto.getRandomValues(new Uint8Array(6));
  isid[0] = 0x80;
  return isid;
}
