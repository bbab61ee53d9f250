import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import {
  decodeSense,
  encodeSense,
  INVALID_FIELD_IN_CDB,
  INVALID_FIELD_IN_PARAMETER_LIST,
  LBA_OUT_OF_RANGE,
  LOGICAL_UNIT_NOT_READY_FORMAT_IN_PROGRESS,
  POWER_ON_OCCURRED,
  UNRECOVERED_READ_ERROR,
  type SenseData,
} from '../../src/sense/index.ts';
import { bytes } from './annotated-bytes.ts';
import { senseData } from './sense-data.ts';

test('fixed format: LBA OUT OF RANGE with its LBA and a field pointer', () => {
  const sense = encodeSense(
    { ...LBA_OUT_OF_RANGE, information: 0x01020304, fieldPointer: { in: 'cdb', byte: 2 } },
    'fixed',
  );
  expect(sense).toEqual(
    bytes`
      f0           VALID, current error in fixed format
      00           obsolete
      05           ILLEGAL REQUEST
      01 02 03 04  INFORMATION
      0a           ADDITIONAL SENSE LENGTH: 10 bytes follow
      00 00 00 00  COMMAND-SPECIFIC INFORMATION
      21 00        LOGICAL BLOCK ADDRESS OUT OF RANGE
      00           FIELD REPLACEABLE UNIT CODE
      c0 00 02     SKSV, in the CDB, no bit pointer; FIELD POINTER 2
    `,
  );
});

test('fixed format: a deferred error in a parameter list with everything set', () => {
  const sense = encodeSense(
    {
      ...INVALID_FIELD_IN_PARAMETER_LIST,
      deferred: true,
      commandSpecific: 0x1_2233_4455,
      fru: 0x77,
      fieldPointer: { in: 'data', byte: 0x0123, bit: 5 },
    },
    'fixed',
  );
  expect(sense).toEqual(
    bytes`
      71           VALID = 0, deferred error in fixed format
      00
      05           ILLEGAL REQUEST
      00 00 00 00  INFORMATION
      0a
      22 33 44 55  the low 32 bits of COMMAND-SPECIFIC INFORMATION
      26 00        INVALID FIELD IN PARAMETER LIST
      77           FIELD REPLACEABLE UNIT CODE
      8d 01 23     SKSV, in the data, BPV, bit 5; FIELD POINTER 0123h
    `,
  );
});

test('descriptor format: all four descriptors', () => {
  const sense = encodeSense(
    {
      ...INVALID_FIELD_IN_CDB,
      information: 0x0102_0304_0506_0708n,
      commandSpecific: 9,
      fru: 0x77,
      fieldPointer: { in: 'cdb', byte: 1, bit: 4 },
    },
    'descriptor',
  );
  expect(sense).toEqual(
    bytes`
      72 05 24 00  current error in descriptor format, INVALID FIELD IN CDB
      00 00 00 24  36 bytes follow
      00 0a 80 00  Information, 10 bytes follow, VALID
      01 02 03 04 05 06 07 08
      01 0a 00 00  Command specific, 10 bytes follow
      00 00 00 00 00 00 00 09
      02 06 00 00  Sense key specific, 6 bytes follow
      cc 00 01 00  SKSV, in the CDB, BPV, bit 4; FIELD POINTER 1
      03 02 00 77  Field replaceable unit, 2 bytes follow
    `,
  );
});

test('descriptor format: a condition alone is 8 bytes', () => {
  expect(encodeSense({ ...POWER_ON_OCCURRED, deferred: true }, 'descriptor')).toEqual(
    bytes`
      73 06 29 01  deferred error in descriptor format, POWER ON OCCURRED
      00 00 00 00
    `,
  );
});

test('NOT READY carries a progress indication in both formats', () => {
  const data = { ...LOGICAL_UNIT_NOT_READY_FORMAT_IN_PROGRESS, progress: 0x8001 };
  expect(encodeSense(data, 'fixed').subarray(15)).toEqual(bytes`80 80 01  SKSV, progress`);
  expect(encodeSense(data, 'descriptor').subarray(8)).toEqual(
    bytes`02 06 00 00 80 80 01 00  Sense key specific: SKSV, progress`,
  );
});

test('MEDIUM ERROR carries a retry count', () => {
  const data = { ...UNRECOVERED_READ_ERROR, retries: 3 };
  expect(encodeSense(data, 'fixed').subarray(15)).toEqual(bytes`80 00 03  SKSV, 3 retries`);
});

test('the sense-key specific bytes hold only what belongs to the sense key', () => {
  const all = { fieldPointer: { in: 'cdb', byte: 1 }, progress: 2, retries: 3 } as const;
  for (const [key, value] of [
    [0x0, 2],
    [0x1, 3],
    [0x2, 2],
    [0x3, 3],
    [0x4, 3],
    [0x5, 1],
    [0x6, undefined],
    [0x7, undefined],
    [0xa, undefined],
    [0xb, undefined],
    [0xe, undefined],
  ] as const) {
    const sense = encodeSense({ key, asc: 0, ascq: 0, ...all }, 'fixed');
    expect((sense[15]! & 0x80) !== 0).toBe(value !== undefined);
    expect(sense[17]).toBe(value ?? 0);
  }
});

test('INFORMATION over 32 bits does not fit into fixed format and leaves VALID = 0', () => {
  const largest = encodeSense({ ...LBA_OUT_OF_RANGE, information: 0xffff_ffff }, 'fixed');
  expect(largest.subarray(0, 7)).toEqual(bytes`f0 00 05 ff ff ff ff`);
  for (const information of [0x1_0000_0000, 0x1_0000_0000n, (1n << 64n) - 1n]) {
    const sense = encodeSense({ ...LBA_OUT_OF_RANGE, information }, 'fixed');
    expect(sense.subarray(0, 7)).toEqual(bytes`70 00 05 00 00 00 00`);
  }
});

test.each([2 ** 64, 2 ** 53, -1, 1.5, NaN, -1n, 1n << 64n])(
  'INFORMATION that is not exactly known is left out: %s',
  (information) => {
    expect(encodeSense({ ...LBA_OUT_OF_RANGE, information }, 'fixed')[0]).toBe(0x70);
    expect(encodeSense({ ...LBA_OUT_OF_RANGE, information }, 'descriptor')).toHaveLength(8);
  },
);

test('what is over 16 bits is sent as FFFFh', () => {
  const base = LOGICAL_UNIT_NOT_READY_FORMAT_IN_PROGRESS;
  expect(encodeSense({ ...base, progress: 65536 }, 'fixed').subarray(15)).toEqual(bytes`80 ff ff`);
  expect(encodeSense({ ...base, progress: NaN }, 'fixed').subarray(15)).toEqual(bytes`80 00 00`);
});

test.each([{ key: 16 }, { asc: 256 }, { ascq: -1 }, { fru: 256 }, { key: 0.5 }])(
  'a code that does not exist is refused, by name: %o',
  (wrong) => {
    const [[name, value] = []] = Object.entries(wrong);
    const refusal = new RegExp(`^${name}: ${value} is not an integer from 0 to (15|255)$`);
    const encode = (): Uint8Array => encodeSense({ ...LBA_OUT_OF_RANGE, ...wrong }, 'fixed');
    expect(encode).toThrow(RangeError);
    expect(encode).toThrow(refusal);
  },
);

test('descriptor format brings back whatever was sent', () => {
  fc.assert(
    fc.property(senseData, (data) => {
      expect(decodeSense(encodeSense(data, 'descriptor'))).toEqual({
        ...data,
        format: 'descriptor',
      });
    }),
  );
});

test('fixed format brings back what fits into it', () => {
  fc.assert(
    fc.property(senseData, (data) => {
      const { information, commandSpecific, fru, ...rest } = data;
      const low = BigInt.asUintN(32, BigInt(commandSpecific ?? 0));
      const expected: SenseData = {
        ...rest,
        ...(information !== undefined && information < 2 ** 32 && { information }),
        ...(low !== 0n && { commandSpecific: Number(low) }),
        ...(fru !== 0 && fru !== undefined && { fru }),
      };
      const sense = encodeSense(data, 'fixed');
      expect(sense).toHaveLength(18);
      expect(decodeSense(sense)).toEqual({ ...expected, format: 'fixed' });
    }),
  );
});

describe('forwarded sense data', () => {
  const sense = Uint8Array.of(0x70, 0, 7, 0, 0, 0, 0, 10, 0, 0, 0, 0, 0x27, 0, 0, 0, 0, 0);
  const data = {
    key: 0xa,
    asc: 0x0d,
    ascq: 0x01,
    forwarded: { source: 'copy destination', status: 2, sense },
  } as const;

  it('is the last descriptor, with who answered and the status', () => {
    const bytes = encodeSense(data, 'descriptor');
    expect([...bytes.subarray(8, 12)]).toEqual([0x0c, 20, 0x02, 0x02]);
    expect(bytes.subarray(12)).toEqual(sense);
    expect(decodeSense(bytes)).toEqual({ ...data, format: 'descriptor' });
  });

  it('is cut at 192 bytes, and FSDT says so', () => {
    const long = { ...data.forwarded, sense: new Uint8Array(193) };
    const bytes = encodeSense({ ...data, forwarded: long }, 'descriptor');
    expect([...bytes.subarray(8, 12), bytes.length]).toEqual([0x0c, 194, 0x82, 0x02, 204]);
  });

  it('has no room in fixed format', () => {
    expect(encodeSense(data, 'fixed')).toHaveLength(18);
  });
});
