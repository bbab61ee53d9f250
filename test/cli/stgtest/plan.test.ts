import { describe, expect, it } from 'vitest';
import { pattern, patternWord } from '../../../src/cli/stgtest/pattern.ts';
import { plan, type OperationKind } from '../../../src/cli/stgtest/plan.ts';
import { RandomNumbers } from '../../../src/cli/stgtest/random-numbers.ts';

const UNIT = { blockCount: 1_048_576, maxBlockCount: 128 };
const kinds = (text: string) => text.split('') as OperationKind[];

describe('the random numbers', () => {
  it('of seed 1 begin with 29 23 be 84 e1 6c d6 ae, then 52 90 49 f1', () => {
    const random = new RandomNumbers(1);
    expect(random.next64(1_048_576)).toBe(926_505);
    expect(random.next32(128)).toBe(82);
  });

  it('of seed 0 are those of seed 1', () => {
    expect(new RandomNumbers(0).next64(2 ** 40)).toBe(new RandomNumbers(1).next64(2 ** 40));
  });
});

describe('the pattern', () => {
  it.each([
    [0, 0xb456_bcfc_34c2_cb2cn],
    [1, 0x3abf_2a20_6506_83e7n],
    [2, 0x0b51_81c5_09f8_d8cen],
    [7, 0x46ab_cca5_93a3_c687n],
    [1000, 0x5950_5935_b2c4_98acn],
  ])('of block %i is %i', (block, word) => {
    expect(patternWord(block)).toBe(word);
  });

  it.each([16, 20, 512, 520, 4096])('fills blocks of %i bytes with words', (blockLength) => {
    const bytes = pattern(5, 3, blockLength);
    const view = new DataView(bytes.buffer);
    for (let block = 0; block < 3; block++)
      for (let at = 0; at + 8 <= blockLength; at += 8)
        expect(view.getBigUint64(block * blockLength + at, true)).toBe(patternWord(5 + block));
    if (blockLength % 8 > 0) expect(bytes.at(-1)).toBe(0);
  });
});

describe('the operations', () => {
  it('of a set work on the same blocks, and a read knows what has to be there', () => {
    const operations = [...plan({ operations: 6, kinds: kinds('WRUR'), seed: 1 }, UNIT)];
    expect(operations.map(({ kind, after }) => `${kind}${after ?? ''}`)).toEqual([
      'W',
      'RW',
      'U',
      'RU',
      'W',
      'RW',
    ]);
    expect(operations[0]).toEqual({ kind: 'W', address: 926_505, count: 82 });
    expect(operations[3]).toMatchObject({ address: 926_505, count: 82 });
    expect(operations[4]?.address).not.toBe(926_505);
  });

  it('begin a set with blocks of which nothing is known', () => {
    const operations = [...plan({ operations: 4, kinds: kinds('RW'), seed: 1 }, UNIT)];
    expect(operations.map(({ kind, after }) => `${kind}${after ?? ''}`)).toEqual([
      'R',
      'W',
      'R',
      'W',
    ]);
  });

  it('go on behind each other where the address is given', () => {
    const options = { operations: 6, kinds: kinds('WR'), address: 1_048_574, count: 1, seed: 1 };
    const operations = [...plan(options, UNIT)];
    expect(operations.map(({ address }) => address)).toEqual([
      1_048_574, 1_048_574, 1_048_575, 1_048_575, 0, 0,
    ]);
  });

  it('go on behind what a set would have had, where it was cut at the end', () => {
    const options = { operations: 3, kinds: kinds('W'), address: 1_048_570, count: 100, seed: 1 };
    const operations = [...plan(options, UNIT)];
    expect(operations.map(({ address, count }) => [address, count])).toEqual([
      [1_048_570, 6],
      [94, 100],
      [194, 100],
    ]);
  });

  it('are cut at the longest transfer and at the end of the unit', () => {
    const count = (address: number, wanted: number) =>
      [...plan({ operations: 1, kinds: ['R'], address, count: wanted, seed: 1 }, UNIT)][0]?.count;
    expect([count(0, 500), count(1_048_570, 100), count(0, 0)]).toEqual([128, 6, 1]);
  });
});
