import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Backend } from '../../src/backend/backend.ts';
import { memoryBackend } from '../../src/backend/memory.ts';
import type { UnitStore } from '../../src/backend/unit-store.ts';
import { be, bench, hex, type Bench, type BenchOptions } from '../scsi/disk-under-test.ts';

const BLOCKS = 4;
const RUNS = { numRuns: 300 };

/** Blocks are read and written one by one, each when the scheduler says so: what overlaps is torn. */
function torn(scheduler: fc.Scheduler): Backend {
  const memory = memoryBackend({ blocks: BLOCKS });
  const each = async (
    what: string,
    lba: number,
    bytes: Uint8Array,
    act: (lba: number, block: Uint8Array) => unknown,
  ): Promise<void> => {
    for (let at = 0; at < bytes.length; at += 512) {
      await scheduler.schedule(Promise.resolve(), `${what} ${lba + at / 512}`);
      act(lba + at / 512, bytes.subarray(at, at + 512));
    }
  };
  return {
    blockLength: 512,
    blocks: BLOCKS,
    maxAtomicBlocks: BLOCKS,
    read: (lba, into) => each('read', lba, into, (at, block) => memory.read(at, block)),
    write: (lba, from) => each('write', lba, from, (at, block) => memory.write(at, block)),
  };
}

/** A unit whose backend and whose store take their time, and several initiators. */
function racing(scheduler: fc.Scheduler, options: BenchOptions = {}) {
  const device = bench({ backend: torn(scheduler), ...options });
  const from = ['a', 'b', 'c', 'd'].map((name) => device.initiator(name));
  return { ...device, from };
}

const fill = (blocks: number, value: number): Uint8Array =>
  new Uint8Array(512 * blocks).fill(value);
const both = (a: Uint8Array, b: Uint8Array): Uint8Array => Uint8Array.from([...a, ...b]);

const compareAndWrite = (blocks: number): string =>
  `89 00 ${be(0, 8)} 000000 ${be(blocks, 1)} 00 00`;
const orwrite = (blocks: number): string => `8b 00 ${be(0, 8)} ${be(blocks, 4)} 00 00`;
const writeAtomic = (blocks: number): string => `9c 00 ${be(0, 8)} 0000 ${be(blocks, 2)} 00 00`;
const read = (blocks: number): string => `28 00 ${be(0, 4)} 00 ${be(blocks, 2)} 00`;

/** The one value that all bytes have; a failure where there are several. */
function uniform(bytes: Uint8Array): number {
  expect(new Set(bytes).size).toBe(1);
  return bytes[0] ?? 0;
}

const current = async ({ sendAsync }: Bench, blocks: number): Promise<number> =>
  uniform((await sendAsync(read(blocks)))?.data ?? fill(1, 0));

describe('with a backend that takes its time, in any order', () => {
  it('COMPARE AND WRITE is one step: each count that succeeded is counted once', async () => {
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), fc.integer({ min: 1, max: BLOCKS }), async (s, blocks) => {
        const device = racing(s);
        const count = async (from: Bench['nexus']): Promise<number> => {
          let successes = 0;
          for (let round = 0; round < 3; round++) {
            const seen = uniform(
              (await device.sendAsync(read(blocks), { from }))?.data ?? fill(1, 0),
            );
            const out = both(fill(blocks, seen), fill(blocks, seen + 1));
            const answer = await device.sendAsync(compareAndWrite(blocks), { from, out });
            if (answer?.status === 0) successes++;
            else expect(answer?.sense?.[2]).toBe(0x0e); // MISCOMPARE
          }
          return successes;
        };
        const successes = await s.waitFor(Promise.all(device.from.map(count)));
        expect(await s.waitFor(current(device, blocks))).toBe(successes.reduce((a, b) => a + b));
      }),
      RUNS,
    );
  });

  it('ORWRITE is one step: no bit gets lost', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.scheduler(),
        fc.array(fc.integer({ min: 1, max: BLOCKS }), { minLength: 8, maxLength: 8 }),
        async (s, lengths) => {
          const device = racing(s);
          const tasks = lengths.map((blocks, bit) =>
            device.sendAsync(orwrite(blocks), {
              out: fill(blocks, 1 << bit),
              from: device.from[bit % 4] ?? device.nexus,
            }),
          );
          await s.waitFor(Promise.all(tasks));
          const bytes = (await s.waitFor(device.sendAsync(read(BLOCKS))))?.data ?? fill(1, 0);
          for (let lba = 0; lba < BLOCKS; lba++)
            expect(uniform(bytes.subarray(lba * 512, lba * 512 + 512))).toBe(
              lengths.reduce((set, blocks, bit) => (lba < blocks ? set | (1 << bit) : set), 0),
            );
        },
      ),
      RUNS,
    );
  });

  it('WRITE ATOMIC is one step: a READ sees all of it or nothing', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.scheduler(),
        fc.array(fc.boolean(), { minLength: 4, maxLength: 12 }),
        async (s, writes) => {
          const device = racing(s);
          const tasks = writes.map(async (write, i) => {
            const from = device.from[i % 4] ?? device.nexus;
            if (write) {
              const out = fill(BLOCKS, i + 1);
              expect((await device.sendAsync(writeAtomic(BLOCKS), { from, out }))?.status).toBe(0);
            } else uniform((await device.sendAsync(read(BLOCKS), { from }))?.data ?? fill(1, 0));
          });
          await s.waitFor(Promise.all(tasks));
        },
      ),
      RUNS,
    );
  });

  it('they do not come between each other', async () => {
    const kinds = fc.constantFrom('compare', 'or', 'atomic', 'read');
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), fc.array(kinds, { maxLength: 12 }), async (s, chosen) => {
        const device = racing(s);
        const tasks = chosen.map(async (kind, i) => {
          const how = { from: device.from[i % 4] ?? device.nexus };
          const value = i + 1;
          const { sendAsync } = device;
          if (kind === 'read') uniform((await sendAsync(read(BLOCKS), how))?.data ?? fill(1, 0));
          else if (kind === 'or')
            await sendAsync(orwrite(BLOCKS), { ...how, out: fill(BLOCKS, value) });
          else if (kind === 'atomic')
            await sendAsync(writeAtomic(BLOCKS), { ...how, out: fill(BLOCKS, value) });
          else {
            const out = both(fill(BLOCKS, 0), fill(BLOCKS, value));
            await sendAsync(compareAndWrite(BLOCKS), { ...how, out });
          }
        });
        await s.waitFor(Promise.all(tasks));
        await s.waitFor(current(device, BLOCKS));
      }),
      RUNS,
    );
  });
});

const reserveOut = (action: number, type = 0): string =>
  `5f ${be(action, 1)} ${be(type, 1)} 0000 00000018 00`;
const keys = (key: number, newKey: number, flags = 1): Uint8Array =>
  hex(`${be(key, 8)} ${be(newKey, 8)} 00000000 ${be(flags, 1)} 000000`);

const store = (scheduler: fc.Scheduler): UnitStore => ({
  load: () => undefined,
  save: () => scheduler.schedule(Promise.resolve(), 'save'),
});

describe('with a store that takes its time, in any order', () => {
  it('PERSISTENT RESERVE OUT is one step: no registration gets lost, and one holds', async () => {
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), async (s) => {
        const device = racing(s, { store: store(s) });
        const tasks = device.from.map(async (from, i) => {
          const key = i + 1;
          const registered = await device.sendAsync(reserveOut(0), { from, out: keys(0, key) });
          expect(registered?.status).toBe(0);
          const reserved = await device.sendAsync(reserveOut(1, 1), { from, out: keys(key, 0) });
          return reserved?.status ?? -1;
        });
        const statuses = await s.waitFor(Promise.all(tasks));
        expect(statuses.toSorted((a, b) => a - b)).toEqual([0, 0x18, 0x18, 0x18]);
        const { registrations, reservation } = device.unit.reservations.persistent.state;
        expect(registrations.size).toBe(4);
        expect(reservation?.holder?.initiator).toBe('abcd'[statuses.indexOf(0)]);
      }),
      RUNS,
    );
  });

  it('a READ that a reservation keeps out has not read, one that it lets in has', async () => {
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), async (s) => {
        const device = racing(s, { store: store(s) });
        const [holder, other] = device.from;
        const reserve = async (): Promise<void> => {
          await device.sendAsync(reserveOut(0), { from: holder!, out: keys(0, 1) });
          // EXCLUSIVE ACCESS
          await device.sendAsync(reserveOut(1, 3), { from: holder!, out: keys(1, 0) });
          await device.sendAsync(writeAtomic(BLOCKS), { from: holder!, out: fill(BLOCKS, 9) });
        };
        const watch = async (): Promise<void> => {
          for (let round = 0; round < 4; round++) {
            const answer = await device.sendAsync(read(BLOCKS), { from: other! });
            // What the holder wrote, nobody else has seen.
            if (answer?.status === 0) expect(uniform(answer.data)).toBe(0);
            else expect(answer?.status).toBe(0x18);
          }
        };
        await s.waitFor(Promise.all([reserve(), watch()]));
      }),
      RUNS,
    );
  });
});
