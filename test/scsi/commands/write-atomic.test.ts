import { describe, expect, it } from 'vitest';
import { memoryBackend } from '../../../src/backend/memory.ts';
import { bench, contents, good, refusal } from '../disk-under-test.ts';

const atomic = (blocks: string, boundary = '0000'): string =>
  `9c 00 0000000000000002 ${boundary} ${blocks} 00 00`;

const block = (fill: number): Uint8Array => new Uint8Array(512).fill(fill);

describe('WRITE ATOMIC(16)', () => {
  it('writes the blocks', () => {
    const backend = memoryBackend({ blocks: 4 });
    expect(bench({ backend }).send(atomic('0001'), { out: block(5) })).toEqual(good('', 512));
    expect(contents(backend).subarray(1024, 1536)).toEqual(block(5));
  });

  it('writes nothing where data is missing', () => {
    const backend = memoryBackend({ blocks: 4 });
    expect(bench({ backend }).send(atomic('0002'), { out: block(5) })).toEqual(
      refusal('5/0E/03', {}, 1024),
    );
    expect(contents(backend)).toEqual(new Uint8Array(2048));
  });

  it('refuses a boundary, as a write is never divided', () => {
    expect(bench().send(atomic('0001', '0001'))).toEqual(refusal('5/24/00', { cdb: [10] }));
  });

  it('refuses more blocks than the Block Limits page has', () => {
    const backend = Object.assign(memoryBackend({ blocks: 16 }), { maxAtomicBlocks: 4 });
    expect(bench({ backend }).send(atomic('0005'))).toEqual(refusal('5/24/00', { cdb: [12] }));
  });

  it('is not there with a backend that promises nothing', () => {
    const backend = {
      blockLength: 512,
      blocks: 16,
      read: () => undefined,
      write: () => undefined,
    };
    expect(bench({ backend }).send(atomic('0001'))).toEqual(refusal('5/20/00', { cdb: [0] }));
  });
});
