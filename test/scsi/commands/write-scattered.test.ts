import { describe, expect, it } from 'vitest';
import type { Backend } from '../../../src/backend/backend.ts';
import {
  decodeScatteredList,
  encodeScatteredList,
  type LbaRange,
} from '../../../src/cdb/write-scattered.ts';
import {
  be,
  bench,
  contents,
  good,
  hex,
  memory,
  refusal,
  settle,
  unexpected,
} from '../disk-under-test.ts';
import { HeldBackend } from '../held-backend.ts';

const BLOCK = 512;

/** The data-out: a list in `offset` blocks, then blocks of which each is filled with its number. */
function dataOut(ranges: readonly LbaRange[], blocks: number, offset = 1): Uint8Array {
  const bytes = new Uint8Array((offset + blocks) * BLOCK);
  bytes.set(encodeScatteredList(ranges));
  for (let i = 0; i < blocks; i++)
    bytes.fill(i + 1, (offset + i) * BLOCK, (offset + i + 1) * BLOCK);
  return bytes;
}

const FORMS = [
  [
    'WRITE SCATTERED(16)',
    (offset: number, ranges: number, blocks: number, flags = '00') =>
      `9f 12 ${flags} 00 ${be(offset, 2)} 0000 ${be(ranges, 2)} ${be(blocks, 4)} 00 00`,
    { flags: 2, offset: 4, ranges: 8, blocks: 10 },
  ],
  [
    'WRITE SCATTERED(32)',
    (offset: number, ranges: number, blocks: number, flags = '00') =>
      `7f 00 00000000 00 18 0011 ${flags} 00 ${be(offset, 2)} 0000 ${be(ranges, 2)}` +
      ` 00000000 00000000 0000 ${be(blocks, 4)}`,
    { flags: 10, offset: 12, ranges: 16, blocks: 28 },
  ],
] as const;

/** What each block of a disk is filled with. */
const fills = (backend: Backend): number[] =>
  Array.from({ length: backend.blocks }, (_, lba) => contents(backend)[lba * BLOCK]!);

describe.each(FORMS)('%s', (_, cdb, at) => {
  const scatter = (ranges: readonly LbaRange[], blocks: number, offset = 1) => {
    const backend = memory(8);
    const device = bench({ backend });
    const command = cdb(offset, ranges.length, offset + blocks);
    const answer = device.send(command, { out: dataOut(ranges, blocks, offset) });
    return { answer, fills: fills(backend) };
  };
  const untouched = [0, 0, 0, 0, 0, 0, 0, 0];

  it('writes each range with the blocks that are next', () => {
    const ranges = [
      { lba: 6, blocks: 2 },
      { lba: 0, blocks: 1 },
    ];
    expect(scatter(ranges, 3)).toEqual({
      answer: good('', 4 * BLOCK),
      fills: [3, 0, 0, 0, 0, 0, 1, 2],
    });
  });

  it('takes the blocks from the offset on, whatever lies before it', () => {
    expect(scatter([{ lba: 3, blocks: 1 }], 1, 3).fills).toEqual([0, 0, 0, 1, 0, 0, 0, 0]);
  });

  it('lets the later of two ranges that overlap win', () => {
    const ranges = [
      { lba: 1, blocks: 2 },
      { lba: 2, blocks: 1 },
    ];
    expect(scatter(ranges, 3).fills).toEqual([0, 1, 3, 0, 0, 0, 0, 0]);
  });

  it('takes ranges of no blocks', () => {
    const ranges = [
      { lba: 0, blocks: 0 },
      { lba: 8, blocks: 0 },
      { lba: 4, blocks: 1 },
    ];
    expect(scatter(ranges, 1).fills).toEqual([0, 0, 0, 0, 1, 0, 0, 0]);
  });

  it('of no range or no block is fine, and asks for no data', () => {
    const { send } = bench();
    expect(send(cdb(0, 0, 4), { out: unexpected })).toEqual(good());
    expect(send(cdb(0, 4, 0), { out: unexpected })).toEqual(good());
  });

  it('refuses a list that does not end before the blocks begin', () => {
    const { send } = bench();
    expect(send(cdb(0, 1, 2))).toEqual(refusal('5/24/00', { cdb: [at.offset] }));
    // A header and 15 descriptors fill a block.
    expect(send(cdb(1, 16, 2))).toEqual(refusal('5/24/00', { cdb: [at.offset] }));
    expect(send(cdb(1, 15, 1), { out: dataOut([], 0) }).status).toBe(0);
  });

  it('refuses more than the Block Limits Extension page has', () => {
    const { send } = bench({ maxScatteredRanges: 4, maxTransferLength: 8 * BLOCK });
    expect(send(cdb(1, 5, 2))).toEqual(refusal('5/24/00', { cdb: [at.ranges] }));
    expect(send(cdb(1, 1, 9))).toEqual(refusal('5/24/00', { cdb: [at.blocks] }));
    // NUMBER OF LOGICAL BLOCKS of the only descriptor.
    const out = dataOut([{ lba: 0, blocks: 9 }], 7);
    expect(send(cdb(1, 1, 8), { out })).toEqual(refusal('5/26/00', { list: [32 + 8] }, 8 * BLOCK));
  });

  it('refuses protection information, as there is none', () => {
    expect(bench().send(cdb(1, 1, 1, '20'))).toEqual(refusal('5/24/00', { cdb: [at.flags, 7] }));
  });

  it('writes nothing where a range goes past the end', () => {
    const ranges = [
      { lba: 0, blocks: 1 },
      { lba: 7, blocks: 2 },
    ];
    expect(scatter(ranges, 3)).toEqual({
      answer: refusal('5/21/00', { information: 8 }, 4 * BLOCK),
      fills: untouched,
    });
  });

  it.each([1, 3])('writes nothing where two ranges take 2 blocks and there are %i', (blocks) => {
    const ranges = [
      { lba: 0, blocks: 1 },
      { lba: 2, blocks: 1 },
    ];
    expect(scatter(ranges, blocks)).toEqual({
      answer: refusal('b/1A/00', {}, (1 + blocks) * BLOCK),
      fills: untouched,
    });
  });

  it('refuses blocks that begin behind the end of the data', () => {
    expect(bench().send(cdb(3, 1, 2), { out: unexpected })).toEqual(refusal('b/1A/00'));
  });

  it('writes nothing where data is missing', () => {
    const backend = memory(8);
    const { send } = bench({ backend });
    const all = dataOut([{ lba: 0, blocks: 2 }], 2);
    for (const length of [0, 500, 2 * BLOCK, 3 * BLOCK - 1])
      expect(send(cdb(1, 1, 3), { out: all.subarray(0, length) })).toEqual(
        refusal('5/0E/03', {}, 3 * BLOCK),
      );
    expect(fills(backend)).toEqual(untouched);
  });

  it('leaves the blocks of the list out of the count on a lenient unit', () => {
    const backend = memory(8);
    const { send } = bench({ backend, compatibility: 'lenient' });
    const out = dataOut([{ lba: 3, blocks: 2 }], 2);
    expect(send(cdb(1, 1, 2), { out })).toEqual(good('', 3 * BLOCK));
    expect(fills(backend)).toEqual([0, 0, 0, 1, 2, 0, 0, 0]);
  });

  it('puts the blocks on stable storage with FUA', () => {
    const backend = memory(8);
    const fua: boolean[] = [];
    const watched: Backend = {
      blockLength: BLOCK,
      blocks: 8,
      read: () => undefined,
      flush: () => undefined,
      write: (lba, from, options) => {
        fua.push(options.fua);
        backend.write(lba, from);
      },
    };
    const { send } = bench({ backend: watched });
    const out = dataOut([{ lba: 0, blocks: 1 }], 1);
    send(cdb(1, 1, 2, '08'), { out });
    send(cdb(1, 1, 2), { out });
    expect(fua).toEqual([true, false]);
  });

  it('is refused on a write-protected medium', () => {
    expect(bench({ readOnly: true }).send(cdb(1, 1, 1))).toEqual(refusal('7/27/00'));
  });
});

describe('WRITE SCATTERED', () => {
  it('goes on to the next range when a slow backend has done the one before', async () => {
    const backend = new HeldBackend(8);
    const { sendAsync } = bench({ backend });
    const ranges = [
      { lba: 5, blocks: 1 },
      { lba: 2, blocks: 1 },
    ];
    const answer = sendAsync(FORMS[0][1](1, 2, 3), { out: dataOut(ranges, 2) });
    expect(backend.pending).toEqual(['write 5+1']);
    backend.finish();
    await settle();
    expect(backend.pending).toEqual(['write 2+1']);
    backend.finish();
    expect(await answer).toEqual(good('', 3 * BLOCK));
  });
});

describe('the list of WRITE SCATTERED', () => {
  it('has descriptors of 32 bytes behind a header of 32', () => {
    const range = {
      lba: 0x0102_0304_0506,
      blocks: 0x0708,
      referenceTag: 0x090a_0b0c,
      applicationTag: 0x0d0e,
      applicationTagMask: 0x0f10,
    };
    const bytes = encodeScatteredList([range]);
    expect(bytes.subarray(0, 32)).toEqual(new Uint8Array(32));
    expect(bytes.subarray(32)).toEqual(
      hex(
        '0000010203040506' + // LOGICAL BLOCK ADDRESS
          '00000708' + // NUMBER OF LOGICAL BLOCKS
          '090a0b0c' + // EXPECTED INITIAL LOGICAL BLOCK REFERENCE TAG
          '0d0e 0f10' + // EXPECTED LOGICAL BLOCK APPLICATION TAG, its MASK
          '000000000000000000000000',
      ),
    );
    expect(decodeScatteredList(bytes, 1)).toEqual([range]);
  });

  it('leaves out a descriptor that is cut off', () => {
    const bytes = encodeScatteredList([
      { lba: 1, blocks: 1 },
      { lba: 2, blocks: 1 },
    ]);
    expect(decodeScatteredList(bytes.subarray(0, 95), 2)).toHaveLength(1);
    expect(decodeScatteredList(bytes.subarray(0, 8), 2)).toEqual([]);
  });

  it.each([
    { lba: -1, blocks: 1 },
    { lba: 2 ** 53, blocks: 1 },
    { lba: 0, blocks: 2 ** 32 },
  ])('refuses $blocks blocks from $lba', (range) => {
    expect(() => encodeScatteredList([range])).toThrow(RangeError);
  });
});
