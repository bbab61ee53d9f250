import { expect, test } from 'vitest';
import {
  decodeBlockDeviceCharacteristics,
  decodeBlockLimits,
  decodeStandardInquiry,
  decodeUnitSerialNumber,
  encodeBlockDeviceCharacteristics,
  encodeBlockLimits,
  encodeExtendedInquiry,
  encodeLogicalBlockProvisioning,
  encodeStandardInquiry,
  encodeSupportedPages,
  encodeUnitSerialNumber,
  VERSION_DESCRIPTOR,
} from '../../src/vpd/index.ts';
import { bytes } from '../sense/annotated-bytes.ts';

const zeros = (count: number): number[] => Array.from({ length: count }, () => 0);

const inquiry = {
  removable: true,
  conglomerate: false,
  version: 6,
  normalAca: false,
  hierarchicalSupport: true,
  responseDataFormat: 2,
  storageArrayController: false,
  targetPortGroupSupport: 1,
  thirdPartyCopy: true,
  protect: true,
  enclosureServices: false,
  multiPort: true,
  commandQueuing: true,
  vendor: 'ACME',
  product: 'Disk',
  revision: '1.0',
  versionDescriptors: [
    VERSION_DESCRIPTOR.SAM_5,
    VERSION_DESCRIPTOR.SPC_4,
    VERSION_DESCRIPTOR.SBC_3,
    VERSION_DESCRIPTOR.ISCSI,
  ],
};

test('standard INQUIRY data: 96 bytes with version descriptors', () => {
  expect(encodeStandardInquiry(inquiry)).toEqual(
    Uint8Array.of(
      ...bytes`
        00           connected, direct access
        80           RMB
        06           VERSION: SPC-4
        12           HISUP, RESPONSE DATA FORMAT 2
        5b           ADDITIONAL LENGTH: 91 bytes follow
        19           TPGS implicit, 3PC, PROTECT
        10           MULTIP
        02           CMDQUE
        41 43 4d 45 20 20 20 20  T10 VENDOR IDENTIFICATION
        44 69 73 6b 20 20 20 20 20 20 20 20 20 20 20 20  PRODUCT IDENTIFICATION
        31 2e 30 20  PRODUCT REVISION LEVEL
      `,
      ...zeros(22), // vendor specific, CLOCKING, reserved
      ...bytes`
        00 a0        SAM-5
        04 60        SPC-4
        04 c0        SBC-3
        09 60        iSCSI
      `,
      ...zeros(30), // four more version descriptors, reserved
    ),
  );
});

test('standard INQUIRY data: the other flags and a missing unit', () => {
  const none = { ...inquiry, removable: false, thirdPartyCopy: false, protect: false };
  const start = encodeStandardInquiry({
    ...none,
    peripheralQualifier: 3,
    deviceType: 0x1f,
    conglomerate: true,
    normalAca: true,
    hierarchicalSupport: false,
    storageArrayController: true,
    targetPortGroupSupport: 0,
    enclosureServices: true,
    multiPort: false,
    commandQueuing: false,
  }).subarray(0, 8);
  expect(start).toEqual(
    bytes`
      7f           not possible here, no device type
      40           LU_CONG
      06
      22           NORMACA
      5b
      80           SCCS
      40           ENCSERV
      00
    `,
  );
});

test('standard INQUIRY data of 36 bytes decodes, shorter ones do not', () => {
  const short = encodeStandardInquiry(inquiry).subarray(0, 36);
  expect(decodeStandardInquiry(short)).toMatchObject({ product: 'Disk', versionDescriptors: [] });
  expect(decodeStandardInquiry(short.subarray(0, 35))).toBeUndefined();
});

test('standard INQUIRY data refuses what has no place in it', () => {
  const wrong = [
    { vendor: 'NINECHARS' },
    { version: 256 },
    { versionDescriptors: [0] },
    { versionDescriptors: [1, 2, 3, 4, 5, 6, 7, 8, 9] },
  ];
  for (const fields of wrong)
    expect(() => encodeStandardInquiry({ ...inquiry, ...fields })).toThrow(RangeError);
});

test('Supported VPD Pages lists each page once, ascending', () => {
  expect(encodeSupportedPages({ pages: [0xb0, 0x83, 0x00, 0x80, 0x83] })).toEqual(
    bytes`
      00 00 00 04  direct access, page 00h, 4 bytes follow
      00 80 83 b0
    `,
  );
  expect(() => encodeSupportedPages({ pages: [0x100] })).toThrow(RangeError);
});

test('Unit Serial Number is as long as the serial number', () => {
  expect(encodeUnitSerialNumber({ serialNumber: 'AB-12', deviceType: 5 })).toEqual(
    bytes`
      05 80 00 05  CD/DVD, page 80h, 5 bytes follow
      41 42 2d 31 32
    `,
  );
  expect(decodeUnitSerialNumber(bytes`00 80 00 04 41 20 00 00`)?.serialNumber).toBe('A');
});

const limits = {
  writeSameNonZero: true,
  maxCompareAndWriteLength: 0x10,
  optimalTransferLengthGranularity: 0x0102,
  maxTransferLength: 0x03040506,
  optimalTransferLength: 0x0708090a,
  maxPrefetchLength: 0x0b0c0d0e,
  maxUnmapLbaCount: 0xffff_ffff,
  maxUnmapBlockDescriptorCount: 0x11121314,
  optimalUnmapGranularity: 0x15161718,
  unmapGranularityAlignment: 0x191a1b1c,
  maxWriteSameLength: 0x00_0001_0203_0405,
  maxAtomicTransferLength: 0x21222324,
  atomicAlignment: 0x25262728,
  atomicTransferLengthGranularity: 0x292a2b2c,
  maxAtomicTransferLengthWithBoundary: 0x2d2e2f30,
  maxAtomicBoundarySize: 0x31323334,
};

test('Block Limits: 64 bytes with every field in its place', () => {
  expect(encodeBlockLimits(limits)).toEqual(
    bytes`
      00 b0 00 3c  direct access, page B0h, 60 bytes follow
      01           WSNZ
      10           MAXIMUM COMPARE AND WRITE LENGTH
      01 02        OPTIMAL TRANSFER LENGTH GRANULARITY
      03 04 05 06  MAXIMUM TRANSFER LENGTH
      07 08 09 0a  OPTIMAL TRANSFER LENGTH
      0b 0c 0d 0e  MAXIMUM PREFETCH LENGTH
      ff ff ff ff  MAXIMUM UNMAP LBA COUNT
      11 12 13 14  MAXIMUM UNMAP BLOCK DESCRIPTOR COUNT
      15 16 17 18  OPTIMAL UNMAP GRANULARITY
      99 1a 1b 1c  UGAVALID, UNMAP GRANULARITY ALIGNMENT
      00 00 00 01 02 03 04 05  MAXIMUM WRITE SAME LENGTH
      21 22 23 24  MAXIMUM ATOMIC TRANSFER LENGTH
      25 26 27 28  ATOMIC ALIGNMENT
      29 2a 2b 2c  ATOMIC TRANSFER LENGTH GRANULARITY
      2d 2e 2f 30  MAXIMUM ATOMIC TRANSFER LENGTH WITH ATOMIC BOUNDARY
      31 32 33 34  MAXIMUM ATOMIC BOUNDARY SIZE
    `,
  );
});

test('Block Limits: an alignment of zero is valid, an absent one is not', () => {
  const { unmapGranularityAlignment: _, ...unaligned } = limits;
  expect(encodeBlockLimits(unaligned).subarray(32, 36)).toEqual(bytes`00 00 00 00  UGAVALID = 0`);
  expect(encodeBlockLimits({ ...limits, unmapGranularityAlignment: 0 }).subarray(32, 36)).toEqual(
    bytes`80 00 00 00  UGAVALID`,
  );
  expect(() => encodeBlockLimits({ ...limits, unmapGranularityAlignment: 2 ** 31 })).toThrow(
    RangeError,
  );
});

test('Block Limits of SBC-2 decode: 12 bytes, the rest is zero', () => {
  const old = encodeBlockLimits(limits).subarray(0, 16);
  old[3] = 0x0c;
  expect(decodeBlockLimits(old)).toMatchObject({
    optimalTransferLength: 0x0708090a,
    maxPrefetchLength: 0,
    maxWriteSameLength: 0,
  });
  expect(decodeBlockLimits(old.subarray(0, 15))).toBeUndefined();
});

test('Block Device Characteristics: 64 bytes', () => {
  const page = encodeBlockDeviceCharacteristics({
    mediumRotationRate: 1,
    productType: 2,
    writeAfterBlockEraseRequired: 1,
    writeAfterCryptographicEraseRequired: 2,
    nominalFormFactor: 3,
    multipleActuators: true,
    zoned: 1,
    reassignBlocksWritesZero: false,
    backgroundOperationControl: true,
    fuaBehaviour: true,
    verifyByteCheckUnmapped: false,
    depopulationTime: 0x01020304,
  });
  expect(page).toEqual(
    Uint8Array.of(
      ...bytes`
        00 b1 00 3c  direct access, page B1h, 60 bytes follow
        00 01        MEDIUM ROTATION RATE: does not rotate
        02           PRODUCT TYPE
        63           WABEREQ 1, WACEREQ 2, NOMINAL FORM FACTOR 3
        56           MACT, ZONED 1, BOCS, FUAB
        00 00 00     reserved
        01 02 03 04  DEPOPULATION TIME
      `,
      ...zeros(48),
    ),
  );
  expect(decodeBlockDeviceCharacteristics(page.subarray(0, 8))).toMatchObject({
    nominalFormFactor: 3,
    fuaBehaviour: false,
  });
});

test('Extended INQUIRY Data: 64 bytes', () => {
  const page = encodeExtendedInquiry({
    activateMicrocode: 2,
    supportedProtectionTypes: 7,
    guardCheck: true,
    applicationTagCheck: false,
    referenceTagCheck: true,
    unitAttentionSenseKeySpecific: true,
    grouping: false,
    priority: false,
    headOfQueue: true,
    ordered: true,
    simple: true,
    writeUncorrectable: true,
    nonVolatileCache: true,
    volatileCache: true,
    noProtectionCheck: true,
    protectionIntervals: false,
    nexusClear: true,
    collectionType: 2,
    referrals: false,
    revertToDefaults: true,
    historySnapshotsReleaseEffects: true,
    multiNexusMicrocodeDownload: 3,
    extendedSelfTestMinutes: 0x0102,
    powerOnActivation: true,
    hardResetActivation: false,
    vendorSpecificActivation: true,
    maxSenseDataLength: 252,
  });
  expect(page).toEqual(
    Uint8Array.of(
      ...bytes`
        00 86 00 3c  direct access, page 86h, 60 bytes follow
        bd           ACTIVATE MICROCODE 2, SPT 7, GRD_CHK, REF_CHK
        27           UASK_SUP, HEADSUP, ORDSUP, SIMPSUP
        0b           WU_SUP, NV_SUP, V_SUP
        21           NO_PI_CHK, LUICLR
        4a           LU_COLLECTION_TYPE 2, RTD_SUP, HSSRELEF
        03           MULTI I_T NEXUS MICROCODE DOWNLOAD
        01 02        EXTENDED SELF-TEST COMPLETION MINUTES
        a0           POA_SUP, VSA_SUP
        fc           MAXIMUM SUPPORTED SENSE DATA LENGTH
      `,
      ...zeros(50),
    ),
  );
});

const thin = {
  thresholdExponent: 0x0b,
  unmap: true,
  writeSame16: true,
  writeSame10: false,
  readZeros: 1,
  anchor: true,
  minimumPercentage: 3,
  provisioningType: 2,
  thresholdPercentage: 0x50,
};

test('Logical Block Provisioning: 8 bytes without a provisioning group', () => {
  expect(encodeLogicalBlockProvisioning(thin)).toEqual(
    bytes`
      00 b2 00 04  direct access, page B2h, 4 bytes follow
      0b           THRESHOLD EXPONENT
      c6           LBPU, LBPWS, LBPRZ 1, ANC_SUP
      1a           MINIMUM PERCENTAGE 3, thin provisioned
      50           THRESHOLD PERCENTAGE
    `,
  );
});

test('Logical Block Provisioning: the provisioning group comes as a designation descriptor', () => {
  const page = encodeLogicalBlockProvisioning({
    ...thin,
    provisioningGroup: { type: 'NAA', association: 'logical unit', name: 0x6n << 124n },
  });
  expect(page).toEqual(
    bytes`
      00 b2 00 18  24 bytes follow
      0b c7 1a 50  DP
      01 03 00 10  binary, NAA of the logical unit, 16 bytes
      60 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
    `,
  );
});
