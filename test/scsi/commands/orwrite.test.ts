import { describe, expect, it } from 'vitest';
import { memoryBackend } from '../../../src/backend/memory.ts';
import { bench, good, refusal } from '../disk-under-test.ts';

const block = (fill: number): Uint8Array => new Uint8Array(512).fill(fill);

describe('ORWRITE', () => {
  it('ORs the data into the blocks', () => {
    const backend = memoryBackend({ blocks: 16 });
    backend.write(7, block(0xa0));
    const answer = bench({ backend }).send('8b 00 0000000000000007 00000001 00 00', {
      out: block(0x05),
    });
    expect(answer).toEqual(good('', 512));
    const now = block(0);
    backend.read(7, now);
    expect(now).toEqual(block(0xa5));
  });

  it('refuses data that ends early, and changes nothing', () => {
    const backend = memoryBackend({ blocks: 16 });
    const answer = bench({ backend }).send('8b 00 0000000000000007 00000002 00 00', {
      out: block(0xff),
    });
    expect(answer).toEqual(refusal('5/0E/03', {}, 1024));
    const now = block(1);
    backend.read(7, now);
    expect(now).toEqual(block(0));
  });

  it('refuses ORPROTECT', () => {
    expect(bench().send('8b 20 0000000000000000 00000001 00 00')).toEqual(
      refusal('5/24/00', { cdb: [1, 7] }),
    );
  });
});
