/** The values of a unit's mode pages: default, saved and current. */
import { andThen, type MaybePromise } from '../maybe-promise.ts';
import { MODE_PAGES } from './mode-pages.ts';
import type { ModeParameters } from './mode-parameters.ts';
import type { UnitMemory } from './unit-memory.ts';

const SECTION = 'mode';

/** Replaces what MODE SELECT changes, as a whole: a page is never half old, half new. */
export class ModeValues {
  /** The values that the unit was made with. */
  readonly defaults: ModeParameters;
  #current: ModeParameters;
  #saved: ModeParameters | undefined;

  /** @param defaults - what the unit begins with where nothing has been saved. */
  constructor(defaults: ModeParameters) {
    this.defaults = defaults;
    this.#current = defaults;
  }

  /** The values that the unit goes by. */
  get current(): ModeParameters {
    return this.#current;
  }

  /** The values that it goes by after a reset: the default ones where none have been saved. */
  get saved(): ModeParameters {
    return this.#saved ?? this.defaults;
  }

  /**
   * Makes values current. The function returned makes that undone, unless there has been another
   * change since.
   */
  change(values: Partial<ModeParameters>): () => void {
    const before = this.#current;
    const after = { ...before, ...values };
    this.#current = after;
    return () => {
      if (this.#current === after) this.#current = before;
    };
  }

  /** Saves the current values. Settles when they are on stable storage. */
  save(memory: UnitMemory): MaybePromise<void> {
    const values = this.#current;
    return andThen(memory.keep(SECTION, stored(values)), () => {
      this.#saved = values;
    });
  }

  /**
   * Begins with what was saved.
   *
   * @throws TypeError - that is damaged.
   */
  load(memory: UnitMemory): void {
    const section = memory.section(SECTION);
    if (section === undefined) return;
    this.#saved = restored(section, this.defaults);
    this.reset();
  }

  /** The unit has been reset: saved values are current again. */
  reset(): void {
    this.#current = this.saved;
  }
}

type Values = Readonly<Record<string, unknown>>;

/** What can be changed, by page and name; the rest follows from how the unit was made. */
function stored(values: ModeParameters): Readonly<Record<string, Values>> {
  const pages: Record<string, Values> = {};
  for (const { name, changeableNames } of MODE_PAGES) {
    if (changeableNames.length === 0) continue;
    const page = values[name] as unknown as Values;
    pages[name] = Object.fromEntries(changeableNames.map((each) => [each, page[each]]));
  }
  return pages;
}

function restored(section: unknown, defaults: ModeParameters): ModeParameters {
  const values: Record<string, unknown> = { ...defaults };
  for (const { name, changeableNames } of MODE_PAGES) {
    const kept = object(section)[name];
    if (kept === undefined) continue;
    const page: Record<string, unknown> = { ...defaults[name] };
    for (const each of changeableNames) {
      const value = object(kept)[each];
      // What a version of this library has added since then has its default.
      if (value === undefined) continue;
      if (typeof value !== typeof page[each]) throw damaged(`${name}.${each}`);
      page[each] = value;
    }
    values[name] = page;
  }
  return values as unknown as ModeParameters;
}

function object(value: unknown): Values {
  if (typeof value !== 'object' || value === null) throw damaged('shape');
  return value as Values;
}

const damaged = (what: string): TypeError =>
  new TypeError(`The mode parameters in the unit store are damaged: ${what}.`);
