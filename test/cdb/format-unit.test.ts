import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  decodeFormatUnitList,
  encodeFormatUnitList,
  FORMAT_UNIT_6,
  formatUnitReservedMask,
  transferLength,
} from '../../src/cdb/index.ts';

const moves = (bits: object) =>
  transferLength(FORMAT_UNIT_6, { op: 'FORMAT UNIT', naca: false, ...bits }, 512);

describe('the parameter list of FORMAT UNIT', () => {
  it('has a short header as the standard has it', () => {
    const header = { protectionFieldUsage: 5, optionsValid: true, disablePrimary: true };
    expect([...encodeFormatUnitList(false, { ...header, immed: true })]).toEqual([
      0x05, // PROTECTION FIELD USAGE
      0xc2, // FOV, DPRY, IMMED
      0x00,
      0x00, // DEFECT LIST LENGTH
    ]);
  });

  it('has a long header and a pattern as the standard has them', () => {
    const header = {
      optionsValid: true,
      disableCertification: true,
      stopFormat: true,
      protectionIntervalInformation: 0xa,
      protectionIntervalExponent: 0x3,
    };
    const pattern = {
      securityInitialize: true,
      patternType: 1,
      pattern: Uint8Array.of(0xbe, 0xef),
    };
    const bytes = [
      0x00,
      0xb8, // FOV, DCRT, STPF, IP
      0x00,
      0xa3, // P_I_INFORMATION, PROTECTION INTERVAL EXPONENT
      0x00,
      0x00,
      0x00,
      0x00, // DEFECT LIST LENGTH
      0x20, // SI
      0x01, // INITIALIZATION PATTERN TYPE: repeat
      0x00,
      0x02, // INITIALIZATION PATTERN LENGTH
      0xbe,
      0xef,
    ];
    expect([...encodeFormatUnitList(true, header, pattern)]).toEqual(bytes);
    expect(decodeFormatUnitList(true, Uint8Array.from(bytes))).toMatchObject({ header, pattern });
  });

  it('reads the length of the defects, 16 or 32 bits', () => {
    expect(decodeFormatUnitList(false, Uint8Array.of(0, 0, 1, 2))?.header.defectListLength).toBe(
      0x0102,
    );
    const long = Uint8Array.of(0, 0, 0, 0, 1, 2, 3, 4);
    expect(decodeFormatUnitList(true, long)?.header.defectListLength).toBe(0x0102_0304);
  });

  it('is none without its header, and has no pattern where that is cut short', () => {
    const short = encodeFormatUnitList(false, {}, { pattern: Uint8Array.of(1, 2) });
    for (let length = 0; length < 4; length++)
      expect(decodeFormatUnitList(false, short.subarray(0, length))).toBeUndefined();
    for (let length = 4; length < short.length; length++)
      expect(decodeFormatUnitList(false, short.subarray(0, length))?.pattern).toBeUndefined();
    expect(decodeFormatUnitList(false, short)?.pattern?.pattern).toEqual(Uint8Array.of(1, 2));
  });

  it('is the same after encoding and decoding', () => {
    const header = fc.record({
      protectionFieldUsage: fc.nat(7),
      optionsValid: fc.boolean(),
      disablePrimary: fc.boolean(),
      disableCertification: fc.boolean(),
      stopFormat: fc.boolean(),
      immed: fc.boolean(),
      defectListLength: fc.nat(0xffff),
    });
    const pattern = fc.record({
      securityInitialize: fc.boolean(),
      patternType: fc.nat(255),
      pattern: fc.uint8Array({ maxLength: 600 }),
    });
    fc.assert(
      fc.property(fc.boolean(), header, fc.option(pattern), (long, head, maybe) => {
        const list = encodeFormatUnitList(long, head, maybe ?? undefined);
        const decoded = decodeFormatUnitList(long, list);
        expect(decoded?.header).toMatchObject({ ...head, initializationPattern: maybe !== null });
        expect(decoded?.pattern ?? null).toEqual(maybe);
      }),
    );
  });

  it('has these reserved bits', () => {
    expect([...formatUnitReservedMask(false)]).toEqual([0xf8, 0x00, 0x00, 0x00]);
    expect([...formatUnitReservedMask(true)]).toEqual([0xf8, 0, 0xff, 0, 0, 0, 0, 0]);
  });

  it('is at least its header, where FMTDATA says that there is one', () => {
    expect(moves({})).toEqual({ direction: 'none', length: 0 });
    expect(moves({ formatData: true })).toEqual({ direction: 'out', length: 4 });
    expect(moves({ formatData: true, longList: true })).toEqual({ direction: 'out', length: 8 });
  });
});
