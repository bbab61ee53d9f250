import { describe, expect, it } from 'vitest';
import { BackendError } from '../../src/backend/backend.ts';
import { sbc } from '../../src/scsi/command-sets/sbc.ts';
import { LogicalUnit } from '../../src/scsi/logical-unit.ts';
import type { UnitState, UnitStore } from '../../src/backend/unit-store.ts';
import { bench, fixedSense, good, memory, refusal, settle } from './disk-under-test.ts';
import {
  TEST_UNIT_READY,
  INQUIRY,
  READ_0,
  WRITE_0,
  EJECT,
  LOAD,
  STOP,
  block,
  ascii,
  serialOf,
  nothing,
  anonymous,
  inquiryData,
} from './familiar-commands.ts';
import { HeldBackend } from './held-backend.ts';

describe('a live resize', () => {
  it('is told to every nexus, and the capacity is the new one', () => {
    const backend = memory();
    const { send, initiator } = bench({ backend });
    const other = initiator('other');
    backend.resize(4096);
    expect(send(TEST_UNIT_READY)).toEqual(refusal('6/2a/09'));
    expect(send(TEST_UNIT_READY, { from: other })).toEqual(refusal('6/2a/09'));
    expect(send('25 00 00000000 0000 00 00')).toEqual(good('00000fff 00000200'));
  });

  it('is told once, however often it happens', () => {
    const backend = memory();
    const { send } = bench({ backend });
    backend.resize(4096);
    backend.resize(8192);
    expect(send(TEST_UNIT_READY)).toEqual(refusal('6/2a/09'));
    expect(send(TEST_UNIT_READY)).toEqual(good());
  });

  it('to a smaller disk never lets a write past the end that waited for its data', async () => {
    const backend = memory();
    const { sendAsync } = bench({ backend });
    let give: (data: Uint8Array) => void = nothing;
    const out = () => new Promise<Uint8Array>((resolve) => (give = resolve));
    const write = sendAsync('2a 00 000007ff 00 0001 00', { out });
    backend.resize(1024);
    give(block(0xa5));
    expect(await write).toEqual(refusal('5/21/00', { information: 0x7ff }, 512));
    expect(backend.allocatedBytes).toBe(0);
  });

  it('to a smaller disk never lets a read past the end that waited behind a write', async () => {
    const backend = new HeldBackend();
    const { sendAsync } = bench({ backend });
    const write = sendAsync('2a 00 000007ff 00 0001 00', { out: block(1) });
    const read = sendAsync('28 00 000007fe 00 0002 00');
    backend.memory.resize(0x7ff);
    backend.fail(new BackendError('medium', 'cut off'));
    expect(await read).toEqual(refusal('5/21/00', { information: 0x7ff }));
    await write;
    expect(backend.log).toEqual(['write 2047+1']);
  });
});

describe('the store of a unit', () => {
  class Store implements UnitStore {
    readonly saved: UnitState[] = [];
    settle: (state?: UnitState) => void = () => undefined;
    fail: (error: Error) => void = () => undefined;

    load(): Promise<UnitState | undefined> {
      return new Promise((resolve, reject) => {
        this.settle = resolve;
        this.fail = reject;
      });
    }

    save(state: UnitState): void {
      this.saved.push(state);
    }
  }

  const SERIAL = '12 01 80 00ff 00';

  it('keeps commands waiting until it is loaded, then runs them in order', async () => {
    const store = new Store();
    const { sendAsync } = bench({ store });
    const ended: string[] = [];
    const first = sendAsync(TEST_UNIT_READY).then(() => ended.push('first'));
    const second = sendAsync(INQUIRY, { attribute: 'head of queue' }).then(() =>
      ended.push('second'),
    );
    await settle();
    expect(ended).toEqual([]);
    store.settle();
    await Promise.all([first, second]);
    expect(ended.length).toBe(2);
  });

  it('lets a waiting command be aborted', async () => {
    const store = new Store();
    const { sendAsync, nexus } = bench({ store });
    const waiting = sendAsync(TEST_UNIT_READY, { tag: 900 });
    const abort = { function: 'ABORT TASK', lun: 0, tag: 900 } as const;
    expect(nexus.manage(abort)).toBe('FUNCTION COMPLETE');
    expect(await waiting).toBeUndefined();
    store.settle();
  });

  it.each(['cannot be loaded', 'throws'] as const)(
    'that %s leaves a unit that needs manual intervention',
    async (how) => {
      const store = new Store();
      const error = new Error('unreadable');
      if (how === 'throws')
        store.load = () => {
          throw error;
        };
      const { sendAsync, errors } = bench({ store });
      store.fail(error);
      expect(await sendAsync(TEST_UNIT_READY)).toEqual(refusal('2/04/03'));
      expect(await sendAsync(READ_0)).toEqual(refusal('2/04/03'));
      expect(await sendAsync(INQUIRY)).toEqual(good(inquiryData));
      expect(errors).toEqual([error]);
    },
  );

  it('that cannot be saved to leaves a unit that needs manual intervention', async () => {
    const store: UnitStore = {
      load: () => undefined,
      save: () => Promise.reject(new Error('full')),
    };
    const { sendAsync } = bench({ store, backend: anonymous() });
    expect(await sendAsync(TEST_UNIT_READY)).toEqual(refusal('2/04/03'));
  });

  it('gets the serial number that was made, beside what it holds', async () => {
    const store = new Store();
    const { sendAsync } = bench({ store, backend: anonymous() });
    store.settle({ other: 1 });
    const answer = await sendAsync(SERIAL);
    expect(store.saved).toEqual([{ other: 1, serial: serialOf(answer) }]);
  });

  it('gives the serial number of before, and the NAA follows from it', async () => {
    const [one, two] = [new Store(), new Store()];
    const answers = [];
    for (const store of [one, two]) {
      const { sendAsync } = bench({ store, backend: anonymous() });
      store.settle({ serial: 'made before' });
      expect(serialOf(await sendAsync(SERIAL))).toBe('made before');
      answers.push(await sendAsync('12 01 83 00ff 00'));
    }
    expect(answers[0]).toEqual(answers[1]);
    expect(one.saved).toEqual([]);
  });

  it('is not asked for a serial number that follows from the backend', async () => {
    const store = new Store();
    const { sendAsync } = bench({ store });
    store.settle({ serial: 'another' });
    // FNV-1a of the id, 64 bits, worked out apart.
    expect(await sendAsync(SERIAL)).toEqual(good(`00 80 0010 ${ascii('d7e5ac5e896d1d39')}`));
    expect(store.saved).toEqual([]);
  });

  it('that holds no serial number a disk could have is an error', async () => {
    const store = new Store();
    const { sendAsync } = bench({ store, backend: anonymous() });
    store.settle({ serial: 'x'.repeat(65) });
    expect(await sendAsync(TEST_UNIT_READY)).toEqual(refusal('2/04/03'));
  });
});

describe('closing a unit', () => {
  it('aborts what runs, flushes, closes, in this order and once', async () => {
    const backend = new HeldBackend();
    const { unit, sendAsync } = bench({ backend });
    const write = sendAsync(WRITE_0, { out: block(1) });
    const closed = unit.close();
    expect(unit.close()).toBe(closed);
    await settle();
    backend.finish('write 0+1');
    await settle();
    backend.finish('flush');
    await closed;
    expect(await write).toBeUndefined();
    expect(backend.log).toEqual(['write 0+1', 'flush', 'close']);
  });

  it('leaves a unit without a medium', async () => {
    const { unit, send } = bench();
    await unit.close();
    expect(send(READ_0)).toEqual(refusal('2/3a/00'));
    expect(send(INQUIRY)).toEqual(good(inquiryData));
  });

  it('lets nobody reach the backend any more, not even by loading or stopping', async () => {
    const backend = new HeldBackend();
    const { unit, sendAsync } = bench({ backend, removable: true });
    const closed = unit.close();
    await settle();
    backend.finish('flush');
    await closed;
    await sendAsync(LOAD);
    unit.load();
    expect(await sendAsync(READ_0)).toEqual(refusal('2/3a/00'));
    await sendAsync(STOP);
    await sendAsync(EJECT);
    expect(backend.log).toEqual(['flush', 'close']);
  });

  it.each(['ends well', 'fails'])('closes the store when closing the backend %s', async (how) => {
    const backend = new HeldBackend();
    const log: string[] = [];
    const store: UnitStore = {
      load: () => undefined,
      save: () => undefined,
      close: () => void log.push(...backend.log, 'close store'),
    };
    const { unit } = bench({ backend, store });
    await settle();
    const closed = unit.close();
    await settle();
    if (how === 'fails') {
      backend.fail(new Error('scratch'), 'flush');
      await expect(closed).rejects.toThrow('scratch');
    } else {
      backend.finish('flush');
      await closed;
    }
    expect(log).toEqual(['flush', 'close', 'close store']);
  });

  it('closes the backend even if the flush fails, and tells of the failure', async () => {
    const backend = new HeldBackend();
    const { unit } = bench({ backend });
    const closed = unit.close();
    await settle();
    backend.fail(new Error('scratch'), 'flush');
    await expect(closed).rejects.toThrow('scratch');
    expect(backend.closed).toBe(true);
  });

  it('tells of a backend that does not answer in time, and waits for it', async () => {
    const backend = new HeldBackend();
    const errors: unknown[] = [];
    const { unit, clock } = bench({
      backend,
      abortTimeout: 5000,
      onError: (error) => errors.push(error),
    });
    const closed = unit.close();
    await settle();
    clock.advance(4999);
    expect(errors).toEqual([]);
    clock.advance(1);
    const late = 'still waiting for the flush and close of the disk, 5000 ms';
    expect(errors).toMatchObject([{ message: late }]);
    backend.finish('flush');
    await closed;
    expect(backend.closed).toBe(true);
  });

  it('does not tell of one that answers in time', async () => {
    const errors: unknown[] = [];
    const { unit, clock } = bench({ backend: memory(), onError: (error) => errors.push(error) });
    await unit.close();
    clock.advance(3_600_000);
    expect(errors).toEqual([]);
  });

  it('gives the backend free for another unit', async () => {
    const backend = memory();
    const { unit } = bench({ backend });
    await unit.close();
    expect(() => new LogicalUnit(sbc, { backend })).not.toThrow();
  });

  it('ends what the backend tells', async () => {
    const backend = memory();
    const { unit, send } = bench({ backend });
    await unit.close();
    backend.resize(4096);
    expect(send('03 00 0000 ff 00')).toEqual(good(fixedSense('2/3a/00')));
  });
});
