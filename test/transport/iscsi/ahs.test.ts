import { expect, test } from 'vitest';
import { decodeAhs, encodeAhs } from '../../../src/transport/iscsi/ahs.ts';

const hex = (text: string): Uint8Array =>
  new Uint8Array(Buffer.from(text.replaceAll(' ', ''), 'hex'));

test('an extended CDB and a bidirectional read length have the bytes of RFC 7143', () => {
  const headers = { extendedCdb: hex('aabbccddeeff'), readLength: 0x1000 };
  // AHSLength 7, type 1, reserved, CDB, padding; AHSLength 5, type 2, reserved, length
  const wire = hex('0007 01 00 aabbccddeeff 0000 0005 02 00 00001000');
  expect(encodeAhs(headers)).toEqual(wire);
  expect(decodeAhs(wire)).toEqual(headers);
});

test.each([
  ['cut short', '0020 01 00'],
  ['of an unknown type', '0005 03 00 00000000'],
  ['repeated', '0005 02 00 00000001 0005 02 00 00000001'],
  ['of length zero', '0000 01 00'],
])('a segment that is %s makes no sense', (_, wire) => {
  expect(decodeAhs(hex(wire))).toBeUndefined();
});

test('a CDB of more than 260 bytes is refused', () => {
  expect(() => encodeAhs({ extendedCdb: new Uint8Array(245) })).toThrow(RangeError);
});
