import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BackendError, type Backend } from '../../src/backend/backend.ts';
import { memoryBackend } from '../../src/backend/memory.ts';
import { overlayBackend } from '../../src/backend/overlay.ts';
import { RangeMap } from '../../src/backend/range-map.ts';
import { readOnlyBackend } from '../../src/backend/read-only.ts';
import { scriptedBackend } from '../../src/testing/scripted-backend.ts';

const BLOCK = 512;
const filled = (blocks: number, value: number): Uint8Array =>
  new Uint8Array(blocks * BLOCK).fill(value);
const fua = false;

describe('overlayBackend', () => {
  it('never writes to its base', () => {
    const base = memoryBackend({ blocks: 8 });
    base.write(0, filled(8, 1));
    const disk = overlayBackend(readOnlyBackend(base));
    void disk.write(1, filled(1, 2), { fua });
    void disk.unmap?.(3, 2);
    const [own, original] = [filled(8, 0xee), filled(8, 0xee)];
    void disk.read(0, own);
    base.read(0, original);
    expect([0, 1, 2, 3, 4, 5].map((lba) => own[lba * BLOCK])).toEqual([1, 2, 1, 0, 0, 1]);
    expect(original).toEqual(filled(8, 1));
    expect(disk.readOnly).toBeUndefined();
  });

  it('answers in the same tick over synchronous parts', () => {
    const disk = overlayBackend(memoryBackend({ blocks: 8 }));
    expect(disk.write(0, filled(1, 1), { fua })).toBeUndefined();
    expect(disk.read(0, filled(8, 0))).toBeUndefined();
    expect(disk.unmap?.(0, 8)).toBeUndefined();
  });

  it('has the protection information of wherever a block is', () => {
    const base = memoryBackend({ blocks: 8 });
    base.write(0, filled(8, 1), { fua, protection: new Uint8Array(64).fill(0x0b) });
    const disk = overlayBackend(readOnlyBackend(base));
    void disk.write(2, filled(2, 2), { fua, protection: new Uint8Array(16).fill(0x70) });
    void disk.unmap?.(5, 1);
    const own = new Uint8Array(64);
    void disk.readProtection?.(0, own);
    const firsts = Array.from({ length: 8 }, (_, i) => own[8 * i]);
    expect(firsts).toEqual([0x0b, 0x0b, 0x70, 0x70, 0x0b, 0xff, 0x0b, 0x0b]);
  });

  it('keeps protection information exactly where its top does, whatever the base can', () => {
    const able = memoryBackend({ blocks: 8 });
    const unable: Backend = { blockLength: BLOCK, blocks: 8, read() {}, write() {} };
    expect(overlayBackend(able, unable)).toHaveProperty('readProtection', undefined);
    const own = new Uint8Array(8);
    void overlayBackend(unable).readProtection?.(0, own);
    expect(own).toEqual(new Uint8Array(8).fill(0xff));
  });

  it('passes on views of base, top and holes, and copies nothing of the first two', () => {
    const base = memoryBackend({ blocks: 8 });
    base.write(0, filled(8, 1));
    const disk = overlayBackend(base);
    void disk.write(2, filled(2, 2), { fua });
    void disk.unmap?.(5, 1);
    const view = disk.view?.(0, 8);
    expect(view?.chunks.map((chunk) => [chunk.length / BLOCK, chunk[0]])).toEqual([
      [2, 1],
      [2, 2],
      [1, 1],
      [1, 0],
      [2, 1],
    ]);
    expect(view?.chunks[0]?.buffer).toBe(base.view(0, 1).chunks[0]?.buffer);
    view?.release();
  });

  it('gives back the parts of a view that cannot be lent whole', () => {
    const base = memoryBackend({ blocks: 8 });
    base.write(0, filled(8, 1));
    const top = scriptedBackend(memoryBackend({ blocks: 8 }), [{ op: 'read', action: 'hold' }]);
    const disk = overlayBackend(base, top);
    void disk.write(4, filled(1, 2), { fua });
    const before = base.view(0, 1);
    before.release();
    expect(disk.view?.(0, 8)).toBeUndefined();
    base.write(0, filled(1, 3));
    expect(base.view(0, 1).chunks[0]?.buffer).toBe(before.chunks[0]?.buffer);
  });

  it('shows what was there before where a write failed', async () => {
    const top = scriptedBackend(memoryBackend({ blocks: 8 }), [{ op: 'write', action: 'hold' }]);
    const disk = overlayBackend(memoryBackend({ blocks: 8 }), top);
    const write = Promise.resolve(disk.write(0, filled(1, 9), { fua }));
    (await top.nextHeld()).fail(new BackendError('space', 'full'));
    await expect(write).rejects.toMatchObject({ kind: 'space' });
    const into = filled(1, 0xee);
    await disk.read(0, into);
    expect(into).toEqual(filled(1, 0));
  });

  it('settles a read that failed in one part only when the other part has let go of the buffer', async () => {
    const base = scriptedBackend(memoryBackend({ blocks: 8 }), [{ op: 'read', action: 'hold' }]);
    const top = scriptedBackend(memoryBackend({ blocks: 8 }));
    const disk = overlayBackend(base, top);
    await disk.write(0, filled(1, 1), { fua });
    top.on({ op: 'read', action: { fail: new BackendError('medium', 'scratch', { lba: 0 }) } });
    let settled = false;
    const read = Promise.resolve(disk.read(0, filled(2, 0))).finally(() => (settled = true));
    const outcome = expect(read).rejects.toMatchObject({ kind: 'medium', lba: 0 });
    const held = await base.nextHeld();
    expect(settled).toBe(false);
    await held.proceed();
    await outcome;
  });

  it('is the base again where the base shrank and grew', () => {
    const base = memoryBackend({ blocks: 8 });
    const disk = overlayBackend(base);
    void disk.write(0, filled(8, 1), { fua });
    const seen: number[] = [];
    disk.watch?.(() => seen.push(disk.blocks));
    base.resize(4);
    base.resize(8);
    const into = filled(8, 0xee);
    void disk.read(0, into);
    expect(into).toEqual(new Uint8Array([...filled(4, 1), ...filled(4, 0)]));
    expect(seen).toEqual([4, 8]);
  });

  it('unmaps 1 PiB at once', () => {
    const disk = overlayBackend(memoryBackend({ size: 2 ** 50 }));
    void disk.write(12_345, filled(1, 1), { fua });
    void disk.unmap?.(1, disk.blocks - 2);
    const into = filled(1, 0xee);
    void disk.read(12_345, into);
    expect(into).toEqual(filled(1, 0));
  });

  it.each([
    ['another block length', memoryBackend({ blocks: 8, blockLength: 4096 })],
    ['fewer blocks', memoryBackend({ blocks: 7 })],
  ])('refuses a top with %s', (_, top) => {
    expect(() => overlayBackend(memoryBackend({ blocks: 8 }), top)).toThrow(RangeError);
  });

  it('does what an array does with disjoint calls in flight that settle in any order', async () => {
    const blocks = 32;
    const call = fc.record({
      op: fc.constantFrom('read' as const, 'write' as const, 'unmap' as const),
      length: fc.integer({ min: 1, max: 9 }),
      fill: fc.integer({ min: 1, max: 255 }),
      pick: fc.nat(),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(call, { maxLength: 12 }), { maxLength: 6 }),
        async (all) => {
          const inner = memoryBackend({ blocks });
          inner.write(0, filled(blocks, 0xba));
          const model = filled(blocks, 0xba);
          const base = scriptedBackend(inner, [{ action: 'hold' }]);
          const top = scriptedBackend(memoryBackend({ blocks }), [{ action: 'hold' }]);
          const disk = overlayBackend(base, top);
          for (const batch of all) {
            let lba = 0;
            const done: Promise<unknown>[] = [];
            for (const { op, length, fill } of batch) {
              const count = Math.min(length, blocks - lba);
              if (count === 0) break;
              const part = model.subarray(lba * BLOCK, (lba + count) * BLOCK);
              if (op === 'write') {
                part.fill(fill);
                done.push(Promise.resolve(disk.write(lba, filled(count, fill), { fua })));
              } else if (op === 'unmap') {
                part.fill(0);
                done.push(Promise.resolve(disk.unmap?.(lba, count)));
              } else {
                const into = filled(count, 0xee);
                const check = (): void => expect(Buffer.compare(into, part)).toBe(0);
                done.push(Promise.resolve(disk.read(lba, into)).then(check));
              }
              lba += count;
            }
            for (let i = 0; base.held.length + top.held.length > 0; i++) {
              const held = [...base.held, ...top.held];
              await held[(batch[i % batch.length]?.pick ?? 0) % held.length]?.proceed();
            }
            await Promise.all(done);
          }
          base.on({ action: 'pass' });
          top.on({ action: 'pass' });
          const into = filled(blocks, 0xee);
          await disk.read(0, into);
          expect(Buffer.compare(into, model)).toBe(0);
        },
      ),
    );
  });
});

describe('RangeMap', () => {
  it('knows every number that was marked last, as the fewest runs, at any distance', () => {
    const origin = fc.constantFrom(0, 4090, 4096 * 1024 - 5, 2 ** 32 - 7, 2 ** 53 - 65);
    const mark = fc.record({ at: fc.nat(63), length: fc.nat(64), state: fc.nat(3) });
    fc.assert(
      fc.property(origin, fc.array(mark), (start, marks) => {
        const map = new RangeMap();
        const model = Array.from({ length: 64 }, () => 0);
        for (const { at, length, state } of marks) {
          const to = Math.min(at + length, 64);
          map.set(start + at, start + to, state);
          if (at < to) model.fill(state, at, to);
        }
        const seen: number[] = [];
        let last = -1;
        map.runs(start, start + 64, (from, to, state) => {
          expect(from).toBe(start + seen.length);
          expect(state).not.toBe(last);
          last = state;
          for (let at = from; at < to; at++) seen.push(state);
        });
        expect(seen).toEqual(model);
      }),
    );
  });
});
