/** One session: its command sequence numbers, its tasks, its nexus (RFC 7143, 4.2.2.1 and 4.4). */
import { putU16 } from '../../bytes.ts';
import { all, andThen } from '../../maybe-promise.ts';
import type { MaybePromise } from '../../maybe-promise.ts';
import { encodeLun } from '../../scsi/lun.ts';
import type { Nexus } from '../../scsi/nexus.ts';
import { encodeSense } from '../../sense/encode.ts';
import { ASYNC_EVENT } from './codes.ts';
import type { AsyncEvent } from './codes.ts';
import type { Command } from './command.ts';
import type { ByteBudget } from './byte-budget.ts';
import type { LoginIdentity } from './login.ts';
import type { LostConnections } from './lost-connections.ts';
import type { MemoryGate } from './memory-gate.ts';
import type { OperationalParameters } from './negotiation.ts';
import type { Recovery } from './recovery.ts';
import type { TargetEntry } from './target-entry.ts';

/** A connection as its session sees it. */
export interface SessionConnection {
  /** Connection id. */
  readonly connectionId: number;
  /** What can be sent again; undefined at error recovery level 0. */
  readonly recovery: Recovery | undefined;
  /** Calls `done` when the initiator has all that was sent so far, or the connection has ended. */
  probe(done: () => void): void;
  /** Sends an Asynchronous Message. */
  notify(event: AsyncEvent, parameters: readonly number[], lun: Uint8Array, data: Uint8Array): void;
  /** Asks the initiator to log out, lets what runs end, and ends the connection. */
  drain(): void;
  /** Ends the connection at once. */
  destroy(reason: string): void;
}

/** Compares sequence numbers (RFC 1982, 32 bits): negative when `a` is before `b`. */
export function compareSn(a: number, b: number): number {
  return (a - b) | 0;
}

/** A session of an initiator with a target, or a discovery session. */
export class Session {
  readonly identity: LoginIdentity;
  /** Target session identifying handle, 1 to 65 535. */
  readonly tsih: number;
  /** The target; undefined in a discovery session. */
  readonly target: TargetEntry | undefined;
  /** The CHAP name under which the initiator proved itself; undefined: without CHAP. */
  readonly user: string | undefined;
  /** The portal group that it came through. */
  readonly portalGroupTag: number;
  /** Undefined in a discovery session. */
  readonly nexus: Nexus | undefined;
  /** What was agreed by its first connection; undefined as long as that logs in. */
  parameters: OperationalParameters | undefined;
  /** Tasks that have not ended, by initiator task tag; those that wait for their turn included. */
  readonly tasks: Map<number, Command> = new Map<number, Command>();
  /** The connections. */
  readonly connections: Set<SessionConnection> = new Set<SessionConnection>();
  /** The connections that are gone and whose tasks are kept; undefined below error recovery level 2. */
  lost: LostConnections | undefined;
  /** SCSI commands so far. */
  commands = 0;
  /** Bytes of data-out so far. */
  bytesIn = 0;
  /** Bytes of data-in so far. */
  bytesOut = 0;
  /** Memory for the data-out of its commands. */
  readonly dataOut: MemoryGate;
  /** The data-in of its commands that is under way. */
  readonly dataIn: ByteBudget;
  /** What it keeps for error recovery. */
  readonly retained: ByteBudget;
  /** Immediate commands that have not ended. */
  immediateCommands = 0;
  readonly #window: number;
  readonly #held = new Map<number, () => void>();
  /** Commands below a CmdSN that were aborted before they came. */
  #cleared: { readonly cmdSn: number; readonly lun: number | undefined }[] = [];
  #expCmdSn: number;
  #outstanding = 0;
  readonly #retry = (): void => {
    try {
      this.#deliverHeld();
    } catch (error) {
      // A bug of ours must not take the other sessions down.
      for (const connection of this.connections)
        connection.destroy(`internal error: ${String(error)}`);
    }
  };
  #ended: MaybePromise<void> | undefined;

  constructor(options: {
    readonly identity: LoginIdentity;
    readonly tsih: number;
    readonly target: TargetEntry | undefined;
    readonly user: string | undefined;
    readonly portalGroupTag: number;
    readonly nexus: Nexus | undefined;
    readonly window: number;
    readonly cmdSn: number;
    readonly dataOut: MemoryGate;
    readonly dataIn: ByteBudget;
    readonly retained: ByteBudget;
  }) {
    this.identity = options.identity;
    this.tsih = options.tsih;
    this.target = options.target;
    this.user = options.user;
    this.portalGroupTag = options.portalGroupTag;
    this.nexus = options.nexus;
    this.#window = options.window;
    this.#expCmdSn = options.cmdSn;
    this.dataOut = options.dataOut;
    this.dataIn = options.dataIn;
    this.retained = options.retained;
  }

  /** Tells the initiator of unit attention conditions as they come (Asynchronous Message, event 0). */
  reportAttentions(): void {
    if (this.nexus !== undefined)
      this.nexus.onAttention = (lun, sense) => {
        const bytes = encodeSense(sense, 'fixed');
        const data = new Uint8Array(2 + bytes.length);
        putU16(data, 0, bytes.length);
        data.set(bytes, 2);
        const [connection] = this.connections;
        connection?.notify(ASYNC_EVENT.SCSI, [], encodeLun(lun), data);
      };
  }

  /** The command sequence number expected next. */
  get expCmdSn(): number {
    return this.#expCmdSn;
  }

  /** The highest one accepted. It never goes back: what a command takes from it, its end gives back. */
  get maxCmdSn(): number {
    return (this.#expCmdSn + this.#window - 1 - this.#outstanding) >>> 0;
  }

  /** Whether the session has ended. */
  get ended(): boolean {
    return this.#ended !== undefined;
  }

  /** Whether a numbered PDU is new and inside the window; one that is not is to be ignored. */
  accepts(cmdSn: number): boolean {
    return (
      compareSn(cmdSn, this.#expCmdSn) >= 0 &&
      compareSn(cmdSn, this.maxCmdSn) <= 0 &&
      !this.#held.has(cmdSn)
    );
  }

  /**
   * Runs `deliver` when it is the turn of an accepted `cmdSn`: at once, or after those before it and as soon
   * as there is room for their data-in.
   */
  sequence(cmdSn: number, deliver: () => void): void {
    if (cmdSn !== this.#expCmdSn || !this.dataIn.open) this.#held.set(cmdSn, deliver);
    else {
      this.#expCmdSn = (cmdSn + 1) >>> 0;
      deliver();
    }
    if (this.#held.size > 0) this.#deliverHeld();
  }

  #deliverHeld(): void {
    for (;;) {
      const next = this.#held.get(this.#expCmdSn);
      if (next === undefined) return;
      if (!this.dataIn.open) {
        this.dataIn.wait(this.#retry);
        return;
      }
      this.#held.delete(this.#expCmdSn);
      this.#expCmdSn = (this.#expCmdSn + 1) >>> 0;
      next();
    }
  }

  /**
   * Aborts the commands below `cmdSn` that wait for their turn or are still on their way, on whichever
   * connection (RFC 7143, 4.2.3.3).
   *
   * @param lun - the logical unit whose commands are meant; undefined: all
   */
  clearBefore(cmdSn: number, lun: number | undefined): void {
    const onTheirWay = compareSn(cmdSn, this.#expCmdSn);
    // A number that no command can have yet is nonsense, and must not swallow those to come.
    if (onTheirWay > 0 && onTheirWay <= this.#window) this.#cleared.push({ cmdSn, lun });
  }

  /** Whether a command that gets its turn was aborted before. */
  isCleared(command: Command): boolean {
    if (this.#cleared.length === 0 || command.immediate) return false;
    this.#cleared = this.#cleared.filter(({ cmdSn }) => compareSn(command.cmdSn, cmdSn) < 0);
    return this.#cleared.some(({ lun }) => lun === undefined || lun === command.lun);
  }

  /** The connection with an id. */
  connection(connectionId: number): SessionConnection | undefined {
    for (const connection of this.connections)
      if (connection.connectionId === connectionId) return connection;
    return undefined;
  }

  /**
   * A response fence (RFC 7143, 4.2.2.3.3): calls `done` when the initiator has what was sent to it by the
   * other connections.
   */
  fence(connection: SessionConnection, done: () => void): void {
    let waiting = this.connections.size - (this.connections.has(connection) ? 1 : 0);
    if (waiting === 0) done();
    for (const other of this.connections)
      if (other !== connection)
        other.probe(() => {
          waiting--;
          if (waiting === 0) done();
        });
  }

  /** Whether a connection is gone and its tasks are kept. */
  isLost(connection: SessionConnection): boolean {
    return this.lost?.has(connection) === true;
  }

  /** Whether a connection has tasks that have not ended. */
  hasTasks(connection: SessionConnection): boolean {
    for (const command of this.tasks.values()) if (command.connection === connection) return true;
    return false;
  }

  /** Aborts the tasks of a connection; waits for their end. */
  abandon(connection: SessionConnection): MaybePromise<void> {
    const aborted: MaybePromise<void>[] = [];
    for (const command of this.tasks.values()) {
      if (command.connection !== connection) continue;
      const { lun, tag } = command;
      if (!command.delivered) command.aborted = true;
      else if (this.nexus !== undefined)
        aborted.push(andThen(this.nexus.manage({ function: 'ABORT TASK', lun, tag }), () => {}));
      command.cancel();
    }
    return all(aborted);
  }

  /**
   * A command has come. Where there is no room for the data that comes with it, it is refused, but never the
   * only one of the session.
   */
  add(command: Command): void {
    const { unsolicited, tag } = command;
    if (unsolicited > 0) {
      if (this.tasks.size > 0 && !this.dataOut.hasRoom(unsolicited)) command.refuse();
      else this.dataOut.occupy(unsolicited);
    }
    this.tasks.set(tag, command);
  }

  /** A command takes its place in the window. */
  begin(command: Command): void {
    this.commands++;
    if (command.immediate) this.immediateCommands++;
    else this.#outstanding++;
    command.delivered = true;
  }

  /** A command has ended and gives its place back. `dataUnused`: nobody looks at its data any more. */
  end(command: Command, dataUnused = false): void {
    if (this.tasks.get(command.tag) === command) this.tasks.delete(command.tag);
    if (command.unsolicited > 0 && !command.refused) this.dataOut.vacate(command.unsolicited);
    command.close(dataUnused);
    if (!command.delivered) return;
    if (command.immediate) this.immediateCommands--;
    else this.#outstanding--;
  }

  /**
   * Ends the session: its connections are cut, its tasks aborted, its nexus told of the loss. A
   * second call waits for the first.
   *
   * @param except - the connection that is left open, to answer a logout
   */
  close(reason: string, except?: SessionConnection): MaybePromise<void> {
    if (this.#ended !== undefined) return this.#ended;
    // Set before anything is called back, so that what follows finds the session ended.
    this.#ended = Promise.resolve();
    for (const connection of this.connections)
      if (connection !== except) connection.destroy(reason);
    this.#held.clear();
    // Those that wait for their turn will not get it any more.
    for (const command of this.tasks.values()) if (!command.delivered) this.end(command);
    this.lost?.close();
    if (this.nexus !== undefined) this.nexus.onAttention = undefined;
    this.#ended = this.nexus?.lost();
    for (const command of this.tasks.values()) command.cancel();
    this.#ended ??= Promise.resolve();
    return this.#ended;
  }
}
