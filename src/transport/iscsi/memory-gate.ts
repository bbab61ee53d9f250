/** Lets commands have memory for their data-out, first come first served, up to a limit. */

interface Waiting {
  readonly length: number;
  readonly granted: () => void;
}

/** The memory of one connection, or of a whole server. */
export class MemoryGate {
  readonly #limit: number;
  readonly #whole: MemoryGate | undefined;
  /** What has passed here, granted or waiting in the whole. */
  readonly #passed = new Map<() => void, number>();
  #used = 0;
  #waiting: Waiting[] = [];

  /** @param whole - the gate that those who pass this one have to pass, too, unless they are alone here. */
  constructor(limit: number, whole?: MemoryGate) {
    this.#limit = limit;
    this.#whole = whole;
  }

  /** Bytes that have passed and not been given back. */
  get used(): number {
    return this.#used;
  }

  /** Calls `granted` when there is room: at once, or later. One alone may be over the limit. */
  reserve(length: number, granted: () => void): void {
    if (this.#waiting.length > 0 || !this.#fits(length)) this.#waiting.push({ length, granted });
    else this.#pass(length, granted);
  }

  /** Gives back what was granted, or withdraws what waits. */
  giveBack(granted: () => void): void {
    const waiting = this.#waiting.findIndex((entry) => entry.granted === granted);
    if (waiting >= 0) this.#waiting.splice(waiting, 1);
    else {
      const length = this.#passed.get(granted);
      if (length === undefined) return;
      this.#passed.delete(granted);
      this.#used -= length;
      this.#whole?.giveBack(granted);
    }
    for (;;) {
      const [next] = this.#waiting;
      if (next === undefined || !this.#fits(next.length)) return;
      this.#waiting.shift();
      this.#pass(next.length, next.granted);
    }
  }

  /** Nobody who waits will be let in any more, and what was granted is given back. */
  close(): void {
    this.#waiting = [];
    for (const granted of this.#passed.keys()) this.#whole?.giveBack(granted);
    this.#passed.clear();
    this.#used = 0;
  }

  #pass(length: number, granted: () => void): void {
    // Else some who never send what they have memory for could make all others wait for ever.
    const only = this.#used === 0;
    this.#passed.set(granted, length);
    this.#used += length;
    if (this.#whole === undefined) granted();
    else if (only) this.#whole.#pass(length, granted);
    else this.#whole.reserve(length, granted);
  }

  #fits(length: number): boolean {
    return this.#used === 0 || this.#used + length <= this.#limit;
  }
}
