/**
 * The target's side of a login (RFC 7143 section 6.3) without its sockets: requests in, answers out.
 */
import { printable } from './chap-target.ts';
import type { ChapTarget } from './chap-target.ts';
import { LOGIN_STATUS, STAGE } from './codes.ts';
import type { LoginStatus } from './codes.ts';
import { CRC32C } from './digest.ts';
import { isIscsiName, normalizeName } from './names.ts';
import { answerKey, operationalParameters } from './negotiation.ts';
import type { KeyValue, KeyWishes, OperationalParameters } from './negotiation.ts';
import type { LoginRequestPdu } from './pdu-request.ts';
import { decodeText, encodeText, TextCollector } from './text.ts';
import type { TextPair } from './text.ts';

/** Who logs in, and to what; known when the text of the first request is complete. */
export interface LoginIdentity {
  /** Initiator name, normalised. */
  readonly initiatorName: string;
  /** Initiator session id, 6 bytes as 12 hexadecimal digits. */
  readonly isid: string;
  /** Target session id asked for; 0: a new session. */
  readonly tsih: number;
  /** Connection id. */
  readonly connectionId: number;
  /** Whether only discovery is wanted. */
  readonly discovery: boolean;
  /** Target name, normalised; empty in a discovery session. */
  readonly targetName: string;
}

/** Lets somebody in, with what the target declares to the newcomer, or says why not. */
export type Admission =
  | {
      readonly status: 0;
      readonly declares: readonly TextPair[];
      /** CHAP, without which this newcomer is not let in; absent: nothing is asked of him. */
      readonly chap?: ChapTarget | undefined;
    }
  | {
      readonly status: Exclude<LoginStatus, 0>;
      readonly reason: string;
      /** What the refusal says: the TargetAddress of a redirection. */
      readonly declares?: readonly TextPair[];
    };

/** What a login needs to know of its surroundings. */
export interface LoginPolicy {
  /** What this side wants of the keys. */
  readonly wishes: KeyWishes;
  /** The MaxRecvDataSegmentLength that this side declares, in bytes. */
  readonly maxRecvDataSegmentLength: number;
  /** The digests without which a session with a target is refused. */
  readonly requiredDigests: readonly ('HeaderDigest' | 'DataDigest')[];
  /** Most bytes of text in one round. */
  readonly maxTextBytes: number;
  /** Most requests of a login. */
  readonly maxRounds: number;
  /** Called once, when the identity is known. */
  admit(identity: LoginIdentity): Admission;
}

/** What a login request led to. */
export type LoginStep =
  | {
      readonly status: 0;
      /** The stage asked for begins. */
      readonly transit: boolean;
      /** Text of the answer. */
      readonly data: Uint8Array;
      /** With `transit` to the full feature phase: what was agreed. */
      readonly done?: LoginResult;
    }
  | {
      readonly status: Exclude<LoginStatus, 0>;
      readonly reason: string;
      /** Text of the answer; absent: none. */
      readonly data?: Uint8Array;
    };

/** A login that came to its end. */
export interface LoginResult {
  /** Who logged in. */
  readonly identity: LoginIdentity;
  /** What was agreed. */
  readonly parameters: OperationalParameters;
  /** The CHAP name under which it proved itself; absent: without CHAP. */
  readonly user?: string;
  /** The initiator's alias, if it gave one. */
  readonly initiatorAlias?: string;
}

/** Longest answer: the initiator's MaxRecvDataSegmentLength of the login phase. */
const MAX_ANSWER = 8192;

/** One login, from its first request to the full feature phase. */
export class LoginNegotiation {
  readonly #policy: LoginPolicy;
  readonly #text: TextCollector;
  readonly #agreed = new Map<string, KeyValue>();
  readonly #seen = new Set<string>();
  #rounds = 0;
  #stage: number | undefined;
  #identity: LoginIdentity | undefined;
  #tsih = 0;
  #connectionId = 0;
  #isid = '';
  #declared = false;
  #chap: ChapTarget | undefined;

  constructor(policy: LoginPolicy) {
    this.#policy = policy;
    this.#text = new TextCollector(policy.maxTextBytes);
  }

  /** Who logs in, once that is known. */
  get identity(): LoginIdentity | undefined {
    return this.#identity;
  }

  /** Takes the next request of the login. */
  receive(pdu: LoginRequestPdu): LoginStep {
    const fault = this.#check(pdu);
    if (fault !== undefined) return fault;
    if (!this.#text.add(pdu.data)) return initiatorError('too much text');
    if (pdu.continued) return { status: 0, transit: false, data: new Uint8Array(0) };
    const pairs = decodeText(this.#text.take());
    if ('fault' in pairs) return initiatorError(pairs.fault);
    const answers: TextPair[] = [];
    if (this.#identity === undefined) {
      const refused = this.#identify(pdu, new Map(pairs), answers);
      if (refused !== undefined) return refused;
    }
    return this.#negotiate(pdu, pairs, answers);
  }

  /** The rules of the header. */
  #check(pdu: LoginRequestPdu): LoginStep | undefined {
    const first = this.#stage === undefined;
    if (pdu.versionMin > 0)
      return { status: LOGIN_STATUS.UNSUPPORTED_VERSION, reason: `version ${pdu.versionMin}` };
    if (++this.#rounds > this.#policy.maxRounds) return initiatorError('too many login requests');
    const { currentStage, nextStage } = pdu;
    if (currentStage !== STAGE.SECURITY && currentStage !== STAGE.OPERATIONAL)
      return initiatorError(`current stage ${currentStage}`);
    if (!first && currentStage !== this.#stage) return initiatorError('another stage than agreed');
    if (pdu.transit && pdu.continued) return initiatorError('T and C together');
    if (pdu.transit && (nextStage <= currentStage || nextStage === 2))
      return initiatorError(`from stage ${currentStage} to ${nextStage}`);
    const isid = hex(pdu.isid);
    if (!first && (isid !== this.#isid || pdu.tsih !== this.#tsih))
      return initiatorError('another session in mid-login');
    if (!first && pdu.connectionId !== this.#connectionId)
      return initiatorError('another connection in mid-login');
    this.#connectionId = pdu.connectionId;
    this.#isid = isid;
    this.#tsih = pdu.tsih;
    this.#stage = currentStage;
    return undefined;
  }

  /** The keys that say who wants what, and whether that is welcome. */
  #identify(
    pdu: LoginRequestPdu,
    given: ReadonlyMap<string, string>,
    answers: TextPair[],
  ): LoginStep | undefined {
    const type = given.get('SessionType') ?? 'Normal';
    if (type !== 'Normal' && type !== 'Discovery')
      return { status: LOGIN_STATUS.SESSION_TYPE_NOT_SUPPORTED, reason: `SessionType=${type}` };
    const discovery = type === 'Discovery';
    const name = given.get('InitiatorName') ?? '';
    if (name === '') return missing('InitiatorName');
    const initiatorName = normalizeName(name);
    if (!isIscsiName(initiatorName)) return initiatorError('InitiatorName is no iSCSI name');
    const targetName = discovery ? '' : normalizeName(given.get('TargetName') ?? '');
    if (!discovery && targetName === '') return missing('TargetName');
    this.#identity = {
      initiatorName,
      isid: this.#isid,
      tsih: pdu.tsih,
      connectionId: pdu.connectionId,
      discovery,
      targetName,
    };
    const admission = this.#policy.admit(this.#identity);
    if (admission.status !== LOGIN_STATUS.SUCCESS)
      return {
        status: admission.status,
        reason: admission.reason,
        data: encodeText(admission.declares ?? []),
      };
    answers.push(...admission.declares);
    this.#chap = admission.chap;
    return undefined;
  }

  /** What is wanted of the keys: nothing is recovered for a discovery session. */
  get #wishes(): KeyWishes {
    const { wishes } = this.#policy;
    return this.#identity?.discovery === true
      ? { ...wishes, ErrorRecoveryLevel: 0, DefaultTime2Retain: 0 }
      : wishes;
  }

  #authMethods(): KeyWishes {
    return { AuthMethod: [this.#chap === undefined ? 'None' : 'CHAP'] };
  }

  /** Nobody who has to prove himself gets beyond the security stage without that. */
  #authenticate(
    pdu: LoginRequestPdu,
    keys: ReadonlyMap<string, string>,
    answers: TextPair[],
  ): LoginStep | undefined {
    const chap = this.#chap;
    if (chap === undefined) return undefined;
    if (keys.size > 0) {
      const step =
        this.#agreed.get('AuthMethod') === 'CHAP'
          ? chap.receive(keys)
          : { failure: 'CHAP without AuthMethod' };
      if ('failure' in step) return authenticationFailure(step.failure);
      answers.push(...step.answers);
    }
    const skips =
      pdu.currentStage !== STAGE.SECURITY || (pdu.transit && !this.#seen.has('AuthMethod'));
    return chap.user === undefined && skips
      ? authenticationFailure('login without CHAP')
      : undefined;
  }

  /** The keys that are negotiated. */
  #negotiate(pdu: LoginRequestPdu, pairs: readonly TextPair[], answers: TextPair[]): LoginStep {
    const identity = this.#identity;
    if (identity === undefined) return initiatorError('no identity');
    const context = { discovery: identity.discovery, joining: identity.tsih !== 0 };
    const chap = new Map<string, string>();
    for (const [name, offer] of pairs) {
      if (this.#seen.has(name)) return initiatorError(`${name} is negotiated twice`);
      this.#seen.add(name);
      if (this.#chap !== undefined && name.startsWith('CHAP_')) {
        chap.set(name, offer);
        continue;
      }
      const wishes = name === 'AuthMethod' ? this.#authMethods() : this.#wishes;
      const { answer, value } = answerKey(name, offer, wishes, context);
      if (name === 'AuthMethod' && value === undefined)
        return authenticationFailure(
          `no authentication method of ${printable(offer)} is available`,
        );
      if (value !== undefined) this.#agreed.set(name, value);
      if (answer !== undefined) answers.push([name, answer]);
    }
    const refused = this.#authenticate(pdu, chap, answers);
    if (refused !== undefined) return refused;
    if (pdu.currentStage === STAGE.OPERATIONAL && !this.#declared) {
      this.#declared = true;
      answers.push(['MaxRecvDataSegmentLength', String(this.#policy.maxRecvDataSegmentLength)]);
    }
    const data = encodeText(answers);
    if (data.length > MAX_ANSWER) return initiatorError('too many keys');
    const authenticated = this.#chap === undefined || this.#chap.user !== undefined;
    if (!pdu.transit || !authenticated) return { status: 0, transit: false, data };
    this.#stage = pdu.nextStage;
    if (pdu.nextStage !== STAGE.FULL_FEATURE) return { status: 0, transit: true, data };
    // Discovery moves nothing that a digest has to guard, and most initiators offer none there.
    for (const name of identity.discovery ? [] : this.#policy.requiredDigests)
      if (this.#agreed.get(name) !== CRC32C) return initiatorError(`${name}=CRC32C is required`);
    const alias = this.#agreed.get('InitiatorAlias');
    return {
      status: 0,
      transit: true,
      data,
      done: {
        identity,
        parameters: operationalParameters(this.#agreed),
        ...(this.#chap?.user === undefined ? {} : { user: this.#chap.user }),
        ...(typeof alias === 'string' ? { initiatorAlias: alias } : {}),
      },
    };
  }
}

/** Bytes as hexadecimal digits. */
export function hex(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += byte.toString(16).padStart(2, '0');
  return text;
}

function initiatorError(reason: string): LoginStep {
  return { status: LOGIN_STATUS.INITIATOR_ERROR, reason };
}

function authenticationFailure(reason: string): LoginStep {
  return { status: LOGIN_STATUS.AUTHENTICATION_FAILURE, reason };
}

function missing(key: string): LoginStep {
  return { status: LOGIN_STATUS.MISSING_PARAMETER, reason: `${key} is missing` };
}
