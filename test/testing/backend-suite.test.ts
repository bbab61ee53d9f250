import { describe, expect, it } from 'vitest';
import type { Backend, WriteOptions } from '../../src/backend/backend.ts';
import { memoryBackend } from '../../src/backend/memory.ts';
import type { MemoryBackend } from '../../src/backend/memory.ts';
import { backendSuite } from '../../src/testing/backend-suite.ts';

type Sync = MemoryBackend;

/** A memory backend with one method replaced by a broken one. */
function broken(change: (inner: Sync) => Partial<Backend>): Backend {
  const inner = memoryBackend({ blocks: 64 });
  const copy: Backend = {
    blockLength: 512,
    blocks: 64,
    unmappedReadsZeros: true,
    read: (lba, into) => inner.read(lba, into),
    write: (lba, from, options) => inner.write(lba, from, options),
    readProtection: (lba, into) => inner.readProtection(lba, into),
    unmap: (lba, blocks) => inner.unmap(lba, blocks),
    view: (lba, blocks) => inner.view(lba, blocks),
  };
  return { ...copy, ...change(inner) };
}

async function failures(make: () => Backend): Promise<readonly string[]> {
  const names: string[] = [];
  for (const { name, run } of backendSuite('it', make))
    await run().catch(() => names.push(name.slice(3)));
  return names;
}

describe('backendSuite', () => {
  it('finds nothing wrong with a right backend', async () => {
    expect(await failures(() => broken(() => ({})))).toEqual([]);
  });

  it.each<[string, (inner: Sync) => Partial<Backend>, string]>([
    ['a block length of 520', () => ({ blockLength: 520 }), 'has a geometry that a disk can have'],
    [
      'a last block that is not kept',
      (inner) => ({ write: (lba, from) => (lba === 63 ? undefined : inner.write(lba, from)) }),
      'reads back what was written, first, middle and last block',
    ],
    [
      'a write that spills over',
      (inner) => ({
        write(lba: number, from: Uint8Array): void {
          inner.write(lba, from);
          if (lba > 0 && lba < 50) inner.write(lba + from.length / 512, new Uint8Array(512));
        },
      }),
      'writes no block but those asked for',
    ],
    [
      'a read that takes the whole ArrayBuffer for its buffer',
      (inner) => ({ read: (lba, into) => inner.read(lba, new Uint8Array(into.buffer, 0, 512)) }),
      'takes and fills buffers that lie anywhere in memory',
    ],
    [
      'a write that keeps the buffer',
      () => {
        const kept = new Map<number, Uint8Array>();
        return {
          write(lba: number, from: Uint8Array, _options: WriteOptions): void {
            for (let i = 0; i * 512 < from.length; i++)
              kept.set(lba + i, from.subarray(i * 512, (i + 1) * 512));
          },
          read(lba: number, into: Uint8Array): void {
            for (let i = 0; i * 512 < into.length; i++)
              into.set(kept.get(lba + i) ?? new Uint8Array(512), i * 512);
          },
        };
      },
      'keeps no buffer when the call has settled',
    ],
    [
      'an unmap that does one block less',
      (inner) => ({ unmap: (lba, blocks) => inner.unmap(lba, blocks - 1) }),
      'reads zeros where it unmapped, and only there',
    ],
    [
      'a view that is let go too early',
      (inner) => ({
        view(lba: number, blocks: number) {
          const view = inner.view(lba, blocks);
          view.release();
          return view;
        },
      }),
      'lends blocks that stay as they are until they are released',
    ],
    [
      'protection information that is forgotten',
      (inner) => ({ write: (lba, from) => inner.write(lba, from) }),
      'keeps protection information with the blocks that it came with',
    ],
    [
      'protection information that an unmap leaves behind',
      (inner) => {
        const kept = memoryBackend({ blocks: 64 });
        return {
          write(lba, from, options): void {
            inner.write(lba, from);
            kept.write(lba, from, options);
          },
          readProtection: (lba, into) => kept.readProtection(lba, into),
        };
      },
      'keeps protection information with the blocks that it came with',
    ],
    [
      'a read-only backend that writes',
      () => ({ readOnly: true }),
      'refuses to write when it is read-only',
    ],
    [
      'a close that fails the second time',
      () => {
        let open = true;
        return {
          close(): void {
            if (!open) throw new Error('closed already');
            open = false;
          },
        };
      },
      'can be closed more than once',
    ],
  ])('finds %s', async (_, change, name) => {
    expect(await failures(() => broken(change))).toContain(name);
  });
});
