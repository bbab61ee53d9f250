import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeSense, encodeSense } from '../../src/sense/index.ts';
import { bytes } from './annotated-bytes.ts';
import { senseData } from './sense-data.ts';

test('any bytes decode without throwing', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 64 }),
      fc.integer({ min: 0x70, max: 0x73 }),
      (any, code) => {
        decodeSense(any);
        decodeSense(Uint8Array.of(code, ...any));
        decodeSense(Uint8Array.of(code, 0, 0, 0, 0, 0, 0, any.length, ...any));
      },
    ),
    { numRuns: 1000 },
  );
});

test('another response code is no sense data', () => {
  for (let code = 0; code < 256; code++)
    expect(decodeSense(Uint8Array.of(code, ...new Uint8Array(17))) !== undefined).toBe(
      (code & 0x7f) >= 0x70 && (code & 0x7f) <= 0x73,
    );
});

test('sense data cut anywhere after its sense key still has the key', () => {
  fc.assert(
    fc.property(
      senseData,
      fc.constantFrom('fixed', 'descriptor'),
      fc.nat(60),
      (data, format, cut) => {
        const sense = encodeSense(data, format).subarray(0, cut);
        const decoded = decodeSense(sense);
        if (cut < (format === 'fixed' ? 3 : 2)) expect(decoded).toBeUndefined();
        else expect(decoded?.key).toBe(data.key);
      },
    ),
  );
});

test('fixed format: bytes past ADDITIONAL SENSE LENGTH do not count', () => {
  const sense = bytes`
    70 00 05 00 00 00 00
    06           only the additional sense code is there
    00 00 00 00 24 00
    99           not a FIELD REPLACEABLE UNIT CODE
    c0 00 01     not a field pointer
  `;
  expect(decodeSense(sense)).toEqual({ key: 5, asc: 0x24, ascq: 0, format: 'fixed' });
});

test('fixed format: FILEMARK, EOM and ILI are no part of the sense key', () => {
  expect(decodeSense(bytes`70 00 e3 00 00 00 00 0a 00 00 00 00 11 00 00 00 00 00`)?.key).toBe(3);
});

test('descriptor format: descriptors of other types are passed over', () => {
  const sense = bytes`
    72 05 24 00 00 00 00 10
    80 02 aa bb              vendor specific
    00 0a 80 00              Information
    00 00 00 00 00 00 00 07
  `;
  expect(decodeSense(sense)?.information).toBe(7);
});

test('descriptor format: a descriptor that is cut off says nothing', () => {
  const sense = bytes`
    72 05 24 00 00 00 00 0c
    00 0a 80 00 00 00 00 00  Information, cut
  `;
  expect(decodeSense(sense)).toEqual({ key: 5, asc: 0x24, ascq: 0, format: 'descriptor' });
});

const withInformation = (hex: Uint8Array): number | bigint | undefined =>
  decodeSense(Uint8Array.of(0x72, 5, 0x21, 0, 0, 0, 0, 12, 0, 10, 0x80, 0, ...hex))?.information;

test('a 64-bit value is a bigint exactly where a number would be wrong', () => {
  expect(withInformation(bytes`00 1f ff ff ff ff ff ff`)).toBe(2 ** 53 - 1);
  expect(withInformation(bytes`00 20 00 00 00 00 00 01`)).toBe(2n ** 53n + 1n);
});

test('fixed format: cut anywhere, a field is known once all of its bytes are there', () => {
  const sense = bytes`
    f0 00 05
    01 02 03 04  INFORMATION, bytes 3 to 6
    0a
    05 06 07 08  COMMAND-SPECIFIC INFORMATION, bytes 8 to 11
    26 04        additional sense code
    09           FIELD REPLACEABLE UNIT CODE
    8f 00 12     field pointer: data, byte 18, bit 7
  `;
  for (let cut = 3; cut <= sense.length; cut++)
    expect(decodeSense(sense.subarray(0, cut)), `cut to ${cut} bytes`).toEqual({
      key: 5,
      asc: cut > 12 ? 0x26 : 0,
      ascq: cut > 13 ? 0x04 : 0,
      format: 'fixed',
      ...(cut >= 7 && { information: 0x01020304 }),
      ...(cut >= 12 && { commandSpecific: 0x05060708 }),
      ...(cut >= 15 && { fru: 9 }),
      ...(cut >= 18 && { fieldPointer: { in: 'data', byte: 0x12, bit: 7 } }),
    });
});

const DESCRIPTORS = [
  [bytes`00 0a 80 00 00 00 00 00 00 00 00 07`, { information: 7 }],
  [bytes`01 0a 00 00 00 00 00 00 00 00 00 08`, { commandSpecific: 8 }],
  [bytes`02 06 00 00 c0 00 03 00`, { fieldPointer: { in: 'cdb', byte: 3 } }],
  [bytes`03 02 00 09`, { fru: 9 }],
] as const;

test.each(DESCRIPTORS)(
  'descriptor format: descriptor %#, too short or past the end, says nothing',
  (descriptor, known) => {
    const sense = (claimed: number, there: number): unknown => {
      const list = Uint8Array.of(...descriptor.subarray(0, there));
      list[1] = claimed - 2;
      return decodeSense(Uint8Array.of(0x72, 5, 0x24, 0, 0, 0, 0, there, ...list));
    };
    const nothing = { key: 5, asc: 0x24, ascq: 0, format: 'descriptor' };
    const { length } = descriptor;
    expect(sense(length, length)).toEqual({ ...nothing, ...known });
    // The last byte of a field pointer's descriptor is reserved.
    const needed = descriptor[0] === 2 ? length - 1 : length;
    for (let cut = 2; cut < needed; cut++) expect(sense(cut, cut)).toEqual(nothing);
    for (let there = 1; there < length; there++) expect(sense(length, there)).toEqual(nothing);
  },
);

test('descriptor format: information that is not VALID is not known', () => {
  const sense = bytes`72 03 11 00 00 00 00 0c 00 0a 00 00 00 00 00 00 00 00 00 07`;
  expect(decodeSense(sense)).toEqual({ key: 3, asc: 0x11, ascq: 0, format: 'descriptor' });
});
