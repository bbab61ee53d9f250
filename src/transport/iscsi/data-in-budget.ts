/** Data-in under way, from the start of its command until it has left: of a session, within that of all. */

/** The bytes of one session, or of a whole server. Counted only: what is read on the fast path waits for nobody. */
export class DataInBudget {
  readonly #limit: number;
  readonly #whole: DataInBudget | undefined;
  /** Those that wait for something to leave; kept by the whole. */
  readonly #waiting = new Set<() => void>();
  #used = 0;
  #waking = false;

  /** @param whole - what the bytes of this one are counted in, too. */
  constructor(limit: number, whole?: DataInBudget) {
    this.#limit = limit;
    this.#whole = whole;
  }

  /** Bytes under way. */
  get used(): number {
    return this.#used;
  }

  /**
   * Whether a command may begin: no more is under way than may be. Who has nothing under way need not care for
   * the others: else some who never take their data could make all wait for ever.
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

  /** Calls `retry` once when some bytes have left, whosesoever: whether it is open is to be asked again. */
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
