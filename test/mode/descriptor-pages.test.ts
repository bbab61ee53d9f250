import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  decodeApplicationTag,
  decodeControl,
  decodeControlExtension,
  decodeProvisioningThresholds,
  encodeApplicationTag,
  encodeProvisioningThresholds,
  type ApplicationTagPage,
  type ProvisioningThresholdsPage,
} from '../../src/mode/index.ts';
import { bytes } from '../sense/annotated-bytes.ts';

const flag = fc.boolean();
const bits = (count: number): fc.Arbitrary<number> =>
  fc.oneof(fc.integer({ min: 0, max: 2 ** count - 1 }), fc.constantFrom(0, 2 ** count - 1));

const tags: fc.Arbitrary<ApplicationTagPage> = fc.record({
  descriptors: fc.array(
    fc.record({ last: flag, applicationTag: bits(16), lba: bits(53), blocks: bits(53) }),
    { maxLength: 12 },
  ),
});

const thresholds: fc.Arbitrary<ProvisioningThresholdsPage> = fc.record({
  singleInitiator: flag,
  thresholds: fc.array(
    fc.record({
      enabled: flag,
      type: bits(3),
      arming: bits(3),
      resource: bits(8),
      count: bits(32),
    }),
    { maxLength: 40 },
  ),
});

test('an Application Tag page decodes to what was encoded, or to its whole descriptors', () => {
  fc.assert(
    fc.property(tags, fc.nat(320), (page, length) => {
      const coded = encodeApplicationTag(page);
      expect(coded).toHaveLength(16 + 24 * page.descriptors.length);
      expect(decodeApplicationTag(coded)).toEqual(page);
      // A page that says that it is shorter ends there, between or within descriptors.
      if (length < 16 || length > coded.length) return;
      coded[2] = (length - 4) >> 8;
      coded[3] = (length - 4) & 0xff;
      expect(decodeApplicationTag(coded)?.descriptors).toEqual(
        page.descriptors.slice(0, Math.floor((length - 16) / 24)),
      );
    }),
  );
});

test('a Logical Block Provisioning page decodes to what was encoded', () => {
  fc.assert(
    fc.property(thresholds, fc.nat(400), (page, cut) => {
      const coded = encodeProvisioningThresholds(page, { parametersSaveable: true });
      expect(coded).toHaveLength(16 + 8 * page.thresholds.length);
      expect(coded[0]).toBe(0xdc);
      expect(decodeProvisioningThresholds(coded)).toEqual(page);
      if (cut < coded.length)
        expect(decodeProvisioningThresholds(coded.subarray(0, cut))).toBeUndefined();
    }),
  );
});

test('any bytes decode without throwing', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), bits(6), (any, length) => {
      decodeApplicationTag(any);
      decodeApplicationTag(Uint8Array.of(0x4a, 0x02, 0, length, ...any));
      decodeProvisioningThresholds(Uint8Array.of(0x5c, 0x02, 0, length, ...any));
    }),
    { numRuns: 500 },
  );
});

test('Application Tag: 24 bytes a descriptor', () => {
  const coded = encodeApplicationTag({
    descriptors: [
      { last: false, applicationTag: 0x0102, lba: 0, blocks: 0x1000 },
      { last: true, applicationTag: 0xabcd, lba: 0x1000, blocks: 0x1_0000_0000 },
    ],
  });
  expect(coded).toEqual(
    bytes`
      4a 02        SPF, page 0Ah, subpage 02h
      00 3c        60 bytes follow
      00 00 00 00 00 00 00 00 00 00 00 00  reserved
      00 00 00 00 00 00
      01 02        LOGICAL BLOCK APPLICATION TAG
      00 00 00 00 00 00 00 00  LOGICAL BLOCK ADDRESS
      00 00 00 00 00 00 10 00  LOGICAL BLOCK COUNT
      80 00 00 00 00 00  LAST
      ab cd        LOGICAL BLOCK APPLICATION TAG
      00 00 00 00 00 00 10 00  LOGICAL BLOCK ADDRESS
      00 00 00 01 00 00 00 00  LOGICAL BLOCK COUNT
    `,
  );
  expect(decodeControl(coded)).toBeUndefined();
  expect(decodeControlExtension(coded)).toBeUndefined();
});

test('Logical Block Provisioning: 8 bytes a threshold', () => {
  const coded = encodeProvisioningThresholds({
    singleInitiator: true,
    thresholds: [
      { enabled: true, type: 0, arming: 1, resource: 2, count: 0x01020304 },
      { enabled: false, type: 5, arming: 2, resource: 3, count: 10 },
    ],
  });
  expect(coded).toEqual(
    bytes`
      5c 02        SPF, page 1Ch, subpage 02h
      00 1c        28 bytes follow
      01           SITUA
      00 00 00 00 00 00 00 00 00 00 00  reserved
      81           ENABLED, threshold sets, armed increasing
      02           THRESHOLD RESOURCE: used LBA mapping resources
      00 00
      01 02 03 04  THRESHOLD COUNT
      2a           disabled, THRESHOLD TYPE 5, THRESHOLD ARMING 2
      03
      00 00
      00 00 00 0a
    `,
  );
});

test('what has no place in a page is refused', () => {
  const threshold = { enabled: true, type: 0, arming: 0, resource: 1, count: 2 ** 32 };
  expect(() =>
    encodeProvisioningThresholds({ singleInitiator: false, thresholds: [threshold] }),
  ).toThrow(RangeError);
  const descriptor = { last: false, applicationTag: 0, lba: 0, blocks: 0 };
  const descriptors = Array.from({ length: 2731 }, () => descriptor);
  expect(() => encodeApplicationTag({ descriptors })).toThrow(RangeError);
  expect(encodeApplicationTag({ descriptors: descriptors.slice(1) })).toHaveLength(65536);
});
