/** `npm run fuzz`: attacks a server with PDUs, logins and connections that are not as they should be. */
import { parseArgs } from 'node:util';
import { attack, flood } from './attack.ts';
import { mebibytes, startServer, type Child } from './child.ts';
import { Coverage } from './coverage.ts';
import { goodSession } from './good-session.ts';
import { attackUnits } from './in-process.ts';
import type { Heap } from './names.ts';
import { randomOf } from './random.ts';

const HELP = `npm run fuzz -- [options]

Attacks servers of its own on loopback with broken logins, PDUs, text keys, CDBs, parameter lists
and TCP connections, while a good session writes and reads back.

  --count N      PDUs to send (1000000)
  --seconds N    end after this time, however many they were
  --seed N       what is sent; by default the time. Attack K of a seed is always the same, as far
                 as it does not hang on what is answered.
  --only K,K…    these attacks of the seed, at once
  --units        attack units in this process, without iSCSI; --count are commands
  --help         print this

Exit code 0: the servers live and have logged no error, what kept to the rules was answered, the
good session noticed nothing, the heap is as large as before, give or take a tenth.`;

/** Connections at a time. */
const WORKERS = 24;
/** Attacks after which the heap is measured first: by then all that is remembered of few is there, all code has run. */
const WARM_UP = 12_000;
/** Attacks between two floods of connections. */
const BETWEEN_FLOODS = 20_000;
const FLOOD = 1000;
/** Milliseconds until those who attacked have to be gone. */
const MOST_TO_LEAVE = 60_000;
/** How far the heap afterwards may be from what it was. */
const TOLERANCE = 0.1;

const { values: options } = parseArgs({
  options: {
    count: { type: 'string', default: '1000000' },
    seconds: { type: 'string', default: 'Infinity' },
    seed: { type: 'string', default: String(Math.floor(Date.now() / 1000)) },
    only: { type: 'string' },
    units: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

function positive(name: 'count' | 'seconds' | 'seed'): number {
  const value = Number(options[name]);
  if (!(value > 0)) throw new RangeError(`--${name}: ${options[name]} is not a positive number`);
  return value;
}

/** A run: what is sent, and how far it has come. */
class Run {
  readonly seed: number = positive('seed');
  readonly coverage: Coverage = new Coverage();
  /** The attacks that are under way. */
  readonly inFlight: Set<number> = new Set();
  readonly #count = positive('count');
  readonly #seconds = positive('seconds');
  readonly #begin = performance.now();
  sent = 0;
  attacks = 0;

  get elapsed(): number {
    return (performance.now() - this.#begin) / 1000;
  }

  get done(): boolean {
    return this.sent >= this.#count || this.elapsed > this.#seconds;
  }

  get warm(): boolean {
    return this.attacks >= WARM_UP;
  }

  /** Attacks until there is enough. */
  async until(enough: () => boolean, once: (number: number) => Promise<number>): Promise<void> {
    const work = async (): Promise<void> => {
      while (!enough()) await this.attack(this.attacks++, once);
    };
    await Promise.all(Array.from({ length: WORKERS }, work));
  }

  /** The attacks that were named, all at once. */
  async only(once: (number: number) => Promise<number>): Promise<void> {
    const numbers = (options.only ?? '').split(',').map(Number);
    this.attacks = numbers.length;
    await Promise.all(numbers.map((number) => this.attack(number, once)));
  }

  /** One attack; what has failed is under way for ever. */
  async attack(number: number, once: (number: number) => Promise<number>): Promise<void> {
    this.inFlight.add(number);
    const sent = await once(number);
    this.sent += sent;
    this.inFlight.delete(number);
  }

  /** What to call to have it again. */
  get again(): string {
    const attacks = [...this.inFlight].join();
    return attacks === ''
      ? ''
      : `; under way: npm run fuzz -- --seed ${this.seed} --only ${attacks}`;
  }
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

/** Attacks the servers; gives what there is to say of it. */
async function attackServers(run: Run, line: (text: string) => void): Promise<string> {
  const server = await startServer('server.js');
  const good = await goodSession(server.ports[0], run.seed);
  const told = (): string =>
    `${run.sent} PDUs in ${run.attacks} attacks, ${run.elapsed.toFixed(0)} s, seed ${run.seed}; ` +
    `good session: ${good.operations} operations, slowest ${good.slowest.toFixed(0)} ms`;
  const progress = setInterval(() => line(told()), 5000);
  const guarded = <T>(work: Promise<T>): Promise<T> =>
    Promise.race([server.failed, good.failed, work]);
  const once = async (number: number): Promise<number> => {
    if (number % BETWEEN_FLOODS === BETWEEN_FLOODS / 2) await flood(server.ports[0], FLOOD);
    return attack(randomOf(run.seed, number), server.ports, run.coverage);
  };
  try {
    if (options.only !== undefined) {
      await guarded(run.only(once));
      await guarded(heapOf(server));
      return told();
    }
    await guarded(run.until(() => run.warm || run.done, once));
    const before = await guarded(heapOf(server));
    if (!run.warm) return `${told()}; too few to judge the heap`;
    await guarded(run.until(() => run.done, once));
    const after = await guarded(heapOf(server));
    await good.stop();
    const heap = `heap ${mebibytes(before.bytes)} before, ${mebibytes(after.bytes)} after`;
    if (Math.abs(after.bytes - before.bytes) > before.bytes * TOLERANCE) throw new Error(heap);
    return `${told()}; ${heap}`;
  } catch (error) {
    line(told());
    throw error;
  } finally {
    clearInterval(progress);
    server.stop();
  }
}

/** Attacks units in this process. */
async function attackWithout(run: Run): Promise<string> {
  const once = (number: number): Promise<number> => attackUnits(run.seed, number, run.coverage);
  await (options.only === undefined ? run.until(() => run.done, once) : run.only(once));
  return `${run.sent} commands in ${run.attacks} attacks, ${run.elapsed.toFixed(0)} s, seed ${run.seed}`;
}

async function main(): Promise<void> {
  const run = new Run();
  try {
    const said = options.units
      ? await attackWithout(run)
      : await attackServers(run, (text) => console.error(text));
    console.log([`${said}: passed`, ...run.coverage.lines()].join('\n'));
    // Nobody waits for the connections that were given up.
    process.exit(0);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    console.log([`FAILED: ${message}${run.again}`, ...run.coverage.lines()].join('\n'));
    process.exit(1);
  }
}

if (options.help) console.log(HELP);
else await main();
