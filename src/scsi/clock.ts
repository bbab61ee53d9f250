/** Time, injected: the core has no timers of its own, so a test owns every delay. */

/** A source of time and of later calls. */
export interface Clock {
  /** Milliseconds since any fixed moment; never goes back. */
  now(): number;
  /**
   * Calls `fn` once, `ms` milliseconds from now or later (0: as soon as other work had its turn).
   * The function returned cancels that.
   */
  after(ms: number, fn: () => void): () => void;
}
