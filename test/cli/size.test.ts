import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { exactSize, formatSize, parseSize } from '../../src/cli/size.ts';

describe('exactSize', () => {
  it.each([
    [0, '0'],
    [1000, '1000'],
    [65_536, '64K'],
    [1.5 * 2 ** 30, '1536M'],
    [2 ** 50, '1P'],
    [2 ** 60, '1024P'],
  ])('writes %d bytes as %s', (bytes, text) => {
    expect(exactSize(bytes)).toBe(text);
  });

  it('is read back as it was', () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), (bytes) => {
        expect(parseSize(exactSize(bytes))).toBe(bytes);
      }),
    );
  });
});

describe('parseSize', () => {
  it.each([
    ['0', 0],
    ['512', 512],
    ['1K', 1024],
    ['64k', 65_536],
    ['3M', 3_145_728],
    ['1G', 1_073_741_824],
    ['2T', 2_199_023_255_552],
    ['1P', 1_125_899_906_842_624],
    ['9007199254740991', 9_007_199_254_740_991],
  ])('reads %s as %d bytes', (text, bytes) => {
    expect(parseSize(text)).toBe(bytes);
  });

  it.each(['', 'K', '-1', '1.5G', '1 G', '1GB', '0x10', '1e3', '8P', '9007199254740992', ' 1'])(
    'refuses %j',
    (text) => {
      expect(parseSize(text)).toBeUndefined();
    },
  );

  it('reads every exact number of bytes as itself', () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), (bytes) => {
        expect(parseSize(String(bytes))).toBe(bytes);
      }),
    );
  });
});

describe('formatSize', () => {
  it.each([
    [0, '0 bytes'],
    [1023, '1023 bytes'],
    [1024, '1 KiB'],
    [1536, '1.50 KiB'],
    [1_073_741_824, '1 GiB'],
    [1_125_899_906_842_624, '1 PiB'],
    [4_503_599_627_370_496, '4 PiB'],
  ])('writes %d bytes as %s', (bytes, text) => {
    expect(formatSize(bytes)).toBe(text);
  });
});
