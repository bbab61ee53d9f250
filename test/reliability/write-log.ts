/** What a client knows of the blocks that it wrote: what may be there, and what has to be. */

/** One write of a block; the number is never used again. */
interface Writing {
  readonly number: number;
  acknowledged: boolean;
}

/**
 * A log of writes, kept by the client. Of a block, the last write that has to outlive the server
 * counts, and every one that was begun after it may be there as well.
 */
export class WriteLog {
  readonly #writes = new Map<number, Writing[]>();
  /** The last write of a block that has to outlive the server. */
  readonly #durable = new Map<number, number>();
  #last = 0;

  /** A write begins: gives the number that goes into the block. */
  begin(lba: number): number {
    const writing = { number: ++this.#last, acknowledged: false };
    const before = this.#writes.get(lba);
    if (before === undefined) this.#writes.set(lba, [writing]);
    else before.push(writing);
    return writing.number;
  }

  /** A write has been acknowledged; `durable`: with FUA. */
  acknowledge(lba: number, number: number, durable: boolean): void {
    const writes = this.#writes.get(lba) ?? [];
    for (const writing of writes) if (writing.number === number) writing.acknowledged = true;
    if (durable) this.#settle(lba, number);
  }

  /** What is acknowledged now, by block: what a flush that begins now makes durable. */
  acknowledged(): ReadonlyMap<number, number> {
    const found = new Map<number, number>();
    for (const [lba, writes] of this.#writes) {
      const last = writes.findLast((writing) => writing.acknowledged);
      if (last !== undefined) found.set(lba, last.number);
    }
    return found;
  }

  /** A flush has been acknowledged that began when this was. */
  flushed(acknowledged: ReadonlyMap<number, number>): void {
    for (const [lba, number] of acknowledged) this.#settle(lba, number);
  }

  /** Whether a block may hold this: the number of a write, or 0 where it was never written. */
  allows(lba: number, number: number): boolean {
    const writes = this.#writes.get(lba) ?? [];
    const durable = this.#durable.get(lba) ?? 0;
    return number >= durable && (number === 0 || writes.some((one) => one.number === number));
  }

  /** What is there has been seen after a restart: nothing older can come back. */
  seen(lba: number, number: number): void {
    this.#writes.set(lba, number === 0 ? [] : [{ number, acknowledged: true }]);
    this.#durable.set(lba, number);
  }

  #settle(lba: number, number: number): void {
    this.#durable.set(lba, Math.max(number, this.#durable.get(lba) ?? 0));
  }
}
