/** Ratios of two measurements taken in turns, so that what else the machine does strikes both alike. */

/** One figure: how much better the subject is than the baseline. */
export interface Figure {
  /** What is measured. */
  readonly name: string;
  /** Unit of the two measurements, e.g. `commands/s`. */
  readonly unit: string;
  /** Median of the subject. */
  readonly subject: number;
  /** Median of the baseline. */
  readonly baseline: number;
  /** Median of the rounds' own ratios: subject over baseline. */
  readonly ratio: number;
  /** Lowest and highest ratio of a round. */
  readonly spread: readonly [number, number];
  /** What the ratio should be; absent: it is only reported. */
  readonly goal?: Goal;
}

/** A bound of a ratio. */
export interface Goal {
  /** Which side of `ratio` is good. */
  readonly at: 'least' | 'most';
  /** The bound. */
  readonly ratio: number;
}

/** Takes one measurement, e.g. commands a second. */
export type Measurement = () => Promise<number> | number;

/** What is compared. */
export interface Comparison {
  /** What is measured. */
  readonly name: string;
  /** Unit of the measurements. */
  readonly unit: string;
  /** What the ratio should be. */
  readonly goal?: Goal;
  /** Makes what is judged and what it is judged by ready for measuring. */
  prepare(): { readonly subject: Measurement; readonly baseline: Measurement };
}

/** Measures both in turns, A B A B, and takes medians. */
export async function compare(comparison: Comparison, rounds: number): Promise<Figure> {
  const { name, unit, goal } = comparison;
  const { subject, baseline } = comparison.prepare();
  const pairs: (readonly [number, number])[] = [];
  for (let round = 0; round < rounds; round++) pairs.push([await subject(), await baseline()]);
  const ratios = pairs.map(([a, b]) => a / b);
  return {
    name,
    unit,
    subject: median(pairs.map(([a]) => a)),
    baseline: median(pairs.map(([, b]) => b)),
    ratio: median(ratios),
    spread: [Math.min(...ratios), Math.max(...ratios)],
    ...(goal === undefined ? {} : { goal }),
  };
}

/** Whether a figure is as good as it should be; `undefined` where nothing was asked of it. */
export function reached({ goal, ratio }: Figure): boolean | undefined {
  if (goal === undefined) return undefined;
  return goal.at === 'least' ? ratio >= goal.ratio : ratio <= goal.ratio;
}

/** The middle one of some values. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** Nanoseconds a call, over as many calls as fill `milliseconds`. */
export function nanosecondsOf(call: (i: number) => void, milliseconds: number): number {
  const BATCH = 1000;
  const end = performance.now() + milliseconds;
  const begin = process.hrtime.bigint();
  let calls = 0;
  do {
    for (let i = 0; i < BATCH; i++) call(calls + i);
    calls += BATCH;
  } while (performance.now() < end);
  return Number(process.hrtime.bigint() - begin) / calls;
}
