/** What a logical unit must not forget when it is switched off. */
import type { MaybePromise } from '../maybe-promise.ts';

/** Sections by name; each is plain JSON data owned by the part of the unit that wrote it. */
export type UnitState = Readonly<Record<string, unknown>>;

/**
 * The nonvolatile memory of one logical unit, apart from its blocks: generated identity, and what
 * the standard wants to survive a power cycle. The unit loads it before the first command and
 * awaits `save` before it answers GOOD.
 */
export interface UnitStore {
  /** The state saved last; `undefined` where there is none. */
  load(): MaybePromise<UnitState | undefined>;
  /** Replaces the state as a whole; settles when it is on stable storage. */
  save(state: UnitState): MaybePromise<void>;
  /** Is called once the unit is closed, when nothing will be saved any more. */
  close?(): MaybePromise<void>;
}
