/** The nonvolatile memory of a logical unit, in sections. */
import { isPromise, type MaybePromise } from '../maybe-promise.ts';
import type { UnitState, UnitStore } from '../backend/unit-store.ts';

/**
 * What a unit keeps in its {@link UnitStore}: sections by name, each owned by one part of the unit.
 * The store is given the whole state, one save at a time, in the order of the changes.
 */
export class UnitMemory {
  readonly #store: UnitStore | undefined;
  #state: UnitState = {};
  #loaded = false;
  /** The last save that is under way; never rejects. */
  #saving: Promise<void> | undefined;

  /** @param store - absent: nothing outlives the unit. */
  constructor(store: UnitStore | undefined) {
    this.#store = store;
  }

  /** Whether what is kept outlives a power loss. */
  get durable(): boolean {
    return this.#store !== undefined;
  }

  /** Fetches the state that was saved last. To be called once, before anything else. */
  async load(): Promise<void> {
    this.#state = (await this.#store?.load()) ?? {};
    this.#loaded = true;
  }

  /** A section as it was kept last; `undefined` where it was not. Plain data, not yet checked. */
  section(name: string): unknown {
    return this.#state[name];
  }

  /**
   * Replaces a section, or drops it (`undefined`). Settles when that is on stable storage; without
   * a store that is at once. Where the store fails, the section is again what it was.
   *
   * @throws Error - the state that was saved last could not be loaded: it must not be lost.
   */
  keep(name: string, value: unknown): MaybePromise<void> {
    if (this.#store === undefined) return undefined;
    if (!this.#loaded) throw new Error('What the unit store holds has not been loaded.');
    const before = this.#state[name];
    if (before === value) return undefined;
    this.#put(name, value);
    try {
      const saved = this.#save(this.#store);
      if (!isPromise(saved)) return undefined;
      return saved.catch((error: unknown) => {
        this.#undo(name, value, before);
        throw error;
      });
    } catch (error) {
      this.#undo(name, value, before);
      throw error;
    }
  }

  /** Waits for the last save and closes the store; nothing may be kept any more. */
  async close(): Promise<void> {
    await this.#saving;
    await this.#store?.close?.();
  }

  #put(name: string, value: unknown): void {
    const { [name]: _, ...rest } = this.#state;
    this.#state = value === undefined ? rest : { ...rest, [name]: value };
  }

  /** A later change of the same section stands: it does not build on this one. */
  #undo(name: string, value: unknown, before: unknown): void {
    if (this.#state[name] === value) this.#put(name, before);
  }

  #save(store: UnitStore): MaybePromise<void> {
    const saved =
      this.#saving === undefined
        ? store.save(this.#state)
        : this.#saving.then(() => store.save(this.#state));
    if (!isPromise(saved)) return undefined;
    const settled = saved
      .catch(() => undefined)
      .then(() => {
        if (this.#saving === settled) this.#saving = undefined;
      });
    this.#saving = settled;
    return saved;
  }
}
