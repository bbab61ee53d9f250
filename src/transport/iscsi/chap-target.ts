/** The target's side of CHAP in one login (RFC 7143, 12.1.3). */
import { randomBytes } from 'node:crypto';
import {
  algorithmNumber,
  chapResponse,
  checkCredentials,
  chooseAlgorithm,
  formatBinary,
  newChallenge,
  parseBinary,
  parseIdentifier,
  sameBytes,
  secretBytes,
  usableAlgorithms,
} from './chap.ts';
import type { ChapAlgorithm, ChapTargetOptions } from './chap.ts';
import type { TextPair } from './text.ts';

/** What came of CHAP keys: what to answer, or why the initiator is not let in. */
export type ChapStep = { readonly answers: readonly TextPair[] } | { readonly failure: string };

/** Who may log in, read and checked once. */
export interface ChapPolicy {
  /** The secrets by name. */
  readonly users: ReadonlyMap<string, Uint8Array>;
  /** What the target proves itself with. */
  readonly mutual: { readonly name: string; readonly secret: Uint8Array } | undefined;
  /** What may be used, any order. */
  readonly algorithms: readonly ChapAlgorithm[];
}

/**
 * Reads the options of a target.
 *
 * @throws TypeError - a name is there twice, a secret is empty, serves both directions, or no algorithm
 * is left.
 */
export function chapPolicy(options: ChapTargetOptions): ChapPolicy {
  const { users, mutual } = options;
  checkCredentials(users, mutual);
  const algorithms = usableAlgorithms(options.algorithms);
  if (algorithms.length === 0) throw new TypeError('CHAP without an algorithm');
  return {
    users: new Map(users.map((user) => [user.name, secretBytes(user)])),
    mutual: mutual && { name: mutual.name, secret: secretBytes(mutual) },
    algorithms,
  };
}

/** CHAP in one login: CHAP_A comes, then CHAP_N and CHAP_R. */
export class ChapTarget {
  readonly #policy: ChapPolicy;
  #algorithm: ChapAlgorithm | undefined;
  readonly #identifier = randomBytes(1)[0] ?? 0;
  #challenge: Uint8Array = new Uint8Array(0);
  #user: string | undefined;

  constructor(policy: ChapPolicy) {
    this.#policy = policy;
  }

  /** Who has proved to be there; undefined: nobody yet. */
  get user(): string | undefined {
    return this.#user;
  }

  /** Takes the CHAP keys of a request. */
  receive(keys: ReadonlyMap<string, string>): ChapStep {
    if (this.#user !== undefined) return { failure: 'CHAP once more' };
    const offer = keys.get('CHAP_A');
    if (this.#algorithm === undefined)
      return offer === undefined ? { failure: 'CHAP without CHAP_A' } : this.#challengeWith(offer);
    return this.#verify(this.#algorithm, keys);
  }

  #challengeWith(offer: string): ChapStep {
    const algorithm = chooseAlgorithm(offer, this.#policy.algorithms);
    if (algorithm === undefined) return { failure: 'no CHAP algorithm in common' };
    this.#algorithm = algorithm;
    this.#challenge = newChallenge(algorithm);
    return {
      answers: [
        ['CHAP_A', String(algorithmNumber(algorithm))],
        ['CHAP_I', String(this.#identifier)],
        ['CHAP_C', formatBinary(this.#challenge)],
      ],
    };
  }

  #verify(algorithm: ChapAlgorithm, keys: ReadonlyMap<string, string>): ChapStep {
    const name = keys.get('CHAP_N');
    const response = parseBinary(keys.get('CHAP_R'));
    if (name === undefined || response === undefined)
      return { failure: 'CHAP without CHAP_N and CHAP_R' };
    const secret = this.#policy.users.get(name);
    // An unknown name takes as long as a known one, so that names cannot be found out.
    const expected = chapResponse(
      algorithm,
      this.#identifier,
      secret ?? randomBytes(16),
      this.#challenge,
    );
    const right = sameBytes(response, expected);
    if (secret === undefined) return { failure: `CHAP user ${printable(name)} is unknown` };
    if (!right) return { failure: `CHAP response of ${printable(name)} is wrong` };
    const proof = this.#prove(algorithm, keys);
    if (!('failure' in proof)) this.#user = name;
    return proof;
  }

  /** Answers the challenge of an initiator that wants to know the target, too. */
  #prove(algorithm: ChapAlgorithm, keys: ReadonlyMap<string, string>): ChapStep {
    if (!keys.has('CHAP_I') && !keys.has('CHAP_C')) return { answers: [] };
    const identifier = parseIdentifier(keys.get('CHAP_I'));
    const challenge = parseBinary(keys.get('CHAP_C'));
    if (identifier === undefined || challenge === undefined)
      return { failure: 'CHAP_I or CHAP_C of the initiator makes no sense' };
    // Who sends our challenge back wants us to do his work.
    if (sameBytes(challenge, this.#challenge)) return { failure: 'CHAP challenge sent back' };
    const { mutual } = this.#policy;
    if (mutual === undefined) return { failure: 'mutual CHAP is not set up' };
    return {
      answers: [
        ['CHAP_N', mutual.name],
        ['CHAP_R', formatBinary(chapResponse(algorithm, identifier, mutual.secret, challenge))],
      ],
    };
  }
}

/** What a stranger sent, fit for a log: short and without control characters. */
export function printable(text: string): string {
  return text.slice(0, 80).replaceAll(/[^\x20-\x7e]/g, '?');
}
