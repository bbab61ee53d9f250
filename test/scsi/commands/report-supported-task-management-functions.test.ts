import { expect, it } from 'vitest';
import { be, bench, good, refusal } from '../disk-under-test.ts';

const report = (length = 255, repd = false): string =>
  `a3 0d ${repd ? '80' : '00'} 00 0000 ${be(length, 4)} 00 00`;

it('has all task management functions', () => {
  // ATS ATSS CACAS CTSS LURS QTS; QAES QTSS ITNRS
  expect(bench().send(report())).toEqual(good('fc 07 00 00'));
});

it('has 16 bytes with REPD', () => {
  expect(bench().send(report(255, true))).toEqual(good(`fc 07 00 0c ${'00'.repeat(12)}`));
});

it('is cut to every allocation length', () => {
  for (const length of [0, 1, 3, 4])
    expect(bench().send(report(length)).data).toEqual(good('fc 07 00 00').data.subarray(0, length));
});

it('refuses a reserved bit with a field pointer that is not 1', () => {
  const answer = bench().send('a3 0d 01 00 0000 000000ff 00 00');
  expect(answer).toEqual(refusal('5/24/00', { cdb: [2, 0] }));
});
