/** What `iscsi-test-cu` prints (CUnit's basic interface), as numbers. */

/** The outcome of one run. */
export interface CunitRun {
  /** Tests that the pattern selected and that ran. */
  readonly ran: number;
  /** Tests with a failed assertion, and tests that could not run. */
  readonly failed: number;
  /** Assertions checked. */
  readonly asserts: number;
  /** What the tool left out, and why, in its own words; several in one test are possible. */
  readonly skips: readonly string[];
}

/**
 * Reads the run summary.
 *
 * The exit code alone does not do: it is 0 when the pattern selects no test, or when all were skipped.
 *
 * @throws Error - when there is no summary: the tool could not start, or was ended
 */
export function readCunit(output: string): CunitRun {
  const suites = row(output, 'suites');
  const tests = row(output, 'tests');
  const asserts = row(output, 'asserts');
  const skips = [...output.matchAll(/\[SKIPPED\]\s*(.*)/g)].map((match) => match[1]!.trim());
  return {
    ran: tests.ran,
    failed: tests.failed + suites.failed + (tests.total - tests.ran),
    asserts: asserts.ran,
    skips,
  };
}

/** A line of the summary: name, total, ran, passed (or n/a), failed, inactive (or n/a). */
function row(output: string, name: string): { total: number; ran: number; failed: number } {
  const cells = new RegExp(`^\\s*${name}((?:\\s+(?:\\d+|n/a)){5})\\s*$`, 'm').exec(output)?.[1];
  if (cells === undefined) throw new Error(`no "${name}" in a run summary:\n${output}`);
  const [total, ran, , failed] = cells.trim().split(/\s+/).map(Number);
  return { total: total!, ran: ran!, failed: failed! };
}
