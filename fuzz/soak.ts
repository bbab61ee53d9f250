/** `npm run soak`: a server that works for hours, and whose memory stays as it is. */
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { IscsiInitiator } from '../src/transport/iscsi/index.ts';
import { ATTACKED, type Heap } from './names.ts';
import { randomOf, type Random } from './random.ts';

const HELP = `npm run soak -- [options]

Has several sessions log in, write, read back, abort commands, reset a logical unit and log out,
over and over, and looks at the memory of the server.

  --minutes N    how long (60)
  --seed N       what is done; by default the time
  --help         print this

Exit code 0: every answer was right, and the heap of the last third of the time is that of the first
third, give or take a tenth; from 5 minutes on the resident memory, too.`;

const WORKERS = 4;
/** Minutes until Node has taken from the system what it likes to keep. */
const SETTLED = 5;
/** Blocks of a worker's own part of LUN 0, in places of 8. */
const PLACES = 1024;
const PLACE_BLOCKS = 8;

const { values: options } = parseArgs({
  options: {
    minutes: { type: 'string', default: '60' },
    seed: { type: 'string', default: String(Math.floor(Date.now() / 1000)) },
    help: { type: 'boolean', default: false },
  },
});

interface Tally {
  operations: number;
  logins: number;
  aborts: number;
  resets: number;
}

/** One initiator: sessions one after the other, each with its own part of the disk. */
class Worker {
  readonly #port: number;
  readonly #number: number;
  readonly #random: Random;
  readonly #tally: Tally;
  /** What its part holds, by place; what it does not know is not there. */
  readonly #written = new Map<number, Uint8Array>();

  constructor(port: number, number: number, seed: number, tally: Tally) {
    this.#port = port;
    this.#number = number;
    this.#random = randomOf(seed + number);
    this.#tally = tally;
  }

  async work(over: () => boolean): Promise<void> {
    while (!over()) {
      const session = await IscsiInitiator.connect({
        host: '127.0.0.1',
        port: this.#port,
        targetName: ATTACKED,
        initiatorName: `iqn.2026-11.com.example:soak${this.#number}`,
        isid: Uint8Array.of(0x80, 0, 0, 0, 0, this.#number),
        headerDigest: this.#random.chance(0.5) ? 'prefer' : 'none',
        dataDigest: this.#random.chance(0.3) ? 'prefer' : 'none',
      });
      this.#tally.logins++;
      for (let i = 20 + this.#random.int(400); i > 0 && !over(); i--) await this.#step(session);
      if (this.#random.chance(0.8)) await session.logout();
      else await session.close();
    }
  }

  async #step(session: IscsiInitiator): Promise<void> {
    this.#tally.operations++;
    switch (this.#random.int(40)) {
      case 0:
        return this.#abort(session);
      case 1:
        return this.#number === 0 ? this.#reset(session) : undefined;
      case 2:
        return session.disk(0).synchronizeCache();
      default:
        return this.#move(session);
    }
  }

  /** Writes a place, or reads it back. */
  async #move(session: IscsiInitiator): Promise<void> {
    const place = this.#number * PLACES + this.#random.int(PLACES);
    const lba = place * PLACE_BLOCKS;
    const expected = this.#written.get(place);
    if (expected === undefined || this.#random.chance(0.5)) {
      const data = this.#random.bytes(PLACE_BLOCKS * 512);
      this.#written.delete(place);
      await session.disk(0).write({ lba, data, fua: this.#random.chance(0.1) });
      this.#written.set(place, data);
      return;
    }
    const read = await session.disk(0).read({ lba, blocks: PLACE_BLOCKS });
    if (Buffer.compare(read, expected) !== 0)
      throw new Error(`worker ${this.#number} read something else at LBA ${lba} than it wrote`);
  }

  /** A large read that may have ended when it is aborted, or not. */
  async #abort(session: IscsiInitiator): Promise<void> {
    const { signal, abort } = aborter();
    const reading = session.execute({
      lun: 0,
      cdb: Uint8Array.of(0x28, 0, 0, 0, 0, 0, 0, 0x08, 0, 0),
      dataInLength: 0x800 * 512,
      signal,
    });
    if (this.#random.chance(0.5)) await delay(0);
    abort();
    await reading.catch((error: unknown) => {
      if (error !== signal.reason) throw error;
    });
    this.#tally.aborts++;
  }

  /** LUN 1 is for this worker alone: whose commands another resets away is not told. */
  async #reset(session: IscsiInitiator): Promise<void> {
    const reading = session.disk(1).read({ lba: 0, blocks: 64 });
    const settled = reading.catch(() => undefined);
    await session.manage({ function: 'LOGICAL_UNIT_RESET', lun: 1 });
    await settled;
    this.#tally.resets++;
  }
}

function aborter(): { readonly signal: AbortSignal; readonly abort: () => void } {
  const controller = new AbortController();
  return { signal: controller.signal, abort: () => controller.abort() };
}

async function heapOf(child: ChildProcess): Promise<Heap> {
  child.send('heap');
  const [heap] = (await once(child, 'message')) as [Heap];
  return heap;
}

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

const mebibytes = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(1)} MiB`;

async function main(): Promise<void> {
  const [minutes, seed] = [Number(options.minutes), Number(options.seed)];
  if (!(minutes > 0)) throw new RangeError(`--minutes: ${options.minutes} is not a number`);
  const child = fork(fileURLToPath(new URL('server.js', import.meta.url)), {
    execArgv: ['--expose-gc'],
  });
  const died = once(child, 'exit').then(([code, signal]) => {
    throw new Error(`the server has ended: ${String(signal ?? code)}`);
  });
  died.catch(() => {});
  const [{ port }] = (await once(child, 'message')) as [{ readonly port: number }];
  const tally: Tally = { operations: 0, logins: 0, aborts: 0, resets: 0 };
  const end = performance.now() + minutes * 60_000;
  const over = (): boolean => performance.now() >= end;
  const workers = Array.from({ length: WORKERS }, (_, number) =>
    new Worker(port, number, seed, tally).work(over),
  );
  const samples: Heap[] = [];
  const line = (): string => {
    const { bytes = 0, resident = 0 } = samples.at(-1) ?? {};
    return (
      `${tally.operations} operations, ${tally.logins} logins, ${tally.aborts} aborts, ` +
      `${tally.resets} resets, seed ${seed}; heap ${mebibytes(bytes)}, resident ${mebibytes(resident)}`
    );
  };
  const watch = (async () => {
    // A sample is a full garbage collection: not too many.
    const every = Math.min(10_000, (minutes * 60_000) / 20);
    while (!over()) {
      await delay(every);
      samples.push(await heapOf(child));
      if (samples.length % 5 === 0) console.error(line());
    }
  })();
  try {
    await Promise.race([died, Promise.all([...workers, watch])]);
    const problem =
      grown(samples, ({ bytes }) => bytes) ??
      (minutes < SETTLED ? undefined : grown(samples, ({ resident }) => resident));
    if (problem !== undefined) throw new Error(`the memory has grown from ${problem}`);
    console.log(`${line()}: passed`);
  } catch (error) {
    console.log(`${line()}: FAILED`);
    throw error;
  } finally {
    child.removeAllListeners();
    child.kill();
  }
}

if (options.help) console.log(HELP);
else
  await main().catch((error: unknown) => {
    console.error(error);
    process.exit(1);
  });
