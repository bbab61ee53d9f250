import { describe, expect, it } from 'vitest';
import { bench, fixedSense, good, refusal, settle } from './disk-under-test.ts';
import {
  TEST_UNIT_READY,
  INQUIRY,
  REQUEST_SENSE,
  READ_0,
  WRITE_0,
  block,
  inquiryData,
} from './familiar-commands.ts';
import { HeldBackend } from './held-backend.ts';

describe('overlapped commands', () => {
  it('end in 0B/4E/00, and every task of the nexus is aborted', async () => {
    const backend = new HeldBackend();
    const { sendAsync } = bench({ backend });
    const first = sendAsync(READ_0, { tag: 900 });
    const second = sendAsync('28 00 00000009 00 0001 00', { tag: 901 });
    const overlapped = sendAsync(TEST_UNIT_READY, { tag: 900 });
    backend.finish();
    backend.finish();
    expect(await overlapped).toEqual(refusal('b/4e/00'));
    expect([await first, await second]).toEqual([undefined, undefined]);
  });

  it('do not touch the tasks of another nexus', async () => {
    const backend = new HeldBackend();
    const { sendAsync, initiator } = bench({ backend });
    const other = sendAsync(READ_0, { tag: 900, from: initiator('other') });
    const mine = sendAsync(READ_0, { tag: 900 });
    const overlapped = sendAsync(TEST_UNIT_READY, { tag: 900 });
    backend.finish();
    backend.finish();
    expect(await overlapped).toEqual(refusal('b/4e/00'));
    expect([(await other)?.status, await mine]).toEqual([0, undefined]);
  });

  it('are none where another nexus uses the same tag', async () => {
    const backend = new HeldBackend();
    const { send, sendAsync, initiator } = bench({ backend });
    const other = sendAsync(READ_0, { tag: 900, from: initiator('other') });
    expect(send(TEST_UNIT_READY, { tag: 900 })).toEqual(good());
    backend.finish();
    await other;
  });

  it('are none where the tag is used again after its task has ended', () => {
    const { send } = bench();
    expect(send(TEST_UNIT_READY, { tag: 5 })).toEqual(good());
    expect(send(TEST_UNIT_READY, { tag: 5 })).toEqual(good());
  });
});

const stuck = () => {
  const backend = new HeldBackend();
  const it = bench({ backend, abortTimeout: 5000 });
  const write = it.sendAsync(WRITE_0, { tag: 900, out: block(1) });
  const managed = Promise.resolve(it.nexus.manage({ function: 'ABORT TASK SET', lun: 0 }));
  return { ...it, backend, write, managed };
};

describe('task management that takes too long', () => {
  it('answers after the time-out, not before', async () => {
    const { clock, managed, backend } = stuck();
    let answer: unknown;
    void managed.then((response) => (answer = response));
    clock.advance(4999);
    await settle();
    expect(answer).toBeUndefined();
    clock.advance(1);
    await settle();
    expect(answer).toBe('FUNCTION COMPLETE');
    backend.finish();
  });

  it('fences the unit until the tasks have settled', async () => {
    const { clock, send, backend, managed, write } = stuck();
    clock.advance(5000);
    await managed;
    expect(send(TEST_UNIT_READY)).toEqual(refusal('4/3e/02'));
    expect(send(READ_0)).toEqual(refusal('4/3e/02'));
    expect(send(REQUEST_SENSE)).toEqual(good(fixedSense('4/3e/02')));
    expect(send(INQUIRY)).toEqual(good(inquiryData));
    backend.finish();
    expect(await write).toBeUndefined();
    await settle();
    expect(send(TEST_UNIT_READY)).toEqual(good());
  });

  it('keeps the fence until the last group of tasks has settled', async () => {
    const { clock, send, sendAsync, nexus, backend, managed } = stuck();
    const other = sendAsync('2a 00 00000008 00 0001 00', { tag: 901, out: block(2) });
    const second = nexus.manage({ function: 'ABORT TASK', lun: 0, tag: 901 });
    clock.advance(5000);
    await managed;
    await second;
    backend.finish('write 0+1');
    await settle();
    expect(send(TEST_UNIT_READY)).toEqual(refusal('4/3e/02'));
    backend.finish('write 8+1');
    await other;
    await settle();
    expect(send(TEST_UNIT_READY)).toEqual(good());
  });

  it('leaves no timer behind where the tasks settle in time', async () => {
    const { clock, send, backend, managed } = stuck();
    backend.finish();
    expect(await managed).toBe('FUNCTION COMPLETE');
    expect(clock.pending).toBe(0);
    expect(send(TEST_UNIT_READY)).toEqual(good());
  });
});

describe('task management', () => {
  it('ABORT TASK SET aborts the tasks of the nexus and no other', async () => {
    const backend = new HeldBackend();
    const { sendAsync, nexus, initiator } = bench({ backend });
    const other = initiator('other');
    const mine = sendAsync(READ_0);
    const theirs = sendAsync(READ_0, { from: other });
    const managed = nexus.manage({ function: 'ABORT TASK SET', lun: 0 });
    backend.finish();
    backend.finish();
    await managed;
    expect([await mine, (await theirs)?.status]).toEqual([undefined, 0]);
    expect((await sendAsync(TEST_UNIT_READY, { from: other }))?.status).toBe(0);
  });

  it('CLEAR TASK SET aborts all tasks, and tells those others that lost one', async () => {
    const backend = new HeldBackend();
    const { send, sendAsync, nexus, initiator } = bench({ backend });
    const [loser, idle] = [initiator('loser'), initiator('idle')];
    const mine = sendAsync(READ_0);
    const theirs = sendAsync(READ_0, { from: loser });
    const managed = nexus.manage({ function: 'CLEAR TASK SET', lun: 0 });
    backend.finish();
    backend.finish();
    expect(await managed).toBe('FUNCTION COMPLETE');
    expect([await mine, await theirs]).toEqual([undefined, undefined]);
    expect(send(TEST_UNIT_READY, { from: loser })).toEqual(refusal('6/2f/00'));
    expect(send(TEST_UNIT_READY, { from: idle })).toEqual(good());
    expect(send(TEST_UNIT_READY)).toEqual(good());
  });

  it.each(['LOGICAL UNIT RESET', 'TARGET RESET'] as const)(
    '%s aborts all tasks and tells every nexus, its own too',
    async (name) => {
      const backend = new HeldBackend();
      const { send, sendAsync, nexus, initiator } = bench({ backend });
      const other = initiator('other');
      const theirs = sendAsync(READ_0, { from: other });
      const managed = nexus.manage({ function: name, lun: 0 });
      backend.finish();
      expect(await managed).toBe('FUNCTION COMPLETE');
      expect(await theirs).toBeUndefined();
      expect(send(TEST_UNIT_READY, { from: other })).toEqual(refusal('6/29/03'));
      expect(send(TEST_UNIT_READY)).toEqual(refusal('6/29/03'));
      expect(send(TEST_UNIT_READY)).toEqual(good());
    },
  );

  it('I_T NEXUS RESET aborts the tasks of the nexus and tells it, no other', async () => {
    const backend = new HeldBackend();
    const { send, sendAsync, nexus, initiator } = bench({ backend });
    const other = initiator('other');
    const mine = sendAsync(READ_0);
    const managed = nexus.manage({ function: 'I_T NEXUS RESET', lun: 0 });
    backend.finish();
    expect(await managed).toBe('FUNCTION COMPLETE');
    expect(await mine).toBeUndefined();
    expect(send(TEST_UNIT_READY)).toEqual(refusal('6/29/07'));
    expect(send(TEST_UNIT_READY, { from: other })).toEqual(good());
  });

  it('QUERY TASK finds a task of the nexus while it has not ended', async () => {
    const backend = new HeldBackend();
    const { sendAsync, nexus, initiator } = bench({ backend });
    const query = { function: 'QUERY TASK', lun: 0, tag: 900 } as const;
    const read = sendAsync(READ_0, { tag: 900 });
    expect(nexus.manage(query)).toBe('FUNCTION SUCCEEDED');
    expect(nexus.manage({ ...query, tag: 901 })).toBe('FUNCTION COMPLETE');
    expect(initiator('other').manage(query)).toBe('FUNCTION COMPLETE');
    backend.finish();
    await read;
    expect(nexus.manage(query)).toBe('FUNCTION COMPLETE');
  });

  it('QUERY TASK SET finds any task of the nexus', async () => {
    const backend = new HeldBackend();
    const { sendAsync, nexus, initiator } = bench({ backend });
    const query = { function: 'QUERY TASK SET', lun: 0 } as const;
    const read = sendAsync(READ_0);
    expect(nexus.manage(query)).toBe('FUNCTION SUCCEEDED');
    expect(initiator('other').manage(query)).toBe('FUNCTION COMPLETE');
    backend.finish();
    await read;
    expect(nexus.manage(query)).toBe('FUNCTION COMPLETE');
  });

  it('QUERY ASYNCHRONOUS EVENT finds a pending unit attention, and leaves it pending', () => {
    const { send, stranger, nexus } = bench();
    const query = { function: 'QUERY ASYNCHRONOUS EVENT', lun: 0 } as const;
    const from = stranger('new');
    expect(nexus.manage(query)).toBe('FUNCTION COMPLETE');
    expect(from.manage(query)).toBe('FUNCTION SUCCEEDED');
    expect(send(TEST_UNIT_READY, { from })).toEqual(refusal('6/29/00'));
  });

  it('CLEAR ACA has nothing to do where no ACA condition is in effect', () => {
    expect(bench().nexus.manage({ function: 'CLEAR ACA', lun: 0 })).toBe('FUNCTION COMPLETE');
  });
});

describe('a LUN that is taken back', () => {
  it('ends the commands that run under it with TASK ABORTED', async () => {
    const backend = new HeldBackend();
    const { send, sendAsync, target, unit } = bench({ backend });
    target.luns.add(7, unit);
    expect(send(TEST_UNIT_READY)).toEqual(refusal('6/3f/0e'));
    const gone = sendAsync(READ_0);
    const stays = sendAsync(READ_0, { lun: 7 });
    target.luns.remove(0);
    backend.finish();
    backend.finish();
    expect(await gone).toEqual({ ...good(), status: 0x40 });
    expect((await stays)?.status).toBe(0);
  });
});

describe('a lost nexus', () => {
  it('loses its tasks; the promise settles when they have ended', async () => {
    const backend = new HeldBackend();
    const { sendAsync, nexus } = bench({ backend });
    const read = sendAsync(READ_0);
    let lost = false;
    void Promise.resolve(nexus.lost()).then(() => (lost = true));
    await settle();
    expect(lost).toBe(false);
    backend.finish();
    expect(await read).toBeUndefined();
    await settle();
    expect(lost).toBe(true);
  });

  it('is gone at once where it has no task', () => {
    expect(bench().nexus.lost()).toBeUndefined();
  });
});
