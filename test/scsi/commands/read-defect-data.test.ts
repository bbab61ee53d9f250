import { describe, expect, it } from 'vitest';
import { bench, good, refusal } from '../disk-under-test.ts';

describe('READ DEFECT DATA', () => {
  it('(10) has an empty list in short block format', () => {
    expect(bench().send('37 00 18 00 00 00 00 0020 00')).toEqual(good('00 18 0000'));
  });

  it('(12) has an empty list in long block format', () => {
    expect(bench().send('b7 13 00000000 00000020 00 00')).toEqual(good('00 13 0000 00000000'));
  });

  it('finds no list in a format by physical place', () => {
    expect(bench().send('37 00 0c 00 00 00 00 0020 00')).toEqual(refusal('1/1C/00'));
  });
});
