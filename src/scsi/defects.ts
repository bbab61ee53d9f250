/** What is wrong with the medium: blocks that initiators marked as bad, and the grown defect list. */
import { isPromise, type MaybePromise } from '../maybe-promise.ts';
import { firstIn, including, without } from './lba-list.ts';
import type { UnitMemory } from './unit-memory.ts';

/** The name of its section in the unit store. */
const SECTION = 'defects';

/** What a unit store keeps of the defects: addresses, ascending. */
interface DefectState {
  readonly marked: readonly number[];
  readonly grown: readonly number[];
}

const NONE: DefectState = { marked: [], grown: [] };

/**
 * The defects of a medium. A block that WRITE LONG marked (SBC, pseudo unrecovered error) cannot be
 * read until it is written or reassigned; one that REASSIGN BLOCKS named is in the grown list. With
 * a unit store both survive a power loss.
 */
export class Defects {
  readonly #memory: UnitMemory;
  #state = NONE;

  /** @param memory - where they are kept. */
  constructor(memory: UnitMemory) {
    this.#memory = memory;
  }

  /** The marked blocks, ascending. */
  get marked(): readonly number[] {
    return this.#state.marked;
  }

  /** The grown defect list (GLIST), ascending. */
  get grown(): readonly number[] {
    return this.#state.grown;
  }

  /** The first marked block of a run. */
  firstMarked(lba: number, blocks: number): number | undefined {
    const { marked } = this.#state;
    return marked.length === 0 ? undefined : firstIn(marked, lba, blocks);
  }

  /** Marks blocks. Settles when the unit store has it. */
  mark(lba: number, blocks: number): MaybePromise<void> {
    const { marked, grown } = this.#state;
    return this.#change({ marked: including(marked, lba, blocks), grown });
  }

  /** Takes the marks off a run of blocks: they hold something new. Settles when the unit store has it. */
  clear(lba: number, blocks: number): MaybePromise<void> {
    const { marked, grown } = this.#state;
    const left = without(marked, lba, blocks);
    return left === marked ? undefined : this.#change({ marked: left, grown });
  }

  /** A block has been reassigned; {@link Defects.save} when all of them have been. */
  reassigned(lba: number): void {
    const { marked, grown } = this.#state;
    this.#state = { marked: without(marked, lba, 1), grown: including(grown, lba, 1) };
  }

  /** Saves the lists as they are. Settles when the unit store has them. */
  save(): MaybePromise<void> {
    return this.#memory.keep(SECTION, this.#state);
  }

  /**
   * Begins with what the unit store kept.
   *
   * @throws TypeError - that is damaged.
   */
  load(): void {
    const section = this.#memory.section(SECTION);
    if (section === undefined) return;
    const { marked, grown } = section as Partial<DefectState>;
    if (!isList(marked) || !isList(grown))
      throw new TypeError('The defect lists in the unit store are damaged.');
    this.#state = { marked, grown };
  }

  #change(after: DefectState): MaybePromise<void> {
    const before = this.#state;
    this.#state = after;
    const undo = (error: unknown): never => {
      if (this.#state === after) this.#state = before;
      throw error;
    };
    try {
      const kept = this.#memory.keep(SECTION, after);
      return isPromise(kept) ? kept.catch(undo) : undefined;
    } catch (error) {
      return undo(error);
    }
  }
}

/** Whether something is a list of addresses, ascending. */
const isList = (value: unknown): value is readonly number[] =>
  Array.isArray(value) &&
  value.every((lba, i) => Number.isSafeInteger(lba) && lba >= 0 && (i === 0 || lba > value[i - 1]));
