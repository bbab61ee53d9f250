import { describe, expect, it } from 'vitest';
import { BackendError } from '../../src/backend/backend.ts';
import { memoryBackend } from '../../src/backend/memory.ts';
import { manualClock } from '../../src/testing/manual-clock.ts';
import { scriptedBackend } from '../../src/testing/scripted-backend.ts';

const block = (value: number): Uint8Array => new Uint8Array(512).fill(value);

describe('scriptedBackend', () => {
  it('passes calls on in the same tick where no rule matches', () => {
    const disk = scriptedBackend(memoryBackend({ blocks: 8 }));
    expect(disk.write(3, block(7), { fua: true })).toBeUndefined();
    const into = block(0);
    expect(disk.read(3, into)).toBeUndefined();
    expect(into).toEqual(block(7));
    expect(disk.calls).toEqual([
      { op: 'write', lba: 3, blocks: 1, fua: true },
      { op: 'read', lba: 3, blocks: 1, fua: false },
    ]);
  });

  it('fails as many calls that touch a block as the rule says', () => {
    const scratch = new BackendError('medium', 'a scratch', { lba: 3 });
    const disk = scriptedBackend(memoryBackend({ blocks: 8 }), [
      { op: 'read', lba: 3, times: 1, action: { fail: scratch } },
    ]);
    void disk.read(0, new Uint8Array(3 * 512));
    expect(() => disk.read(2, new Uint8Array(2 * 512))).toThrow(scratch);
    void disk.read(3, block(0));
  });

  it('settles held calls in the order in which the test lets them', async () => {
    const inner = memoryBackend({ blocks: 8 });
    const disk = scriptedBackend(inner, [{ op: 'write', action: 'hold' }]);
    const settled: number[] = [];
    const calls = [1, 2, 3].map(async (lba) => {
      await disk.write(lba, block(lba), { fua: false });
      settled.push(lba);
    });
    expect(inner.allocatedBytes).toBe(0);
    for (const at of [2, 0, 0]) await disk.held[at]?.proceed();
    await Promise.all(calls);
    expect(settled).toEqual([3, 1, 2]);
  });

  it('never shows a held call that failed to the inner backend', async () => {
    const inner = memoryBackend({ blocks: 8 });
    const disk = scriptedBackend(inner, [{ action: 'hold' }]);
    const write = Promise.resolve(disk.write(0, block(1), { fua: false }));
    const held = await disk.nextHeld();
    held.fail(new BackendError('space', 'full'));
    await expect(write).rejects.toThrow('full');
    expect(inner.allocatedBytes).toBe(0);
  });

  it('gives a call that is held later to who waits for it', async () => {
    const disk = scriptedBackend(memoryBackend({ blocks: 8 }), [{ op: 'unmap', action: 'hold' }]);
    const next = disk.nextHeld();
    const unmap = disk.unmap?.(2, 3);
    expect(await next).toMatchObject({ op: 'unmap', lba: 2, blocks: 3 });
    await disk.proceedAll();
    await unmap;
    expect(disk.held).toEqual([]);
  });

  it('lends no view of blocks whose read has a rule, so that the rule is not passed by', () => {
    const disk = scriptedBackend(memoryBackend({ blocks: 8 }), [
      { op: 'read', lba: 3, action: 'hold' },
    ]);
    expect(disk.view?.(2, 4)).toBeUndefined();
    expect(disk.view?.(4, 4)?.chunks).toHaveLength(1);
  });

  it('lets a later rule go before an earlier one until it is removed', () => {
    const disk = scriptedBackend(memoryBackend({ blocks: 8 }), [
      { op: 'read', action: { fail: new Error('no') } },
    ]);
    const remove = disk.on({ op: ['read', 'write'], action: 'pass' });
    void disk.read(0, block(0));
    remove();
    expect(() => disk.read(0, block(0))).toThrow('no');
  });

  it('makes a call asynchronous that is deferred', async () => {
    const disk = scriptedBackend(memoryBackend({ blocks: 8 }), [{ action: 'defer' }]);
    await Promise.resolve(disk.write(0, block(5), { fua: false }));
    const into = block(0);
    const read = disk.read(0, into);
    expect(into).toEqual(block(0));
    await read;
    expect(into).toEqual(block(5));
  });
});

describe('manualClock', () => {
  it('makes the calls that fall due in order of time, those asked for meanwhile included', () => {
    const clock = manualClock();
    const seen: string[] = [];
    const at = (name: string) => (): void => void seen.push(`${name}@${clock.now()}`);
    clock.after(30, at('c'));
    clock.after(10, () => {
      at('a')();
      clock.after(5, at('b'));
    });
    clock.after(31, at('late'));
    const cancel = clock.after(20, at('never'));
    cancel();
    clock.advance(30);
    expect(seen).toEqual(['a@10', 'b@15', 'c@30']);
    expect(clock.now()).toBe(30);
    expect(clock.pending).toBe(1);
  });

  it('never goes back', () => {
    expect(() => manualClock().advance(-1)).toThrow(RangeError);
  });
});
