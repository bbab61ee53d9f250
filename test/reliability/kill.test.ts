/**
 * The serving process is killed at random moments, again and again, while a client writes: what was
 * acknowledged with FUA, or before an acknowledged SYNCHRONIZE CACHE, is there afterwards, every
 * block whole. `npm run test:kill` does it 200 times; `KILLS` and `KILL_SEED` set it otherwise.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { IscsiInitiator } from '../../src/transport/iscsi/index.ts';
import { serve, type Served } from '../interop/served.ts';
import { WriteLog } from './write-log.ts';

const KILLS = Number(process.env['KILLS'] ?? 200);
const SEED = Number(process.env['KILL_SEED'] ?? Date.now() % 1_000_000);

const BLOCK = 512;
const BLOCKS = 4096;
/** Writers at once. */
const DEPTH = 8;
/** Longest time that a server lives, in milliseconds. */
const LIFE = 60;
/** Most blocks a command. */
const RUN = 16;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'scsi-target-kill-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** Numbers below a bound, the same for the same seed (mulberry32). */
function randomNumbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b_79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

/** A block full of the number of its write. */
function blockOf(number: number): Uint8Array {
  return new Uint8Array(Uint32Array.from({ length: BLOCK / 4 }, () => number).buffer);
}

/** The number that a block is full of; `undefined` where it is torn. */
function numberIn(block: Uint8Array): number | undefined {
  const words = new Uint32Array(block.slice().buffer);
  return words.every((word) => word === words[0]) ? words[0] : undefined;
}

const login = async ({ urls }: Served): Promise<IscsiInitiator> => {
  const { hostname, port, pathname } = new URL(urls[0]!.replace(/^iscsi:/, 'http:'));
  const targetName = decodeURIComponent(pathname.split('/')[1]!);
  const session = await IscsiInitiator.connect({ host: hostname, port: Number(port), targetName });
  // The power on unit attention.
  await session.execute({ lun: 0, cdb: new Uint8Array(6) });
  return session;
};

const range = (opcode: number, flags: number, lba: number, blocks: number): Uint8Array =>
  Uint8Array.of(opcode, flags, 0, 0, lba >> 8, lba & 0xff, 0, 0, blocks, 0);

const FUA = 0x08;

it(
  `loses nothing that was acknowledged and flushed, in ${KILLS} kills (seed ${SEED})`,
  {
    timeout: 60_000 + KILLS * 5000,
  },
  async () => {
    const random = randomNumbers(SEED);
    const disk = `file:${join(folder, 'disk')},size=${BLOCKS * BLOCK},cache=write-back`;
    const log = new WriteLog();
    const counts = { writes: 0, flushes: 0 };

    /** Writes and flushes until the connection is gone. */
    async function client(session: IscsiInitiator): Promise<void> {
      for (;;) {
        if (random(8) === 0) {
          const acknowledged = log.acknowledged();
          const { status } = await session.execute({ lun: 0, cdb: range(0x35, 0, 0, 0) });
          expect(status).toBe(0);
          log.flushed(acknowledged);
          counts.flushes++;
          continue;
        }
        const blocks = 1 + random(RUN);
        const lba = random(BLOCKS - blocks);
        const durable = random(4) === 0;
        const numbers = Array.from({ length: blocks }, (_, i) => log.begin(lba + i));
        const cdb = range(0x2a, durable ? FUA : 0, lba, blocks);
        const dataOut = Buffer.concat(numbers.map(blockOf));
        const { status } = await session.execute({ lun: 0, cdb, dataOut });
        expect(status).toBe(0);
        for (const [i, number] of numbers.entries()) log.acknowledge(lba + i, number, durable);
        counts.writes++;
      }
    }

    /** Reads all that was written and holds it to the log. */
    async function verify(session: IscsiInitiator): Promise<void> {
      const wrong: string[] = [];
      for (let lba = 0; lba < BLOCKS; lba += 128) {
        const cdb = range(0x28, 0, lba, 128);
        const { status, dataIn } = await session.execute({
          lun: 0,
          cdb,
          dataInLength: 128 * BLOCK,
        });
        expect(status).toBe(0);
        for (let i = 0; i < 128; i++) {
          const number = numberIn(dataIn.subarray(i * BLOCK, (i + 1) * BLOCK));
          if (number === undefined || !log.allows(lba + i, number))
            wrong.push(`block ${lba + i}: ${number ?? 'torn'}`);
          else log.seen(lba + i, number);
        }
      }
      expect(wrong).toEqual([]);
    }

    for (let kill = 0; kill < KILLS; kill++) {
      const served = await serve([disk]);
      const session = await login(served);
      await verify(session);
      const clients = Promise.allSettled(Array.from({ length: DEPTH }, () => client(session)));
      await delay(random(LIFE));
      await served.kill();
      // Each ends with the connection; a command that failed for another reason is a failure here.
      for (const end of await clients)
        expect(end).toMatchObject({ status: 'rejected', reason: { name: 'IscsiError' } });
    }
    const served = await serve([disk]);
    const session = await login(served);
    await verify(session);
    await session.close();
    expect(await served.stop()).toBe(0);
    expect(counts.writes).toBeGreaterThan(KILLS);
    expect(counts.flushes).toBeGreaterThan(0);
  },
);
