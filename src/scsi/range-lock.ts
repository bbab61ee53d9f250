/**
 * Orders calls by LBA range: overlapping ones of which one writes never run together, and run in
 * the order they came. Disjoint ones run side by side.
 */
import { isPromise, type MaybePromise } from '../maybe-promise.ts';

interface Range {
  readonly from: number;
  /** One past the last block. */
  readonly to: number;
  readonly writes: boolean;
}

interface Waiter extends Range {
  readonly start: () => void;
}

const conflict = (a: Range, b: Range): boolean =>
  a.from < b.to && b.from < a.to && (a.writes || b.writes);

/** The ranges of one medium that are in use, and who waits for them. */
export class RangeLock {
  readonly #held = new Set<Range>();
  #waiting: Waiter[] = [];

  /**
   * Runs `operation` while nothing that conflicts with the range is running. With nothing else in
   * flight that is a plain call, and a synchronous operation stays one.
   */
  run<T>(
    lba: number,
    blocks: number,
    writes: boolean,
    operation: () => MaybePromise<T>,
  ): MaybePromise<T> {
    if (this.#held.size === 0) {
      const value = operation();
      return isPromise(value) ? this.#hold({ from: lba, to: lba + blocks, writes }, value) : value;
    }
    const range = { from: lba, to: lba + blocks, writes };
    if (!this.#blocked(range, this.#waiting)) {
      const value = operation();
      return isPromise(value) ? this.#hold(range, value) : value;
    }
    return new Promise((resolve, reject) => {
      const start = (): void => {
        try {
          const value = operation();
          resolve(isPromise(value) ? this.#hold(range, value) : value);
        } catch (error) {
          reject(error);
        }
      };
      this.#waiting.push({ ...range, start });
    });
  }

  #blocked(range: Range, before: readonly Range[]): boolean {
    for (const held of this.#held) if (conflict(held, range)) return true;
    return before.some((earlier) => conflict(earlier, range));
  }

  #hold<T>(range: Range, value: Promise<T>): Promise<T> {
    this.#held.add(range);
    return value.finally(() => {
      this.#held.delete(range);
      if (this.#waiting.length > 0) this.#advance();
    });
  }

  /** Starts every waiter that neither a held range nor an earlier waiter stands in the way of. */
  #advance(): void {
    const candidates = this.#waiting;
    this.#waiting = [];
    for (const waiter of candidates) {
      if (this.#blocked(waiter, this.#waiting)) this.#waiting.push(waiter);
      else waiter.start();
    }
  }
}
