import { describe, expect, it } from 'vitest';
import { memoryBackend, type MemoryBackend } from '../../../src/backend/memory.ts';
import { bench, good, refusal } from '../disk-under-test.ts';

const block = (fill: number): Uint8Array => new Uint8Array(512).fill(fill);

function contents(backend: MemoryBackend): number[] {
  const bytes = new Uint8Array(backend.blocks * 512);
  backend.read(0, bytes);
  return Array.from({ length: backend.blocks }, (_, i) => {
    const one = bytes.subarray(i * 512, (i + 1) * 512);
    return one.every((byte) => byte === one[0]) ? one[0]! : -1;
  });
}

const FORMS = [
  [
    'WRITE SAME(10)',
    (flags: string, lba: string, n: string) => `41 ${flags} 000000${lba} 00 00${n} 00`,
  ],
  [
    'WRITE SAME(16)',
    (flags: string, lba: string, n: string) => `93 ${flags} 00000000000000${lba} 000000${n} 00 00`,
  ],
] as const;

describe.each(FORMS)('%s', (_, cdb) => {
  it('writes one block to many', () => {
    const backend = memoryBackend({ blocks: 8 });
    expect(bench({ backend }).send(cdb('00', '02', '03'), { out: block(9) })).toEqual(
      good('', 512),
    );
    expect(contents(backend)).toEqual([0, 0, 9, 9, 9, 0, 0, 0]);
  });

  it.each([0, 1, 511])('is refused with %d bytes of data, which are no block', (length) => {
    const backend = memoryBackend({ blocks: 8 });
    const answer = bench({ backend }).send(cdb('00', '02', '03'), {
      out: block(9).subarray(0, length),
    });
    expect(answer.status).toBe(2);
    expect(contents(backend)).toEqual([0, 0, 0, 0, 0, 0, 0, 0]);
  });

  it('goes to the end of the medium with a count of 0', () => {
    const backend = memoryBackend({ blocks: 8 });
    bench({ backend }).send(cdb('00', '05', '00'), { out: block(9) });
    expect(contents(backend)).toEqual([0, 0, 0, 0, 0, 9, 9, 9]);
  });

  it('unmaps with UNMAP and zeros', () => {
    const backend = memoryBackend({ blocks: 256 });
    backend.write(0, new Uint8Array(256 * 512).fill(7));
    bench({ backend }).send(cdb('08', '00', '80'), { out: block(0) });
    expect(contents(backend).slice(126, 130)).toEqual([0, 0, 7, 7]);
    expect(backend.allocatedBytes).toBe(65_536);
  });

  it('writes with UNMAP what unmapped blocks would not read as', () => {
    const backend = memoryBackend({ blocks: 8 });
    bench({ backend }).send(cdb('08', '00', '02'), { out: block(9) });
    expect(contents(backend)).toEqual([9, 9, 0, 0, 0, 0, 0, 0]);
  });

  it('unmaps with UNMAP whatever the block says on a lenient unit', () => {
    const backend = memoryBackend({ blocks: 8 });
    backend.write(0, new Uint8Array(8 * 512).fill(7));
    bench({ backend, compatibility: 'lenient' }).send(cdb('08', '00', '02'), { out: block(9) });
    expect(contents(backend)).toEqual([0, 0, 7, 7, 7, 7, 7, 7]);
  });

  it('refuses ANCHOR, as nothing can be anchored', () => {
    const { send } = bench();
    expect(send(cdb('10', '00', '01'))).toEqual(refusal('5/24/00', { cdb: [1, 4] }));
    expect(send(cdb('18', '00', '01'))).toEqual(refusal('5/24/00', { cdb: [1, 4] }));
  });

  it('refuses UNMAP on a disk that is not thin', () => {
    const { send } = bench({ thin: false });
    expect(send(cdb('08', '00', '01'))).toEqual(refusal('5/24/00', { cdb: [1, 3] }));
  });

  it('names the first block past the end', () => {
    const { send } = bench({ backend: memoryBackend({ blocks: 8 }) });
    expect(send(cdb('00', '07', '02'))).toEqual(refusal('5/21/00', { information: 8 }));
  });

  it('takes the length that a count of 0 stands for against the limit', () => {
    const backend = memoryBackend({ blocks: 8 });
    const { send } = bench({ backend, maxWriteSameBlocks: 4 });
    expect(send(cdb('00', '03', '00')).status).toBe(2);
    expect(send(cdb('00', '04', '00'), { out: block(1) })).toEqual(good('', 512));
  });

  it.each([0, 256, 511, 1024])('refuses %i bytes of data', (length) => {
    const out = new Uint8Array(length);
    expect(bench().send(cdb('00', '00', '01'), { out, dataOutLength: length })).toEqual(
      refusal('5/0E/03'),
    );
  });

  it('is refused on a write-protected medium', () => {
    expect(bench({ readOnly: true }).send(cdb('00', '00', '01'))).toEqual(refusal('7/27/00'));
  });
});

describe('WRITE SAME(16)', () => {
  it('takes no data with NDOB and writes zeros', () => {
    const backend = memoryBackend({ blocks: 8 });
    backend.write(0, new Uint8Array(8 * 512).fill(7));
    const answer = bench({ backend }).send('93 01 0000000000000002 00000003 00 00');
    expect(answer).toEqual(good());
    expect(contents(backend)).toEqual([7, 7, 0, 0, 0, 7, 7, 7]);
  });

  it('names the field of a count over the limit', () => {
    const { send } = bench({ maxWriteSameBlocks: 4 });
    expect(send('93 00 0000000000000000 00000005 00 00')).toEqual(
      refusal('5/24/00', { cdb: [10] }),
    );
  });

  it('gives the event loop a turn after 8 MiB', async () => {
    const backend = memoryBackend({ blocks: 40_000 });
    const { sendAsync, clock } = bench({ backend });
    const answer = sendAsync('93 00 0000000000000000 00009c40 00 00', { out: block(3) });
    const before = contents(backend).filter((fill) => fill === 3).length;
    expect(before).toBe(16_384);
    for (let turn = 0; turn < 3; turn++) {
      clock.advance(0);
      await Promise.resolve();
      await Promise.resolve();
    }
    expect((await answer)?.status).toBe(0);
    expect(contents(backend).every((fill) => fill === 3)).toBe(true);
  });
});
