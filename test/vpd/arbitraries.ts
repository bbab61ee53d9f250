import fc from 'fast-check';
import type { Designator } from '../../src/vpd/index.ts';

/** A number of `bits` bits (at most 53). */
export const bits = (count: number): fc.Arbitrary<number> =>
  count <= 31
    ? fc.integer({ min: 0, max: 2 ** count - 1 })
    : fc.oneof(fc.nat(), fc.integer({ min: 0, max: 2 ** count - 1 }), fc.constant(2 ** count - 1));

/** What every page has. */
export const header = { peripheralQualifier: bits(3), deviceType: bits(5) };

/** Printable ASCII that does not end in blanks. */
export const ascii = (maxLength: number): fc.Arbitrary<string> =>
  fc
    .array(fc.integer({ min: 0x20, max: 0x7e }), { maxLength })
    .map((codes) => String.fromCharCode(...codes).trimEnd());

const big64 = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });

/** A name whose highest four of `count` bits are `naa`. */
const naa = (count: bigint, naa: bigint): fc.Arbitrary<bigint> =>
  fc.bigInt({ min: 0n, max: 2n ** (count - 4n) - 1n }).map((rest) => (naa << (count - 4n)) | rest);

const names = fc.oneof(
  fc.record({
    type: fc.constant('T10 vendor ID' as const),
    vendor: ascii(8),
    identifier: fc.string({ unit: 'grapheme-ascii', maxLength: 247 }),
  }),
  fc.record({ type: fc.constant('EUI-64' as const), eui64: big64 }),
  fc.record({ type: fc.constant('EUI-64' as const), eui64: big64, directoryId: bits(32) }),
  fc.record({ type: fc.constant('EUI-64' as const), eui64: big64, identifierExtension: big64 }),
  fc.record({
    type: fc.constant('NAA' as const),
    name: fc.oneof(naa(64n, 2n), naa(64n, 3n), naa(64n, 5n), naa(128n, 6n)),
  }),
  fc.record({
    type: fc.constantFrom(
      'relative target port' as const,
      'target port group' as const,
      'logical unit group' as const,
    ),
    number: bits(16),
  }),
  fc.record({
    type: fc.constant('SCSI name string' as const),
    name: fc.string({ unit: 'grapheme-composite', maxLength: 30 }).filter((name) => {
      const bytes = new TextEncoder().encode(name);
      return bytes.length <= 251 && !bytes.includes(0);
    }),
  }),
  fc.record({ type: fc.constant('UUID' as const), uuid: fc.uuid() }),
  // Types that have no member of their own: vendor specific, MD5, protocol specific, reserved ones.
  fc.record({
    type: fc.constant('raw' as const),
    designatorType: fc.constantFrom(0, 7, 9, 0xb, 0xf),
    codeSet: bits(4),
    designator: fc.uint8Array({ maxLength: 255 }),
  }),
);

/** Any designator. */
export const designator: fc.Arbitrary<Designator> = fc
  .tuple(
    fc.record(
      {
        association: fc.constantFrom(
          'logical unit' as const,
          'target port' as const,
          'target device' as const,
          'reserved' as const,
        ),
        protocol: bits(4),
      },
      { requiredKeys: ['association'] },
    ),
    names,
  )
  .map(([base, name]) => ({ ...base, ...name }));

/** Bytes that begin like the page, with any length and content. */
export const almostPage = (pageCode: number): fc.Arbitrary<Uint8Array> =>
  fc.oneof(
    fc.uint8Array({ maxLength: 120 }),
    fc
      .tuple(fc.uint8Array({ maxLength: 120 }), bits(16), fc.boolean())
      .map(([body, length, right]) => {
        const stated = right ? body.length : length;
        return Uint8Array.of(0, pageCode, stated >> 8, stated & 0xff, ...body);
      }),
  );
