/** Lets commands have memory for their data-out, first come first served, up to a limit. */

interface Waiting {
  readonly length: number;
  readonly granted: () => void;
}

/** The memory of one connection. */
export class MemoryGate {
  readonly #limit: number;
  #used = 0;
  #waiting: Waiting[] = [];

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Bytes granted now. */
  get used(): number {
    return this.#used;
  }

  /** Calls `granted` when there is room: at once, or later. One alone may be over the limit. */
  reserve(length: number, granted: () => void): void {
    if (this.#waiting.length > 0 || !this.#fits(length)) {
      this.#waiting.push({ length, granted });
      return;
    }
    this.#used += length;
    granted();
  }

  /** Gives back what was granted, or withdraws what waits. */
  giveBack(length: number, granted: () => void): void {
    const waiting = this.#waiting.findIndex((entry) => entry.granted === granted);
    if (waiting >= 0) this.#waiting.splice(waiting, 1);
    else this.#used -= length;
    for (;;) {
      const [next] = this.#waiting;
      if (next === undefined || !this.#fits(next.length)) return;
      this.#waiting.shift();
      this.#used += next.length;
      next.granted();
    }
  }

  /** Nobody who waits will be let in any more. */
  close(): void {
    this.#waiting = [];
  }

  #fits(length: number): boolean {
    return this.#used === 0 || this.#used + length <= this.#limit;
  }
}
