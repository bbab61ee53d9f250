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
}

/** Mulberry32: 32 bits of state, good enough to choose what to break. */
export function randomOf(seed: number): Random {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b_79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return (t ^ (t >>> 14)) >>> 0;
  };
  const int = (below: number): number => next() % below;
  return {
    int,
    chance: (probability) => next() < probability * 2 ** 32,
    pick: (from) => from[int(from.length)]!,
    bytes: (length) => Uint8Array.from({ length }, () => next() & 0xff),
  };
}
