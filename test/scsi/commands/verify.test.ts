import { describe, expect, it } from 'vitest';
import { memoryBackend } from '../../../src/backend/memory.ts';
import { bench, good, refusal } from '../disk-under-test.ts';

/** 16 blocks, each full of its own number. */
function numbered() {
  const backend = memoryBackend({ blocks: 16, id: 'numbered' });
  for (let lba = 0; lba < 16; lba++) backend.write(lba, new Uint8Array(512).fill(lba));
  return backend;
}

const blocks = (...fills: number[]): Uint8Array =>
  Uint8Array.from(fills.flatMap((fill) => Array.from({ length: 512 }, () => fill)));

describe.each([
  [
    'VERIFY(10)',
    (flags: string, lba: string, n: string) => `2f ${flags} 000000${lba} 00 00${n} 00`,
  ],
  [
    'VERIFY(12)',
    (flags: string, lba: string, n: string) => `af ${flags} 000000${lba} 000000${n} 00 00`,
  ],
  [
    'VERIFY(16)',
    (flags: string, lba: string, n: string) => `8f ${flags} 00000000000000${lba} 000000${n} 00 00`,
  ],
])('%s', (_, cdb) => {
  it('with BYTCHK 0 moves no data and finds every block readable', () => {
    const { send } = bench({ backend: numbered() });
    expect(send(cdb('00', '03', '02'), { out: blocks(9) })).toEqual(good());
  });

  it('with BYTCHK 1 is GOOD where the medium is what the initiator has', () => {
    const { send } = bench({ backend: numbered() });
    expect(send(cdb('02', '03', '02'), { out: blocks(3, 4) })).toEqual(good('', 1024));
  });

  it('with BYTCHK 1 names the first block that differs', () => {
    const { send } = bench({ backend: numbered() });
    const out = blocks(3, 4);
    out[1023] = 0xff;
    expect(send(cdb('02', '03', '02'), { out })).toEqual(
      refusal('E/1D/00', { information: 4 }, 1024),
    );
  });

  it('with BYTCHK 3 compares every block with the one that the initiator has', () => {
    const { send } = bench({ backend: numbered() });
    expect(send(cdb('06', '05', '01'), { out: blocks(5) })).toEqual(good('', 512));
    expect(send(cdb('06', '05', '02'), { out: blocks(5) })).toEqual(
      refusal('E/1D/00', { information: 6 }, 512),
    );
  });

  it('refuses BYTCHK 2', () => {
    const { send } = bench();
    expect(send(cdb('04', '00', '01'))).toEqual(refusal('5/24/00', { cdb: [1, 2] }));
  });

  it('refuses VRPROTECT, as there is no protection information', () => {
    const { send } = bench();
    expect(send(cdb('20', '00', '01'))).toEqual(refusal('5/24/00', { cdb: [1, 7] }));
  });

  it('names the first block past the end', () => {
    const { send } = bench({ backend: numbered() });
    expect(send(cdb('02', '0f', '02'))).toEqual(refusal('5/21/00', { information: 16 }));
  });

  it('refuses data that ends early', () => {
    const { send } = bench({ backend: numbered() });
    expect(send(cdb('02', '03', '02'), { out: blocks(3) })).toEqual(refusal('5/0E/03', {}, 1024));
  });

  it('reports a block that cannot be read', () => {
    const { send } = bench({
      backend: {
        blockLength: 512,
        blocks: 16,
        read: () => {
          throw new Error('broken');
        },
        write: () => undefined,
      },
    });
    expect(send(cdb('00', '03', '02'))).toEqual(refusal('4/44/00'));
  });
});
