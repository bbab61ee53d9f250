/** What WinSpd's stgtest does, in which order. */
import { RandomNumbers } from './random-numbers.ts';

/** What one operation does, as the command line spells it. */
export type OperationKind = 'R' | 'W' | 'F' | 'U';

/** One operation. */
export interface Operation {
  readonly kind: OperationKind;
  /** The first block. */
  readonly address: number;
  /** How many blocks, at least 1. */
  readonly count: number;
  /** For a read: what was last done to the blocks in this set, which says what has to be there. */
  readonly after?: 'W' | 'U';
}

/** What to do. */
export interface PlanOptions {
  /** How many operations. */
  readonly operations: number;
  /** One set of them, e.g. `WRUR`: it works on the same blocks, and is done again and again. */
  readonly kinds: readonly OperationKind[];
  /** The first block of the first set; absent: random for every set. */
  readonly address?: number;
  /** Blocks of every set; absent: random for every set. */
  readonly count?: number;
  /** Seed of the random numbers. */
  readonly seed: number;
}

/** The unit that is tested. */
export interface PlannedUnit {
  /** Its blocks. */
  readonly blockCount: number;
  /** Most blocks of one operation. */
  readonly maxBlockCount: number;
}

/** The operations, one by one. */
export function* plan(options: PlanOptions, unit: PlannedUnit): Iterable<Operation> {
  const { operations, kinds, seed } = options;
  const { blockCount, maxBlockCount } = unit;
  const random = new RandomNumbers(seed);
  let [address, wanted, count] = [0, 0, 0];
  let after: 'W' | 'U' | undefined;
  for (let i = 0; i < operations; i++) {
    const kind = kinds[i % kinds.length] ?? 'R';
    if (i % kinds.length === 0) {
      // At the end of the unit a set is cut; the next one begins where it would have ended.
      const next = i === 0 ? (options.address ?? 0) : address + wanted;
      address = options.address === undefined ? random.next64(blockCount) : next % blockCount;
      wanted = Math.max(1, Math.min(options.count ?? random.next32(maxBlockCount), maxBlockCount));
      count = Math.min(wanted, blockCount - address);
      after = undefined;
    }
    yield { kind, address, count, ...(kind === 'R' && after !== undefined && { after }) };
    if (kind === 'W' || kind === 'U') after = kind;
  }
}
