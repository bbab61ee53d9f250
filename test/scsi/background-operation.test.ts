import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { BackendError } from '../../src/backend/backend.ts';
import { memoryBackend, type MemoryBackend } from '../../src/backend/memory.ts';
import type { UnitState, UnitStore } from '../../src/backend/unit-store.ts';
import { bench, contents, good, hex, memory, refusal, settle } from './disk-under-test.ts';
import { HeldBackend } from './held-backend.ts';

const OVERWRITE_IMMED = '48 81 0000000000 0005 00';
const BLOCK_ERASE = '48 02 0000000000 0000 00';
const BLOCK_ERASE_IMMED = '48 82 0000000000 0000 00';
const TEST_UNIT_READY = '00 00 00 00 00 00';
const PATTERN = { out: hex('01 00 0001 3c') };

class Store implements UnitStore {
  state: UnitState | undefined;
  broken = false;
  load(): UnitState | undefined {
    return this.state;
  }
  save(state: UnitState): void {
    if (this.broken) throw new Error('no space on the device of the store');
    // As JSON, which is what a store on a disk would keep.
    this.state = JSON.parse(JSON.stringify(state)) as UnitState;
  }
}

/** A disk that keeps its blocks when its unit is closed. */
function kept(backend: MemoryBackend) {
  return {
    blockLength: backend.blockLength,
    blocks: backend.blocks,
    id: 'kept',
    read: backend.read.bind(backend),
    write: backend.write.bind(backend),
  };
}

/** Bytes that are in use after all that can be collected was. */
function inUse(): number {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
  return process.memoryUsage().arrayBuffers;
}

it('keeps no memory when it has ended', async () => {
  const UNITS = 16;
  const SIZE = 4 * 2 ** 20;
  const units = Array.from({ length: UNITS }, () => {
    const backend = memoryBackend({ size: SIZE });
    backend.write(0, new Uint8Array(SIZE));
    return bench({ backend, thin: false, sanitizeRate: 2 ** 25 });
  });
  const before = inUse();
  for (const { sendAsync, send, clock } of units) {
    expect(await sendAsync(OVERWRITE_IMMED, PATTERN)).toEqual(good('', 5));
    clock.advance(1000);
    expect(send(TEST_UNIT_READY)).toEqual(good());
  }
  expect((inUse() - before) / UNITS).toBeLessThan(2 ** 18);
});

const codes = (sense: Uint8Array | undefined): string =>
  [2, 12, 13].map((at) => (sense?.[at] ?? 0).toString(16).padStart(2, '0')).join('/');

describe('a background operation with a unit store', () => {
  it('goes on after a restart, from where it was stopped', async () => {
    const store = new Store();
    const disk = memory();
    const options = { store, sanitizeRate: 2 ** 18 };
    const before = bench({ ...options, backend: kept(disk) });
    expect(await before.sendAsync(OVERWRITE_IMMED, PATTERN)).toEqual(good('', 5));
    for (let i = 0; i < 15; i++) before.clock.advance(125);
    await before.unit.close();
    const half = contents(disk);
    expect([half[0], half.lastIndexOf(0x3c)]).toEqual([0x3c, 2 ** 19 - 1]);

    disk.write(0, new Uint8Array(512));
    const after = bench({ ...options, backend: kept(disk) });
    const busy = await after.sendAsync(TEST_UNIT_READY);
    expect([codes(busy?.sense), busy?.sense?.[16]]).toEqual(['02/04/1b', 0x88]); // over a half
    for (let i = 0; i < 16; i++) after.clock.advance(125);
    expect(after.send(TEST_UNIT_READY)).toEqual(good());
    const whole = contents(disk);
    expect(whole.indexOf(0x3c)).toBe(512); // what was done is not done again
    expect(whole.subarray(512).every((byte) => byte === 0x3c)).toBe(true);
    expect(store.state).not.toHaveProperty('operation');
  });

  it('begins again after a power loss', async () => {
    const store = new Store();
    const disk = memory();
    const before = bench({ store, sanitizeRate: 2 ** 18, backend: kept(disk) });
    await before.sendAsync(OVERWRITE_IMMED, PATTERN);
    for (let i = 0; i < 15; i++) before.clock.advance(125);
    const after = bench({ store, backend: kept(disk) });
    await settle();
    expect(await after.sendAsync(TEST_UNIT_READY)).toEqual(good());
    expect(contents(disk).every((byte) => byte === 0x3c)).toBe(true);
  });

  it('is still failed after a restart', async () => {
    const store = new Store();
    const broken = {
      ...kept(memory()),
      write: () => {
        throw new BackendError('medium', 'a scratch');
      },
    };
    const before = bench({ store, backend: broken });
    expect(await before.sendAsync('48 22 0000000000 0000 00')).toEqual(refusal('3/31/03'));
    const after = bench({ store, backend: kept(memory()) });
    expect(await after.sendAsync(TEST_UNIT_READY)).toEqual(refusal('3/31/03'));
    expect(await after.sendAsync('48 1f 0000000000 0000 00')).toEqual(good());
    const later = bench({ store, backend: kept(memory()) });
    expect(await later.sendAsync(TEST_UNIT_READY)).toEqual(good());
  });

  it('does not begin where the store cannot keep it', async () => {
    const store = new Store();
    const backend = memory();
    backend.write(0, new Uint8Array(512).fill(1));
    const { sendAsync, errors } = bench({ store, backend });
    expect(await sendAsync(TEST_UNIT_READY)).toEqual(good());
    store.broken = true;
    expect(await sendAsync(BLOCK_ERASE)).toEqual(refusal('4/44/00'));
    expect(errors).toHaveLength(1);
    expect(backend.allocatedBytes).toBeGreaterThan(0);
    expect(await sendAsync(TEST_UNIT_READY)).toEqual(good());
  });

  it('has failed where the store cannot forget it: a restart would do it to newer data', async () => {
    const store = new Store();
    const { sendAsync, clock } = bench({ store, sanitizeRate: 2 ** 18 });
    await sendAsync(BLOCK_ERASE_IMMED);
    store.broken = true;
    for (let i = 0; i < 32; i++) clock.advance(125);
    expect(await sendAsync(TEST_UNIT_READY)).toEqual(refusal('3/31/03'));
  });

  it.each([
    ['another type', 7],
    ['a plan of nothing', { plan: {}, pass: 0, lba: 0, failed: false }],
    ['null', null],
  ])('keeps the unit from its medium where what was kept is damaged: %s', async (_, operation) => {
    const store = new Store();
    store.state = { operation };
    const { sendAsync, errors } = bench({ store });
    expect(await sendAsync(TEST_UNIT_READY)).toEqual(refusal('2/04/03'));
    expect(errors).toMatchObject([{ name: 'TypeError' }]);
  });
});

describe('a background operation on an asynchronous backend', () => {
  it('does one piece after the other, flushes, and only then is done', async () => {
    const backend = new HeldBackend(4096);
    const { sendAsync } = bench({ backend, thin: false });
    const done = sendAsync(BLOCK_ERASE);
    for (const call of ['write 0+2048', 'write 2048+2048', 'flush']) {
      await settle();
      expect(backend.pending).toEqual([call]);
      backend.finish();
    }
    expect(await done).toEqual(good());
  });

  it('waits for a write that was there first, and wipes it out', async () => {
    const backend = new HeldBackend();
    const { sendAsync } = bench({ backend, thin: false });
    const write = sendAsync('2a 00 00000000 00 0001 00', { out: new Uint8Array(512).fill(1) });
    const erase = sendAsync(BLOCK_ERASE);
    await settle();
    expect(backend.pending).toEqual(['write 0+1']);
    backend.finish();
    await settle();
    backend.finish('write 0+2048');
    await settle();
    backend.finish('flush');
    expect(await write).toEqual(good('', 512));
    expect(await erase).toEqual(good());
    expect(contents(backend.memory).every((byte) => byte === 0)).toBe(true);
  });

  it('refuses a write that waited for blocks before it began', async () => {
    const backend = new HeldBackend();
    const { sendAsync } = bench({ backend, thin: false });
    const out = new Uint8Array(512).fill(1);
    const first = sendAsync('2a 00 00000000 00 0001 00', { out });
    const second = sendAsync('2a 00 00000000 00 0001 00', { out });
    const erase = sendAsync(BLOCK_ERASE);
    backend.finish();
    await settle();
    expect(codes((await second)?.sense)).toBe('02/04/1b');
    expect(backend.pending).toEqual(['write 0+2048']);
    backend.finish();
    await settle();
    backend.finish();
    expect(await first).toEqual(good('', 512));
    expect(await erase).toEqual(good());
  });

  it('fails when the flush at its end does', async () => {
    const backend = new HeldBackend();
    const { sendAsync } = bench({ backend, thin: false });
    const erase = sendAsync(BLOCK_ERASE);
    await settle();
    backend.finish();
    await settle();
    backend.fail(new BackendError('hardware', 'no'), 'flush');
    expect(await erase).toEqual(refusal('3/31/03'));
  });

  it('is over with its unit: nothing is called after close', async () => {
    const backend = new HeldBackend(4096);
    const { unit, sendAsync } = bench({ backend, thin: false });
    const erase = sendAsync(BLOCK_ERASE);
    await settle();
    const closed = unit.close();
    await settle();
    backend.finish('write 0+2048');
    await settle();
    while (backend.pending.length > 0) {
      expect(backend.pending).toEqual(['flush']);
      backend.finish();
      await settle();
    }
    await closed;
    expect(await erase).toBeUndefined();
    expect(backend.log.at(-1)).toBe('close');
    expect(backend.log).not.toContain('write 2048+2048');
  });
});

describe('a background operation', () => {
  it('lets the event loop have its turn every 8 MiB', () => {
    let most = 0;
    let inOneGo = 0;
    const inner = memoryBackend({ size: 32 * 2 ** 20 });
    const backend = {
      blockLength: 512,
      blocks: inner.blocks,
      read: inner.read.bind(inner),
      write: (_: number, from: Uint8Array) => {
        inOneGo += from.length;
        most = Math.max(most, inOneGo);
      },
    };
    const { send, clock } = bench({ backend });
    // Every call of the clock is a turn of its own.
    const after = clock.after.bind(clock);
    clock.after = (ms, fn) =>
      after(ms, () => {
        inOneGo = 0;
        fn();
      });
    send(BLOCK_ERASE_IMMED);
    while (clock.pending > 0) clock.advance(0);
    expect(send(TEST_UNIT_READY)).toEqual(good());
    expect(most).toBe(8 * 2 ** 20);
  });

  it('does less where the disk becomes smaller, and more where it becomes larger', () => {
    for (const blocks of [1024, 4096]) {
      const backend = memory();
      const { send, clock, unit } = bench({ backend, thin: false, sanitizeRate: 2 ** 18 });
      expect(send(OVERWRITE_IMMED, PATTERN)).toEqual(good('', 5));
      for (let i = 0; i < 20; i++) clock.advance(125);
      backend.resize(blocks);
      for (let i = 0; i < 64; i++) clock.advance(125);
      expect(unit.operation.sense).toBeUndefined();
      expect(contents(backend).every((byte) => byte === 0x3c)).toBe(true);
    }
  });
});
