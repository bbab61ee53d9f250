import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import * as vpd from '../../src/vpd/index.ts';
import { almostPage, ascii, bits, designator, header } from './arbitraries.ts';

const flag = fc.boolean();

const standardInquiry: fc.Arbitrary<vpd.StandardInquiry> = fc.record({
  ...header,
  removable: flag,
  conglomerate: flag,
  version: bits(8),
  normalAca: flag,
  hierarchicalSupport: flag,
  responseDataFormat: bits(4),
  storageArrayController: flag,
  targetPortGroupSupport: bits(2),
  thirdPartyCopy: flag,
  protect: flag,
  enclosureServices: flag,
  multiPort: flag,
  commandQueuing: flag,
  vendor: ascii(8),
  product: ascii(16),
  revision: ascii(4),
  versionDescriptors: fc.array(fc.integer({ min: 1, max: 0xffff }), { maxLength: 8 }),
});

const blockLimits: fc.Arbitrary<vpd.BlockLimitsPage> = fc.record(
  {
    ...header,
    writeSameNonZero: flag,
    maxCompareAndWriteLength: bits(8),
    optimalTransferLengthGranularity: bits(16),
    maxTransferLength: bits(32),
    optimalTransferLength: bits(32),
    maxPrefetchLength: bits(32),
    maxUnmapLbaCount: bits(32),
    maxUnmapBlockDescriptorCount: bits(32),
    optimalUnmapGranularity: bits(32),
    unmapGranularityAlignment: bits(31),
    maxWriteSameLength: bits(53),
    maxAtomicTransferLength: bits(32),
    atomicAlignment: bits(32),
    atomicTransferLengthGranularity: bits(32),
    maxAtomicTransferLengthWithBoundary: bits(32),
    maxAtomicBoundarySize: bits(32),
  },
  {
    requiredKeys: [
      'peripheralQualifier',
      'deviceType',
      'writeSameNonZero',
      'maxCompareAndWriteLength',
      'optimalTransferLengthGranularity',
      'maxTransferLength',
      'optimalTransferLength',
      'maxPrefetchLength',
      'maxUnmapLbaCount',
      'maxUnmapBlockDescriptorCount',
      'optimalUnmapGranularity',
      'maxWriteSameLength',
      'maxAtomicTransferLength',
      'atomicAlignment',
      'atomicTransferLengthGranularity',
      'maxAtomicTransferLengthWithBoundary',
      'maxAtomicBoundarySize',
    ],
  },
);

const characteristics: fc.Arbitrary<vpd.BlockDeviceCharacteristicsPage> = fc.record({
  ...header,
  mediumRotationRate: bits(16),
  productType: bits(8),
  writeAfterBlockEraseRequired: bits(2),
  writeAfterCryptographicEraseRequired: bits(2),
  nominalFormFactor: bits(4),
  multipleActuators: flag,
  zoned: bits(2),
  reassignBlocksWritesZero: flag,
  backgroundOperationControl: flag,
  fuaBehaviour: flag,
  verifyByteCheckUnmapped: flag,
  depopulationTime: bits(32),
});

const extendedInquiry: fc.Arbitrary<vpd.ExtendedInquiryPage> = fc.record({
  ...header,
  activateMicrocode: bits(2),
  supportedProtectionTypes: bits(3),
  guardCheck: flag,
  applicationTagCheck: flag,
  referenceTagCheck: flag,
  unitAttentionSenseKeySpecific: flag,
  grouping: flag,
  priority: flag,
  headOfQueue: flag,
  ordered: flag,
  simple: flag,
  writeUncorrectable: flag,
  correctionDisable: flag,
  nonVolatileCache: flag,
  volatileCache: flag,
  noProtectionCheck: flag,
  protectionIntervals: flag,
  nexusClear: flag,
  collectionType: bits(3),
  referrals: flag,
  revertToDefaults: flag,
  historySnapshotsReleaseEffects: flag,
  multiNexusMicrocodeDownload: bits(4),
  extendedSelfTestMinutes: bits(16),
  powerOnActivation: flag,
  hardResetActivation: flag,
  vendorSpecificActivation: flag,
  maxSenseDataLength: bits(8),
});

const provisioning: fc.Arbitrary<vpd.LogicalBlockProvisioningPage> = fc
  .tuple(
    fc.record({
      ...header,
      thresholdExponent: bits(8),
      unmap: flag,
      writeSame16: flag,
      writeSame10: flag,
      readZeros: bits(3),
      anchor: flag,
      minimumPercentage: bits(5),
      provisioningType: bits(3),
      thresholdPercentage: bits(8),
    }),
    fc.option(designator, { nil: undefined }),
  )
  .map(([page, group]) => ({ ...page, ...(group && { provisioningGroup: group }) }));

/** One page: how it is made, coded, and where its page code can be told. */
const page = <T>(
  name: string,
  arbitrary: fc.Arbitrary<T>,
  encode: (page: T) => Uint8Array,
  decode: (bytes: Uint8Array) => T | undefined,
  pageCode?: number,
): { name: string; roundTrip: () => void; anyBytes: () => void; otherPage: () => void } => ({
  name,
  roundTrip: () => {
    fc.assert(
      fc.property(arbitrary, fc.uint8Array({ maxLength: 5 }), (value, after) => {
        const bytes = encode(value);
        expect(decode(bytes)).toEqual(value);
        // What an allocation length leaves behind a page is no part of it.
        expect(decode(Uint8Array.of(...bytes, ...after))).toEqual(value);
      }),
    );
  },
  anyBytes: () => {
    fc.assert(
      fc.property(almostPage(pageCode ?? 0), (bytes) => {
        decode(bytes);
      }),
      { numRuns: 500 },
    );
    fc.assert(
      fc.property(arbitrary, fc.nat(100), (value, cut) => {
        decode(encode(value).subarray(0, cut));
      }),
    );
  },
  otherPage: () => {
    fc.assert(
      fc.property(arbitrary, bits(8), (value, other) => {
        const bytes = encode(value);
        expect(bytes[1]).toBe(pageCode);
        expect((bytes[2]! << 8) | bytes[3]!).toBe(bytes.length - 4);
        bytes[1] = other;
        expect(decode(bytes) !== undefined).toBe(other === pageCode);
      }),
    );
    for (let length = 0; length < 4; length++)
      expect(decode(Uint8Array.of(0, pageCode ?? 0, 0, 0).subarray(0, length))).toBeUndefined();
  },
});

const supportedPages: fc.Arbitrary<vpd.SupportedPagesPage> = fc.record({
  ...header,
  pages: fc.uniqueArray(bits(8)).map((pages) => pages.sort((a, b) => a - b)),
});

const PAGES = [
  page('00h', supportedPages, vpd.encodeSupportedPages, vpd.decodeSupportedPages, 0x00),
  page(
    '80h',
    fc.record({ ...header, serialNumber: ascii(252) }),
    vpd.encodeUnitSerialNumber,
    vpd.decodeUnitSerialNumber,
    0x80,
  ),
  page(
    '83h',
    fc.record({ ...header, designators: fc.array(designator, { maxLength: 8 }) }),
    vpd.encodeDeviceIdentification,
    vpd.decodeDeviceIdentification,
    0x83,
  ),
  page('86h', extendedInquiry, vpd.encodeExtendedInquiry, vpd.decodeExtendedInquiry, 0x86),
  page('B0h', blockLimits, vpd.encodeBlockLimits, vpd.decodeBlockLimits, 0xb0),
  page(
    'B1h',
    characteristics,
    vpd.encodeBlockDeviceCharacteristics,
    vpd.decodeBlockDeviceCharacteristics,
    0xb1,
  ),
  page(
    'B2h',
    provisioning,
    vpd.encodeLogicalBlockProvisioning,
    vpd.decodeLogicalBlockProvisioning,
    0xb2,
  ),
];

const STANDARD = page(
  'standard INQUIRY data',
  standardInquiry,
  vpd.encodeStandardInquiry,
  vpd.decodeStandardInquiry,
);

describe.each([...PAGES, STANDARD])('$name', ({ roundTrip, anyBytes }) => {
  test('what is encoded decodes to itself', roundTrip);
  test('any bytes decode without throwing', anyBytes);
});

test.each(PAGES)('$name states its page code and length, and is no other page', ({ otherPage }) => {
  otherPage();
});

test.each([
  ['standard INQUIRY data', vpd.encodeStandardInquiry, [4]], // ADDITIONAL LENGTH
  ['86h', vpd.encodeExtendedInquiry, [1, 3]],
  ['B0h', vpd.encodeBlockLimits, [1, 3]],
  ['B1h', vpd.encodeBlockDeviceCharacteristics, [1, 3]],
  ['B2h', vpd.encodeLogicalBlockProvisioning, [1, 3]],
] as const)('%s: members that are absent are zero', (_, encode, stated) => {
  const nonZero = [...encode({})].flatMap((byte, at) => (byte === 0 || byte === 0x20 ? [] : [at]));
  expect(nonZero).toEqual(stated);
});
