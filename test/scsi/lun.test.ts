import { describe, expect, it } from 'vitest';
import { decodeLun, encodeLun, NO_LUN, REPORT_LUNS_WELL_KNOWN } from '../../src/scsi/lun.ts';
import { hex } from './disk-under-test.ts';

describe('decoding a LUN', () => {
  it.each([
    ['00 00 000000000000', 0], // peripheral device addressing, bus 0
    ['00 01 000000000000', 1],
    ['00 ff 000000000000', 255],
    ['40 00 000000000000', 0], // flat space addressing: 01b
    ['40 ff 000000000000', 255],
    ['41 00 000000000000', 256],
    ['7f ff 000000000000', 16_383],
  ])('reads %s as %i', (bytes, lun) => {
    expect(decodeLun(hex(bytes))).toBe(lun);
  });

  it('knows the REPORT LUNS well known logical unit', () => {
    expect(decodeLun(hex('c1 01 000000000000'))).toBe(REPORT_LUNS_WELL_KNOWN);
  });

  it.each([
    ['01 00 000000000000', 'a bus other than 0'],
    ['3f ff 000000000000', 'a bus other than 0'],
    ['80 00 000000000000', 'logical unit addressing'],
    ['c1 02 000000000000', 'the ACCESS CONTROLS well known logical unit'],
    ['d2 01 000000000000', 'extended flat space addressing'],
    ['ff ff ffffffffffff', 'no logical unit specified'],
    ['00 00 000100000000', 'a second level'],
    ['00 00 000000000001', 'a fourth level'],
    ['40 01 400000000000', 'a second level under flat space'],
    ['c1 01 000000000001', 'a well known logical unit with more behind it'],
  ])('finds no LUN in %s (%s)', (bytes) => {
    expect(decodeLun(hex(bytes))).toBe(NO_LUN);
  });

  it('never takes garbage for a LUN that it does not name', () => {
    expect(NO_LUN).toBeLessThan(0);
  });
});

describe('encoding a LUN', () => {
  it.each([
    [0, '00 00 000000000000'],
    [255, '00 ff 000000000000'],
    [256, '41 00 000000000000'], // flat space: 40h and the upper bits
    [16_383, '7f ff 000000000000'],
    [REPORT_LUNS_WELL_KNOWN, 'c1 01 000000000000'],
  ])('writes %i as %s', (lun, bytes) => {
    expect(encodeLun(lun)).toEqual(hex(bytes));
  });

  it('is undone by decoding, for every LUN', () => {
    const luns = Array.from({ length: 16_384 }, (_, lun) => lun);
    expect(luns.map((lun) => decodeLun(encodeLun(lun)))).toEqual(luns);
  });
});
