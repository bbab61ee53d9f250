/** `npm run fuzz`: attacks a server with PDUs, logins and connections that are not as they should be. */
import { parseArgs } from 'node:util';
import { attack, flood } from './attack.ts';
import { mebibytes, startServer, type Child } from './child.ts';
import { goodSession, type GoodSession } from './good-session.ts';
import type { Heap } from './names.ts';
import { randomOf } from './random.ts';

const HELP = `npm run fuzz -- [options]

Attacks a server of its own on loopback with broken logins, PDUs, text keys, CDBs and TCP
connections, while a good session writes and reads back.

  --count N      PDUs to send (1000000)
  --seconds N    end after this time, however many they were
  --seed N       what is sent; by default the time. Attack K of a seed is always the same.
  --help         print this

Exit code 0: the server lives, the good session noticed nothing, the heap is as large as before,
give or take a tenth.`;

/** Connections at a time. */
const WORKERS = 24;
/** Attacks after which the heap is measured first: by then all code has run. */
const WARM_UP = 10_000;
/** Attacks between two floods of connections. */
const BETWEEN_FLOODS = 20_000;
const FLOOD = 1000;
/** Milliseconds until those who attacked have to be gone. */
const MOST_TO_LEAVE = 60_000;
/** Milliseconds that an operation of the good session may take on a machine that does other things, too. */
const SLOWEST = 10_000;
/** How far the heap afterwards may be from what it was. */
const TOLERANCE = 0.1;

const { values: options } = parseArgs({
  options: {
    count: { type: 'string', default: '1000000' },
    seconds: { type: 'string', default: 'Infinity' },
    seed: { type: 'string', default: String(Math.floor(Date.now() / 1000)) },
    help: { type: 'boolean', default: false },
  },
});

function positive(name: 'count' | 'seconds' | 'seed'): number {
  const value = Number(options[name]);
  if (!(value > 0)) throw new RangeError(`--${name}: ${options[name]} is not a positive number`);
  return value;
}

interface Tally {
  pdus: number;
  attacks: number;
}

/** Attacks until there is enough. */
async function attackUntil(port: number, seed: number, tally: Tally, enough: () => boolean) {
  const work = async (): Promise<void> => {
    while (!enough()) {
      const number = tally.attacks++;
      const sent = await attack(randomOf(seed, number), port);
      tally.pdus += sent;
      if (number % BETWEEN_FLOODS === BETWEEN_FLOODS / 2) await flood(port, FLOOD);
    }
  };
  await Promise.all(Array.from({ length: WORKERS }, work));
}

/** The heap, when those who attacked are gone. */
async function heapOf(server: Child): Promise<Heap> {
  for (const begin = performance.now(); ;) {
    const heap = await server.heap();
    // The good session is always there.
    if (heap.sessions <= 1 && heap.connections <= 1) return heap;
    if (performance.now() - begin > MOST_TO_LEAVE)
      throw new Error(`${heap.sessions} sessions and ${heap.connections} connections do not end`);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

async function main(): Promise<void> {
  const [count, seconds, seed] = [positive('count'), positive('seconds'), positive('seed')];
  const server = await startServer('server.js');
  const { port, died } = server;
  const good = await goodSession(port, seed);
  const begin = performance.now();
  const tally: Tally = { pdus: 0, attacks: 0 };
  const line = (): string =>
    `${tally.pdus} PDUs in ${tally.attacks} connections, ${elapsed(begin)} s, seed ${seed}; ` +
    `good session: ${good.operations} operations, slowest ${good.slowest.toFixed(0)} ms`;
  const progress = setInterval(() => console.error(line()), 5000);
  try {
    const done = (): boolean => tally.pdus >= count || performance.now() - begin > seconds * 1000;
    const halfway = (): boolean => performance.now() - begin > seconds * 500;
    const warm = (): boolean => tally.attacks >= WARM_UP || halfway() || done();
    await Promise.race([died, attackUntil(port, seed, tally, warm)]);
    const before = await heapOf(server);
    await Promise.race([died, attackUntil(port, seed, tally, done)]);
    const after = await heapOf(server);
    await judge(good, before, after);
    console.log(
      `${line()}; heap ${mebibytes(before.bytes)} before, ${mebibytes(after.bytes)} after: passed`,
    );
  } catch (error) {
    console.log(`${line()}: FAILED`);
    throw error;
  } finally {
    clearInterval(progress);
    server.stop();
  }
}

async function judge(good: GoodSession, before: Heap, after: Heap): Promise<void> {
  await good.stop();
  if (good.slowest > SLOWEST)
    throw new Error(`the good session waited ${good.slowest.toFixed(0)} ms for an answer`);
  if (Math.abs(after.bytes - before.bytes) > before.bytes * TOLERANCE)
    throw new Error(
      `the heap was ${mebibytes(before.bytes)} before, and is ${mebibytes(after.bytes)} now`,
    );
}

const elapsed = (begin: number): string => ((performance.now() - begin) / 1000).toFixed(0);

if (options.help) console.log(HELP);
else
  await main().catch((error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  });
