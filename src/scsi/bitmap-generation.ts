/** The generations of a bitmap that initiators keep by ORWRITE, and agree on by its 32-byte form. */

/** What a set operation does: it is performed, refused, or ended without doing anything. */
export type SetOutcome = 'perform' | 'refuse' | 'discard';

/** What a set operation does where it expects the current generation, the previous one, another. */
const POLICIES: Readonly<Record<number, readonly [SetOutcome, SetOutcome, SetOutcome]>> = {
  0: ['perform', 'perform', 'refuse'],
  2: ['perform', 'discard', 'refuse'],
  3: ['perform', 'perform', 'perform'],
  5: ['perform', 'discard', 'discard'],
  7: ['perform', 'refuse', 'refuse'],
};

/** Whether PREVIOUS GENERATION PROCESSING is not reserved. */
export const isGenerationPolicy = (policy: number): boolean => policy in POLICIES;

/** ORWgeneration codes and ORWRITE processing policy (SBC). A logical unit reset leaves them alone. */
export class BitmapGeneration {
  #current = 0;
  #previous = 0;
  #policy = 7;

  /** Whether this is the current generation. */
  isCurrent(generation: number): boolean {
    return generation === this.#current;
  }

  /** What becomes of a set operation that expects this generation. */
  outcomeOf(generation: number): SetOutcome {
    const [current, previous, other] = POLICIES[this.#policy] ?? ['perform', 'refuse', 'refuse'];
    if (generation === this.#current) return current;
    return generation === this.#previous ? previous : other;
  }

  /** A change generation and clear operation has been performed. */
  change(generation: number, policy: number): void {
    this.#previous = this.#current;
    this.#current = generation;
    this.#policy = policy;
  }
}
