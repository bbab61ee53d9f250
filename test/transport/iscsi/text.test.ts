import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeText, encodeText, TextCollector } from '../../../src/transport/iscsi/text.ts';

const ascii = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'latin1'));

describe('text', () => {
  test('pairs are key=value, each ended by NUL', () => {
    expect(
      Buffer.from(
        encodeText([
          ['A', '1'],
          ['B', ''],
        ]),
      ).toString('latin1'),
    ).toBe('A=1\0B=\0');
  });

  test('a value may hold an equals sign', () => {
    expect(decodeText(ascii('A=b=c\0'))).toEqual([['A', 'b=c']]);
  });

  test('the last NUL may be missing, and more than one may be there', () => {
    expect(decodeText(ascii('A=1\0\0B=2'))).toEqual([
      ['A', '1'],
      ['B', '2'],
    ]);
  });

  test.each(['A\0', '=1\0', 'a b=1\0', `${'K'.repeat(64)}=1\0`, 'A=1\0A=2\0', '\u0001=x\0'])(
    '%j is refused',
    (text) => {
      expect(decodeText(ascii(text))).toHaveProperty('fault');
    },
  );

  test('any bytes give pairs or a fault, never a throw', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        const result = decodeText(bytes);
        expect('fault' in result || Array.isArray(result)).toBe(true);
      }),
    );
  });

  test('a collector puts pieces together and stops at its limit', () => {
    const collector = new TextCollector(6);
    expect(collector.add(ascii('A='))).toBe(true);
    expect(collector.add(ascii('1\0'))).toBe(true);
    expect(Buffer.from(collector.take()).toString('latin1')).toBe('A=1\0');
    expect(collector.add(ascii('1234567'))).toBe(false);
  });
});
