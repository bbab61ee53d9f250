/** The initiator's side of a login (RFC 7143, 6.3) without its socket. */
import { ChapInitiator } from './chap-initiator.ts';
import type { ChapInitiatorOptions } from './chap.ts';
import { LOGIN_STATUS, STAGE } from './codes.ts';
import { CRC32C, digestOffer } from './digest.ts';
import type { DigestPolicy } from './digest.ts';
import { IscsiError } from './initiator-error.ts';
import { MAX_RECV_DATA_SEGMENT_LENGTH } from './initiator-input.ts';
import { keyDeclaration } from './keys.ts';
import { operationalParameters, parseKeyNumber } from './negotiation.ts';
import type { KeyValue, OperationalParameters } from './negotiation.ts';
import type { LoginRequestPdu } from './pdu-request.ts';
import type { LoginResponsePdu } from './pdu-response.ts';
import { decodeText, encodeText, TextCollector } from './text.ts';
import type { TextFault, TextPair } from './text.ts';

/** What an initiator says of itself and offers. */
export interface InitiatorLoginOptions {
  /** iSCSI name of the initiator. */
  readonly initiatorName: string;
  /** iSCSI name of the target; absent: a discovery session. */
  readonly targetName?: string;
  /** Initiator session id, 6 bytes. */
  readonly isid: Uint8Array;
  /** Target session id to join or reinstate; default 0, a new session. */
  readonly tsih?: number;
  /** Whether header digests are wanted. */
  readonly headerDigest: DigestPolicy;
  /** Whether data digests are wanted. */
  readonly dataDigest: DigestPolicy;
  /** CHAP; absent: none. */
  readonly chap?: ChapInitiatorOptions;
  /** Keys offered in the operational stage, over the initiator's own. */
  readonly keys?: Readonly<Record<string, string>>;
}

/** What this initiator offers unless told otherwise. */
const OFFERS: Readonly<Record<string, string>> = {
  MaxRecvDataSegmentLength: String(MAX_RECV_DATA_SEGMENT_LENGTH),
  DefaultTime2Wait: '0',
  DefaultTime2Retain: '0',
  ErrorRecoveryLevel: '0',
};
const NORMAL_OFFERS: Readonly<Record<string, string>> = {
  InitialR2T: 'No',
  ImmediateData: 'Yes',
  MaxBurstLength: '1048576',
  FirstBurstLength: '262144',
  MaxOutstandingR2T: '8',
  MaxConnections: '1',
};

const MOVED: ReadonlySet<number> = new Set([
  LOGIN_STATUS.TARGET_MOVED_TEMPORARILY,
  LOGIN_STATUS.TARGET_MOVED_PERMANENTLY,
]);

/** Most bytes of text in one answer. */
const MAX_TEXT_BYTES = 65_536;

/** One login of an initiator. */
export class InitiatorLogin {
  readonly #options: InitiatorLoginOptions;
  readonly #offers: Readonly<Record<string, string>>;
  readonly #agreed = new Map<string, KeyValue>();
  readonly #chap: ChapInitiator | undefined;
  readonly #text = new TextCollector(MAX_TEXT_BYTES);
  #stage: number = STAGE.SECURITY;
  /** More of the last answer is to come. */
  #continues = false;
  /** What the next request of the security stage says. */
  #security: readonly TextPair[];

  constructor(options: InitiatorLoginOptions) {
    this.#options = options;
    this.#chap = options.chap && new ChapInitiator(options.chap);
    this.#security = this.#identity();
    this.#offers = {
      HeaderDigest: digestOffer(options.headerDigest),
      DataDigest: digestOffer(options.dataDigest),
      ...OFFERS,
      ...(options.targetName === undefined ? {} : NORMAL_OFFERS),
      ...options.keys,
    };
  }

  /** The next request. */
  request(cmdSn: number, expStatSn: number): LoginRequestPdu {
    const security = this.#stage === STAGE.SECURITY;
    // Who has something to prove does not ask to leave the stage before.
    const transit = !this.#continues && (!security || this.#chap === undefined || this.#chap.done);
    return {
      kind: 'Login Request',
      transit,
      continued: false,
      currentStage: this.#stage,
      nextStage: transit ? (security ? STAGE.OPERATIONAL : STAGE.FULL_FEATURE) : 0,
      versionMax: 0,
      versionMin: 0,
      isid: this.#options.isid,
      tsih: this.#options.tsih ?? 0,
      initiatorTaskTag: 0,
      connectionId: 0,
      cmdSn,
      expStatSn,
      data: encodeText(this.#says(security)),
    };
  }

  /**
   * Takes an answer.
   *
   * @returns what was agreed when the login is complete; undefined: send the next request.
   * @throws IscsiError - the login was refused, or the answer makes no sense.
   */
  answer(pdu: LoginResponsePdu): OperationalParameters | undefined {
    const status = (pdu.statusClass << 8) | pdu.statusDetail;
    if (status !== LOGIN_STATUS.SUCCESS) throw refusal(status, decodeText(pdu.data));
    if (!this.#text.add(pdu.data)) throw broken('too much text in a login response');
    this.#continues = pdu.continued;
    if (pdu.continued) return undefined;
    const pairs = decodeText(this.#text.take());
    if ('fault' in pairs) throw broken(pairs.fault);
    for (const [key, value] of pairs) this.#take(key, value);
    if (this.#stage === STAGE.SECURITY) this.#authenticate(new Map(pairs));
    if (!pdu.transit) return undefined;
    if (this.#stage === STAGE.SECURITY) this.#chap?.leave();
    this.#stage = pdu.nextStage;
    return pdu.nextStage === STAGE.FULL_FEATURE ? this.#agreedOn() : undefined;
  }

  /** An answer that comes in pieces is asked for with requests that say nothing. */
  #says(security: boolean): readonly TextPair[] {
    if (this.#continues) return [];
    return security ? this.#security : Object.entries(this.#offers);
  }

  /** Finds what the security stage has to say next. */
  #authenticate(keys: ReadonlyMap<string, string>): void {
    const chap = this.#chap;
    if (chap === undefined) {
      this.#security = [];
      return;
    }
    if (chap.done) {
      chap.verify(keys);
      this.#security = [];
    } else if (keys.has('CHAP_C')) this.#security = chap.respond(keys);
    else if (keys.get('AuthMethod') === 'CHAP') this.#security = chap.offer();
    else this.#security = chap.withoutChap();
  }

  #agreedOn(): OperationalParameters {
    const { headerDigest, dataDigest } = this.#options;
    const parameters = operationalParameters(this.#agreed);
    if (headerDigest === 'require' && parameters.headerDigest !== CRC32C)
      throw new IscsiError('ISCSI_DIGEST', 'the target has no header digest');
    if (dataDigest === 'require' && parameters.dataDigest !== CRC32C)
      throw new IscsiError('ISCSI_DIGEST', 'the target has no data digest');
    return parameters;
  }

  #identity(): readonly TextPair[] {
    const { initiatorName, targetName } = this.#options;
    const who: TextPair = ['InitiatorName', initiatorName];
    const what: readonly TextPair[] =
      targetName === undefined
        ? [['SessionType', 'Discovery']]
        : [
            ['SessionType', 'Normal'],
            ['TargetName', targetName],
          ];
    return [who, ...what, ['AuthMethod', this.#chap?.methods ?? 'None']];
  }

  #take(key: string, value: string): void {
    const declaration = keyDeclaration(key);
    if (declaration === undefined || value === 'Irrelevant') return;
    switch (declaration.kind) {
      case 'boolean and':
      case 'boolean or':
        if (value === 'Yes' || value === 'No') this.#agreed.set(key, value === 'Yes');
        return;
      case 'declared number':
      case 'minimum':
      case 'maximum': {
        const number = parseKeyNumber(value);
        if (number >= declaration.least && number <= declaration.most)
          this.#agreed.set(key, number);
        return;
      }
      case 'list':
        this.#agreed.set(key, value);
        return;
      case 'declared text':
    }
  }
}

function broken(message: string): IscsiError {
  return new IscsiError('ISCSI_PROTOCOL', message);
}

function refusal(status: number, pairs: readonly TextPair[] | TextFault): IscsiError {
  const moved = MOVED.has(status) && !('fault' in pairs);
  const movedTo = moved ? new Map(pairs).get('TargetAddress') : undefined;
  const hint = movedTo === undefined ? '' : `, to ${movedTo}`;
  return new IscsiError('ISCSI_LOGIN_REFUSED', `login refused: ${statusText(status)}${hint}`, {
    loginStatus: status,
    movedTo,
  });
}

/** A status class and detail with its name, where it has one (RFC 7143, 11.13.5). */
function statusText(status: number): string {
  const number = `${status.toString(16).padStart(4, '0')}h`;
  const name = Object.entries(LOGIN_STATUS).find(([, value]) => value === status)?.[0];
  return name === undefined
    ? `status ${number}`
    : `${name.toLowerCase().replaceAll('_', ' ')} (${number})`;
}
