import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  decodeThirdPartyCopy,
  encodeThirdPartyCopy,
  type CopyDescriptor,
  type ThirdPartyCopyPage,
} from '../../src/vpd/index.ts';
import { bytes } from '../sense/annotated-bytes.ts';
import { almostPage, bits, header } from './arbitraries.ts';

const flag = fc.boolean();
const type = <T extends CopyDescriptor['type']>(name: T): fc.Arbitrary<T> => fc.constant(name);

const descriptor: fc.Arbitrary<CopyDescriptor> = fc.oneof(
  fc.record({
    type: type('block device ROD limits'),
    maxRanges: bits(16),
    maxInactivityTimeout: bits(32),
    defaultInactivityTimeout: bits(32),
    maxTokenTransferSize: bits(53),
    optimalTransferCount: bits(53),
  }),
  fc.record({
    type: type('supported commands'),
    commands: fc.array(
      fc.record({ opcode: bits(8), serviceActions: fc.array(bits(8), { maxLength: 20 }) }),
      { maxLength: 10 },
    ),
  }),
  fc.record({
    type: type('parameter data'),
    maxCscdDescriptors: bits(16),
    maxSegmentDescriptors: bits(16),
    maxDescriptorListLength: bits(32),
    maxInlineDataLength: bits(32),
  }),
  fc.record({
    type: type('supported descriptors'),
    codes: fc.array(bits(8), { maxLength: 255 }),
  }),
  fc.record({ type: type('supported CSCD IDs'), ids: fc.array(bits(16)) }),
  fc.record({
    type: type('ROD token features'),
    remoteTokens: bits(4),
    minTokenLifetime: bits(32),
    maxTokenLifetime: bits(32),
    maxTokenInactivityTimeout: bits(32),
    blockFeatures: fc.array(
      fc.record({
        deviceType: bits(5),
        optimalLengthGranularity: bits(16),
        maxBytes: bits(53),
        optimalBytes: bits(53),
        optimalBytesToToken: bits(53),
        optimalBytesFromToken: bits(53),
      }),
      { maxLength: 3 },
    ),
  }),
  fc.record({
    type: type('supported ROD types'),
    rodTypes: fc.array(
      fc.record({
        rodType: bits(32),
        extendedCopyInternal: flag,
        tokenIn: flag,
        tokenOut: flag,
        preference: bits(16),
      }),
      { maxLength: 4 },
    ),
  }),
  fc.record({
    type: type('general copy operations'),
    totalConcurrentCopies: bits(32),
    maxIdentifiedConcurrentCopies: bits(32),
    maxSegmentLength: bits(32),
    dataSegmentGranularity: bits(8),
    inlineDataGranularity: bits(8),
  }),
  fc.record({ type: type('held data'), limit: bits(32), granularity: bits(8) }),
  fc.record({
    type: type('raw'),
    descriptorType: fc.constantFrom(2, 0x100, 0x9101, 0xffff),
    // Descriptors are multiples of four bytes.
    data: fc
      .uint8Array({ maxLength: 10 })
      .map((part) => Uint8Array.of(...part, ...part, ...part, ...part)),
  }),
);

const page: fc.Arbitrary<ThirdPartyCopyPage> = fc.record({
  ...header,
  descriptors: fc.array(descriptor, { maxLength: 12 }),
});

/** The lengths of descriptors, found by walking their headers. */
const lengths = (coded: Uint8Array): number[] => {
  const found: number[] = [];
  for (let at = 4; at < coded.length; at += found.at(-1)!)
    found.push(4 + (coded[at + 2]! << 8) + coded[at + 3]!);
  return found;
};

test('what is encoded decodes to itself, each descriptor a multiple of four bytes', () => {
  fc.assert(
    fc.property(page, fc.uint8Array({ maxLength: 5 }), (value, after) => {
      const coded = encodeThirdPartyCopy(value);
      expect(coded[1]).toBe(0x8f);
      expect((coded[2]! << 8) | coded[3]!).toBe(coded.length - 4);
      expect(lengths(coded)).toHaveLength(value.descriptors.length);
      for (const length of lengths(coded)) expect(length % 4).toBe(0);
      expect(decodeThirdPartyCopy(coded)).toEqual(value);
      expect(decodeThirdPartyCopy(Uint8Array.of(...coded, ...after))).toEqual(value);
    }),
  );
});

test('a page that is cut gives its whole descriptors', () => {
  fc.assert(
    fc.property(page, fc.nat(600), (value, cut) => {
      const coded = encodeThirdPartyCopy(value);
      if (cut < 4) {
        expect(decodeThirdPartyCopy(coded.subarray(0, cut))).toBeUndefined();
        return;
      }
      let end = 4;
      const whole = lengths(coded).filter((length) => (end += length) <= cut).length;
      expect(decodeThirdPartyCopy(coded.subarray(0, cut))?.descriptors).toEqual(
        value.descriptors.slice(0, whole),
      );
    }),
  );
});

test('any bytes decode without throwing', () => {
  const codes = [0x0000, 0x0001, 0x0004, 0x0008, 0x000c, 0x0106, 0x0108, 0x8001, 0xc001];
  fc.assert(
    fc.property(
      almostPage(0x8f),
      fc.constantFrom(...codes),
      fc.uint8Array({ maxLength: 120 }),
      (any, code, body) => {
        decodeThirdPartyCopy(any);
        const length = body.length + 4;
        decodeThirdPartyCopy(
          Uint8Array.of(0, 0x8f, 0, length, code >> 8, code & 0xff, 0, body.length, ...body),
        );
      },
    ),
    { numRuns: 1000 },
  );
});

test('a descriptor that is too short for its type comes as its bytes', () => {
  const short = bytes`
    00 8f 00 08  8 bytes follow
    80 01 00 04  General Copy Operations, of 4 bytes
    00 00 00 01
  `;
  expect(decodeThirdPartyCopy(short)?.descriptors).toEqual([
    { type: 'raw', descriptorType: 0x8001, data: bytes`00 00 00 01` },
  ]);
});

test('what Windows reads: a Block Device ROD Limits descriptor', () => {
  const coded = encodeThirdPartyCopy({
    descriptors: [
      {
        type: 'block device ROD limits',
        maxRanges: 0x0102,
        maxInactivityTimeout: 0x03040506,
        defaultInactivityTimeout: 0x0708090a,
        maxTokenTransferSize: 0x0b_0c0d0e0f,
        optimalTransferCount: 0x10_11121314,
      },
    ],
  });
  expect(coded).toEqual(
    bytes`
      00 8f 00 24  page 8Fh, 36 bytes follow
      00 00 00 20  Block Device ROD Limits, 32 bytes follow
      00 00 00 00 00 00  vendor specific
      01 02        MAXIMUM RANGE DESCRIPTORS
      03 04 05 06  MAXIMUM INACTIVITY TIMEOUT
      07 08 09 0a  DEFAULT INACTIVITY TIMEOUT
      00 00 00 0b 0c 0d 0e 0f  MAXIMUM TOKEN TRANSFER SIZE
      00 00 00 10 11 12 13 14  OPTIMAL TRANSFER COUNT
    `,
  );
});

test('the descriptors that are lists', () => {
  const coded = encodeThirdPartyCopy({
    descriptors: [
      {
        type: 'supported commands',
        commands: [
          { opcode: 0x83, serviceActions: [0x10, 0x11, 0x1c] },
          { opcode: 0x84, serviceActions: [0x07] },
        ],
      },
      { type: 'supported descriptors', codes: [0x02, 0xe4] },
      { type: 'supported CSCD IDs', ids: [0xffff] },
    ],
  });
  expect(coded).toEqual(
    bytes`
      00 8f 00 20  page 8Fh, 32 bytes follow
      00 01 00 0c  Supported Commands, 12 bytes follow
      08           8 bytes of commands
      83 03 10 11 1c  third-party copy OUT: POPULATE TOKEN, WRITE USING TOKEN, COPY OPERATION ABORT
      84 01 07     third-party copy IN: RECEIVE ROD TOKEN INFORMATION
      00 00 00     pad
      00 08 00 04  Supported Descriptors, 4 bytes follow
      02 02 e4     2 codes: block to block, identification CSCD
      00           pad
      00 0c 00 04  Supported CSCD IDs, 4 bytes follow
      00 02 ff ff  2 bytes of IDs: this logical unit
    `,
  );
});

test('the descriptors that are limits', () => {
  const coded = encodeThirdPartyCopy({
    descriptors: [
      {
        type: 'parameter data',
        maxCscdDescriptors: 0x0102,
        maxSegmentDescriptors: 0x0304,
        maxDescriptorListLength: 0x05060708,
        maxInlineDataLength: 0x090a0b0c,
      },
      {
        type: 'general copy operations',
        totalConcurrentCopies: 0x01020304,
        maxIdentifiedConcurrentCopies: 0x05060708,
        maxSegmentLength: 0x090a0b0c,
        dataSegmentGranularity: 9,
        inlineDataGranularity: 2,
      },
      { type: 'held data', limit: 0x01020304, granularity: 5 },
    ],
  });
  expect(coded).toEqual(
    bytes`
      00 8f 00 64  page 8Fh, 100 bytes follow
      00 04 00 1c  Parameter Data, 28 bytes follow
      00 00 00 00
      01 02        MAXIMUM CSCD DESCRIPTOR COUNT
      03 04        MAXIMUM SEGMENT DESCRIPTOR COUNT
      05 06 07 08  MAXIMUM DESCRIPTOR LIST LENGTH
      09 0a 0b 0c  MAXIMUM INLINE DATA LENGTH
      00 00 00 00 00 00 00 00 00 00 00 00
      80 01 00 20  General Copy Operations, 32 bytes follow
      01 02 03 04  TOTAL CONCURRENT COPIES
      05 06 07 08  MAXIMUM IDENTIFIED CONCURRENT COPIES
      09 0a 0b 0c  MAXIMUM SEGMENT LENGTH
      09           DATA SEGMENT GRANULARITY: 512 bytes
      02           INLINE DATA GRANULARITY: 4 bytes
      00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
      c0 01 00 1c  Held Data, 28 bytes follow
      01 02 03 04  HELD DATA LIMIT
      05           HELD DATA GRANULARITY: 32 bytes
      00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
    `,
  );
});

test('the descriptors of ROD tokens', () => {
  const coded = encodeThirdPartyCopy({
    descriptors: [
      {
        type: 'ROD token features',
        remoteTokens: 4,
        minTokenLifetime: 0x01020304,
        maxTokenLifetime: 0x05060708,
        maxTokenInactivityTimeout: 0x090a0b0c,
        blockFeatures: [
          {
            deviceType: 0,
            optimalLengthGranularity: 0x0d0e,
            maxBytes: 1,
            optimalBytes: 2,
            optimalBytesToToken: 3,
            optimalBytesFromToken: 4,
          },
        ],
      },
      {
        type: 'supported ROD types',
        rodTypes: [
          {
            rodType: 0x0080_0000,
            extendedCopyInternal: true,
            tokenIn: true,
            tokenOut: true,
            preference: 1,
          },
        ],
      },
    ],
  });
  expect(coded.subarray(0, 108)).toEqual(
    bytes`
      00 8f 00 a8  page 8Fh, 168 bytes follow
      01 06 00 5c  ROD Token Features, 92 bytes follow
      04           REMOTE TOKENS
      00 00 00 00 00 00 00 00 00 00 00
      01 02 03 04  MINIMUM TOKEN LIFETIME
      05 06 07 08  MAXIMUM TOKEN LIFETIME
      09 0a 0b 0c  MAXIMUM TOKEN INACTIVITY TIMEOUT
      00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
      00 30        48 bytes of device type specific features
      00           DESCRIPTOR FORMAT 0, direct access
      00 00 2c     44 bytes follow
      00 00
      0d 0e        OPTIMAL BLOCK ROD LENGTH GRANULARITY
      00 00 00 00 00 00 00 01  MAXIMUM BYTES IN BLOCK ROD
      00 00 00 00 00 00 00 02  OPTIMAL BYTES IN BLOCK ROD TRANSFER
      00 00 00 00 00 00 00 03  OPTIMAL BYTES TO TOKEN PER SEGMENT
      00 00 00 00 00 00 00 04  OPTIMAL BYTES FROM TOKEN PER SEGMENT
      00 00 00 00 00 00 00 00
      01 08 00 44  Supported ROD Types, 68 bytes follow
      00 00 00 40  64 bytes of ROD types
    `,
  );
  expect(coded.subarray(108, 116)).toEqual(
    bytes`
      00 80 00 00  ROD TYPE: point in time copy, default
      83 00        ECPY_INT, TOKEN_IN, TOKEN_OUT
      00 01        PREFERENCE INDICATOR
    `,
  );
  expect(coded.subarray(116)).toEqual(new Uint8Array(56));
});

test('features of another format than block are left out', () => {
  const coded = encodeThirdPartyCopy({
    descriptors: [
      {
        type: 'ROD token features',
        remoteTokens: 0,
        minTokenLifetime: 0,
        maxTokenLifetime: 0,
        maxTokenInactivityTimeout: 0,
        blockFeatures: [1, 2].map((maxBytes) => ({
          deviceType: 0,
          optimalLengthGranularity: 0,
          maxBytes,
          optimalBytes: 0,
          optimalBytesToToken: 0,
          optimalBytesFromToken: 0,
        })),
      },
    ],
  });
  coded[4 + 48] = 0x21; // DESCRIPTOR FORMAT 1, stream
  expect(decodeThirdPartyCopy(coded)?.descriptors).toMatchObject([
    { blockFeatures: [{ maxBytes: 2 }] },
  ]);
});

test('what has no place in its descriptor is refused', () => {
  const wrong: CopyDescriptor[] = [
    { type: 'supported commands', commands: [{ opcode: 0x100, serviceActions: [] }] },
    { type: 'supported commands', commands: [{ opcode: 0x83, serviceActions: [-1] }] },
    {
      type: 'supported commands',
      commands: [{ opcode: 0x83, serviceActions: Array.from({ length: 254 }, () => 0) }],
    },
    { type: 'supported descriptors', codes: Array.from({ length: 256 }, () => 0) },
    { type: 'supported CSCD IDs', ids: [0x10000] },
    { type: 'held data', limit: 2 ** 32, granularity: 0 },
    { type: 'raw', descriptorType: 0x10000, data: new Uint8Array() },
    { type: 'raw', descriptorType: 2, data: new Uint8Array(65536) },
  ];
  for (const descriptor of wrong)
    expect(() => encodeThirdPartyCopy({ descriptors: [descriptor] })).toThrow(RangeError);
});
