/** The login phase of a connection: login PDUs to {@link LoginNegotiation} and back. */
import { isPromise } from '../../maybe-promise.ts';
import { LOGIN_STATUS } from './codes.ts';
import type { LoginStatus } from './codes.ts';
import type { Connection } from './connection.ts';
import { agreedDigests } from './digest.ts';
import type { Establishment } from './host.ts';
import { LoginNegotiation } from './login.ts';
import type { LoginIdentity, LoginResult, LoginStep } from './login.ts';
import { decodePduAs, opcodeOf } from './pdu.ts';
import { LOGIN_REQUEST } from './pdu-request.ts';
import type { LoginRequestPdu } from './pdu-request.ts';
import type { PduFrame } from './pdu-spec.ts';

const EMPTY: Uint8Array = new Uint8Array(0);

/** Serves the login of one connection. */
export class LoginPhase {
  readonly #connection: Connection;
  readonly #negotiation: LoginNegotiation;
  /** Bytes that came so far. */
  #bytes = 0;
  /** ExpStatSN of the first request. */
  #expStatSn: number | undefined;
  readonly #cancelTimeout: () => void;

  constructor(connection: Connection) {
    this.#connection = connection;
    const { host } = connection;
    this.#negotiation = new LoginNegotiation({
      wishes: host.wishes,
      requiredDigests: host.requiredDigests,
      maxRecvDataSegmentLength: host.limits.maxRecvDataSegmentLength,
      maxTextBytes: host.limits.maxTextBytes,
      maxRounds: host.limits.maxLoginRounds,
      admit: (identity) => host.admit(identity, connection),
    });
    this.#cancelTimeout = host.clock.after(host.limits.loginTimeout, () =>
      connection.destroy('login not complete in time'),
    );
  }

  /** Who logs in, once that is known. */
  get identity(): LoginIdentity | undefined {
    return this.#negotiation.identity;
  }

  /** Takes the next PDU. */
  receive(frame: PduFrame): void {
    this.#bytes += frame.header.length + frame.ahs.length + frame.data.length;
    if (this.#bytes > this.#connection.host.limits.maxLoginBytes) {
      this.#connection.destroy('too many bytes before the end of the login');
      return;
    }
    if (opcodeOf(frame.header) !== LOGIN_REQUEST.opcode) {
      this.#stranger(frame);
      return;
    }
    const pdu = decodePduAs('Login Request', frame);
    this.#expStatSn ??= pdu.expStatSn;
    const step = this.#negotiation.receive(pdu);
    if (step.status !== LOGIN_STATUS.SUCCESS)
      this.#refuse(pdu, step.status, step.reason, step.data);
    else if (step.done === undefined) this.#answer(pdu, step, 0);
    else this.#finish(pdu, step, step.done);
  }

  /** The connection has ended, or the login has. */
  close(): void {
    this.#cancelTimeout();
  }

  /** Something else than a login: refused in a login, and no answer at all before one. */
  #stranger(frame: PduFrame): void {
    if (this.#negotiation.identity === undefined) {
      this.#connection.destroy('no login');
      return;
    }
    const pdu = decodePduAs('Login Request', { header: frame.header, ahs: EMPTY, data: EMPTY });
    this.#refuse(
      { ...pdu, currentStage: 0, nextStage: 0 },
      LOGIN_STATUS.INVALID_DURING_LOGIN,
      'another PDU in mid-login',
    );
  }

  #finish(
    pdu: LoginRequestPdu,
    step: Extract<LoginStep, { readonly status: 0 }>,
    result: LoginResult,
  ): void {
    const connection = this.#connection;
    const { host } = connection;
    connection.connectionId = pdu.connectionId;
    const numbers = { cmdSn: pdu.cmdSn, expStatSn: this.#expStatSn ?? 0 };
    const established = host.establish(result, numbers, connection);
    const enter = (establishment: Establishment): void => {
      if ('status' in establishment) {
        if (!connection.closed) this.#refuse(pdu, establishment.status, establishment.reason);
        return;
      }
      const { session } = establishment;
      if (connection.closed) {
        // Gone while the old session or connection ended: it has to leave the new one, too.
        connection.session = session;
        host.closed(connection);
        return;
      }
      this.close();
      host.loggedIn(LOGIN_STATUS.SUCCESS);
      connection.enterFullFeature(session, result.parameters);
      this.#answer(pdu, step, session.tsih);
      // From the PDU behind the last one of the login on, in both directions.
      connection.useDigests(agreedDigests(result.parameters, host.crc32c));
    };
    if (!isPromise(established)) {
      enter(established);
      return;
    }
    // What follows the login in the stream waits for the old session to end.
    connection.hold();
    established.then(
      (establishment) => {
        enter(establishment);
        connection.resume();
      },
      (error: unknown) => connection.destroy(`login failed: ${String(error)}`),
    );
  }

  #answer(
    pdu: LoginRequestPdu,
    step: Extract<LoginStep, { readonly status: 0 }>,
    tsih: number,
  ): void {
    this.#send(pdu, step.transit, tsih === 0 ? pdu.tsih : tsih, LOGIN_STATUS.SUCCESS, step.data);
  }

  #refuse(pdu: LoginRequestPdu, status: LoginStatus, reason: string, data = EMPTY): void {
    const connection = this.#connection;
    // Class 1 shows the way; all others are failures.
    const [level, what] =
      status >> 8 === 1 ? (['info', 'redirected'] as const) : (['warn', 'refused'] as const);
    connection.host.loggedIn(status);
    connection.host.log(level, `login ${what} (${status.toString(16)}h): ${reason}`, connection);
    this.#send(pdu, false, pdu.tsih, status, data);
    connection.end();
  }

  #send(
    pdu: LoginRequestPdu,
    transit: boolean,
    tsih: number,
    status: LoginStatus,
    data: Uint8Array,
  ): void {
    this.#connection.send(
      {
        ...(this.#connection.session === undefined ? this.#numbers(pdu) : {}),
        kind: 'Login Response',
        transit,
        continued: false,
        currentStage: pdu.currentStage,
        nextStage: transit ? pdu.nextStage : 0,
        versionMax: 0,
        versionActive: 0,
        isid: pdu.isid,
        tsih,
        initiatorTaskTag: pdu.initiatorTaskTag,
        statusClass: status >> 8,
        statusDetail: status & 0xff,
        data,
      },
      true,
    );
  }

  /** The numbers of the session that is joined, or of the one that is to be. */
  #numbers(pdu: LoginRequestPdu): { readonly expCmdSn: number; readonly maxCmdSn: number } {
    const connection = this.#connection;
    const { identity } = this.#negotiation;
    const joined = identity && connection.host.sessionOf(identity, connection);
    if (joined !== undefined) return { expCmdSn: joined.expCmdSn, maxCmdSn: joined.maxCmdSn };
    const { commandWindow } = connection.host.limits;
    return { expCmdSn: pdu.cmdSn, maxCmdSn: (pdu.cmdSn + commandWindow - 1) >>> 0 };
  }
}
