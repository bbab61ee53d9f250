/** Which logical unit answers to which number. */
import type { LogicalUnit } from './logical-unit.ts';
import { MAX_LUN } from './lun.ts';

/** The logical units that an initiator sees, by the numbers under which it sees them. */
export interface Luns {
  /** The unit with this number. */
  get(lun: number): LogicalUnit | undefined;
  /** All numbers in use, ascending. */
  list(): readonly number[];
  /** All units, each once. */
  units(): ReadonlySet<LogicalUnit>;
}

/** Who wants to know of changes. */
export interface LunMapObserver {
  /** Called before a unit gets a number; throws where it may not. */
  readonly added: (unit: LogicalUnit) => void;
  /** Called after a number was taken back. */
  readonly removed: (unit: LogicalUnit) => void;
  /** Called after every change. */
  readonly changed: () => void;
}

/** Logical units by LUN, 0 to {@link MAX_LUN}. */
export class LunMap implements Luns {
  readonly #units = new Map<number, LogicalUnit>();
  /** How many numbers each unit has. */
  readonly #numbers = new Map<LogicalUnit, number>();
  readonly #observer: LunMapObserver;
  #sorted: readonly number[] | undefined;

  constructor(observer: LunMapObserver) {
    this.#observer = observer;
  }

  /**
   * Gives a unit a number.
   *
   * @throws RangeError - the LUN is out of range or taken.
   * @throws Error - the unit belongs to another target.
   */
  add(lun: number, unit: LogicalUnit): void {
    checkLun(lun);
    if (this.#units.has(lun)) throw new RangeError(`LUN ${lun} is taken`);
    this.#observer.added(unit);
    this.#units.set(lun, unit);
    this.#numbers.set(unit, (this.#numbers.get(unit) ?? 0) + 1);
    this.#sorted = undefined;
    this.#observer.changed();
  }

  /**
   * Takes a number back; gives the unit that had it. Commands that it runs under this number end
   * with TASK ABORTED. The unit itself goes on.
   */
  remove(lun: number): LogicalUnit | undefined {
    const unit = this.#units.get(lun);
    if (unit !== undefined) {
      this.#units.delete(lun);
      const left = (this.#numbers.get(unit) ?? 1) - 1;
      if (left === 0) this.#numbers.delete(unit);
      else this.#numbers.set(unit, left);
      this.#sorted = undefined;
      this.#observer.removed(unit);
      this.#observer.changed();
    }
    return unit;
  }

  /** The unit with this number. */
  get(lun: number): LogicalUnit | undefined {
    return this.#units.get(lun);
  }

  /** All numbers in use, ascending. */
  list(): readonly number[] {
    return (this.#sorted ??= [...this.#units.keys()].sort((a, b) => a - b));
  }

  /** All units, each once. */
  units(): ReadonlySet<LogicalUnit> {
    return new Set(this.#numbers.keys());
  }
}

/**
 * Some of the units, under numbers of their own; what has no unit now may get one later.
 *
 * @param numbers - by the number in the view: the number in `luns`.
 * @throws RangeError - a number in the view is out of range.
 */
export function lunView(luns: Luns, numbers: ReadonlyMap<number, number>): Luns {
  for (const lun of numbers.keys()) checkLun(lun);
  const sorted = [...numbers.keys()].sort((a, b) => a - b);
  const get = (lun: number): LogicalUnit | undefined => {
    const number = numbers.get(lun);
    return number === undefined ? undefined : luns.get(number);
  };
  return {
    get,
    list: () => sorted.filter((lun) => get(lun) !== undefined),
    units: () => new Set(sorted.map(get).filter((unit) => unit !== undefined)),
  };
}

function checkLun(lun: number): void {
  if (!Number.isInteger(lun) || lun < 0 || lun > MAX_LUN)
    throw new RangeError(`LUN ${lun} is not an integer from 0 to ${MAX_LUN}`);
}
