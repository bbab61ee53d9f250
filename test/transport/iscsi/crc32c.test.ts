import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import { crc32c, getDigest, putDigest } from '../../../src/transport/iscsi/crc32c.ts';
import { digestOf } from './raw-client.ts';

const bytes = (text: string): Uint8Array =>
  Uint8Array.from(Buffer.from(text.replaceAll(' ', ''), 'hex'));
const READ_10 =
  '01c00000 00000000 00000000 00000000 14000000 00000400' +
  '00000014 00000018 28000000 00000000 02000000 00000000';

/** The examples of RFC 7143, appendix A.4: digests as they lie on the wire. */
describe('the examples of RFC 7143', () => {
  test.each([
    ['32 bytes of zeros', new Uint8Array(32), 'aa36918a'],
    ['32 bytes of ones', new Uint8Array(32).fill(0xff), '43aba862'],
    ['32 bytes that count up', Uint8Array.from({ length: 32 }, (_, i) => i), '4e79dd46'],
    ['32 bytes that count down', Uint8Array.from({ length: 32 }, (_, i) => 31 - i), '5cdb3f11'],
    ['a READ(10)', bytes(READ_10), '563a96d9'],
  ])('%s', (_, input, digest) => {
    const wire = new Uint8Array(4);
    putDigest(wire, 0, crc32c(input));
    expect(Buffer.from(wire).toString('hex')).toBe(digest);
    expect(getDigest(wire, 0)).toBe(crc32c(input));
  });
});

describe('CRC32C', () => {
  // 1264 and 3344: from there on a message is folded, once and twice; 49 152: it is taken in parts.
  const LENGTHS = [
    15, 16, 17, 1263, 1264, 1265, 1279, 1280, 1281, 3343, 3344, 3345, 3359, 3360, 3361, 4096,
    49_151, 49_152, 49_153, 50_416, 50_432, 52_496, 52_512, 65_536, 100_003,
  ];
  test.each(LENGTHS)('of %i bytes is what a bit-by-bit computation gives', (length) => {
    const input = Uint8Array.from({ length }, (_, i) => (i * i) >> 3);
    const wire = new Uint8Array(4);
    putDigest(wire, 0, crc32c(input));
    expect(wire).toEqual(digestOf(input));
  });

  test.each([
    ['WebAssembly', undefined],
    ['WebAssembly that knows vectors', { validate: () => false }],
  ])('is the same where there is no %s', async (_, api) => {
    vi.stubGlobal('WebAssembly', api);
    vi.resetModules();
    try {
      const slow = await import('../../../src/transport/iscsi/crc32c.ts');
      expect(slow.crc32c).not.toBe(crc32c);
      expect(slow.crc32c(bytes(READ_10))).toBe(crc32c(bytes(READ_10)));
    } finally {
      vi.unstubAllGlobals();
    }
  });

  const anyBytes = fc.oneof(
    fc.uint8Array({ maxLength: 100 }),
    fc.uint8Array({ maxLength: 9000, size: 'max' }),
  );

  test('is what a bit-by-bit computation gives, of any bytes in any number of pieces', () => {
    fc.assert(
      fc.property(anyBytes, fc.nat(9000), (input, cut) => {
        const wire = new Uint8Array(4);
        putDigest(wire, 0, crc32c(input.subarray(cut), crc32c(input.subarray(0, cut))));
        expect(wire).toEqual(digestOf(input));
      }),
    );
  });
});
