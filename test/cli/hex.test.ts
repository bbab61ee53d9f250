import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { UsageError } from '../../src/cli/errors.ts';
import { formatHex, parseHex } from '../../src/cli/hex.ts';

describe('parseHex', () => {
  it.each([
    ['12 00 00 00 24 00'],
    ['120000002400'],
    ['0x12 0x0 0x00 0x00 0x24 0x00'],
    ['0x120000002400'],
    ['12,00,00,00,24,00'],
    ['12:00:00:00:24:00'],
    ['1200_0000_2400'],
    ['12 0 0 0 24 0'],
    ['  12 00\n00 00\t24 00\n'],
  ])('reads %j as the six bytes of an INQUIRY', (text) => {
    expect(parseHex(text)).toEqual(Uint8Array.of(0x12, 0, 0, 0, 0x24, 0));
  });

  it.each([
    ['', /there are no bytes/],
    [' , ', /there are no bytes/],
    ['12 0g', /'g' at character 5 of '12 0g' is not a hex digit/],
    ['12 0xzz', /'z' at character 6 of/],
    ['12 345', /'345' at character 4 has 3 hex digits; a byte has two/],
    ['0x', /'0x' at character 1 has 0 hex digits/],
  ])('refuses %j', (text, message) => {
    expect(() => parseHex(text)).toThrow(UsageError);
    expect(() => parseHex(text)).toThrow(message);
  });

  it('reads what formatHex writes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 64 }), (bytes) => {
        expect(parseHex(formatHex(bytes))).toEqual(bytes);
      }),
    );
  });
});
