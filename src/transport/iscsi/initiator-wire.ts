/** An initiator's connection: PDUs out and in, their numbers, and who waits for which answer. */
import type { Socket } from 'node:net';
import { IscsiError } from './initiator-error.ts';
import type { Exchange } from './initiator-exchange.ts';
import type { Digests } from './digest.ts';
import { OutputQueue } from './output.ts';
import { decodePdu, encodeHeader } from './pdu.ts';
import type { Pdu, RequestPdu } from './pdu.ts';
import { PduParser } from './pdu-parser.ts';
import type { PduFault } from './pdu-parser.ts';
import { NO_TAG } from './pdu-spec.ts';
import type { PduFrame } from './pdu-spec.ts';
import { compareSn } from './session.ts';

const EMPTY = new Uint8Array(0);

/** The MaxRecvDataSegmentLength that the initiator declares, in bytes. */
export const MAX_RECV_DATA_SEGMENT_LENGTH = 262_144;

/** One connection of an initiator. */
export class InitiatorWire {
  readonly #socket: Socket;
  readonly #output: OutputQueue;
  readonly #parser = new PduParser({ maxDataSegmentLength: MAX_RECV_DATA_SEGMENT_LENGTH });
  readonly #exchanges = new Map<number, Exchange>();
  /** Commands that wait for the window to open. */
  readonly #waiting: (() => void)[] = [];
  #tag = 0;
  #cmdSn = 1;
  #expStatSn = 0;
  #maxCmdSn = 1;
  #loggedIn = false;
  #flushing = false;
  #error: IscsiError | undefined;
  /** Settles when the connection has ended. */
  readonly closed: Promise<void>;

  constructor(socket: Socket) {
    this.#socket = socket;
    this.#output = new OutputQueue(socket, () => {});
    socket.on('data', (chunk: Uint8Array) => this.#receive(chunk));
    socket.on('error', (cause) => this.#fail(lost('connection failed', cause)));
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
    this.#parser.configure({ digests });
    this.#output.useDigests(digests);
  }

  /** Runs `send` as soon as the window is open, or when the connection is lost. */
  whenOpen(send: () => void): void {
    if (this.#error !== undefined || this.#windowOpen()) send();
    else this.#waiting.push(send);
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

  /** Cuts the connection. */
  destroy(): void {
    this.#socket.destroy();
  }

  #windowOpen(): boolean {
    return this.#loggedIn && compareSn(this.#cmdSn, this.#maxCmdSn) <= 0;
  }

  #receive(chunk: Uint8Array): void {
    this.#parser.push(new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.length));
    for (;;) {
      const frame = this.#parser.next();
      if (frame === undefined) return;
      const error = errorIn(frame);
      const pdu = 'fault' in frame || error !== undefined ? undefined : decodePdu(frame);
      if (pdu === undefined) {
        this.#fail(error ?? new IscsiError('ISCSI_PROTOCOL', 'the target sent no PDU of RFC 7143'));
        this.#socket.destroy();
        return;
      }
      this.#take(pdu);
    }
  }

  #take(pdu: Pdu): void {
    if (!('statSn' in pdu)) return;
    this.#number(pdu);
    if (pdu.kind === 'Reject') {
      this.#rejected(pdu.reason, pdu.data);
      return;
    }
    if (pdu.kind === 'NOP-In' && pdu.initiatorTaskTag === NO_TAG) {
      if (pdu.targetTransferTag !== NO_TAG) this.#pong(pdu.lun, pdu.targetTransferTag);
      return;
    }
    if (pdu.kind === 'Asynchronous Message') return;
    const exchange = this.#exchanges.get(pdu.initiatorTaskTag);
    if (exchange?.receive(pdu) === true) this.#exchanges.delete(pdu.initiatorTaskTag);
    while (this.#waiting.length > 0 && this.#windowOpen()) this.#waiting.shift()?.();
  }

  /** Follows the numbers of the target. */
  #number(pdu: Extract<Pdu, { readonly statSn: number }>): void {
    const carriesStatus =
      pdu.kind === 'SCSI Data-In'
        ? pdu.hasStatus
        : pdu.kind !== 'R2T' && !(pdu.kind === 'NOP-In' && pdu.initiatorTaskTag === NO_TAG);
    if (carriesStatus) this.#expStatSn = (pdu.statSn + 1) >>> 0;
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
    const error = new IscsiError('ISCSI_REJECTED', `rejected with reason ${reason}`, { reason });
    const pdu = header.length < 48 ? undefined : decodePdu({ header, ahs: EMPTY, data: EMPTY });
    if (pdu === undefined || !('initiatorTaskTag' in pdu)) return;
    this.#exchanges.get(pdu.initiatorTaskTag)?.fail(error);
    this.#exchanges.delete(pdu.initiatorTaskTag);
  }

  #fail(error: IscsiError): void {
    this.#error ??= error;
    for (const exchange of this.#exchanges.values()) exchange.fail(this.#error);
    this.#exchanges.clear();
    // Those that wait for the window find the error and fail as well.
    for (const send of this.#waiting.splice(0)) send();
  }
}

function errorIn(frame: PduFrame | PduFault): IscsiError | undefined {
  if ('fault' in frame)
    return new IscsiError(
      frame.header === undefined ? 'ISCSI_DIGEST' : 'ISCSI_PROTOCOL',
      frame.fault,
    );
  if (frame.dataDigestError === true) return new IscsiError('ISCSI_DIGEST', 'data digest error');
  return undefined;
}

function lost(message: string, cause?: unknown): IscsiError {
  return new IscsiError('ISCSI_CONNECTION_LOST', message, { cause });
}
