/**
 * Values that may or may not be there yet.
 *
 * A memory disk answers in the same tick; an `await` on its answer would cost 100 ns and, worse,
 * give up the tick. So the core passes values where there are values and promises where not.
 */

/** A value, or a promise of one. */
export type MaybePromise<T> = T | Promise<T>;

/**
 * Whether a value must be waited for.
 *
 * @example
 * ```ts
 * const answer = unit.execute(nexus, task);
 * if (isPromise(answer)) await answer;
 * ```
 */
export function isPromise<T>(value: MaybePromise<T>): value is Promise<T> {
  return typeof (value as { then?: unknown } | undefined | null)?.then === 'function';
}

/** Runs `next` on the value: now if it is here, else when it comes. Rejections pass through. */
export function andThen<T, U>(
  value: MaybePromise<T>,
  next: (value: T) => MaybePromise<U>,
): MaybePromise<U> {
  return isPromise(value) ? value.then(next) : next(value);
}

/** Waits for all of them; `undefined` where none is to be waited for. */
export function all(values: readonly MaybePromise<void>[]): MaybePromise<void> {
  const pending = values.filter(isPromise);
  return pending.length === 0 ? undefined : Promise.all(pending).then(() => undefined);
}

/** Does some work for every item, one after the other, in the same tick as long as the work is done in it. */
export function inTurn<T>(
  items: readonly T[],
  work: (item: T, index: number) => MaybePromise<void>,
  first = 0,
): MaybePromise<void> {
  for (let i = first; i < items.length; i++) {
    const done = work(items[i] as T, i);
    if (isPromise(done)) return done.then(() => inTurn(items, work, i + 1));
  }
  return undefined;
}

/** Does some work and, whether it fails or not, something after it; the first failure counts. */
export function atLast(
  work: () => MaybePromise<void>,
  after: () => MaybePromise<void>,
): MaybePromise<void> {
  const failed = (error: unknown): MaybePromise<never> => {
    const rethrow = (): never => {
      throw error;
    };
    try {
      const done = after();
      return isPromise(done) ? done.then(rethrow, rethrow) : rethrow();
    } catch {
      return rethrow();
    }
  };
  let done: MaybePromise<void>;
  try {
    done = work();
  } catch (error) {
    return failed(error);
  }
  return isPromise(done) ? done.then(after, failed) : after();
}
