import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeSanitizeOverwriteList, encodeSanitizeOverwriteList } from '../../src/cdb/index.ts';

const LIST = { invert: true, test: 2, overwriteCount: 3, pattern: Uint8Array.of(0xde, 0xad) };
const BYTES = [
  0xc3, // INVERT, TEST 10b, OVERWRITE COUNT 3
  0x00,
  0x00,
  0x02, // INITIALIZATION PATTERN LENGTH
  0xde,
  0xad,
];

describe('the parameter list of SANITIZE, OVERWRITE', () => {
  it('is as the standard has it', () => {
    expect([...encodeSanitizeOverwriteList(LIST)]).toEqual(BYTES);
    expect(decodeSanitizeOverwriteList(Uint8Array.from(BYTES))).toEqual(LIST);
  });

  it('is the same after encoding and decoding', () => {
    fc.assert(
      fc.property(
        fc.record({
          invert: fc.boolean(),
          test: fc.nat(3),
          overwriteCount: fc.nat(31),
          pattern: fc.uint8Array({ maxLength: 600 }),
        }),
        (list) => {
          expect(decodeSanitizeOverwriteList(encodeSanitizeOverwriteList(list))).toEqual(list);
        },
      ),
    );
  });

  it('is none where the pattern has another length than it says, or the header is cut short', () => {
    for (let length = 0; length < BYTES.length; length++)
      expect(decodeSanitizeOverwriteList(Uint8Array.from(BYTES.slice(0, length)))).toBeUndefined();
    expect(decodeSanitizeOverwriteList(Uint8Array.from([...BYTES, 0]))).toBeUndefined();
  });

  it.each([
    ['32 passes', { overwriteCount: 32, pattern: Uint8Array.of(0) }],
    ['a TEST of three bits', { test: 4, pattern: Uint8Array.of(0) }],
    ['a pattern of 65 536 bytes', { pattern: new Uint8Array(65_536) }],
  ])('does not encode %s', (_, list) => {
    expect(() => encodeSanitizeOverwriteList(list)).toThrow(RangeError);
  });
});
