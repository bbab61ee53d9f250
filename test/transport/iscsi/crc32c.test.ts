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
  test.each([15, 16, 17, 4096, 49_151, 49_152, 49_153, 65_536, 100_003])(
    'of %i bytes is what a bit-by-bit computation gives',
    (length) => {
      const input = Uint8Array.from({ length }, (_, i) => (i * i) >> 3);
      const wire = new Uint8Array(4);
      putDigest(wire, 0, crc32c(input));
      expect(wire).toEqual(digestOf(input));
    },
  );

  test('is the same where there is no WebAssembly', async () => {
    vi.stubGlobal('WebAssembly', undefined);
    vi.resetModules();
    try {
      const slow = await import('../../../src/transport/iscsi/crc32c.ts');
      expect(slow.crc32c).not.toBe(crc32c);
      expect(slow.crc32c(bytes(READ_10))).toBe(crc32c(bytes(READ_10)));
    } finally {
      vi.unstubAllGlobals();
    }
  });

  test('is what a bit-by-bit computation gives, of any bytes in any number of pieces', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), fc.nat(100), (input, cut) => {
        const wire = new Uint8Array(4);
        putDigest(wire, 0, crc32c(input.subarray(cut), crc32c(input.subarray(0, cut))));
        expect(wire).toEqual(digestOf(input));
      }),
    );
  });
});
