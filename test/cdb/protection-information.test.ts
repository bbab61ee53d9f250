import { describe, expect, it } from 'vitest';
import { hex } from '../scsi/disk-under-test.ts';
import {
  crc16T10Dif,
  decodeProtectionInformation,
  encodeProtectionInformation,
  interleaveProtection,
  isUnchecked,
  separateProtection,
} from '../../src/cdb/protection-information.ts';
import { READ_16, READ_32 } from '../../src/cdb/read.ts';
import { transferLength, usageData, type CdbRequest } from '../../src/cdb/spec.ts';

describe('crc16T10Dif', () => {
  // The test cases of SBC.
  it.each([
    ['32 bytes of 00h', new Uint8Array(32), 0x0000],
    ['32 bytes of FFh', new Uint8Array(32).fill(0xff), 0xa293],
    ['00h up to 1Fh', Uint8Array.from({ length: 32 }, (_, i) => i), 0x0224],
    [
      'two bytes of FFh and 30 of 00h',
      Uint8Array.from({ length: 32 }, (_, i) => (i < 2 ? 0xff : 0)),
      0x21b8,
    ],
    ['FFh down to E0h', Uint8Array.from({ length: 32 }, (_, i) => 0xff - i), 0xa0b7],
  ])('of %s is what SBC has', (_, bytes, crc) => {
    expect(crc16T10Dif(bytes)).toBe(crc);
  });

  it('is the check value of the catalogues for 9 bytes, which are no multiple of 4', () => {
    expect(crc16T10Dif(new TextEncoder().encode('123456789'))).toBe(0xd0db);
  });
});

const length = (protect: number): number =>
  transferLength(READ_16, { op: 'READ', naca: false, blocks: 3, protect } as CdbRequest, 512)
    .length;

describe('protection information', () => {
  it('has guard, application tag and reference tag in that order', () => {
    const information = { guard: 0x0102, applicationTag: 0x0304, referenceTag: 0x8506_0708 };
    const bytes = Uint8Array.of(1, 2, 3, 4, 0x85, 6, 7, 8);
    expect(encodeProtectionInformation(information)).toEqual(bytes);
    expect(decodeProtectionInformation(bytes)).toEqual(information);
  });

  it.each([
    [1, 0xffff, 0, true],
    [2, 0xffff, 0, true],
    [3, 0xffff, 0, false], // type 3 wants the reference tag too
    [3, 0xffff, 0xffff_ffff, true],
    [1, 0xfffe, 0xffff_ffff, false],
  ] as const)(
    'of type %i with tags %i and %i is unchecked: %s',
    (type, applicationTag, referenceTag, unchecked) => {
      expect(isUnchecked({ guard: 0, applicationTag, referenceTag }, type)).toBe(unchecked);
    },
  );

  it('follows each block on its way', () => {
    const blocks = Uint8Array.of(1, 1, 2, 2);
    const information = Uint8Array.from({ length: 16 }, (_, i) => 0x10 + i);
    const bytes = interleaveProtection(blocks, information, 2);
    expect(bytes).toEqual(hex('0101 1011121314151617 0202 18191a1b1c1d1e1f'));
    expect(separateProtection(bytes, 2)).toEqual({ blocks, information });
  });

  it('counts in what a command moves where RDPROTECT is not 0', () => {
    expect(length(0)).toBe(3 * 512);
    expect(length(3)).toBe(3 * 520);
  });
});

describe('READ(32)', () => {
  it('has usage data with its service action in 16 bits', () => {
    // Everything from LOGICAL BLOCK ADDRESS at byte 12 on is used.
    expect(usageData(READ_32)).toEqual(hex(`7f 04 00000000 00 18 0009 f8 00 ${'ff'.repeat(20)}`));
  });
});
