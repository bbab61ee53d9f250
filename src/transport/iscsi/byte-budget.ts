/** How many bytes of a kind there may be: of a session, within those of all. */

/** The bytes of one session, or of a whole server. Counted only: what is read on the fast path waits for nobody. */
export class ByteBudget {
  readonly #limit: number;
  readonly #whole: ByteBudget | undefined;
  /** Those that wait for some to go; kept by the whole. */
  readonly #waiting = new Set<() => void>();
  #used = 0;
  #waking = false;

  /** @param whole - what the bytes of this one are counted in, too. */
  constructor(limit: number, whole?: ByteBudget) {
    this.#limit = limit;
    this.#whole = whole;
  }

  /** Bytes that are there. */
  get used(): number {
    return this.#used;
  }

  /**
   * Whether there are no more than may be. Who has none need not care for the others: else some who never let
   * theirs go could make all wait for ever.
   */
  get open(): boolean {
    if (this.#used === 0) return true;
    return this.#used <= this.#limit && (this.#whole?.open ?? true);
  }

  /** So many bytes more. */
  add(bytes: number): void {
    this.#used += bytes;
    if (this.#whole !== undefined) this.#whole.add(bytes);
  }

  /** So many bytes less. */
  remove(bytes: number): void {
    this.#used -= bytes;
    if (this.#whole !== undefined) this.#whole.remove(bytes);
    else if (this.#waiting.size > 0) this.#wakeSoon();
  }

  /** Calls `retry` once when some bytes have gone, whosesoever: whether it is open is to be asked again. */
  wait(retry: () => void): void {
    (this.#whole ?? this).#waiting.add(retry);
  }

  /** Not at once: who removes is in the middle of something else. */
  #wakeSoon(): void {
    if (this.#waking) return;
    this.#waking = true;
    setImmediate(() => {
      this.#waking = false;
      const waiting = [...this.#waiting];
      this.#waiting.clear();
      for (const retry of waiting) retry();
    });
  }
}
