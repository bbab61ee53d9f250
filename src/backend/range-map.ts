/**
 * A small number for every block of a disk, where long runs have the same.
 *
 * A tree: a slot of a node stands for a run of blocks and holds either one state for all of them or
 * a node below. So marking 1 PiB costs as much as marking one block, a lookup takes five steps, and
 * neighbouring blocks that differ cost one byte each.
 */

/** Blocks a leaf: bytes of state. */
const LEAF = 4096;
/** Slots a node above. Five levels of them reach beyond 2^53 blocks. */
const FAN = 1024;
const LEVELS = 5;

type Slot = number | Uint8Array | Node;
type Node = Slot[];

/** Called for a run of blocks that have one state. */
export type VisitRun = (from: number, to: number, state: number) => void;

/** States 0 to 255 of the blocks 0 to 2^53 − 1; all 0 at first. */
export class RangeMap {
  #root: Slot = 0;

  /** Gives the blocks `from … to − 1` a state. */
  set(from: number, to: number, state: number): void {
    if (from < to) this.#root = mark(this.#root, LEVELS, from, to, state);
  }

  /** Visits the blocks `from … to − 1` in order, as the fewest runs. */
  runs(from: number, to: number, visit: VisitRun): void {
    let start = from;
    let current = -1;
    walk(this.#root, LEVELS, 0, from, to, (at, state) => {
      if (state === current) return;
      if (current >= 0) visit(start, at, current);
      start = at;
      current = state;
    });
    if (current >= 0) visit(start, to, current);
  }
}

/** Blocks that one slot of a node at this level stands for; level 0 is a leaf, whose slots are blocks. */
const SPANS: readonly number[] = [1, ...Array.from({ length: LEVELS }, (_, i) => LEAF * FAN ** i)];

const spanOf = (level: number): number => SPANS[level] ?? 1;

/** Marks `from … to − 1`, counted from the start of what `slot` stands for; gives the slot's new value. */
function mark(slot: Slot, level: number, from: number, to: number, state: number): Slot {
  if (slot === state) return slot;
  if (level === 0) {
    const leaf = slot instanceof Uint8Array ? slot : new Uint8Array(LEAF).fill(slot as number);
    return leaf.fill(state, from, to);
  }
  const node = Array.isArray(slot) ? slot : Array.from({ length: FAN }, () => slot);
  const span = spanOf(level);
  for (let i = Math.floor(from / span); i * span < to; i++) {
    const base = i * span;
    const whole = from <= base && to - base >= span;
    node[i] = whole
      ? state
      : mark(node[i] ?? 0, level - 1, Math.max(from - base, 0), Math.min(to - base, span), state);
  }
  return node;
}

function walk(
  slot: Slot,
  level: number,
  base: number,
  from: number,
  to: number,
  visit: (at: number, state: number) => void,
): void {
  if (typeof slot === 'number') {
    visit(base + from, slot);
  } else if (slot instanceof Uint8Array) {
    for (let i = from; i < to; i++) visit(base + i, slot[i] ?? 0);
  } else {
    const span = spanOf(level);
    for (let i = Math.floor(from / span); i * span < to; i++) {
      const start = i * span;
      const end = Math.min(to - start, span);
      walk(slot[i] ?? 0, level - 1, base + start, Math.max(from - start, 0), end, visit);
    }
  }
}
