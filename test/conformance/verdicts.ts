/** What `iscsi-test-cu -v` prints (CUnit's basic interface), test by test. */

/** How one test of the tool ended. */
export interface Verdict {
  /** `FAMILY.SUITE.TEST`. */
  readonly test: string;
  /** No assertion failed. */
  readonly passed: boolean;
  /** What the tool left out of it, and why, in its own words; none: all of it ran. */
  readonly skips: readonly string[];
}

/**
 * Reads the verdicts of a run.
 *
 * @throws Error - when there is no run summary, or it counts otherwise: the tool could not start, or was
 * ended. Its exit code says nothing: it is 0 also when the pattern selects no test.
 */
export function readVerdicts(family: string, output: string): readonly Verdict[] {
  const verdicts: Verdict[] = [];
  let suite = '';
  for (const part of output.split(/^(?=Suite: | {2}Test: )/m)) {
    suite = /^Suite: (\S+)/.exec(part)?.[1] ?? suite;
    const test = /^ {2}Test: (\S+) \.\.\./.exec(part)?.[1];
    if (test === undefined) continue;
    const skips = [...part.matchAll(/\[SKIPPED\]\s*(.*)/g)].map((match) => match[1]!.trim());
    verdicts.push({
      test: `${family}.${suite}.${test}`,
      // What failed in a test that passes is said by the tool's helpers, which may expect it.
      passed: /(?:\.\.\.|^)\s*passed/m.test(part),
      skips,
    });
  }
  const cells = /^\s*tests\s+(\d+)\s+(\d+)\s+(\d+)\s+(\d+)\s+\d+\s*$/m.exec(output);
  const [total, ran, passed, failed] = (cells ?? []).slice(1).map(Number);
  const counted = verdicts.filter((verdict) => verdict.passed).length;
  if (
    total !== ran ||
    ran !== verdicts.length ||
    passed !== counted ||
    failed !== verdicts.length - counted
  )
    throw new Error(`the verdicts and the run summary differ:\n${output}`);
  return verdicts;
}
