/** An iSCSI initiator: one session with one connection at a time (RFC 7143). */
import { DiskClient } from '../disk-client.ts';
import type { DiskClientOptions } from '../disk-client.ts';
import type { CommandOutcome, Initiator } from '../initiator.ts';
import { TASK_MANAGEMENT_RESULT } from './codes.ts';
import type { InitiatorManagement } from './initiator-connection.ts';
import { IscsiError } from './initiator-error.ts';
import type { InitiatorCommand } from './initiator-exchange.ts';
import { InitiatorLink } from './initiator-link.ts';
import { initiatorSettings } from './initiator-options.ts';
import type { IscsiInitiatorOptions } from './initiator-options.ts';
import type { OperationalParameters } from './negotiation.ts';
import type { TextPair } from './text.ts';

/** A target that discovery found. */
export interface DiscoveredTarget {
  /** iSCSI name. */
  readonly name: string;
  /** Portals as `ADDRESS:PORT,PORTAL-GROUP-TAG`. */
  readonly addresses: readonly string[];
}

/** Functions that name a task: on another connection there is no such task. */
const NAMES_A_TASK: ReadonlySet<string> = new Set<InitiatorManagement['function']>([
  'ABORT_TASK',
  'QUERY_TASK',
  'TASK_REASSIGN',
]);

/**
 * A session with a target.
 *
 * @example
 * ```ts
 * const session = await IscsiInitiator.connect({
 *   host: '127.0.0.1', targetName: 'iqn.2026-11.com.example:disk', reconnect: {},
 * });
 * const disk = session.disk(0);
 * const data = await disk.read({ lba: 0, blocks: 8 });
 * const { status } = await session.execute({ lun: 0, cdb: new Uint8Array(6) }); // TEST UNIT READY
 * await session.logout();
 * ```
 */
export class IscsiInitiator implements Initiator {
  readonly #link: InitiatorLink;

  private constructor(link: InitiatorLink) {
    this.#link = link;
  }

  /**
   * Connects and logs in, once: `reconnect` begins with the first connection that was there.
   *
   * @throws IscsiError - the connection failed, the login was refused, or the target did not prove itself.
   * @throws TypeError - the CHAP options make no sense.
   * @throws RangeError - a number among the options is out of range.
   */
  static async connect(options: IscsiInitiatorOptions): Promise<IscsiInitiator> {
    const link = new InitiatorLink(initiatorSettings(options));
    await link.connect();
    return new IscsiInitiator(link);
  }

  /** What was agreed at the last login. */
  get parameters(): OperationalParameters {
    return this.#link.latest.parameters;
  }

  /** The CmdSN that the next command will have, on this connection. */
  get nextCmdSn(): number {
    return this.#link.latest.wire.cmdSn;
  }

  /** The tag that the next request will have, on this connection. */
  get nextTag(): number {
    return this.#link.latest.wire.nextTag;
  }

  /** A client for one logical unit: methods that read, write and ask. */
  disk(lun = 0, options: DiskClientOptions = {}): DiskClient {
    return new DiskClient(this, lun, options);
  }

  /**
   * Executes a command. A SCSI status other than GOOD is a result, not an error; BUSY and TASK SET FULL are
   * too. While there is no connection commands wait for the next, with `reconnect`.
   *
   * @throws IscsiError - the connection is gone, the target rejected the command's PDU, or the command was
   * lost (ISCSI_TASK_LOST) or ended by task management (ISCSI_TASK_ABORTED).
   * @throws the reason of `signal`, once the target has ended the task.
   */
  execute(command: InitiatorCommand): Promise<CommandOutcome> {
    return this.#link.tasks.execute(command);
  }

  /** Requests a task management function and gives its response code (RFC 7143, 11.6.1). */
  manage(request: InitiatorManagement): Promise<number> {
    return this.#link.use(async (connection) => {
      const end = this.#link.tasks.endedBy(request);
      const response = await connection.manage(request);
      if (response === TASK_MANAGEMENT_RESULT.COMPLETE) end();
      return response;
    }, !NAMES_A_TASK.has(request.function));
  }

  /** Pings the target and gives the data that came back. */
  ping(data?: Uint8Array): Promise<Uint8Array> {
    return this.#link.use((connection) => connection.ping(data), true);
  }

  /** Asks for targets: `All` in a discovery session, the target's own name or nothing in another. */
  async discover(value = 'All'): Promise<readonly DiscoveredTarget[]> {
    const found: { name: string; addresses: string[] }[] = [];
    for (const [key, text] of await this.text([['SendTargets', value]]))
      if (key === 'TargetName') found.push({ name: text, addresses: [] });
      else if (key === 'TargetAddress') found.at(-1)?.addresses.push(text);
    return found;
  }

  /** Sends text keys and gives the answers, however many PDUs they take. */
  text(pairs: readonly TextPair[]): Promise<readonly TextPair[]> {
    return this.#link.use((connection) => connection.text(pairs), true);
  }

  /** Ends the session in order, also where its connection is lost over it; what is under way fails. */
  async logout(): Promise<void> {
    const { connection } = this.#link;
    try {
      if (connection !== undefined) await connection.logOut();
    } catch (error) {
      // With its connection lost the session is as good as logged out: nobody comes back to it.
      if (!(error instanceof IscsiError && error.code === 'ISCSI_CONNECTION_LOST')) throw error;
    } finally {
      await this.close();
    }
  }

  /** Cuts the connection, or gives up waiting for one; what is under way fails. */
  async close(): Promise<void> {
    await this.#link.end(new IscsiError('ISCSI_CONNECTION_LOST', 'the session is closed'));
  }

  /** Cuts the connection. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}
