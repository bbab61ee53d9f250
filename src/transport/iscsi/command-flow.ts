/** SCSI commands of a connection: from PDU to target, and from the target's answer to PDUs. */
import { getU32 } from '../../bytes.ts';
import { isPromise } from '../../maybe-promise.ts';
import { STATUS } from '../../scsi/status.ts';
import type { Response } from '../../scsi/task.ts';
import { REJECT_REASON } from './codes.ts';
import { cdbOf, Command } from './command.ts';
import type { Connection } from './connection.ts';
import type { DataFault } from './data-out.ts';
import { NO_TAG } from './pdu-spec.ts';
import type { PduFrame } from './pdu-spec.ts';
import { faultResponse, sendScsiResponse } from './scsi-response.ts';
import type { Session } from './session.ts';

const TASK_SET_FULL: Response = { status: STATUS.TASK_SET_FULL, dataIn: [], dataOutLength: 0 };

/** Carries the SCSI commands of one connection. */
export class CommandFlow {
  readonly #connection: Connection;
  readonly #session: Session;

  constructor(connection: Connection, session: Session) {
    this.#connection = connection;
    this.#session = session;
  }

  /** Takes a SCSI Command PDU. */
  command(frame: PduFrame): void {
    const session = this.#session;
    const { header } = frame;
    const immediate = ((header[0] ?? 0) & 0x40) !== 0;
    const cmdSn = getU32(header, 24);
    // Outside of the window, or there already: ignored without a word (RFC 7143, 4.2.2.1).
    if (!immediate && !session.accepts(cmdSn)) {
      // Unless it was begun on a connection that is gone: then its answer is wanted here.
      session.lost?.adopt(this.#connection, getU32(header, 16), 0);
      return;
    }
    const deliver = this.#accept(frame, immediate);
    if (immediate) deliver();
    else session.sequence(cmdSn, deliver);
  }

  /** Takes a Data-Out PDU. */
  dataOut(frame: PduFrame): void {
    this.#gather(frame);
    this.#connection.receiveMemory.giveBack(frame.data);
  }

  #gather({ header, data }: PduFrame): void {
    const command = this.#session.tasks.get(getU32(header, 16));
    // What comes for a command that has ended (refused, aborted), or to a wrong place, is swallowed.
    if (command?.data === undefined || command.fault !== undefined) return;
    if (command.connection !== this.#connection) return;
    this.#session.bytesIn += data.length;
    const fault = command.data.receive(
      getU32(header, 20),
      getU32(header, 36),
      getU32(header, 40),
      data,
      ((header[1] ?? 0) & 0x80) !== 0,
    );
    if (fault !== undefined) this.#fail(command, fault);
  }

  /** Takes the header of a Data-Out PDU whose data is damaged. */
  damagedDataOut({ header }: PduFrame): void {
    const command = this.#session.tasks.get(getU32(header, 16));
    if (command?.data === undefined || command.fault !== undefined) return;
    const final = ((header[1] ?? 0) & 0x80) !== 0;
    const fault = command.data.damaged(getU32(header, 20), getU32(header, 36), final);
    if (fault !== undefined) this.#fail(command, fault);
  }

  /** Makes the command and gives what is to be done when its turn comes. */
  #accept(frame: PduFrame, immediate: boolean): () => void {
    const session = this.#session;
    const tag = getU32(frame.header, 16);
    if (tag === NO_TAG)
      return this.#refusal(frame, REJECT_REASON.INVALID_PDU_FIELD, 'a command without a tag');
    if (session.tasks.has(tag))
      return this.#refusal(frame, REJECT_REASON.TASK_IN_PROGRESS, 'a task tag in use');
    if (immediate && !this.#admits(frame))
      return this.#refusal(
        frame,
        REJECT_REASON.IMMEDIATE_COMMAND_REJECT,
        'too many immediate commands',
      );
    const parts = cdbOf(frame);
    if (parts === undefined)
      return this.#refusal(frame, REJECT_REASON.INVALID_PDU_FIELD, 'additional header segments');
    const command = new Command(frame, parts.cdb, parts.readLength, this.#connection);
    session.bytesIn += frame.data.length;
    session.add(command);
    return () => this.#execute(command);
  }

  /** Whether there is room for an immediate command, which cannot wait for its turn. */
  #admits({ header }: PduFrame): boolean {
    const { immediateCommands, dataIn } = this.#session;
    const reads = ((header[1] ?? 0) & 0x40) !== 0;
    if (reads && !dataIn.open) return false;
    return immediateCommands < this.#connection.host.limits.maxImmediateCommands;
  }

  #refusal(
    frame: PduFrame,
    reason: (typeof REJECT_REASON)[keyof typeof REJECT_REASON],
    why: string,
  ): () => void {
    return () => this.#connection.reject(frame, reason, why);
  }

  #execute(command: Command): void {
    const session = this.#session;
    const { nexus } = session;
    if (command.aborted || session.isCleared(command) || nexus === undefined) {
      session.end(command);
      command.connection.taskEnded();
      return;
    }
    session.begin(command);
    if (command.fault !== undefined || command.refused) {
      this.#finish(command, command.refused ? TASK_SET_FULL : undefined);
      return;
    }
    const answer = nexus.execute(command);
    if (!isPromise(answer)) {
      this.#finish(command, answer);
      return;
    }
    session.dataIn.add(command.dataInLength);
    const settle = (response: Response | undefined): void => {
      session.dataIn.remove(command.dataInLength);
      this.#finish(command, response);
    };
    answer.then(settle, (error: unknown) => {
      const connection = this.#connection;
      connection.host.log('error', 'internal error', connection, String(error));
      settle(undefined);
    });
  }

  #finish(command: Command, response: Response | undefined): void {
    const { connection } = command;
    // With any other status some part of it may still be at work on the data.
    this.#session.end(command, response?.status === STATUS.GOOD);
    if (this.#session.ended || (connection.closed && !this.#session.isLost(connection))) {
      response?.release?.();
      return;
    }
    if (command.fault !== undefined) {
      response?.release?.();
      sendScsiResponse(connection, command, faultResponse(command.fault));
    } else if (response !== undefined) {
      // On a connection that was lost it goes nowhere, but is kept for the one that takes the task over.
      this.#session.bytesOut += sendScsiResponse(connection, command, response);
    }
    // No answer to an aborted task: the answer to the task management function says it all.
    connection.taskEnded();
    connection.flushSoon();
  }

  /** The data of a command did not come, however often it was asked for. */
  dataFault(tag: number, fault: DataFault): void {
    const command = this.#session.tasks.get(tag);
    if (command !== undefined) this.#fail(command, fault);
  }

  /** The data of a command went wrong: the target is told to drop it, the initiator why. */
  #fail(command: Command, fault: DataFault): void {
    command.fault = fault;
    const { nexus } = this.#session;
    if (!command.delivered || nexus === undefined) return;
    const { lun, tag } = command;
    void nexus.manage({ function: 'ABORT TASK', lun, tag });
    command.cancel();
  }
}
