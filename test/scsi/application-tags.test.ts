import { describe, expect, it } from 'vitest';
import { be, bench, good, hex, refusal, type Bench } from './disk-under-test.ts';
import { block, joined, protectedDisk, read16, sealed, write16 } from './protected-disk.ts';

const control = (bits: number): string => `0a 0a 00 10 00 ${be(bits, 1)} 0000 ffff 000a`;
const range = (last: boolean, tag: number, lba: number, blocks: number): string =>
  `${last ? '80' : '00'} 0000000000 ${be(tag, 2)} ${be(lba, 8)} ${be(blocks, 8)}`;
const NONE = be(0, 24);
const tags = (...ranges: string[]): string =>
  `4a 02 00cc ${be(0, 12)} ${[...ranges, ...Array.from({ length: 8 - ranges.length }, () => NONE)].join('')}`;
const select = ({ send }: Bench, page: string) => {
  const out = hex(`00 00 00 00 ${page}`);
  return send(`15 10 0000 ${be(out.length, 1)} 00`, { out });
};

describe('the application tags of the mode page', () => {
  it('are there with ATO, ATMPE can be changed, where there can be protection information', () => {
    const disk = protectedDisk(1);
    expect(disk.send('1a 08 0a 00 ff 00').data.subarray(4 + 5, 4 + 6)).toEqual(hex('80'));
    expect(disk.send('1a 08 4a 00 ff 00').data.subarray(4)).toEqual(
      hex('0a 0a fc 06 38 60 0000 0000 0000'),
    );
    expect(disk.send('1a 08 0a 02 ff 00').data.subarray(4)).toEqual(
      hex(tags(range(true, 0, 0, 0))),
    );
    const plain = bench();
    expect(plain.send('1a 08 0a 02 ff 00')).toEqual(refusal('5/24/00', { cdb: [3] }));
    expect((plain.send('1a 08 0a 00 ff 00').data[4 + 5] ?? 0) & 0x80).toBe(0);
  });

  it('are what generated protection information has, and what is checked', () => {
    const disk = protectedDisk(1);
    expect(select(disk, tags(range(false, 0xaaaa, 0, 8), range(true, 0xbbbb, 8, 56))).status).toBe(
      0,
    );
    disk.send(write16(0, 7, 2), { out: joined(block(1), block(2)) });
    // Not as long as ATMPE is 0.
    expect(disk.send(read16(1, 7, 2))).toEqual(
      good(joined(sealed(1, 0xffff, 7), sealed(2, 0xffff, 8))),
    );
    expect(select(disk, control(0xa0)).status).toBe(0); // ATO, ATMPE
    disk.send(write16(0, 7, 2), { out: joined(block(1), block(2)) });
    const both = joined(sealed(1, 0xaaaa, 7), sealed(2, 0xbbbb, 8));
    expect(disk.send(read16(1, 7, 2))).toEqual(good(both));
    expect(disk.send(write16(1, 7), { out: sealed(1, 0xbbbb, 7) })).toEqual(
      refusal('B/10/02', { information: 7 }, 520),
    );
    expect(disk.send(write16(4, 7), { out: sealed(1, 0xbbbb, 7) })).toEqual(good('', 520));
    expect(disk.send(read16(0, 7))).toEqual(refusal('B/10/02', { information: 7 }));
    expect(disk.send(read16(4, 7))).toEqual(good(sealed(1, 0xbbbb, 7)));
  });

  it.each([
    ['does not begin with block 0', tags(range(true, 1, 1, 63)), 4 + 16 + 8],
    ['leaves a gap', tags(range(false, 1, 0, 8), range(true, 2, 9, 55)), 4 + 40 + 8],
    ['overlaps', tags(range(false, 1, 0, 8), range(true, 2, 7, 57)), 4 + 40 + 8],
    ['ends beyond the medium', tags(range(true, 1, 0, 65)), 4 + 16 + 16],
    ['ends before the medium does', tags(range(true, 1, 0, 62)), 4 + 16 + 16],
    ['has no last one', tags(range(false, 1, 0, 64)), 4 + 40 + 8],
    [
      'never ends',
      tags(...Array.from({ length: 8 }, (_, i) => range(false, i, 8 * i, 8))),
      4 + 16 + 7 * 24,
    ],
  ])('refuse a list that %s', (_, page, at) => {
    const disk = protectedDisk(1);
    const before = disk.send('1a 08 0a 02 ff 00');
    const answer = select(disk, page);
    expect(answer.sense).toEqual(refusal('5/26/00', { list: [at] }).sense);
    expect(disk.send('1a 08 0a 02 ff 00')).toEqual(before);
  });
});
