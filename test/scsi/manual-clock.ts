import type { Clock } from '../../src/scsi/clock.ts';

/** A clock that goes only when told. */
export class ManualClock implements Clock {
  #now = 0;
  #pending: { readonly at: number; readonly fn: () => void }[] = [];

  now(): number {
    return this.#now;
  }

  after(ms: number, fn: () => void): () => void {
    const call = { at: this.#now + ms, fn };
    this.#pending.push(call);
    return () => {
      this.#pending = this.#pending.filter((other) => other !== call);
    };
  }

  /** Calls that are still to come. */
  get pending(): number {
    return this.#pending.length;
  }

  /** Lets time pass. */
  advance(ms: number): void {
    this.#now += ms;
    const due = this.#pending.filter(({ at }) => at <= this.#now);
    this.#pending = this.#pending.filter(({ at }) => at > this.#now);
    for (const { fn } of due) fn();
  }
}
