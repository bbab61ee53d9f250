/** `npm run soak`: a server that works for hours, and whose memory stays as it is. */
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { mebibytes, startServer } from './child.ts';
import type { Heap } from './names.ts';
import { Mover } from './soak-mover.ts';
import { reservations } from './soak-reservations.ts';
import { resets } from './soak-resets.ts';
import type { Tally } from './soak-session.ts';

const HELP = `npm run soak -- [options]

Has several initiators log in with and without digests and CHAP, write, read back, abort commands,
reset logical units and targets, take reservations from each other and log out or just leave, over
and over, while a LUN comes and goes, and looks at the memory of the server.

  --minutes N    how long (60)
  --seed N       what is done; by default the time
  --help         print this

Exit code 0: every answer was right, and the heap of the last third of the time is at most a tenth
above that of the first; from 5 minutes on the resident memory, too.`;

const MOVERS = 4;
/** Minutes until Node has taken from the system what it likes to keep. */
const SETTLED = 5;

const { values: options } = parseArgs({
  options: {
    minutes: { type: 'string', default: '60' },
    seed: { type: 'string', default: String(Math.floor(Date.now() / 1000)) },
    help: { type: 'boolean', default: false },
  },
});

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

/** Compares the last third of the samples with the first, after the beginning. */
function grown(samples: readonly Heap[], of: (heap: Heap) => number): string | undefined {
  const settled = samples.slice(Math.floor(samples.length / 4));
  const third = Math.max(1, Math.floor(settled.length / 3));
  const [first, last] = [settled.slice(0, third), settled.slice(-third)].map((part) =>
    mean(part.map(of)),
  ) as [number, number];
  return last > first * 1.1 ? `${mebibytes(first)} to ${mebibytes(last)}` : undefined;
}

function summary(tally: Tally, seed: number, last: Heap | undefined): string {
  const { bytes = 0, resident = 0 } = last ?? {};
  return (
    `${tally.operations} operations, ${tally.logins} logins (${tally.authenticated} with CHAP), ` +
    `${tally.aborts} aborts, ${tally.resets} resets, ${tally.reservations} reservations, ` +
    `${tally.found} reads of a LUN that comes and goes and ${tally.missed} in vain, seed ${seed}; ` +
    `heap ${mebibytes(bytes)}, resident ${mebibytes(resident)}`
  );
}

async function main(): Promise<void> {
  const [minutes, seed] = [Number(options.minutes), Number(options.seed)];
  if (!(minutes > 0)) throw new RangeError(`--minutes: ${options.minutes} is not a number`);
  if (!Number.isSafeInteger(seed) || seed < 0)
    throw new RangeError(`--seed: ${options.seed} is not an integer`);
  const server = await startServer('soak-server.js');
  const port = server.ports[0];
  const tally: Tally = {
    operations: 0,
    logins: 0,
    authenticated: 0,
    aborts: 0,
    resets: 0,
    reservations: 0,
    found: 0,
    missed: 0,
  };
  const end = performance.now() + minutes * 60_000;
  const over = (): boolean => performance.now() >= end;
  const work = [
    ...Array.from({ length: MOVERS }, (_, number) =>
      new Mover(port, number, seed, tally).work(over),
    ),
    resets(port, seed, MOVERS, tally, over),
    reservations(port, seed, MOVERS + 1, tally, over),
  ];
  const samples: Heap[] = [];
  const watch = async (): Promise<void> => {
    // A sample is a full garbage collection: not too many.
    const every = Math.min(10_000, (minutes * 60_000) / 20);
    while (!over()) {
      await delay(every);
      samples.push(await server.heap());
      if (samples.length % 5 === 0) console.error(summary(tally, seed, samples.at(-1)));
    }
  };
  try {
    await Promise.race([server.failed, Promise.all([...work, watch()])]);
    const problem =
      grown(samples, ({ bytes }) => bytes) ??
      (minutes < SETTLED ? undefined : grown(samples, ({ resident }) => resident));
    if (problem !== undefined) throw new Error(`the memory has grown from ${problem}`);
    console.log(`${summary(tally, seed, samples.at(-1))}: passed`);
  } catch (error) {
    console.log(`${summary(tally, seed, samples.at(-1))}: FAILED`);
    throw error;
  } finally {
    server.stop();
  }
}

if (options.help) console.log(HELP);
else
  await main().catch((error: unknown) => {
    console.error(error);
    process.exit(1);
  });
