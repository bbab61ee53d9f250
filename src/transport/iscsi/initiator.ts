/** An iSCSI initiator: one session with one connection (RFC 7143). */
import { connect } from 'node:net';
import { joinChunks } from '../../bytes.ts';
import { encodeLun } from '../../scsi/lun.ts';
import type { ChapInitiatorOptions } from './chap.ts';
import { TASK_MANAGEMENT } from './codes.ts';
import type { Crc32c } from './crc32c.ts';
import { agreedDigests } from './digest.ts';
import type { DigestOptions } from './digest.ts';
import { IscsiError } from './initiator-error.ts';
import { sendCommand } from './initiator-command.ts';
import type { InitiatorCommand, InitiatorResult } from './initiator-exchange.ts';
import { InitiatorLogin } from './initiator-login.ts';
import { InitiatorWire } from './initiator-wire.ts';
import { operationalParameters } from './negotiation.ts';
import type { OperationalParameters } from './negotiation.ts';
import type { Pdu, RequestPdu } from './pdu.ts';
import { NO_TAG } from './pdu-spec.ts';
import { encodeText } from './text.ts';

/** How to reach a target. */
export interface IscsiInitiatorOptions extends DigestOptions {
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
  /** How the initiator proves itself, and the target to it; absent: without CHAP. */
  readonly chap?: ChapInitiatorOptions;
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
  readonly #wire: InitiatorWire;
  #parameters: OperationalParameters = operationalParameters(new Map());

  private constructor(wire: InitiatorWire) {
    this.#wire = wire;
  }

  /**
   * Connects and logs in.
   *
   * @throws IscsiError - the connection failed, the login was refused, or the target did not prove itself.
   * @throws TypeError - the CHAP options make no sense.
   */
  static async connect(options: IscsiInitiatorOptions): Promise<IscsiInitiator> {
    const socket = connect({ host: options.host, port: options.port ?? 3260, noDelay: true });
    const session = new IscsiInitiator(new InitiatorWire(socket));
    await session.#logIn(
      new InitiatorLogin({
        initiatorName: options.initiatorName ?? 'iqn.2026-11.io.github.scsi-target:initiator',
        isid: options.isid ?? randomIsid(),
        headerDigest: options.headerDigest ?? 'none',
        dataDigest: options.dataDigest ?? 'none',
        ...(options.chap === undefined ? {} : { chap: options.chap }),
        ...(options.targetName === undefined ? {} : { targetName: options.targetName }),
        ...(options.keys === undefined ? {} : { keys: options.keys }),
      }),
      options.crc32c,
    );
    return session;
  }

  /** What was agreed at login. */
  get parameters(): OperationalParameters {
    return this.#parameters;
  }

  /** The CmdSN that the next command will have. */
  get nextCmdSn(): number {
    return this.#wire.cmdSn;
  }

  /** The tag that the next request will have. */
  get nextTag(): number {
    return this.#wire.nextTag;
  }

  /**
   * Executes a command. A SCSI status other than GOOD is a result, not an error.
   *
   * @throws IscsiError - the connection is gone, or the target rejected the command's PDU.
   */
  execute(command: InitiatorCommand): Promise<InitiatorResult> {
    return new Promise((resolve, reject) => {
      this.#wire.whenOpen(() => {
        if (this.#wire.error === undefined)
          sendCommand(this.#wire, this.#parameters, command, resolve, reject);
        else reject(this.#wire.error);
      });
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
    this.#wire.end();
    await this.#wire.closed;
  }

  /** Cuts the connection; what is under way fails. */
  async close(): Promise<void> {
    this.#wire.destroy();
    await this.#wire.closed;
  }

  /** Cuts the connection. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #logIn(login: InitiatorLogin, crc32c: Crc32c | undefined): Promise<void> {
    const wire = this.#wire;
    const request = (): void => wire.send(login.request(wire.cmdSn, wire.expStatSn));
    return new Promise((resolve, reject) => {
      // The first tag is 0, which is that of all login requests.
      wire.open({
        receive: (pdu) => {
          if (pdu.kind !== 'Login Response') return false;
          try {
            const parameters = login.answer(pdu);
            if (parameters === undefined) {
              request();
              return false;
            }
            this.#parameters = parameters;
            wire.enterFullFeature(agreedDigests(parameters, crc32c));
            resolve();
          } catch (error) {
            reject(error);
            wire.destroy();
          }
          return true;
        },
        fail: reject,
      });
      request();
    });
  }

  /** Sends an immediate request and waits for its answer. */
  #ask(request: (tag: number) => Unnumbered<RequestPdu>): Promise<Pdu> {
    return new Promise((resolve, reject) => {
      const wire = this.#wire;
      if (wire.error !== undefined) {
        reject(wire.error);
        return;
      }
      const tag = wire.open({
        receive: (pdu) => {
          resolve(pdu);
          return true;
        },
        fail: reject,
      });
      const numbers = { cmdSn: wire.cmdSn, expStatSn: wire.expStatSn };
      wire.send({ ...request(tag), ...numbers });
    });
  }
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
