/** The random numbers of WinSpd's stgtest: the same seed gives the same test. */

/** A linear congruential generator of bytes. */
export class RandomNumbers {
  #state: number;

  /** @param seed - 32 bits; 0 stands for 1. */
  constructor(seed: number) {
    this.#state = seed >>> 0 || 1;
  }

  /** The next 8 bytes, little-endian, modulo `modulus`. */
  next64(modulus: number): number {
    return Number(this.#next(8) % BigInt(modulus));
  }

  /** The next 4 bytes, little-endian, modulo `modulus`. */
  next32(modulus: number): number {
    return Number(this.#next(4) % BigInt(modulus));
  }

  #next(count: number): bigint {
    let value = 0n;
    for (let i = 0; i < count; i++) value |= BigInt(this.#byte()) << BigInt(8 * i);
    return value;
  }

  #byte(): number {
    this.#state = (Math.imul(this.#state, 214_013) + 2_531_011) >>> 0;
    return (this.#state >>> 16) & 0xff;
  }
}
