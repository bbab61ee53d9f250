import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { memoryBackend } from '../../../src/backend/memory.ts';
import type { Backend } from '../../../src/backend/backend.ts';
import { bench, good, refusal } from '../disk-under-test.ts';

const block = (fill: number): Uint8Array => new Uint8Array(512).fill(fill);

const halves = (compare: Uint8Array, write: Uint8Array): Uint8Array => {
  const bytes = new Uint8Array(compare.length + write.length);
  bytes.set(compare);
  bytes.set(write, compare.length);
  return bytes;
};

/** COMPARE AND WRITE of some blocks at LBA 7. */
const caw = (count: string, flags = '00'): string =>
  `89 ${flags} 0000000000000007 000000 ${count} 00 00`;

describe('COMPARE AND WRITE', () => {
  it('writes where the medium is what the initiator takes it to be', () => {
    const backend = memoryBackend({ blocks: 16 });
    const { send } = bench({ backend });
    expect(send(caw('01'), { out: halves(block(0), block(5)) })).toEqual(good('', 1024));
    const now = block(0);
    backend.read(7, now);
    expect(now).toEqual(block(5));
  });

  it('leaves the medium alone and gives the offset of the first byte that differs', () => {
    const backend = memoryBackend({ blocks: 16 });
    const { send } = bench({ backend });
    const compare = halves(block(0), block(0));
    compare[700] = 1;
    const out = halves(compare, halves(block(5), block(5)));
    expect(send(caw('02'), { out })).toEqual(refusal('E/1D/00', { information: 700 }, 2048));
    const now = block(9);
    backend.read(7, now);
    expect(now).toEqual(block(0));
  });

  it('reaches the last block, though it brings twice as much data', () => {
    const backend = memoryBackend({ blocks: 8 });
    const { send } = bench({ backend });
    expect(send(caw('01'), { out: halves(block(0), block(5)) })).toEqual(good('', 1024));
    expect(send(caw('02'))).toEqual(refusal('5/21/00', { information: 8 }));
  });

  it('is GOOD with no blocks', () => {
    expect(bench().send(caw('00'))).toEqual(good());
  });

  it.each([1023, 1025, 512, 0])('refuses %i bytes of data where it needs 1024', (length) => {
    const { send } = bench();
    const out = new Uint8Array(length);
    expect(send(caw('01'), { out, dataOutLength: length })).toEqual(
      refusal('5/24/00', { cdb: [13] }),
    );
  });

  it('refuses more blocks than the Block Limits page has', () => {
    const { send } = bench({ maxCompareAndWriteBlocks: 8 });
    expect(send(caw('09'))).toEqual(refusal('5/24/00', { cdb: [13] }));
  });

  it('refuses WRPROTECT', () => {
    expect(bench().send(caw('01', '20'))).toEqual(refusal('5/24/00', { cdb: [1, 7] }));
  });

  it('is refused on a write-protected medium', () => {
    expect(bench({ readOnly: true }).send(caw('01'))).toEqual(refusal('7/27/00'));
  });

  it('is one step to everybody else: of many that expect the same, one wins', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 2, max: 12 }), fc.scheduler(), async (rivals, s) => {
        const memory = memoryBackend({ blocks: 16 });
        const slow: Backend = {
          blockLength: 512,
          blocks: 16,
          read: (lba, into) => s.schedule(Promise.resolve()).then(() => memory.read(lba, into)),
          write: (lba, from) => s.schedule(Promise.resolve()).then(() => memory.write(lba, from)),
        };
        const { sendAsync } = bench({ backend: slow });
        const answers = Array.from({ length: rivals }, (_, i) =>
          sendAsync(caw('01'), { out: halves(block(0), block(i + 1)) }),
        );
        await s.waitFor(Promise.all(answers));
        const statuses = await Promise.all(answers.map(async (answer) => (await answer)?.status));
        expect(statuses.filter((status) => status === 0)).toHaveLength(1);
        const now = block(0);
        memory.read(7, now);
        expect(now).toEqual(block(statuses.indexOf(0) + 1));
      }),
    );
  });
});
