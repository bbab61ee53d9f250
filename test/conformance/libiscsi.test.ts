/**
 * The whole of libiscsi's conformance suite, `iscsi-test-cu`, over two paths, on a set of disks of
 * which each has what another lacks: no test may fail on any, and each has to run on one of them
 * with nothing left out. Then once more, on the first of the disks, with CHAP, with mutual CHAP and with header
 * digests.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeWith, run, whereIs, type Outcome } from '../interop/programs.ts';
import { serve, type Served } from '../interop/served.ts';
import { readVerdicts, type Verdict } from './verdicts.ts';

/**
 * What libiscsi and the standard have otherwise is `lenient`: docs/conformance.md names it. The pace
 * makes a SANITIZE of 64 MiB last 8 s: Sanitize.Reset looks at it 4 s after it began.
 */
const DISKS = {
  'thin, 512e': 'memory:64M,physical-block-length=4K,sanitize-rate=8M,compatibility=lenient',
  'read-only': 'memory:64M,read-only,compatibility=lenient',
  removable: 'memory:64M,removable,sanitize-rate=8M,compatibility=lenient',
} as const;

/**
 * Tests that write, and take it for a failure that a write-protected disk refuses that: not for the
 * read-only one, where the suite ReadOnly says how each command has to be refused.
 */
const WRITES = [
  'CompareAndWrite|OrWrite|Sanitize|Unmap|Write(Atomic|Same|Verify)?1[026]',
  'ExtendedCopy\\.(Simple|ValidTgtDescr)|ReceiveCopyResults\\.CopyStatus',
  'GetLBAStatus\\.UnmapSingle|ProutReserve\\.Access\\w+',
  'MultipathIO\\.(Simple|CompareAndWrite|CompareAndWriteAsync)',
  // The second test of iSCSITMF damages the tool's own memory when it is run without the first.
  'iSCSIResiduals\\.Write\\w+|iSCSITMF',
];
const writes = new RegExp(`^\\w+\\.(${WRITES.join('|')})(\\.|$)`);
const READ_ONLY_LUN = 1;

const FAMILIES = ['SCSI', 'iSCSI', 'LINUX'] as const;

/** Sanitize.Reset alone may sleep for a minute between two looks. */
const SECONDS = 300;

/** Characters of the tool's output that a failure shows. */
const MOST_OUTPUT = 4000;

/** `FAMILY.SUITE.TEST` of all that the tool has. */
const TESTS =
  whereIs('iscsi-test-cu') === undefined
    ? []
    : spawnSync('iscsi-test-cu', ['--list'], { encoding: 'utf8' })
        .stdout.split('\n')
        .filter((line) => FAMILIES.some((family) => line.startsWith(`${family}.`)))
        .filter((line) => line.split('.').length === 3);

describeWith(['iscsi-test-cu'], 'iscsi-test-cu -d -S', () => {
  const folder = mkdtempSync(join(tmpdir(), 'scsi-target-conformance-'));
  const trials: readonly Trial[] = [
    ...Object.keys(DISKS).map((_, lun) => ({ where: `on LUN ${lun}`, lun, options: [] })),
    ...protectedTrials(folder),
  ];
  const cases = TESTS.flatMap((test) => trials.map((trial) => ({ test, trial, ...trial }))).filter(
    ({ test, lun }) => lun !== READ_ONLY_LUN || !writes.test(test),
  );
  /** One server a trial, so that what is tried on one disk (TARGET COLD RESET…) leaves the others alone. */
  const served = new Map<Trial, Served>();
  /** What the tool found in each trial, test by test; the trials go side by side. */
  const runs = new Map<string, PromiseWithResolvers>();
  const verdicts = new Map<string, Verdict[]>();

  beforeAll(async () => {
    for (const { test, where } of cases) runs.set(`${test} ${where}`, withResolvers());
    for (const trial of trials)
      served.set(trial, await serve(Object.values(DISKS), 2, trial.options));
    for (const trial of trials) void inTurn(trial);
  });

  afterAll(async () => {
    for (const each of served.values()) expect(await each.stop(), each.output).toBe(0);
    rmSync(folder, { recursive: true });
  });

  async function inTurn(trial: Trial): Promise<void> {
    const own = cases.filter((each) => each.trial === trial).map(({ test }) => test);
    for (const tests of inOneRun(own)) {
      const found = await conform(tests, trial);
      for (const test of tests) {
        const { resolve, reject } = runs.get(`${test} ${trial.where}`)!;
        try {
          judge(test, trial, found);
          resolve();
        } catch (error) {
          reject(error);
        }
      }
    }
  }

  async function conform(tests: readonly string[], trial: Trial): Promise<Outcome> {
    const { lun, as = (url: string): string => url } = trial;
    const urls = served
      .get(trial)!
      .urls.slice(2 * lun, 2 * lun + 2)
      .map(as);
    const suite = tests[0]!.replace(/\.[^.]+$/, '');
    // Named one by one, the tests of a suite are not run as they are together.
    const whole = TESTS.filter((test) => test.startsWith(`${suite}.`)).length === tests.length;
    const what = whole ? suite : tests.join(',');
    const args = ['-d', '-S', '-v', '-t', what, ...urls];
    return run('iscsi-test-cu', args, { seconds: SECONDS });
  }

  function judge(test: string, trial: Trial, { stdout, stderr }: Outcome): void {
    const said = (stdout + stderr).slice(0, MOST_OUTPUT);
    const found = readVerdicts(test.split('.')[0]!, stdout);
    const verdict = found.find((each) => each.test === test);
    if (verdict === undefined) throw new Error(`the tool did not run ${test}\n${said}`);
    verdicts.set(test, [...(verdicts.get(test) ?? []), verdict]);
    expect(verdict.passed, said).toBe(true);
    const { running, output } = served.get(trial)!;
    expect(running, output).toBe(true);
  }

  it.each(cases)(
    '$test $where',
    ({ test, where }) => runs.get(`${test} ${where}`)!.promise,
    3 * SECONDS * 1000,
  );

  it('ran every test on one of the disks with nothing left out', () => {
    const never = [...verdicts]
      .filter(([, on]) => on.every(({ skips }) => skips.length > 0))
      .map(([test, on]) => ({ test, why: on.map(({ skips }) => skips.join('; ')) }));
    expect(never).toEqual([]);
  });
});

/**
 * A run a suite; but the suite Sanitize, over two paths, keeps a reservation of the second one from one
 * test for the next, so each of its tests has a run, and a session, of its own.
 */
function inOneRun(tests: readonly string[]): readonly (readonly string[])[] {
  const groups = new Map<string, string[]>();
  for (const test of tests) {
    const [family, suite] = test.split('.');
    const group = suite === 'Sanitize' ? test : `${family}.${suite}`;
    groups.set(group, [...(groups.get(group) ?? []), test]);
  }
  return [...groups.values()];
}

/** A disk, and a way to it. */
interface Trial {
  /** For the names of the tests. */
  readonly where: string;
  readonly lun: number;
  /** More of the server's command line. */
  readonly options: readonly string[];
  /** Who the tool says it is in the URL. */
  readonly as?: (url: string) => string;
}

const asAlice = (url: string): string => url.replace('://', '://alice%sesame-open-wide@');
const asAliceOfDisk = (url: string): string =>
  `${asAlice(url)}?target_user=disk&target_password=rumpelstiltskin-1`;

/** LUN 0 again with what a session can be protected with. Secrets are in files below `folder`. */
function protectedTrials(folder: string): readonly Trial[] {
  const secret = (name: string, value: string): string => {
    const path = join(folder, name);
    writeFileSync(path, `${value}\n`, { mode: 0o600 });
    return `${name}=file:${path}`;
  };
  const chap = ['--chap', secret('alice', 'sesame-open-wide')];
  const mutual = ['--mutual-chap', secret('disk', 'rumpelstiltskin-1')];
  return [
    { where: 'with CHAP', lun: 0, options: chap, as: asAlice },
    { where: 'with mutual CHAP', lun: 0, options: [...chap, ...mutual], as: asAliceOfDisk },
    { where: 'with header digests', lun: 0, options: ['--header-digest', 'prefer'] },
  ];
}

interface PromiseWithResolvers {
  readonly promise: Promise<void>;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

function withResolvers(): PromiseWithResolvers {
  let resolve!: () => void;
  let reject!: (error: unknown) => void;
  const promise = new Promise<void>((res, rej) => {
    resolve = res;
    reject = rej;
  });
  // Its test may not have come to look at it yet.
  promise.catch(() => {});
  return { promise, resolve, reject };
}
