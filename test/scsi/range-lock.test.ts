import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RangeLock } from '../../src/scsi/range-lock.ts';
import { settle } from './disk-under-test.ts';

/** An operation that ends when told; `started` tells whether it has begun. */
class Held {
  started = false;
  readonly promise: Promise<string>;
  end: (value?: string) => void = () => undefined;
  fail: (error: Error) => void = () => undefined;

  constructor() {
    this.promise = new Promise((resolve, reject) => {
      this.end = (value = 'done') => resolve(value);
      this.fail = reject;
    });
  }

  readonly run = (): Promise<string> => {
    this.started = true;
    return this.promise;
  };
}

const broken = (): never => {
  throw new Error('scratch');
};

const read = (lock: RangeLock, lba: number, blocks: number, held: Held) =>
  lock.run(lba, blocks, false, held.run);
const write = (lock: RangeLock, lba: number, blocks: number, held: Held) =>
  lock.run(lba, blocks, true, held.run);

describe('a range lock', () => {
  it('gives the value of a synchronous operation at once', () => {
    expect(new RangeLock().run(0, 1, true, () => 7)).toBe(7);
  });

  it('gives the value of a synchronous operation at once beside a disjoint one in flight', () => {
    const lock = new RangeLock();
    void write(lock, 0, 8, new Held());
    expect(lock.run(8, 8, true, () => 7)).toBe(7);
  });

  it('lets what a synchronous operation throws pass', () => {
    expect(() => new RangeLock().run(0, 1, true, broken)).toThrow('scratch');
  });

  it('is free again after a synchronous operation threw', () => {
    const lock = new RangeLock();
    expect(() => lock.run(0, 1, true, broken)).toThrow();
    expect(lock.run(0, 1, true, () => 7)).toBe(7);
  });

  it('keeps a write waiting behind an overlapping write', async () => {
    const lock = new RangeLock();
    const [first, second] = [new Held(), new Held()];
    void write(lock, 0, 8, first);
    void write(lock, 7, 1, second);
    expect(second.started).toBe(false);
    first.end();
    await settle();
    expect(second.started).toBe(true);
  });

  it('keeps a read waiting behind an overlapping write', async () => {
    const lock = new RangeLock();
    const [first, second] = [new Held(), new Held()];
    void write(lock, 4, 4, first);
    void read(lock, 0, 5, second);
    expect(second.started).toBe(false);
    first.end();
    await settle();
    expect(second.started).toBe(true);
  });

  it('keeps a write waiting behind an overlapping read', async () => {
    const lock = new RangeLock();
    const [first, second] = [new Held(), new Held()];
    void read(lock, 4, 4, first);
    void write(lock, 0, 5, second);
    expect(second.started).toBe(false);
    first.end();
    await settle();
    expect(second.started).toBe(true);
  });

  it('lets adjacent writes run side by side', () => {
    const lock = new RangeLock();
    const [first, second, third] = [new Held(), new Held(), new Held()];
    void write(lock, 8, 8, first);
    void write(lock, 0, 8, second);
    void write(lock, 16, 8, third);
    expect([second.started, third.started]).toEqual([true, true]);
  });

  it('lets overlapping reads run together', () => {
    const lock = new RangeLock();
    const [first, second] = [new Held(), new Held()];
    void read(lock, 0, 8, first);
    void read(lock, 0, 8, second);
    expect(second.started).toBe(true);
  });

  it('keeps a read behind a write that waits, so that writes do not starve', async () => {
    const lock = new RangeLock();
    const [first, writer, late] = [new Held(), new Held(), new Held()];
    void read(lock, 0, 8, first);
    void write(lock, 0, 8, writer);
    void read(lock, 0, 8, late);
    expect(late.started).toBe(false);
    first.end();
    await settle();
    expect([writer.started, late.started]).toEqual([true, false]);
    writer.end();
    await settle();
    expect(late.started).toBe(true);
  });

  it('starts waiters in the order they came', async () => {
    const lock = new RangeLock();
    const order: number[] = [];
    const first = new Held();
    void write(lock, 0, 8, first);
    const rest = [1, 2, 3].map((n) => lock.run(0, 8, true, async () => void order.push(n)));
    first.end();
    for (const each of rest) await each;
    expect(order).toEqual([1, 2, 3]);
  });

  it('starts a waiter out of turn where nobody before it is in its way', async () => {
    const lock = new RangeLock();
    const [left, right, both, onRight] = [new Held(), new Held(), new Held(), new Held()];
    void write(lock, 0, 4, left);
    void write(lock, 4, 4, right);
    void write(lock, 0, 4, both);
    void write(lock, 4, 4, onRight);
    right.end();
    await settle();
    expect([both.started, onRight.started]).toEqual([false, true]);
  });

  it('gives the range back when an operation rejects', async () => {
    const lock = new RangeLock();
    const first = new Held();
    const outcome = write(lock, 0, 8, first);
    const next = lock.run(0, 8, true, () => 7);
    first.fail(new Error('scratch'));
    await expect(outcome).rejects.toThrow('scratch');
    expect(await next).toBe(7);
  });

  it('rejects, and goes on, where a waiter throws when its turn comes', async () => {
    const lock = new RangeLock();
    const first = new Held();
    void write(lock, 0, 8, first);
    const aborted = lock.run(0, 8, true, (): number => {
      throw new Error('aborted meanwhile');
    });
    const next = lock.run(0, 8, true, () => 7);
    first.end();
    await expect(aborted).rejects.toThrow('aborted meanwhile');
    expect(await next).toBe(7);
  });

  it('starts all readers behind a writer at once', async () => {
    const lock = new RangeLock();
    const first = new Held();
    void write(lock, 0, 8, first);
    const readers = [new Held(), new Held(), new Held()];
    for (const reader of readers) void read(lock, 0, 8, reader);
    first.end();
    await settle();
    expect(readers.map(({ started }) => started)).toEqual([true, true, true]);
  });

  it('never has overlapping operations in flight of which one writes, and keeps their order', async () => {
    const operation = fc.record({
      lba: fc.nat(12),
      blocks: fc.integer({ min: 1, max: 6 }),
      writes: fc.boolean(),
      sync: fc.boolean(),
      /** How many operations in flight end before the next is handed in. */
      ends: fc.nat(2),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(operation, { maxLength: 24 }), async (operations) => {
        const lock = new RangeLock();
        const inFlight = new Map<number, () => void>();
        const started: number[] = [];
        const clash = (a: number, b: number): boolean => {
          const [x, y] = [operations[a], operations[b]];
          if (!x || !y) return false;
          const apart = x.lba + x.blocks <= y.lba || y.lba + y.blocks <= x.lba;
          return !apart && (x.writes || y.writes);
        };
        const endOne = async (): Promise<void> => {
          const [first] = inFlight;
          if (!first) return;
          inFlight.delete(first[0]);
          first[1]();
          await settle();
        };
        for (const [i, { lba, blocks, writes, sync, ends }] of operations.entries()) {
          void lock.run(lba, blocks, writes, () => {
            for (const other of inFlight.keys()) expect(clash(i, other)).toBe(false);
            started.push(i);
            return sync ? undefined : new Promise<void>((resolve) => inFlight.set(i, resolve));
          });
          for (let n = 0; n < ends; n++) await endOne();
        }
        while (inFlight.size > 0) await endOne();
        await settle();
        expect(started.length).toBe(operations.length);
        for (const [at, i] of started.entries())
          for (const later of started.slice(at + 1))
            expect(clash(i, later) && later < i).toBe(false);
      }),
    );
  });
});
