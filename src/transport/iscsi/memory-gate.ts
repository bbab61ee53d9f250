/** Lets commands have memory for their data-out, first come first served, up to a limit. */

interface Waiting {
  readonly length: number;
  readonly granted: () => void;
}

/** The memory of one session, or of a whole server. */
export class MemoryGate {
  readonly #limit: number;
  readonly #whole: MemoryGate | undefined;
  /** What has passed here, granted or waiting in the whole. */
  readonly #passed = new Map<() => void, number>();
  #used = 0;
  readonly #waiting: Waiting[] = [];

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

  /**
   * Whether there is room in the whole for data that nobody asked for. It is counted there alone: what one
   * session may send unasked, its command window bounds.
   */
  hasRoom(length: number): boolean {
    return this.#whole === undefined || this.#whole.#fits(length);
  }

  /** So many bytes come, or have come, unasked. */
  occupy(length: number): void {
    if (this.#whole !== undefined) this.#whole.#used += length;
  }

  /** They are gone. */
  vacate(length: number): void {
    if (this.#whole === undefined) return;
    this.#whole.#used -= length;
    this.#whole.#admit();
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
    this.#admit();
    if (this.#whole !== undefined) this.#insist(this.#whole);
  }

  #admit(): void {
    for (;;) {
      const next = this.#waiting[0];
      if (next === undefined || !this.#fits(next.length)) return;
      this.#waiting.shift();
      this.#pass(next.length, next.granted);
    }
  }

  #pass(length: number, granted: () => void): void {
    this.#passed.set(granted, length);
    this.#used += length;
    if (this.#whole === undefined) granted();
    else {
      this.#whole.reserve(length, granted);
      this.#insist(this.#whole);
    }
  }

  /**
   * Of those that all wait in the whole the first one passes: else some who never send what they have memory
   * for could make all others wait for ever.
   */
  #insist(whole: MemoryGate): void {
    const [first] = this.#passed.keys();
    if (first === undefined) return;
    for (const granted of this.#passed.keys()) if (whole.#passed.has(granted)) return;
    const at = whole.#waiting.findIndex(({ granted }) => granted === first);
    for (const { length, granted } of whole.#waiting.splice(at, 1)) whole.#pass(length, granted);
  }

  #fits(length: number): boolean {
    return this.#used === 0 || this.#used + length <= this.#limit;
  }
}
