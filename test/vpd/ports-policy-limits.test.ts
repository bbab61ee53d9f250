import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import * as vpd from '../../src/vpd/index.ts';
import { bytes } from '../sense/annotated-bytes.ts';
import { almostPage, bits, designator, header } from './arbitraries.ts';

const flag = fc.boolean();

const policies: fc.Arbitrary<vpd.ModePagePolicyPage> = fc.record({
  ...header,
  policies: fc.array(
    fc.record({ pageCode: bits(6), subpage: bits(8), sharedByUnits: flag, policy: bits(2) }),
  ),
});

const ports: fc.Arbitrary<vpd.ScsiPortsPage> = fc.record({
  ...header,
  ports: fc.array(
    fc.record(
      {
        relativePortId: fc.integer({ min: 1, max: 0xffff }),
        initiatorTransportId: fc.uint8Array({ minLength: 4, maxLength: 32 }),
        targetPort: fc.array(designator, { maxLength: 3 }),
      },
      { requiredKeys: ['relativePortId', 'targetPort'] },
    ),
    { maxLength: 4 },
  ),
});

const referrals: fc.Arbitrary<vpd.ReferralsPage> = fc.record({
  ...header,
  userDataSegmentSize: bits(32),
  userDataSegmentMultiplier: bits(32),
});

const powerCondition: fc.Arbitrary<vpd.PowerConditionVpdPage> = fc.record({
  ...header,
  standbyY: flag,
  standbyZ: flag,
  idleC: flag,
  idleB: flag,
  idleA: flag,
  stoppedRecoveryTime: bits(16),
  standbyZRecoveryTime: bits(16),
  standbyYRecoveryTime: bits(16),
  idleARecoveryTime: bits(16),
  idleBRecoveryTime: bits(16),
  idleCRecoveryTime: bits(16),
});

const extension: fc.Arbitrary<vpd.BlockLimitsExtensionPage> = fc.record({
  ...header,
  reducedStreamControl: flag,
  maxStreams: bits(16),
  optimalStreamWriteSize: bits(16),
  streamGranularitySize: bits(32),
  maxScatteredRangeTransferLength: bits(32),
  maxScatteredRangeDescriptorCount: bits(16),
  maxScatteredTransferLength: bits(32),
});

const page = <T>(
  name: string,
  pageCode: number,
  arbitrary: fc.Arbitrary<T>,
  encode: (page: T) => Uint8Array,
  decode: (bytes: Uint8Array) => T | undefined,
): { name: string; roundTrip: () => void; anyBytes: () => void; otherPage: () => void } => ({
  name,
  roundTrip: () => {
    fc.assert(
      fc.property(arbitrary, fc.uint8Array({ maxLength: 5 }), (value, after) => {
        const coded = encode(value);
        expect(coded[1]).toBe(pageCode);
        expect((coded[2]! << 8) | coded[3]!).toBe(coded.length - 4);
        expect(decode(coded)).toEqual(value);
        expect(decode(Uint8Array.of(...coded, ...after))).toEqual(value);
      }),
    );
  },
  anyBytes: () => {
    fc.assert(
      fc.property(almostPage(pageCode), arbitrary, fc.nat(100), (any, value, cut) => {
        decode(any);
        decode(encode(value).subarray(0, cut));
      }),
      { numRuns: 500 },
    );
  },
  otherPage: () => {
    fc.assert(
      fc.property(arbitrary, bits(8), (value, other) => {
        const coded = encode(value);
        coded[1] = other;
        expect(decode(coded) !== undefined).toBe(other === pageCode);
      }),
    );
  },
});

describe.each([
  page('87h', 0x87, policies, vpd.encodeModePagePolicy, vpd.decodeModePagePolicy),
  page('88h', 0x88, ports, vpd.encodeScsiPorts, vpd.decodeScsiPorts),
  page('8Ah', 0x8a, powerCondition, vpd.encodePowerConditionVpd, vpd.decodePowerConditionVpd),
  page('B3h', 0xb3, referrals, vpd.encodeReferrals, vpd.decodeReferrals),
  page('B7h', 0xb7, extension, vpd.encodeBlockLimitsExtension, vpd.decodeBlockLimitsExtension),
])('$name', ({ roundTrip, anyBytes, otherPage }) => {
  test('what is encoded decodes to itself', roundTrip);
  test('any bytes decode without throwing', anyBytes);
  test('another page is not it', otherPage);
});

test('Mode Page Policy: 4 bytes a descriptor', () => {
  const coded = vpd.encodeModePagePolicy({
    policies: [
      { pageCode: 0x3f, subpage: 0xff, sharedByUnits: false, policy: 0 },
      { pageCode: 0x0a, subpage: 0x01, sharedByUnits: true, policy: 3 },
    ],
  });
  expect(coded).toEqual(
    bytes`
      00 87 00 08  page 87h, 8 bytes follow
      3f ff 00 00  all pages and subpages: shared
      0a 01 83 00  page 0Ah, subpage 01h: MLUS, per I_T nexus
    `,
  );
});

test('SCSI Ports: a target port with its name, and an initiator port', () => {
  const coded = vpd.encodeScsiPorts({
    ports: [
      {
        relativePortId: 1,
        targetPort: [
          {
            type: 'SCSI name string',
            association: 'target port',
            protocol: 5,
            name: 'iqn.x:d,t,0x0001',
          },
        ],
      },
      { relativePortId: 0x0203, initiatorTransportId: bytes`45 00 00 00`, targetPort: [] },
    ],
  });
  expect(coded).toEqual(
    bytes`
      00 88 00 34  page 88h, 52 bytes follow
      00 00
      00 01        RELATIVE PORT IDENTIFIER
      00 00
      00 00        no INITIATOR PORT TRANSPORTID
      00 00
      00 18        24 bytes of target port descriptors
      53 98 00 14  iSCSI, UTF-8; PIV, target port, SCSI name string; 20 bytes
      69 71 6e 2e 78 3a 64 2c 74 2c 30 78 30 30 30 31 00 00 00 00
      00 00
      02 03        RELATIVE PORT IDENTIFIER
      00 00
      00 04        4 bytes of INITIATOR PORT TRANSPORTID
      45 00 00 00
      00 00
      00 00        no target port descriptors
    `,
  );
});

test('SCSI Ports: a port that is cut off is left out', () => {
  const one = { relativePortId: 1, targetPort: [] };
  const two = { ...one, relativePortId: 2, initiatorTransportId: bytes`45 00 00 00` };
  const coded = vpd.encodeScsiPorts({ ports: [one, two] });
  for (let length = 16; length < coded.length; length++)
    expect(vpd.decodeScsiPorts(coded.subarray(0, length))?.ports).toEqual([one]);
});

test('SCSI Ports refuses what has no place in it', () => {
  for (const relativePortId of [0, 0x10000, 1.5])
    expect(() => vpd.encodeScsiPorts({ ports: [{ relativePortId, targetPort: [] }] })).toThrow(
      RangeError,
    );
  const initiatorTransportId = new Uint8Array(65536);
  const port = { relativePortId: 1, initiatorTransportId, targetPort: [] };
  expect(() => vpd.encodeScsiPorts({ ports: [port] })).toThrow(RangeError);
});

test('Power Condition: 18 bytes', () => {
  const coded = vpd.encodePowerConditionVpd({
    standbyY: true,
    idleC: true,
    idleA: true,
    stoppedRecoveryTime: 0x0102,
    standbyZRecoveryTime: 0x0304,
    standbyYRecoveryTime: 0x0506,
    idleARecoveryTime: 0x0708,
    idleBRecoveryTime: 0x090a,
    idleCRecoveryTime: 0x0b0c,
  });
  expect(coded).toEqual(
    bytes`
      00 8a 00 0e  page 8Ah, 14 bytes follow
      02           STANDBY_Y
      05           IDLE_C, IDLE_A
      01 02        STOPPED CONDITION RECOVERY TIME
      03 04        STANDBY_Z
      05 06        STANDBY_Y
      07 08        IDLE_A
      09 0a        IDLE_B
      0b 0c        IDLE_C
    `,
  );
});

test('Referrals: 16 bytes', () => {
  expect(
    vpd.encodeReferrals({ userDataSegmentSize: 0x01020304, userDataSegmentMultiplier: 5 }),
  ).toEqual(
    bytes`
      00 b3 00 0c  page B3h, 12 bytes follow
      00 00 00 00
      01 02 03 04  USER DATA SEGMENT SIZE
      00 00 00 05  USER DATA SEGMENT MULTIPLIER
    `,
  );
});

test('Block Limits Extension: 32 bytes', () => {
  const coded = vpd.encodeBlockLimitsExtension({
    reducedStreamControl: true,
    maxStreams: 0x0102,
    optimalStreamWriteSize: 0x0304,
    streamGranularitySize: 0x05060708,
    maxScatteredRangeTransferLength: 0x090a0b0c,
    maxScatteredRangeDescriptorCount: 0x0d0e,
    maxScatteredTransferLength: 0x0f101112,
  });
  expect(coded).toEqual(
    bytes`
      00 b7 00 1c  page B7h, 28 bytes follow
      00
      01           RSCS
      01 02        MAXIMUM NUMBER OF STREAMS
      03 04        OPTIMAL STREAM WRITE SIZE
      05 06 07 08  STREAM GRANULARITY SIZE
      00 00
      09 0a 0b 0c  MAXIMUM SCATTERED LBA RANGE TRANSFER LENGTH
      00 00
      0d 0e        MAXIMUM SCATTERED LBA RANGE DESCRIPTOR COUNT
      0f 10 11 12  MAXIMUM SCATTERED TRANSFER LENGTH
      00 00 00 00
    `,
  );
});

test('Block Limits Extension without the limits of WRITE SCATTERED decodes, those are zero', () => {
  const old = bytes`
    00 b7 00 0a  page B7h, 10 bytes follow
    00 00 00 08  MAXIMUM NUMBER OF STREAMS
    00 10        OPTIMAL STREAM WRITE SIZE
    00 00 00 20  STREAM GRANULARITY SIZE
  `;
  expect(vpd.decodeBlockLimitsExtension(old)).toMatchObject({
    maxStreams: 8,
    streamGranularitySize: 32,
    maxScatteredTransferLength: 0,
  });
});

test.each([
  ['B3h', vpd.encodeReferrals],
  ['B7h', vpd.encodeBlockLimitsExtension],
] as const)('%s: members that are absent are zero', (_, encode) => {
  expect(encode({}).subarray(4)).toEqual(new Uint8Array(encode({}).length - 4));
});
