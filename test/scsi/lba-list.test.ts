import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { firstIn, including, without } from '../../src/scsi/lba-list.ts';

const list = fc
  .uniqueArray(fc.nat(40), { maxLength: 15 })
  .map((lbas) => lbas.sort((a, b) => a - b));
const run = fc.record({ lba: fc.nat(40), blocks: fc.integer({ min: 1, max: 10 }) });
const inRun = (lba: number, { lba: from, blocks }: { lba: number; blocks: number }): boolean =>
  lba >= from && lba < from + blocks;

describe('a list of addresses', () => {
  it('finds, leaves out and takes in what a filter would', () => {
    fc.assert(
      fc.property(list, run, (lbas, r) => {
        const { lba, blocks } = r;
        expect(firstIn(lbas, lba, blocks)).toBe(lbas.find((one) => inRun(one, r)));
        expect(without(lbas, lba, blocks)).toEqual(lbas.filter((one) => !inRun(one, r)));
        const all = new Set([...lbas, ...Array.from({ length: blocks }, (_, i) => lba + i)]);
        expect(including(lbas, lba, blocks)).toEqual([...all].sort((a, b) => a - b));
      }),
    );
  });

  it('is the same list where there is nothing to leave out', () => {
    const lbas = [1, 9];
    expect(without(lbas, 2, 5)).toBe(lbas);
  });
});
