/** The full feature phase of a connection: which PDU goes where. */
import { getU32 } from '../../bytes.ts';
import { CommandFlow } from './command-flow.ts';
import { LOGOUT_REASON, LOGOUT_RESULT, REJECT_REASON } from './codes.ts';
import type { Connection } from './connection.ts';
import type { DataFault } from './data-out.ts';
import { Farewell } from './farewell.ts';
import { decodePduAs, opcodeOf } from './pdu.ts';
import {
  DATA_OUT,
  LOGOUT_REQUEST,
  NOP_OUT,
  SCSI_COMMAND,
  SNACK_REQUEST,
  TASK_MANAGEMENT_REQUEST,
  TEXT_REQUEST,
} from './pdu-request.ts';
import { NO_TAG } from './pdu-spec.ts';
import type { PduFrame } from './pdu-spec.ts';
import type { Session } from './session.ts';
import { serveSnack } from './snack.ts';
import { manageTasks } from './task-management.ts';
import { TextExchange } from './text-exchange.ts';

/** Serves a connection after its login. */
export class FullFeaturePhase {
  readonly #connection: Connection;
  readonly #session: Session;
  readonly #commands: CommandFlow;
  readonly #text: TextExchange;
  readonly #farewell: Farewell;

  constructor(connection: Connection, session: Session) {
    this.#connection = connection;
    this.#session = session;
    this.#commands = new CommandFlow(connection, session);
    this.#farewell = new Farewell(connection, session);
    this.#text = new TextExchange(connection);
  }

  /** The target wants the connection to end: new commands are rejected from now on. */
  drain(): void {
    this.#farewell.begin();
  }

  /** A task of the connection has ended. */
  taskEnded(): void {
    this.#farewell.taskEnded();
  }

  /** The connection has ended. */
  close(): void {
    this.#farewell.close();
  }

  /** Takes the next PDU. */
  receive(frame: PduFrame): void {
    if (this.#session.ended) return;
    this.#connection.recovery?.acknowledge(getU32(frame.header, 28));
    const opcode = opcodeOf(frame.header);
    if (this.#session.nexus === undefined && !isForDiscovery(opcode)) {
      this.#connection.reject(
        frame,
        REJECT_REASON.PROTOCOL_ERROR,
        `opcode ${opcode.toString(16)}h in a discovery session`,
      );
      return;
    }
    switch (opcode) {
      case SCSI_COMMAND.opcode:
        if (this.#farewell.begun) this.#tooLate(frame);
        else this.#commands.command(frame);
        return;
      case DATA_OUT.opcode:
        this.#commands.dataOut(frame);
        return;
      case SNACK_REQUEST.opcode:
        serveSnack(this.#connection, this.#session, frame);
        return;
      case NOP_OUT.opcode:
        if (getU32(frame.header, 16) === NO_TAG) this.#nop(frame);
        else this.#inOrder(frame, () => this.#nop(frame));
        return;
      case TASK_MANAGEMENT_REQUEST.opcode:
        this.#inOrder(frame, () => manageTasks(this.#connection, this.#session, frame));
        return;
      case TEXT_REQUEST.opcode:
        this.#inOrder(frame, () => this.#text.receive(frame));
        return;
      case LOGOUT_REQUEST.opcode:
        this.#inOrder(frame, () => this.#logout(frame));
        return;
      default:
        this.#unexpected(frame, opcode);
    }
  }

  /** The data of a command did not come, however often it was asked for. */
  dataFault(tag: number, fault: DataFault): void {
    this.#commands.dataFault(tag, fault);
  }

  /** Takes the header of a PDU whose data is not what was sent; it has been rejected. */
  damaged(frame: PduFrame): void {
    // All but Data-Out are as if they had not come: the initiator sends them again.
    if (opcodeOf(frame.header) === DATA_OUT.opcode) this.#commands.damagedDataOut(frame);
  }

  /** Runs `deliver` in the order of CmdSN, or at once for an immediate PDU. */
  #inOrder(frame: PduFrame, deliver: () => void): void {
    const cmdSn = getU32(frame.header, 24);
    if (((frame.header[0] ?? 0) & 0x40) !== 0) deliver();
    else if (this.#session.accepts(cmdSn)) this.#session.sequence(cmdSn, deliver);
  }

  #nop(frame: PduFrame): void {
    const pdu = decodePduAs('NOP-Out', frame);
    if (pdu.targetTransferTag !== NO_TAG) this.#connection.pong(pdu.targetTransferTag);
    if (pdu.initiatorTaskTag === NO_TAG) return;
    const room = this.#connection.maxSendDataSegmentLength;
    this.#connection.send(
      {
        kind: 'NOP-In',
        lun: pdu.lun,
        initiatorTaskTag: pdu.initiatorTaskTag,
        targetTransferTag: NO_TAG,
        data: pdu.data.subarray(0, room),
      },
      true,
    );
  }

  #logout(frame: PduFrame): void {
    const pdu = decodePduAs('Logout Request', frame);
    const connection = this.#connection;
    const answer = (response: number, time2Retain = 0): void => {
      if (connection.closed) return;
      connection.send(
        {
          kind: 'Logout Response',
          response,
          initiatorTaskTag: pdu.initiatorTaskTag,
          time2Wait: 0,
          time2Retain,
        },
        true,
      );
    };
    if (pdu.reason === LOGOUT_REASON.REMOVE_FOR_RECOVERY) {
      this.#remove(pdu.connectionId, answer);
      return;
    }
    if (pdu.reason > LOGOUT_REASON.REMOVE_FOR_RECOVERY) {
      connection.reject(frame, REJECT_REASON.INVALID_PDU_FIELD, `logout reason ${pdu.reason}`);
      return;
    }
    const session = this.#session;
    const wholeSession = pdu.reason === LOGOUT_REASON.CLOSE_SESSION;
    const leaving = wholeSession ? connection : session.connection(pdu.connectionId);
    if (leaving === undefined) {
      answer(LOGOUT_RESULT.CID_NOT_FOUND);
      return;
    }
    connection.host.log('info', 'logout', connection);
    // The answer comes after the tasks are gone; without its last connection the session ends, too.
    const gone =
      wholeSession || session.connections.size === 1
        ? session.close('logout', leaving)
        : session.abandon(leaving);
    void Promise.resolve(gone).then(() => {
      answer(LOGOUT_RESULT.CLOSED);
      // Who leaves in order is not waited for.
      if (!session.ended) session.connections.delete(leaving);
      if (leaving === connection) connection.end();
      else leaving.destroy('logout by another connection');
    });
  }

  /** Logout "remove the connection for recovery": its tasks may be taken over by another one. */
  #remove(connectionId: number, answer: (response: number, time2Retain?: number) => void): void {
    const { lost } = this.#session;
    const connection = this.#connection;
    if (lost === undefined) {
      answer(LOGOUT_RESULT.RECOVERY_NOT_SUPPORTED);
      return;
    }
    const leaving = this.#session.connection(connectionId);
    const known = leaving !== undefined || lost.find(connectionId);
    const { defaultTime2Retain } = connection.parameters;
    if (known) answer(LOGOUT_RESULT.CLOSED, defaultTime2Retain);
    else answer(LOGOUT_RESULT.CID_NOT_FOUND);
    if (leaving === connection) {
      // Lost from now on, not only when its last bytes have left.
      connection.host.closed(connection);
      connection.end();
    } else leaving?.destroy('removed for recovery');
    lost.logOut(connectionId);
  }

  /** A command after the target asked for a logout. */
  #tooLate(frame: PduFrame): void {
    this.#inOrder(frame, () =>
      this.#connection.reject(frame, REJECT_REASON.WAITING_FOR_LOGOUT, 'a command after its time'),
    );
  }

  #unexpected(frame: PduFrame, opcode: number): void {
    const known = opcode === 0x03 || (opcode >= 0x20 && opcode < 0x3c) || opcode === 0x3f;
    const reason = known ? REJECT_REASON.PROTOCOL_ERROR : REJECT_REASON.COMMAND_NOT_SUPPORTED;
    this.#connection.reject(frame, reason, `opcode ${opcode.toString(16)}h`);
  }
}

function isForDiscovery(opcode: number): boolean {
  return opcode === TEXT_REQUEST.opcode || opcode === LOGOUT_REQUEST.opcode;
}
