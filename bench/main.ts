/**
 * `npm run bench`: every figure is a ratio to a baseline of the same run, measured in turns.
 *
 * Options: `--only WORDS` (figures whose name has the words), `--rounds N` (default 5), `--list`, and
 * `--check` (exit code 1 where a goal is missed).
 */
import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { digests } from './digests.ts';
import { GROWTH, GROWTH_IN_PROCESS } from './growth.ts';
import { IN_PROCESS } from './in-process.ts';
import { compare, reached, type Comparison, type Figure } from './measure.ts';
import { network } from './network.ts';
import { missingPrograms } from './programs.ts';
import { serveBare, serveOwn, serveOwnFile, serveTgt, type Server } from './servers.ts';

/** Bytes of the disks in RAM. */
const SIZE = 64 * 1024 * 1024;

const RESULTS = fileURLToPath(new URL('../../bench/results.json', import.meta.url));

const { values: options } = parseArgs({
  options: {
    only: { type: 'string', default: '' },
    rounds: { type: 'string', default: '5' },
    list: { type: 'boolean', default: false },
    check: { type: 'boolean', default: false },
  },
});
const rounds = Number(options.rounds);
if (!Number.isInteger(rounds) || rounds < 1)
  throw new RangeError(`--rounds: ${options.rounds} is not a number of rounds`);

const figures: Figure[] = [];
await measure([...IN_PROCESS, ...GROWTH_IN_PROCESS]);
const missing = await missingPrograms();
if (missing.length > 0) console.log(`nothing over iSCSI, without ${missing.join(', ')}`);
else await overNetwork();
await writeFile(
  RESULTS,
  `${JSON.stringify({ node: process.version, rounds, figures }, null, 2)}\n`,
);
if (options.check && figures.some((figure) => reached(figure) === false)) process.exitCode = 1;

async function overNetwork(): Promise<void> {
  const servers: Server[] = [];
  const begun = async (starting: Promise<Server>): Promise<Server> => {
    const server = await starting;
    servers.push(server);
    return server;
  };
  try {
    const own = await begun(serveOwn(`memory:${SIZE}`));
    const ownFile = await begun(serveOwnFile(SIZE));
    const tgt = await begun(serveTgt(SIZE));
    const bare = await begun(serveBare(SIZE));
    await measure(network({ own, ownFile, tgt, bare }));
    const prefer = ['--header-digest', 'prefer', '--data-digest', 'prefer'];
    await measure(digests(await begun(serveOwn(`memory:${SIZE}`, prefer))));
    await measure(GROWTH);
  } finally {
    await Promise.all(servers.map((server) => server.stop()));
  }
}

async function measure(comparisons: readonly Comparison[]): Promise<void> {
  for (const comparison of comparisons) {
    if (!comparison.name.includes(options.only)) continue;
    if (options.list) {
      console.log(comparison.name);
      continue;
    }
    const figure = await compare(comparison, rounds);
    figures.push(figure);
    print(figure);
  }
}

function number(value: number): string {
  return value.toFixed(value < 100 ? 1 : 0);
}

function print(figure: Figure): void {
  const { name, unit, subject, baseline, ratio, spread, goal } = figure;
  const verdict = { true: 'reached', false: 'MISSED', undefined: '' }[String(reached(figure))];
  console.log(
    [
      name.padEnd(66),
      `${number(subject)} to ${number(baseline)} ${unit}`.padEnd(30),
      `${ratio.toFixed(2)}×`.padStart(7),
      `(${spread.map((end) => end.toFixed(2)).join(' to ')})`.padEnd(16),
      goal === undefined ? '' : `at ${goal.at} ${goal.ratio}: ${verdict}`,
    ].join(' '),
  );
}
