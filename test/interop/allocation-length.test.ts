import { describe, expect, it } from 'vitest';
import { isRightlyCut } from './allocation-length.ts';

const INQUIRY_36 = Uint8Array.of(0x12, 0, 0, 0, 36, 0);
const VPD_83_255 = Uint8Array.of(0x12, 1, 0x83, 0, 255, 0);

/** Standard INQUIRY data of `length` bytes whose ADDITIONAL LENGTH claims `whole` bytes. */
const inquiry = (length: number, whole: number): Uint8Array => {
  const data = new Uint8Array(length);
  data[4] = whole - 5;
  return data;
};

describe('an answer cut by ALLOCATION LENGTH', () => {
  it('is as long as was allowed and says that there is more', () => {
    expect(isRightlyCut(INQUIRY_36, inquiry(36, 96))).toBe(true);
  });

  it('is not one that is shorter than was allowed', () => {
    expect(isRightlyCut(INQUIRY_36, inquiry(35, 96))).toBe(false);
  });

  it('is not one that is longer than was allowed', () => {
    expect(isRightlyCut(INQUIRY_36, inquiry(37, 96))).toBe(false);
  });

  it('is not one that claims no more than came', () => {
    expect(isRightlyCut(INQUIRY_36, inquiry(36, 36))).toBe(false);
  });

  it('counts the PAGE LENGTH of a VPD page', () => {
    const page = new Uint8Array(255);
    page[1] = 0x83;
    page.set([0x01, 0x00], 2); // PAGE LENGTH 256
    expect(isRightlyCut(VPD_83_255, page)).toBe(true);
    page.set([0x00, 0xfb], 2); // 251: all of it
    expect(isRightlyCut(VPD_83_255, page)).toBe(false);
  });

  it('is never a READ', () => {
    expect(isRightlyCut(Uint8Array.of(0x28, 0, 0, 0, 0, 0, 0, 0, 1, 0), new Uint8Array(1))).toBe(
      false,
    );
  });
});
