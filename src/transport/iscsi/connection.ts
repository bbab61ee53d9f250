/** One TCP connection: its socket, its stream of PDUs, what it may hold, and its end. */
import type { Socket } from 'node:net';
import type { AsyncEvent, RejectReason } from './codes.ts';
import { REJECT_REASON } from './codes.ts';
import type { Digests } from './digest.ts';
import { DataOutWatch } from './data-out-watch.ts';
import type { DataFault, DataOutOwner, DataOutPort } from './data-out.ts';
import type { RequestedData } from './data-sequence.ts';
import { FullFeaturePhase } from './full-feature.ts';
import type { ConnectionHost } from './host.ts';
import { Input } from './input.ts';
import type { InputPort } from './input.ts';
import { Keepalive } from './keepalive.ts';
import { LoginPhase } from './login-phase.ts';
import { LostConnections } from './lost-connections.ts';
import { joinedParameters, operationalParameters } from './negotiation.ts';
import type { OperationalParameters } from './negotiation.ts';
import { OutputQueue } from './output.ts';
import { OutputWatch } from './output-watch.ts';
import { encodeHeader } from './pdu.ts';
import type { ResponsePdu } from './pdu.ts';
import type { PduFault } from './pdu-parser.ts';
import { NO_TAG } from './pdu-spec.ts';
import type { PduFrame } from './pdu-spec.ts';
import type { ReceiveMemory } from './receive-memory.ts';
import { Recovery } from './recovery.ts';
import type { ResponsePort } from './scsi-response.ts';
import type { Session, SessionConnection } from './session.ts';

const NO_LUN_BYTES: Uint8Array = new Uint8Array(8);
const NO_DATA: Uint8Array = new Uint8Array(0);

/** Parameters 1 to 3 of an Asynchronous Message; those left out are 0. */
type AsyncParameters = readonly number[];

/** A PDU without the numbers that the connection adds. */
type Unnumbered<T> = T extends unknown ? Omit<T, 'statSn' | 'expCmdSn' | 'maxCmdSn'> : never;

/** A connection of an initiator. */
export class Connection implements DataOutPort, ResponsePort, SessionConnection, InputPort {
  readonly host: ConnectionHost;
  readonly socket: Socket;
  readonly portalGroupTag: number;
  readonly output: OutputQueue;
  readonly receiveMemory: ReceiveMemory;
  readonly #input: Input;
  /** Address and port of the initiator. */
  readonly remote: string;
  connectionId = 0;
  session: Session | undefined;
  parameters: OperationalParameters = operationalParameters(new Map());
  /** What can be sent again; undefined at error recovery level 0. */
  recovery: Recovery | undefined;
  readonly watch: DataOutWatch = new DataOutWatch(this);
  readonly #login: LoginPhase;
  #fullFeature: FullFeaturePhase | undefined;
  readonly #keepalive: Keepalive;
  readonly #outputWatch: OutputWatch = new OutputWatch(this);
  #statSn = 0;
  #transferTag = 0;
  #closed = false;
  #ending = false;
  #flushing = false;

  /** @param accepted - a socket from which nothing has been read */
  constructor(host: ConnectionHost, accepted: Socket, portalGroupTag: number) {
    this.host = host;
    this.receiveMemory = host.receiveMemory;
    this.#input = new Input(this, accepted, host.receiveMemory, host.limits.maxAhsBytes);
    const { socket } = this.#input;
    this.socket = socket;
    this.portalGroupTag = portalGroupTag;
    this.remote = `${socket.remoteAddress ?? '?'}:${socket.remotePort ?? 0}`;
    this.output = new OutputQueue(socket, () => this.wake());
    this.#login = new LoginPhase(this);
    this.#keepalive = new Keepalive(this);
    socket.setNoDelay(true);
    socket.on('error', (error) => this.host.log('debug', 'socket error', this, error.message));
    socket.on('close', () => this.#gone());
  }

  /** Whether the connection has ended. */
  get closed(): boolean {
    return this.#closed;
  }

  /** Whether nothing is taken from the socket for now. */
  get paused(): boolean {
    return this.#input.paused;
  }

  /** Whether what was lost can be asked for again. */
  get recovers(): boolean {
    return this.recovery !== undefined;
  }

  /** The name of the initiator, as soon as it gave one. */
  get initiatorName(): string | undefined {
    return (this.session?.identity ?? this.#login.identity)?.initiatorName;
  }

  /** MaxRecvDataSegmentLength of the initiator, in bytes. */
  get maxSendDataSegmentLength(): number {
    return this.parameters.maxSendDataSegmentLength;
  }

  /** MaxBurstLength, in bytes. */
  get maxBurstLength(): number {
    return this.parameters.maxBurstLength;
  }

  get expCmdSn(): number {
    return this.session?.expCmdSn ?? 0;
  }

  get maxCmdSn(): number {
    return this.session?.maxCmdSn ?? 0;
  }

  /** The StatSN that the next status will have. */
  get nextStatSn(): number {
    return this.#statSn;
  }

  takeStatSn(): number {
    const statSn = this.#statSn;
    this.#statSn = (statSn + 1) >>> 0;
    return statSn;
  }

  /**
   * Adds a PDU to the output.
   *
   * @param status - whether it takes a StatSN of its own, rather than show the next one
   */
  send(pdu: Unnumbered<ResponsePdu>, status: boolean): void {
    const numbers = {
      statSn: status ? this.takeStatSn() : this.#statSn,
      expCmdSn: this.expCmdSn,
      maxCmdSn: this.maxCmdSn,
    };
    // A login answers before there is a session, and then brings numbers of its own.
    const header = this.output.header();
    encodeHeader({ ...numbers, ...pdu }, header);
    const data = 'data' in pdu ? pdu.data : NO_DATA;
    if (status) this.recovery?.keepPdu(numbers.statSn, header, data);
    if (data.length > 0) {
      this.output.data(data);
      this.output.endData(data.length);
    }
    this.flushSoon();
  }

  /** Refuses a PDU. */
  reject(frame: PduFrame, reason: RejectReason, why: string, dataSn = 0): void {
    this.host.log('info', `rejected a PDU: ${why}`, this);
    this.send({ kind: 'Reject', reason, dataSn, data: frame.header.slice() }, true);
  }

  takeTransferTag(): number {
    this.#transferTag = (this.#transferTag + 1) % NO_TAG;
    return this.#transferTag;
  }

  sendR2T(owner: DataOutOwner, { r2tSn, tag, begin, end }: RequestedData): void {
    this.send(
      {
        kind: 'R2T',
        lun: owner.lunBytes.length === 8 ? owner.lunBytes : NO_LUN_BYTES,
        initiatorTaskTag: owner.tag,
        targetTransferTag: tag,
        r2tSn,
        bufferOffset: begin,
        desiredLength: end - begin,
      },
      false,
    );
  }

  dataFault({ tag }: DataOutOwner, fault: DataFault): void {
    this.#fullFeature?.dataFault(tag, fault);
  }

  dataMissing({ tag }: DataOutOwner): void {
    this.destroy(`task ${tag.toString(16)}h waits for data that does not come`);
  }

  reserve(length: number, granted: () => void): void {
    this.session?.dataOut.reserve(length, granted);
  }

  giveBack(granted: () => void): void {
    this.session?.dataOut.giveBack(granted);
  }

  /** The login is over: from now on the session's PDUs are served. */
  enterFullFeature(session: Session, parameters: OperationalParameters): void {
    this.session = session;
    session.parameters ??= parameters;
    this.output.count(session.dataIn);
    this.parameters = joinedParameters(session.parameters, parameters);
    const recovers = this.parameters.errorRecoveryLevel > 0;
    this.#input.configure({
      maxDataSegmentLength: this.host.limits.maxRecvDataSegmentLength,
      skipDamaged: recovers,
    });
    if (recovers) this.recovery = new Recovery(this, session.retained);
    if (this.parameters.errorRecoveryLevel > 1)
      session.lost ??= new LostConnections(session, this.host.clock);
    this.#fullFeature = new FullFeaturePhase(this, session);
    this.#keepalive.start();
  }

  /** From now on PDUs carry digests, in both directions. */
  useDigests(digests: Digests): void {
    this.#input.configure({ digests });
    this.output.useDigests(digests);
  }

  /** Stops taking from the stream, while a login step is under way, until {@link resume}. */
  hold(): void {
    this.#input.hold();
  }

  /** Goes on after {@link hold}. */
  resume(): void {
    this.#input.resume();
  }

  /** The answer to a ping came. */
  pong(tag: number): void {
    this.#keepalive.answered(tag);
  }

  /** Sends an Asynchronous Message (RFC 7143, 11.9). */
  notify(
    event: AsyncEvent,
    parameters: AsyncParameters = [],
    lun: Uint8Array = NO_LUN_BYTES,
    data: Uint8Array = NO_DATA,
  ): void {
    const [parameter1 = 0, parameter2 = 0, parameter3 = 0] = parameters;
    this.send(
      {
        kind: 'Asynchronous Message',
        lun,
        event,
        vendorCode: 0,
        parameter1,
        parameter2,
        parameter3,
        data,
      },
      true,
    );
  }

  probe(done: () => void): void {
    this.#keepalive.probe(done);
  }

  /** A task of this connection has ended. */
  taskEnded(): void {
    this.#fullFeature?.taskEnded();
  }

  drain(): void {
    // Who has not logged in has nothing that runs.
    if (this.#fullFeature === undefined) this.destroy('closing');
    else this.#fullFeature.drain();
  }

  /** Writes what was gathered when this turn of the event loop is over, unless sooner. */
  flushSoon(): void {
    if (this.#input.pumping || this.#flushing) return;
    this.#flushing = true;
    setImmediate(() => {
      this.#flushing = false;
      this.served();
    });
  }

  /** Goes on reading where it had stopped because too much was under way. */
  wake(): void {
    this.#input.wake();
  }

  /** Sends what is gathered and ends the connection. */
  end(): void {
    if (this.#closed || this.#ending) return;
    this.#ending = true;
    this.output.flush();
    this.socket.end();
    // Who does not close his side is not waited for.
    this.socket.once(
      'close',
      this.host.clock.after(1000, () => this.socket.destroy()),
    );
  }

  /** Ends the connection at once. */
  destroy(reason: string): void {
    if (this.#closed) return;
    this.host.log('info', `connection cut: ${reason}`, this);
    this.socket.destroy();
    this.#gone();
  }

  get serving(): boolean {
    return !this.#closed && !this.#ending;
  }

  get congested(): boolean {
    return this.output.length > this.host.limits.highWaterMark;
  }

  heard(): void {
    this.#keepalive.heard();
  }

  serve(frame: PduFrame): void {
    if (frame.dataDigestError === true || frame.headerDigestError === true) this.#damaged(frame);
    else if (this.#fullFeature === undefined) this.#login.receive(frame);
    else this.#fullFeature.receive(frame);
  }

  failed(error: unknown): void {
    // A bug of ours must not take the other sessions down.
    this.host.log('error', 'internal error', this, String(error));
    this.destroy('internal error');
  }

  /** Writes what was gathered. */
  served(): void {
    this.output.flush();
    this.#outputWatch.written();
  }

  /**
   * A PDU that changed on its way: without recovery inside a connection the session has to begin anew
   * (RFC 7143, 7.8 and 7.15), and the Reject says why. Where the header is wrong nobody can be told.
   */
  #damaged(frame: PduFrame): void {
    if (frame.headerDigestError === true) {
      this.host.log('info', 'header digest error: skipped a PDU', this);
      return;
    }
    this.reject(frame, REJECT_REASON.DATA_DIGEST_ERROR, 'data digest error');
    if (this.recovery === undefined) this.end();
    else this.#fullFeature?.damaged(frame);
  }

  /** A PDU that cannot be skipped, over a limit or with a wrong header: the stream ends here. */
  unreadable({ header, fault }: PduFault): void {
    const empty = new Uint8Array(0);
    if (this.#fullFeature !== undefined && header !== undefined)
      this.reject({ header, ahs: empty, data: empty }, REJECT_REASON.PROTOCOL_ERROR, fault);
    else this.host.log('info', fault, this);
    this.end();
  }

  #gone(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#login.close();
    this.#fullFeature?.close();
    this.#keepalive.close();
    this.watch.close();
    this.#outputWatch.close();
    this.output.close();
    this.host.closed(this);
    // What a lost connection has sent is kept with its tasks.
    if (this.session?.isLost(this) !== true) this.recovery?.close();
  }
}
