/** The text of login and text negotiations: `key=value` pairs that end in NUL (RFC 7143, 6.1). */

/** One pair. */
export type TextPair = readonly [key: string, value: string];

/** Text that breaks the format. */
export interface TextFault {
  /** What is wrong. */
  readonly fault: string;
}

/** Longest key name, in bytes. */
const MAX_KEY_LENGTH = 63;

/** RFC 7143 has key names begin with a capital letter, and then defines iSCSIProtocolLevel. */
const KEY = /^(?:[A-Z]|iSCSI)[A-Za-z0-9.\-+@_#]*$/;

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/**
 * Writes pairs.
 *
 * @example
 * ```ts
 * encodeText([['SendTargets', 'All']]); // the bytes of "SendTargets=All" and a NUL
 * ```
 */
export function encodeText(pairs: readonly TextPair[]): Uint8Array {
  return encoder.encode(pairs.map(([key, value]) => `${key}=${value}\0`).join(''));
}

/**
 * Reads pairs, in their order.
 *
 * @returns a {@link TextFault} for a pair without `=`, a key that is no key name, or a key given twice.
 */
export function decodeText(bytes: Uint8Array): readonly TextPair[] | TextFault {
  const pairs: TextPair[] = [];
  const seen = new Set<string>();
  for (const line of decoder.decode(bytes).split('\0')) {
    // More than one NUL between pairs harms nobody.
    if (line === '') continue;
    const equals = line.indexOf('=');
    if (equals < 1) return { fault: 'text without a key' };
    const key = line.slice(0, equals);
    if (key.length > MAX_KEY_LENGTH || !KEY.test(key)) return { fault: 'not a key name' };
    if (seen.has(key)) return { fault: `${key} is there twice` };
    seen.add(key);
    pairs.push([key, line.slice(equals + 1)]);
  }
  return pairs;
}

/** Text that comes in several PDUs (the C bit), put together within a limit. */
export class TextCollector {
  readonly #limit: number;
  #parts: Uint8Array[] = [];
  #length = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Adds the data of one PDU; false if it is too much. */
  add(data: Uint8Array): boolean {
    this.#length += data.length;
    if (this.#length > this.#limit) return false;
    // The bytes are views of a chunk that must not be kept alive for a few keys.
    if (data.length > 0) this.#parts.push(data.slice());
    return true;
  }

  /** All the text so far; the collector is empty afterwards. */
  take(): Uint8Array {
    const text = new Uint8Array(this.#length);
    let at = 0;
    for (const part of this.#parts) {
      text.set(part, at);
      at += part.length;
    }
    this.#parts = [];
    this.#length = 0;
    return text;
  }
}
