/** An initiator's connection: PDUs out and in, their numbers, and who waits for which answer. */
import type { OnReadOpts, Socket } from 'node:net';
import { REJECT_REASON } from './codes.ts';
import { IscsiError } from './initiator-error.ts';
import type { Exchange } from './initiator-exchange.ts';
import { InitiatorInput } from './initiator-input.ts';
import type { TargetPdu } from './initiator-input.ts';
import type { Digests } from './digest.ts';
import { OutputQueue } from './output.ts';
import { decodePdu, encodeHeader } from './pdu.ts';
import type { RequestPdu } from './pdu.ts';
import type { AsyncMessagePdu } from './pdu-response.ts';
import { NO_TAG } from './pdu-spec.ts';
import { compareSn } from './session.ts';

const EMPTY = new Uint8Array(0);

/** Who is told what comes without having been asked for. */
export interface WireEvents {
  /** The target takes commands: the window has opened, or moved. */
  window(): void;
  /** An Asynchronous Message came. */
  message(pdu: AsyncMessagePdu): void;
  /** The connection is lost; every exchange has failed before. */
  lost(error: IscsiError): void;
}

/** One connection of an initiator. */
export class InitiatorWire {
  readonly #socket: Socket;
  readonly #events: WireEvents;
  readonly #output: OutputQueue;
  readonly #input: InitiatorInput;
  readonly #exchanges = new Map<number, Exchange>();
  #tag = 0;
  #cmdSn = 1;
  #expStatSn = 0;
  #maxCmdSn = 1;
  #loggedIn = false;
  #flushing = false;
  #heard = 0;
  #error: IscsiError | undefined;
  /** Settles when the connection has ended. */
  readonly closed: Promise<void>;

  /** @param connect - makes a socket that reads by `onread` */
  constructor(connect: (onread: OnReadOpts) => Socket, events: WireEvents) {
    this.#events = events;
    this.#input = new InitiatorInput({
      take: (pdu) => this.#receive(pdu),
      unreadable: (error) => this.destroy(error),
    });
    const socket = connect(this.#input.onread);
    this.#socket = socket;
    this.#output = new OutputQueue(socket, () => {});
    socket.on('error', (cause) => this.#fail(lost(`connection failed: ${reasonOf(cause)}`, cause)));
    this.closed = new Promise((resolve) => {
      socket.on('close', () => {
        this.#fail(lost('connection closed'));
        this.#output.close();
        resolve();
      });
    });
  }

  /** Why nothing more can be sent. */
  get error(): IscsiError | undefined {
    return this.#error;
  }

  /** How many PDUs have come in the full feature phase. */
  get heard(): number {
    return this.#heard;
  }

  /** Whether the target takes one more command now. */
  get windowOpen(): boolean {
    return this.#loggedIn && compareSn(this.#cmdSn, this.#maxCmdSn) <= 0;
  }

  /** The CmdSN that the next command will have. */
  get cmdSn(): number {
    return this.#cmdSn;
  }

  /** The StatSN expected next. */
  get expStatSn(): number {
    return this.#expStatSn;
  }

  /** The tag that the next request will have. */
  get nextTag(): number {
    return this.#tag;
  }

  /** Takes the next CmdSN. */
  takeCmdSn(): number {
    const cmdSn = this.#cmdSn;
    this.#cmdSn = (cmdSn + 1) >>> 0;
    return cmdSn;
  }

  /** Takes a tag and leads what comes with it to `exchange`. */
  open(exchange: Exchange): number {
    const tag = this.#tag;
    this.#exchanges.set(tag, exchange);
    do this.#tag = (this.#tag + 1) % NO_TAG;
    while (this.#exchanges.has(this.#tag));
    return tag;
  }

  /** The login is over: commands may be sent, and PDUs carry the digests agreed on. */
  enterFullFeature(digests: Digests): void {
    this.#loggedIn = true;
    this.#input.useDigests(digests);
    this.#output.useDigests(digests);
  }

  /** Waits no longer for what comes with a tag. */
  forget(tag: number): void {
    this.#exchanges.delete(tag);
  }

  /** Sends a PDU, together with the others of this tick. */
  send(pdu: RequestPdu): void {
    encodeHeader(pdu, this.#output.header());
    if ('ahs' in pdu && pdu.ahs.length > 0) this.#output.ahs(pdu.ahs);
    if ('data' in pdu && pdu.data.length > 0) {
      this.#output.data(pdu.data);
      this.#output.endData(pdu.data.length);
    }
    if (this.#flushing) return;
    this.#flushing = true;
    // Gathered: one write for all requests of a tick.
    queueMicrotask(() => {
      this.#flushing = false;
      this.#output.flush();
    });
  }

  /** Closes this side; the target closes the other. */
  end(): void {
    this.#socket.end();
  }

  /** Cuts the connection; every exchange fails with `error`. */
  destroy(error: IscsiError = lost('connection closed')): void {
    this.#fail(error);
    this.#socket.destroy();
  }

  #receive(pdu: TargetPdu): boolean {
    if (this.#error !== undefined) return false;
    try {
      this.#take(pdu);
    } catch (fault) {
      if (!(fault instanceof IscsiError)) throw fault;
      this.destroy(fault);
    }
    return this.#error === undefined;
  }

  #take(pdu: TargetPdu): void {
    this.#number(pdu);
    if (this.#loggedIn) this.#heard++;
    if (pdu.kind === 'Reject') {
      this.#rejected(pdu.reason, pdu.data);
      return;
    }
    if (pdu.kind === 'NOP-In' && pdu.initiatorTaskTag === NO_TAG) {
      if (pdu.targetTransferTag !== NO_TAG) this.#pong(pdu.lun, pdu.targetTransferTag);
      return;
    }
    if (pdu.kind === 'Asynchronous Message') {
      this.#events.message(pdu);
      return;
    }
    const exchange = this.#exchanges.get(pdu.initiatorTaskTag);
    if (exchange?.receive(pdu) === true) this.#exchanges.delete(pdu.initiatorTaskTag);
    if (this.windowOpen) this.#events.window();
  }

  /** Follows the numbers of the target. @throws IscsiError - one of its PDUs is missing. */
  #number(pdu: TargetPdu): void {
    const carriesStatus =
      pdu.kind === 'SCSI Data-In'
        ? pdu.hasStatus
        : pdu.kind !== 'R2T' && !(pdu.kind === 'NOP-In' && pdu.initiatorTaskTag === NO_TAG);
    if (carriesStatus) {
      if (this.#loggedIn && pdu.statSn !== this.#expStatSn)
        throw broken(`StatSN ${pdu.statSn} came where ${this.#expStatSn} was expected`);
      this.#expStatSn = (pdu.statSn + 1) >>> 0;
    }
    if (!this.#loggedIn || compareSn(pdu.maxCmdSn, this.#maxCmdSn) > 0)
      this.#maxCmdSn = pdu.maxCmdSn;
  }

  #pong(lun: Uint8Array, targetTransferTag: number): void {
    this.send({
      kind: 'NOP-Out',
      immediate: true,
      lun,
      initiatorTaskTag: NO_TAG,
      targetTransferTag,
      cmdSn: this.#cmdSn,
      expStatSn: this.#expStatSn,
      data: EMPTY,
    });
  }

  #rejected(reason: number, header: Uint8Array): void {
    // Without recovery within a connection, data that were damaged on the way end the connection.
    if (reason === REJECT_REASON.DATA_DIGEST_ERROR)
      throw new IscsiError('ISCSI_DIGEST', 'the target found a data digest error', { reason });
    const error = new IscsiError('ISCSI_REJECTED', `rejected with reason ${reason}`, { reason });
    const pdu = header.length < 48 ? undefined : decodePdu({ header, ahs: EMPTY, data: EMPTY });
    if (pdu === undefined || !('initiatorTaskTag' in pdu)) return;
    this.#exchanges.get(pdu.initiatorTaskTag)?.fail(error);
    this.#exchanges.delete(pdu.initiatorTaskTag);
  }

  #fail(error: IscsiError): void {
    if (this.#error !== undefined) return;
    this.#error = error;
    // In the order in which they were sent.
    for (const exchange of this.#exchanges.values()) exchange.fail(error);
    this.#exchanges.clear();
    this.#events.lost(error);
  }
}

function broken(message: string): IscsiError {
  return new IscsiError('ISCSI_PROTOCOL', message);
}

/** What the system says. Where it tried several addresses of a host, that is what it says of each. */
function reasonOf(cause: Error): string {
  const causes: readonly unknown[] = cause instanceof AggregateError ? cause.errors : [cause];
  return causes.map((each) => (each instanceof Error ? each.message : String(each))).join(', ');
}

function lost(message: string, cause?: unknown): IscsiError {
  return new IscsiError('ISCSI_CONNECTION_LOST', message, { cause });
}
