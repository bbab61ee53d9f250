/** CHAP (RFC 1994) as iSCSI uses it (RFC 7143, 12.1.3): secrets, algorithms, challenges, responses. */
import { createHash, getHashes, randomBytes, timingSafeEqual } from 'node:crypto';

/** An algorithm of CHAP. */
export type ChapAlgorithm = 'MD5' | 'SHA1' | 'SHA-256' | 'SHA3-256';

interface Hash {
  /** Its number in CHAP_A. */
  readonly number: number;
  /** What Node calls it. */
  readonly hash: string;
  /** How many bytes it gives. */
  readonly length: number;
}

const HASHES: Readonly<Record<ChapAlgorithm, Hash>> = {
  MD5: { number: 5, hash: 'md5', length: 16 },
  SHA1: { number: 6, hash: 'sha1', length: 20 },
  'SHA-256': { number: 7, hash: 'sha256', length: 32 },
  'SHA3-256': { number: 8, hash: 'sha3-256', length: 32 },
};

/** Strongest first. */
const BY_STRENGTH: readonly ChapAlgorithm[] = ['SHA3-256', 'SHA-256', 'SHA1', 'MD5'];

/** Bytes below which a secret is too easily guessed (RFC 7143, 9.2.1). */
export const SHORTEST_GOOD_SECRET = 12;

/** Most bytes of a challenge or a response. */
const MAX_BINARY = 1024;

/** A name with its secret. */
export interface ChapCredentials {
  /** CHAP_N, 1 to 255 characters. */
  readonly name: string;
  /** The secret; a string stands for its bytes in UTF-8. Secrets under 12 bytes are warned of. */
  readonly secret: string | Uint8Array;
}

/** How a target lets initiators in. */
export interface ChapTargetOptions {
  /** Who may log in. */
  readonly users: readonly ChapCredentials[];
  /** What the target proves itself with to initiators that ask for it; its secret is no user's. */
  readonly mutual?: ChapCredentials;
  /** The algorithms allowed; default all that this Node has. */
  readonly algorithms?: readonly ChapAlgorithm[];
}

/** How an initiator proves itself. */
export interface ChapInitiatorOptions {
  /** What it proves itself with. */
  readonly user: ChapCredentials;
  /** What the target has to prove itself with; absent: it need not. */
  readonly target?: ChapCredentials;
  /** The algorithms offered, the preferred first; default all that this Node has, strongest first. */
  readonly algorithms?: readonly ChapAlgorithm[];
}

/** The algorithms of this Node (one in FIPS mode has no MD5), strongest first, out of those wanted. */
export function usableAlgorithms(
  wanted: readonly ChapAlgorithm[] = BY_STRENGTH,
): readonly ChapAlgorithm[] {
  const present = new Set(getHashes().map((name) => name.toLowerCase()));
  return wanted.filter((algorithm) => present.has(HASHES[algorithm].hash));
}

/** The number of an algorithm in CHAP_A. */
export function algorithmNumber(algorithm: ChapAlgorithm): number {
  return HASHES[algorithm].number;
}

/** The first of the algorithms that CHAP_A lists which is allowed. */
export function chooseAlgorithm(
  offer: string,
  allowed: readonly ChapAlgorithm[],
): ChapAlgorithm | undefined {
  for (const number of offer.split(',')) {
    const algorithm = allowed.find((one) => String(algorithmNumber(one)) === number);
    if (algorithm !== undefined) return algorithm;
  }
  return undefined;
}

/** The bytes of a secret. */
export function secretBytes({ secret }: ChapCredentials): Uint8Array {
  return typeof secret === 'string' ? new TextEncoder().encode(secret) : secret;
}

/**
 * Checks that each name is there once and has a secret, and that no secret serves both directions:
 * then the one side's responses would answer the other's challenges.
 *
 * @throws TypeError - names the credentials, not the secret.
 */
export function checkCredentials(
  users: readonly ChapCredentials[],
  other: ChapCredentials | undefined,
): void {
  const names = new Set<string>();
  for (const credentials of other === undefined ? users : [...users, other]) {
    const { name } = credentials;
    if (name === '' || name.length > 255 || /\p{Cc}/u.test(name))
      throw new TypeError('a CHAP name has 1 to 255 characters, none of them a control character');
    if (secretBytes(credentials).length === 0)
      throw new TypeError(`the CHAP secret of ${name} is empty`);
    if (credentials === other) continue;
    if (names.has(name)) throw new TypeError(`the CHAP user ${name} is there twice`);
    names.add(name);
    if (other !== undefined && sameBytes(secretBytes(credentials), secretBytes(other)))
      throw new TypeError(`the CHAP secret of ${name} is used in both directions`);
  }
}

/** A challenge of as many bytes as a response of the algorithm has. */
export function newChallenge(algorithm: ChapAlgorithm): Uint8Array {
  return new Uint8Array(randomBytes(HASHES[algorithm].length));
}

/** The response to a challenge (RFC 1994, 4.1): a hash of identifier, secret and challenge. */
export function chapResponse(
  algorithm: ChapAlgorithm,
  identifier: number,
  secret: Uint8Array,
  challenge: Uint8Array,
): Uint8Array {
  const hash = createHash(HASHES[algorithm].hash);
  hash.update(Uint8Array.of(identifier)).update(secret).update(challenge);
  return new Uint8Array(hash.digest());
}

/** Compares in a time that says nothing of where two values differ. */
export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && timingSafeEqual(a, b);
}

/** Reads CHAP_I, 0 to 255; undefined: it is none. */
export function parseIdentifier(text: string | undefined): number | undefined {
  if (text === undefined || !/^(?:\d{1,3}|0[xX][0-9a-fA-F]{1,2})$/.test(text)) return undefined;
  const number = Number(text);
  return number <= 255 ? number : undefined;
}

/** Reads a binary value (RFC 7143, 6.1), `0x` and hexadecimal digits or `0b` and base64. */
export function parseBinary(text: string | undefined): Uint8Array | undefined {
  const [, form = '', digits = ''] = /^0([xXbB])([0-9a-zA-Z+/=]+)$/.exec(text ?? '') ?? [];
  if (digits.length > 2 * MAX_BINARY) return undefined;
  let bytes: Uint8Array | undefined;
  if (/[xX]/.test(form) && /^[0-9a-fA-F]+$/.test(digits))
    bytes = Buffer.from(digits.length % 2 === 0 ? digits : `0${digits}`, 'hex');
  else if (/[bB]/.test(form) && /^[0-9a-zA-Z+/]+={0,2}$/.test(digits))
    bytes = Buffer.from(digits, 'base64');
  if (bytes === undefined || bytes.length === 0 || bytes.length > MAX_BINARY) return undefined;
  return new Uint8Array(bytes);
}

/** Writes a binary value in hexadecimal digits, which every initiator reads. */
export function formatBinary(bytes: Uint8Array): string {
  return `0x${Buffer.from(bytes).toString('hex')}`;
}
