/** The initiator's side of CHAP in one login (RFC 7143, 12.1.3). */
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
import type { ChapAlgorithm, ChapInitiatorOptions } from './chap.ts';
import { IscsiError } from './initiator-error.ts';
import type { TextPair } from './text.ts';

/** CHAP in one login of an initiator. */
export class ChapInitiator {
  readonly #options: ChapInitiatorOptions;
  readonly #algorithms: readonly ChapAlgorithm[];
  readonly #identifier = randomBytes(1)[0] ?? 0;
  #algorithm: ChapAlgorithm | undefined;
  #challenge: Uint8Array = new Uint8Array(0);
  #done = false;
  #verified = false;

  /** @throws TypeError - a secret is empty or serves both directions, or no algorithm is left. */
  constructor(options: ChapInitiatorOptions) {
    checkCredentials([options.user], options.target);
    this.#options = options;
    this.#algorithms = usableAlgorithms(options.algorithms);
    if (this.#algorithms.length === 0) throw new TypeError('CHAP without an algorithm');
  }

  /** AuthMethod: who wants to know the target does not go on without CHAP. */
  get methods(): string {
    return this.#options.target === undefined ? 'CHAP,None' : 'CHAP';
  }

  /** Whether the target has been told all it asked for. */
  get done(): boolean {
    return this.#done;
  }

  /**
   * The target ends the security stage.
   *
   * @throws IscsiError - it had to prove itself first.
   */
  leave(): void {
    if (this.#options.target !== undefined && !this.#verified)
      throw failed('the target did not prove itself by CHAP');
  }

  /** The first keys: the algorithms offered. */
  offer(): readonly TextPair[] {
    return [['CHAP_A', this.#algorithms.map(algorithmNumber).join(',')]];
  }

  /**
   * The target asks for no CHAP.
   *
   * @throws IscsiError - it should prove itself.
   */
  withoutChap(): readonly TextPair[] {
    if (this.#options.target !== undefined) throw failed('the target has no CHAP');
    this.#done = true;
    return [];
  }

  /**
   * Answers the challenge of the target.
   *
   * @throws IscsiError - the challenge makes no sense.
   */
  respond(keys: ReadonlyMap<string, string>): readonly TextPair[] {
    const algorithm = chooseAlgorithm(keys.get('CHAP_A') ?? '', this.#algorithms);
    const identifier = parseIdentifier(keys.get('CHAP_I'));
    const challenge = parseBinary(keys.get('CHAP_C'));
    if (algorithm === undefined || identifier === undefined || challenge === undefined)
      throw failed('the CHAP challenge of the target makes no sense');
    this.#algorithm = algorithm;
    this.#done = true;
    const { user, target } = this.#options;
    const response = chapResponse(algorithm, identifier, secretBytes(user), challenge);
    const answer: readonly TextPair[] = [
      ['CHAP_N', user.name],
      ['CHAP_R', formatBinary(response)],
    ];
    if (target === undefined) return answer;
    this.#challenge = newChallenge(algorithm);
    return [
      ...answer,
      ['CHAP_I', String(this.#identifier)],
      ['CHAP_C', formatBinary(this.#challenge)],
    ];
  }

  /**
   * Checks what the target proves itself with, where that is wanted.
   *
   * @throws IscsiError - it is another one.
   */
  verify(keys: ReadonlyMap<string, string>): void {
    const { target } = this.#options;
    if (target === undefined || this.#algorithm === undefined) return;
    const secret = secretBytes(target);
    const expected = chapResponse(this.#algorithm, this.#identifier, secret, this.#challenge);
    const response = parseBinary(keys.get('CHAP_R'));
    if (response === undefined || !sameBytes(response, expected))
      throw failed('the target did not prove itself by CHAP');
    if (keys.get('CHAP_N') !== target.name)
      throw failed('the target proved itself under another CHAP name');
    this.#verified = true;
  }
}

function failed(message: string): IscsiError {
  return new IscsiError('ISCSI_AUTHENTICATION', message);
}
