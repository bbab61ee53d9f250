/** One logged-in connection of an initiator: requests and their answers, and whether the target is alive. */
import type { OnReadOpts, Socket } from 'node:net';
import { joinChunks } from '../../bytes.ts';
import { encodeLun } from '../../scsi/lun.ts';
import { LOGOUT_REASON, TASK_MANAGEMENT } from './codes.ts';
import { agreedDigests } from './digest.ts';
import { IscsiError } from './initiator-error.ts';
import type { InitiatorLogin } from './initiator-login.ts';
import type { InitiatorSettings } from './initiator-options.ts';
import { MAX_RECV_DATA_SEGMENT_LENGTH } from './initiator-input.ts';
import { InitiatorWire } from './initiator-wire.ts';
import type { WireEvents } from './initiator-wire.ts';
import { operationalParameters, parseKeyNumber } from './negotiation.ts';
import type { OperationalParameters } from './negotiation.ts';
import type { Pdu, RequestPdu } from './pdu.ts';
import { NO_TAG } from './pdu-spec.ts';
import { encodeText } from './text.ts';
import type { TextPair } from './text.ts';

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

/** Most bytes of a text answer: a target that goes on for ever is not read for ever. */
const MAX_TEXT_BYTES = 16 << 20;

/** A request without the numbers that the connection adds. */
type Unnumbered<T> = T extends unknown ? Omit<T, 'cmdSn' | 'expStatSn'> : never;

/** A connection. */
export class InitiatorConnection {
  /** Its PDUs. */
  readonly wire: InitiatorWire;
  readonly #settings: InitiatorSettings;
  #parameters: OperationalParameters = operationalParameters(new Map());
  #cancelBeat: () => void = () => {};

  constructor(
    connect: (onread: OnReadOpts) => Socket,
    settings: InitiatorSettings,
    events: WireEvents,
  ) {
    this.#settings = settings;
    this.wire = new InitiatorWire(connect, {
      ...events,
      lost: (error) => {
        this.#cancelBeat();
        events.lost(error);
      },
    });
  }

  /** What was agreed at login. */
  get parameters(): OperationalParameters {
    return this.#parameters;
  }

  /** Logs in; `established` is called before anything that comes behind the last answer is looked at. */
  logIn(login: InitiatorLogin, established: () => void): Promise<void> {
    const { wire } = this;
    const request = (): void => wire.send(login.request(wire.cmdSn, wire.expStatSn));
    return new Promise((resolve, reject) => {
      // The first tag is 0, which is that of all login requests.
      wire.open({
        receive: (pdu) => {
          if (pdu.kind !== 'Login Response') return unexpected(pdu);
          const parameters = login.answer(pdu);
          if (parameters === undefined) {
            request();
            return false;
          }
          this.#parameters = parameters;
          wire.enterFullFeature(agreedDigests(parameters, this.#settings.crc32c));
          this.#beat();
          established();
          resolve();
          return true;
        },
        fail: reject,
      });
      request();
    });
  }

  /** Requests a task management function and gives its response code (RFC 7143, 11.6.1). */
  async manage(request: InitiatorManagement, timeout?: number): Promise<number> {
    const answer = await this.#ask(
      (initiatorTaskTag) => ({
        kind: 'Task Management Request',
        immediate: true,
        function: TASK_MANAGEMENT[request.function],
        lun: encodeLun(request.lun),
        initiatorTaskTag,
        referencedTaskTag: request.tag ?? NO_TAG,
        refCmdSn: request.refCmdSn ?? 0,
        expDataSn: 0,
      }),
      timeout,
    );
    return answer.kind === 'Task Management Response' ? answer.response : unexpected(answer);
  }

  /** Pings the target and gives the data that came back. */
  async ping(data: Uint8Array = EMPTY): Promise<Uint8Array> {
    const answer = await this.#ask(
      (initiatorTaskTag) => ({
        kind: 'NOP-Out',
        immediate: true,
        lun: NO_LUN,
        initiatorTaskTag,
        targetTransferTag: NO_TAG,
        data,
      }),
      this.#settings.nopTimeout,
    );
    return answer.kind === 'NOP-In' ? answer.data.slice() : unexpected(answer);
  }

  /** Sends text keys and gives the answers, however many PDUs they take. */
  async text(pairs: readonly TextPair[]): Promise<readonly TextPair[]> {
    const parts: Uint8Array[] = [];
    let length = 0;
    for (let targetTransferTag = NO_TAG; ;) {
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
      length += answer.data.length;
      if (answer.final) break;
      if (length > MAX_TEXT_BYTES) throw broken('an endless text answer');
      ({ targetTransferTag } = answer);
    }
    return splitText(joinChunks(parts));
  }

  /** Follows a target that wants to negotiate anew (11.9.1): each side says again what it takes. */
  async negotiate(): Promise<void> {
    const key = 'MaxRecvDataSegmentLength';
    const answers = new Map(await this.text([[key, String(MAX_RECV_DATA_SEGMENT_LENGTH)]]));
    const length = parseKeyNumber(answers.get(key) ?? '');
    if (length >= 512 && length <= 0xff_ffff)
      this.#parameters = { ...this.#parameters, maxSendDataSegmentLength: length };
  }

  /** Ends the session in order; the connection ends with it. Gives Time2Wait in seconds. */
  async logOut(): Promise<number> {
    const answer = await this.#ask(
      (initiatorTaskTag) => ({
        kind: 'Logout Request',
        immediate: true,
        reason: LOGOUT_REASON.CLOSE_SESSION,
        initiatorTaskTag,
        connectionId: 0,
      }),
      this.#settings.nopTimeout,
    );
    return answer.kind === 'Logout Response' ? answer.time2Wait : unexpected(answer);
  }

  /** Sends an immediate request and waits for its answer; without one in time the connection is cut. */
  #ask(request: (tag: number) => Unnumbered<RequestPdu>, timeout?: number): Promise<Pdu> {
    const { wire } = this;
    return new Promise((resolve, reject) => {
      if (wire.error !== undefined) {
        reject(wire.error);
        return;
      }
      const cancel = timeout === undefined ? (): void => {} : this.#limit(timeout);
      const tag = wire.open({
        receive: (pdu) => {
          cancel();
          resolve(pdu);
          return true;
        },
        fail: (error) => {
          cancel();
          reject(error);
        },
      });
      const numbers = { cmdSn: wire.cmdSn, expStatSn: wire.expStatSn };
      wire.send({ ...request(tag), ...numbers });
    });
  }

  #limit(timeout: number): () => void {
    return this.#settings.clock.after(timeout, () =>
      this.wire.destroy(
        new IscsiError('ISCSI_CONNECTION_LOST', `the target did not answer in ${timeout} ms`),
      ),
    );
  }

  /** Pings the target after silence. */
  #beat(): void {
    const { clock, nopInterval } = this.#settings;
    if (nopInterval === 0 || this.wire.error !== undefined) return;
    const before = this.wire.heard;
    this.#cancelBeat = clock.after(nopInterval, () => {
      if (this.wire.heard !== before) this.#beat();
      else
        this.ping().then(
          () => this.#beat(),
          () => {},
        );
    });
  }
}

function broken(message: string): IscsiError {
  return new IscsiError('ISCSI_PROTOCOL', message);
}

function unexpected(pdu: Pdu): never {
  throw broken(`unexpected ${pdu.kind}`);
}

/** Unlike the text of a login, an answer to SendTargets has the same key many times. */
function splitText(bytes: Uint8Array): readonly TextPair[] {
  return new TextDecoder()
    .decode(bytes)
    .split('\0')
    .filter((line) => line.includes('='))
    .map((line): TextPair => {
      const at = line.indexOf('=');
      return [line.slice(0, at), line.slice(at + 1)];
    });
}
