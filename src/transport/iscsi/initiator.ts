/** An iSCSI initiator: one session with one connection (RFC 7143). */
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { joinChunks } from '../../bytes.ts';
import { encodeLun } from '../../scsi/lun.ts';
import { encodeAhs } from './ahs.ts';
import { TASK_MANAGEMENT } from './codes.ts';
import { IscsiError } from './initiator-error.ts';
import { CommandExchange } from './initiator-exchange.ts';
import type { Exchange, InitiatorCommand, InitiatorResult } from './initiator-exchange.ts';
import { InitiatorLogin } from './initiator-login.ts';
import { operationalParameters } from './negotiation.ts';
import type { OperationalParameters } from './negotiation.ts';
import { OutputQueue } from './output.ts';
import { decodePdu, encodeHeader } from './pdu.ts';
import type { Pdu, RequestPdu } from './pdu.ts';
import { PduParser } from './pdu-parser.ts';
import { NO_TAG } from './pdu-spec.ts';
import { compareSn } from './session.ts';
import { encodeText } from './text.ts';

/** How to reach a target. */
export interface IscsiInitiatorOptions {
  /** Address or host name. */
  readonly host: string;
  /** TCP port; default 3260. */
  readonly port?: number;
  /** iSCSI name of the target; absent: a discovery session. */
  readonly targetName?: string;
  /** iSCSI name of the initiator; default `iqn.2026-11.io.github.scsi-target:initiator`. */
  readonly initiatorName?: string;
  /** Initiator session id, 6 bytes; default random, of the random format (10b). */
  readonly isid?: Uint8Array;
  /** Keys to offer at login, over this initiator's own, e.g. `{ InitialR2T: 'Yes' }`. */
  readonly keys?: Readonly<Record<string, string>>;
}

/** A target that discovery found. */
export interface DiscoveredTarget {
  /** iSCSI name. */
  readonly name: string;
  /** Portals as `ADDRESS:PORT,PORTAL-GROUP-TAG`. */
  readonly addresses: readonly string[];
}

/** A task management function for {@link IscsiInitiator.manage}. */
export interface InitiatorManagement {
  /** The function, named as in `TASK_MANAGEMENT`. */
  readonly function: keyof typeof TASK_MANAGEMENT;
  /** Logical unit number. */
  readonly lun: number;
  /** Tag of the task meant. */
  readonly tag?: number;
  /** CmdSN of the task meant. */
  readonly refCmdSn?: number;
}

const NO_LUN = new Uint8Array(8);
const EMPTY = new Uint8Array(0);
const ATTRIBUTES = { simple: 1, ordered: 2, 'head of queue': 3, aca: 4 } as const;
const MAX_RECV = 262_144;

/** A request without the numbers that the session adds. */
type Unnumbered<T> = T extends unknown ? Omit<T, 'cmdSn' | 'expStatSn'> : never;

/**
 * A session with a target.
 *
 * @example
 * ```ts
 * const session = await IscsiInitiator.connect({ host: '127.0.0.1', targetName: 'iqn.2026-11.com.example:disk' });
 * const { status, dataIn } = await session.execute({
 *   lun: 0, cdb: new Uint8Array([0x12, 0, 0, 0, 96, 0]), dataInLength: 96,
 * });
 * await session.logout();
 * ```
 */
export class IscsiInitiator {
  readonly #socket: Socket;
  readonly #output: OutputQueue;
  readonly #parser = new PduParser({ maxDataSegmentLength: MAX_RECV });
  readonly #exchanges = new Map<number, Exchange>();
  /** Commands that wait for the window to open. */
  readonly #waiting: (() => void)[] = [];
  #parameters: OperationalParameters = operationalParameters(new Map());
  #tag = 0;
  #cmdSn = 1;
  #expStatSn = 0;
  #maxCmdSn = 1;
  #login: InitiatorLogin | undefined;
  #flushing = false;
  #error: IscsiError | undefined;
  readonly #closed: Promise<void>;

  private constructor(socket: Socket) {
    this.#socket = socket;
    this.#output = new OutputQueue(socket, () => {});
    socket.on('data', (chunk: Uint8Array) => this.#receive(chunk));
    socket.on('error', (cause) => this.#fail(lost('connection failed', cause)));
    this.#closed = new Promise((resolve) => {
      socket.on('close', () => {
        this.#fail(lost('connection closed'));
        this.#output.close();
        resolve();
      });
    });
  }

  /**
   * Connects and logs in.
   *
   * @throws IscsiError - the connection failed or the login was refused.
   */
  static async connect(options: IscsiInitiatorOptions): Promise<IscsiInitiator> {
    const socket = connect({ host: options.host, port: options.port ?? 3260, noDelay: true });
    const session = new IscsiInitiator(socket);
    await session.#logIn(
      new InitiatorLogin({
        initiatorName: options.initiatorName ?? 'iqn.2026-11.io.github.scsi-target:initiator',
        isid: options.isid ?? randomIsid(),
        ...(options.targetName === undefined ? {} : { targetName: options.targetName }),
        ...(options.keys === undefined ? {} : { keys: options.keys }),
      }),
    );
    return session;
  }

  /** What was agreed at login. */
  get parameters(): OperationalParameters {
    return this.#parameters;
  }

  /** The CmdSN that the next command will have. */
  get nextCmdSn(): number {
    return this.#cmdSn;
  }

  /** The tag that the next request will have. */
  get nextTag(): number {
    return this.#tag;
  }

  /**
   * Executes a command. A SCSI status other than GOOD is a result, not an error.
   *
   * @throws IscsiError - the connection is gone, or the target rejected the command's PDU.
   */
  execute(command: InitiatorCommand): Promise<InitiatorResult> {
    return new Promise((resolve, reject) => {
      if (this.#error !== undefined) {
        reject(this.#error);
        return;
      }
      const send = (): void => {
        if (this.#error === undefined) this.#sendCommand(command, resolve, reject);
        else reject(this.#error);
      };
      if (this.#windowOpen()) send();
      else this.#waiting.push(send);
    });
  }

  /** Requests a task management function and gives its response code (RFC 7143, 11.6.1). */
  async manage(request: InitiatorManagement): Promise<number> {
    const answer = await this.#ask((initiatorTaskTag) => ({
      kind: 'Task Management Request',
      immediate: true,
      function: TASK_MANAGEMENT[request.function],
      lun: encodeLun(request.lun),
      initiatorTaskTag,
      referencedTaskTag: request.tag ?? NO_TAG,
      refCmdSn: request.refCmdSn ?? 0,
      expDataSn: 0,
    }));
    return answer.kind === 'Task Management Response' ? answer.response : unexpected(answer);
  }

  /** Pings the target and gives the data that came back. */
  async ping(data: Uint8Array = EMPTY): Promise<Uint8Array> {
    const answer = await this.#ask((initiatorTaskTag) => ({
      kind: 'NOP-Out',
      immediate: true,
      lun: NO_LUN,
      initiatorTaskTag,
      targetTransferTag: NO_TAG,
      data,
    }));
    return answer.kind === 'NOP-In' ? answer.data : unexpected(answer);
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
  async text(
    pairs: readonly (readonly [string, string])[],
  ): Promise<readonly (readonly [string, string])[]> {
    const parts: Uint8Array[] = [];
    let targetTransferTag = NO_TAG;
    for (;;) {
      const data = parts.length === 0 ? encodeText(pairs) : EMPTY;
      const tag = targetTransferTag;
      const answer = await this.#ask((initiatorTaskTag) => ({
        kind: 'Text Request',
        immediate: true,
        final: true,
        continued: false,
        lun: NO_LUN,
        initiatorTaskTag,
        targetTransferTag: tag,
        data,
      }));
      if (answer.kind !== 'Text Response') return unexpected(answer);
      parts.push(answer.data.slice());
      if (answer.final) break;
      ({ targetTransferTag } = answer);
    }
    return splitText(parts);
  }

  /** Ends the session in order. */
  async logout(): Promise<void> {
    await this.#ask((initiatorTaskTag) => ({
      kind: 'Logout Request',
      immediate: true,
      reason: 0,
      initiatorTaskTag,
      connectionId: 0,
    }));
    this.#socket.end();
    await this.#closed;
  }

  /** Cuts the connection; what is under way fails. */
  async close(): Promise<void> {
    this.#socket.destroy();
    await this.#closed;
  }

  /** Cuts the connection. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #logIn(login: InitiatorLogin): Promise<void> {
    this.#login = login;
    return new Promise((resolve, reject) => {
      this.#exchanges.set(0, {
        receive: (pdu) => {
          if (pdu.kind !== 'Login Response') return false;
          try {
            const parameters = login.answer(pdu);
            if (parameters === undefined) {
              this.#send(login.request(this.#cmdSn, this.#expStatSn));
              return false;
            }
            this.#parameters = parameters;
            this.#login = undefined;
            this.#tag = 1;
            resolve();
          } catch (error) {
            reject(error);
            this.#socket.destroy();
          }
          return true;
        },
        fail: reject,
      });
      this.#send(login.request(this.#cmdSn, this.#expStatSn));
    });
  }

  #windowOpen(): boolean {
    return this.#login === undefined && compareSn(this.#cmdSn, this.#maxCmdSn) <= 0;
  }

  #nextTag(): number {
    const tag = this.#tag;
    do this.#tag = (this.#tag + 1) % NO_TAG;
    while (this.#exchanges.has(this.#tag));
    return tag;
  }

  #sendCommand(
    command: InitiatorCommand,
    resolve: (result: InitiatorResult) => void,
    reject: (error: IscsiError) => void,
  ): void {
    const tag = this.#nextTag();
    const out = command.dataOut ?? EMPTY;
    const inLength = command.dataInLength ?? 0;
    const { parameters } = this;
    const first = Math.min(parameters.firstBurstLength, out.length);
    const immediate = parameters.immediateData
      ? Math.min(first, parameters.maxSendDataSegmentLength)
      : 0;
    const unsolicited = parameters.initialR2T ? immediate : first;
    const lun = encodeLun(command.lun);
    const cdb = new Uint8Array(16);
    cdb.set(command.cdb.subarray(0, 16));
    this.#exchanges.set(
      tag,
      new CommandExchange(
        command,
        (transferTag, offset, length) =>
          this.#sendData(lun, tag, transferTag, out.subarray(offset, offset + length), offset),
        resolve,
        reject,
      ),
    );
    const cmdSn = this.#cmdSn;
    this.#cmdSn = (cmdSn + 1) >>> 0;
    this.#send({
      kind: 'SCSI Command',
      immediate: false,
      final: unsolicited === immediate,
      read: inLength > 0,
      write: out.length > 0,
      attribute: ATTRIBUTES[command.attribute ?? 'simple'],
      lun,
      initiatorTaskTag: tag,
      expectedLength: out.length > 0 ? out.length : inLength,
      cmdSn,
      expStatSn: this.#expStatSn,
      cdb,
      ahs: encodeAhs({
        ...(command.cdb.length > 16 ? { extendedCdb: command.cdb.subarray(16) } : {}),
        ...(out.length > 0 && inLength > 0 ? { readLength: inLength } : {}),
      }),
      data: out.subarray(0, immediate),
    });
    if (unsolicited > immediate)
      this.#sendData(lun, tag, NO_TAG, out.subarray(immediate, unsolicited), immediate);
  }

  /** Sends a sequence of Data-Out. */
  #sendData(lun: Uint8Array, tag: number, transferTag: number, data: Uint8Array, at: number): void {
    const most = this.#parameters.maxSendDataSegmentLength;
    let dataSn = 0;
    for (let sent = 0; sent < data.length; sent += most) {
      const piece = data.subarray(sent, sent + most);
      this.#send({
        kind: 'SCSI Data-Out',
        final: sent + piece.length === data.length,
        lun,
        initiatorTaskTag: tag,
        targetTransferTag: transferTag,
        expStatSn: this.#expStatSn,
        dataSn: dataSn++,
        bufferOffset: at + sent,
        data: piece,
      });
    }
  }

  /** Sends an immediate request and waits for its answer. */
  #ask(request: (tag: number) => Unnumbered<RequestPdu>): Promise<Pdu> {
    return new Promise((resolve, reject) => {
      if (this.#error !== undefined) {
        reject(this.#error);
        return;
      }
      const tag = this.#nextTag();
      this.#exchanges.set(tag, {
        receive: (pdu) => {
          resolve(pdu);
          return true;
        },
        fail: reject,
      });
      const numbers = { cmdSn: this.#cmdSn, expStatSn: this.#expStatSn };
      this.#send({ ...request(tag), ...numbers });
    });
  }

  #send(pdu: RequestPdu): void {
    encodeHeader(pdu, this.#output.header());
    if ('ahs' in pdu && pdu.ahs.length > 0) this.#output.data(pdu.ahs);
    if ('data' in pdu && pdu.data.length > 0) {
      this.#output.data(pdu.data);
      this.#output.pad(pdu.data.length);
    }
    if (this.#flushing) return;
    this.#flushing = true;
    // Requests made in the same tick leave together.
    queueMicrotask(() => {
      this.#flushing = false;
      this.#output.flush();
    });
  }

  #receive(chunk: Uint8Array): void {
    this.#parser.push(new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.length));
    for (;;) {
      const frame = this.#parser.next();
      if (frame === undefined) return;
      const pdu = 'fault' in frame ? undefined : decodePdu(frame);
      if (pdu === undefined) {
        this.#fail(new IscsiError('ISCSI_PROTOCOL', 'the target sent no PDU of RFC 7143'));
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
    if (this.#login !== undefined || compareSn(pdu.maxCmdSn, this.#maxCmdSn) > 0)
      this.#maxCmdSn = pdu.maxCmdSn;
  }

  #pong(lun: Uint8Array, targetTransferTag: number): void {
    this.#send({
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

function lost(message: string, cause?: unknown): IscsiError {
  return new IscsiError('ISCSI_CONNECTION_LOST', message, { cause });
}

function unexpected(pdu: Pdu): never {
  throw new IscsiError('ISCSI_PROTOCOL', `unexpected ${pdu.kind}`);
}

function splitText(parts: readonly Uint8Array[]): readonly (readonly [string, string])[] {
  return new TextDecoder()
    .decode(joinChunks(parts))
    .split('\0')
    .filter((line) => line.includes('='))
    .map((line): readonly [string, string] => {
      const at = line.indexOf('=');
      return [line.slice(0, at), line.slice(at + 1)];
    });
}

function randomIsid(): Uint8Array {
  const isid = crypto.getRandomValues(new Uint8Array(6));
  isid[0] = 0x80;
  return isid;
}
