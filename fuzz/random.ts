/** Numbers at random that a seed gives again. */

/** A source of numbers. */
export interface Random {
  /** An integer from 0 to `below` − 1. */
  int(below: number): number;
  /** Whether something of this probability happens. */
  chance(probability: number): boolean;
  /** One of several. */
  pick<T>(from: readonly T[]): T;
  /** Bytes. */
  bytes(length: number): Uint8Array;
  /** Another source, for what does not always happen in the same order. */
  fork(): Random;
}

/** Rounds after which every bit of the seed has reached every bit of the state. */
const MIXING = 15;

/**
 * Chris Doty-Humphrey's sfc32. Its state has seed and stream in different words, and is 128 bits wide: streams of one
 * seed do not run into each other, nor does a seed repeat what the next one does.
 *
 * @param seed - an integer from 0 to 2^53 − 1.
 * @param stream - which of the sources that the seed has, 0 to 2^32 − 1.
 */
export function randomOf(seed: number, stream: number): Random {
  let [a, b, c, counter] = [seed | 0, Math.floor(seed / 2 ** 32) | 0, stream | 0, 1];
  const next = (): number => {
    const sum = (a + b + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + sum) | 0;
    return sum >>> 0;
  };
  for (let round = 0; round < MIXING; round++) next();
  const int = (below: number): number => next() % below;
  return {
    int,
    chance: (probability) => next() < probability * 2 ** 32,
    pick: (from) => from[int(from.length)]!,
    bytes: (length) => Uint8Array.from({ length }, () => next() & 0xff),
    fork: () => randomOf(next(), next()),
  };
}
