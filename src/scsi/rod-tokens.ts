/** The ROD tokens of a device: which blocks each stands for, and until when. */
import { encodeCapacity16 } from '../cdb/read-capacity.ts';
import {
  decodeRodToken,
  encodeRodToken,
  rangesOverlap,
  ROD_TOKEN_LENGTH,
  ROD_TYPE,
  type BlockRange,
} from '../cdb/rod-token.ts';
import {
  INVALID_TOKEN_OPERATION_INVALID_TOKEN_LENGTH,
  INVALID_TOKEN_OPERATION_TOKEN_CORRUPT,
  INVALID_TOKEN_OPERATION_TOKEN_DELETED,
  INVALID_TOKEN_OPERATION_TOKEN_EXPIRED,
  INVALID_TOKEN_OPERATION_TOKEN_REVOKED,
  INVALID_TOKEN_OPERATION_TOKEN_UNKNOWN,
  INVALID_TOKEN_OPERATION_UNSUPPORTED_TOKEN_TYPE,
} from '../sense/codes.ts';
import type { SenseCondition } from '../sense/sense-data.ts';
import { encodeDesignators } from '../vpd/designator.ts';
import type { Clock } from './clock.ts';
import { COPY_LIMITS } from './copy-limits.ts';
import { unitDesignators } from './identity.ts';
import type { LogicalUnit } from './logical-unit.ts';
import { unitCapacity } from './unit-capacity.ts';

/** A token, and what it stands for. */
export interface IssuedToken {
  /** The token itself, 512 bytes. */
  readonly bytes: Uint8Array;
  /** The unit whose blocks it stands for. */
  readonly unit: LogicalUnit;
  /** The blocks, in the order of the token. */
  readonly ranges: readonly BlockRange[];
  /** Why it cannot be used any more; `undefined` while it can. */
  readonly ended: SenseCondition | undefined;
}

interface Entry extends IssuedToken {
  ended: SenseCondition | undefined;
  readonly inactivity: number;
  readonly dies: number;
  expires: number;
  readonly unwatch: () => void;
}

/** Tokens that have ended and are remembered, so that their users can be told why. */
const REMEMBERED = 256;

/**
 * The tokens of all units of one device. A token is a point in time copy that is change vulnerable
 * (SPC): nothing is copied when it is made, and as soon as one of its blocks is changed it is
 * revoked. So whoever writes using it gets the blocks of that moment, or nothing.
 *
 * Half of its 512 bytes are random: who has not been given one cannot make one up, not even from
 * what REPORT ALL ROD TOKENS tells.
 */
export class RodTokens {
  readonly #clock: Clock;
  readonly #live = new Map<bigint, Entry>();
  readonly #ended = new Map<bigint, Entry>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The tokens that can be used now. */
  list(): readonly IssuedToken[] {
    this.#expire();
    return [...this.#live.values()];
  }

  /**
   * Makes a token; `undefined` where there are too many.
   *
   * @param inactivity - seconds without use after which it expires.
   */
  issue(
    unit: LogicalUnit,
    ranges: readonly BlockRange[],
    inactivity: number,
  ): IssuedToken | undefined {
    this.#expire();
    if (this.#live.size >= COPY_LIMITS.tokens) return undefined;
    const identifier = this.#identifier();
    const now = this.#clock.now();
    const entry: Entry = {
      bytes: tokenBytes(unit, identifier, ranges),
      unit,
      ranges,
      ended: undefined,
      inactivity: 1000 * inactivity,
      dies: now + 1000 * COPY_LIMITS.tokenLifetime,
      expires: now + 1000 * inactivity,
      unwatch: unit.medium.watchChanges((lba, blocks) => {
        if (!ranges.some((range) => rangesOverlap(range, { lba, blocks }))) return;
        // What has expired is not revoked any more.
        this.#expire();
        this.#end(identifier, INVALID_TOKEN_OPERATION_TOKEN_REVOKED);
      }),
    };
    this.#live.set(identifier, entry);
    return entry;
  }

  /** The token of these bytes, or why it cannot be used. Using it keeps it from expiring. */
  use(bytes: Uint8Array): IssuedToken | SenseCondition {
    const token = decodeRodToken(bytes);
    if (token === undefined) return INVALID_TOKEN_OPERATION_INVALID_TOKEN_LENGTH;
    if (token.rodType !== ROD_TYPE.CHANGE_VULNERABLE)
      return INVALID_TOKEN_OPERATION_UNSUPPORTED_TOKEN_TYPE;
    this.#expire();
    const { identifier } = token;
    const entry = this.#live.get(identifier) ?? this.#ended.get(identifier);
    if (entry === undefined) return INVALID_TOKEN_OPERATION_TOKEN_UNKNOWN;
    if (!sameBytes(entry.bytes, bytes)) return INVALID_TOKEN_OPERATION_TOKEN_CORRUPT;
    if (entry.ended !== undefined) return entry.ended;
    entry.expires = this.#clock.now() + entry.inactivity;
    return entry;
  }

  /** Ends a token that its user does not need any more. */
  delete(bytes: Uint8Array): void {
    const identifier = decodeRodToken(bytes)?.identifier;
    if (identifier !== undefined) this.#end(identifier, INVALID_TOKEN_OPERATION_TOKEN_DELETED);
  }

  /** Without timers: a token is looked at when it is asked for. */
  #expire(): void {
    const now = this.#clock.now();
    for (const [identifier, { expires, dies }] of this.#live)
      if (now >= Math.min(expires, dies))
        this.#end(identifier, INVALID_TOKEN_OPERATION_TOKEN_EXPIRED);
  }

  #end(identifier: bigint, why: SenseCondition): void {
    const entry = this.#live.get(identifier);
    if (entry === undefined) return;
    this.#live.delete(identifier);
    entry.ended = why;
    entry.unwatch();
    this.#ended.set(identifier, entry);
    for (const oldest of this.#ended.keys()) {
      if (this.#ended.size <= REMEMBERED) return;
      this.#ended.delete(oldest);
    }
  }

  #identifier(): bigint {
    const random = crypto.getRandomValues(new Uint8Array(8));
    const identifier = random.reduce((number, byte) => (number << 8n) | BigInt(byte), 0n);
    return this.#live.has(identifier) || this.#ended.has(identifier)
      ? this.#identifier()
      : identifier;
  }
}

/** Where a token tells of its unit what READ CAPACITY(16) tells behind the capacity (SBC). */
const DEVICE_TYPE_SPECIFIC_AT = 96;
/** Where the bytes of a token begin that nobody can guess: 256 of them. */
const RANDOM_AT = 256;

function tokenBytes(
  unit: LogicalUnit,
  identifier: bigint,
  ranges: readonly BlockRange[],
): Uint8Array {
  const { blockLength } = unit.medium;
  const blocks = ranges.reduce((sum, range) => sum + range.blocks, 0);
  const rodType = ROD_TYPE.CHANGE_VULNERABLE;
  const bytes = encodeRodToken({ rodType, identifier, bytes: blocks * blockLength });
  // CREATOR LOGICAL UNIT DESCRIPTOR: an Identification Descriptor CSCD descriptor.
  const [naa] = unitDesignators(unit.identity);
  bytes[16] = 0xe4;
  if (naa !== undefined) bytes.set(encodeDesignators([naa]), 20);
  bytes.set([blockLength >>> 16, blockLength >>> 8, blockLength], 45);
  const capacity = encodeCapacity16(unitCapacity(unit)).subarray(8);
  bytes.set(capacity, DEVICE_TYPE_SPECIFIC_AT);
  crypto.getRandomValues(bytes.subarray(RANDOM_AT, ROD_TOKEN_LENGTH));
  return bytes;
}

const sameBytes = (a: Uint8Array, b: Uint8Array): boolean => {
  // Every byte is looked at, so that the time says nothing of where they differ.
  let difference = a.length ^ b.length;
  for (const [i, byte] of a.entries()) difference |= byte ^ (b[i] ?? 0);
  return difference === 0;
};
