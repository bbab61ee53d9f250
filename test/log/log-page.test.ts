import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  decodeLogPage,
  decodeLogPages,
  encodeLogPage,
  encodeTemperature,
  logParameters,
  TEMPERATURE,
  type LogPageAddress,
  type LogParameter,
} from '../../src/log/index.ts';
import { bytes } from '../sense/annotated-bytes.ts';

const bits = (count: number): fc.Arbitrary<number> => fc.integer({ min: 0, max: 2 ** count - 1 });

const parameter = fc.record({
  code: bits(16),
  disableUpdate: fc.boolean(),
  targetSaveDisable: fc.boolean(),
  enableThresholdComparison: fc.boolean(),
  thresholdMetCriteria: bits(2),
  format: bits(2),
  value: fc.uint8Array({ maxLength: 30 }),
});

const page = fc.record({
  address: fc.record({ pageCode: bits(6), subpage: bits(8) }),
  parameters: fc.array(parameter, { maxLength: 5 }),
  disableSave: fc.boolean(),
});

const encode = (one: {
  address: LogPageAddress;
  parameters: readonly LogParameter[];
  disableSave: boolean;
}): Uint8Array => encodeLogPage(one.address, one.parameters, { disableSave: one.disableSave });

test('pages one after the other come apart into what they were made of', () => {
  fc.assert(
    fc.property(fc.array(page, { maxLength: 4 }), (pages) => {
      const coded = Uint8Array.from(pages.flatMap((one) => [...encode(one)]));
      const decoded = decodeLogPages(coded);
      expect(decoded.truncatedAt).toBeUndefined();
      expect(decoded.pages).toHaveLength(pages.length);
      for (const [i, one] of pages.entries()) {
        const found = decoded.pages[i]!;
        expect(found).toMatchObject({ ...one.address, disableSave: one.disableSave });
        expect(found.subpageFormat).toBe(one.address.subpage !== 0);
        expect(found.truncatedAt).toBeUndefined();
        expect(found.parameters).toMatchObject(one.parameters);
        for (const { offset, code } of found.parameters)
          expect((coded[offset]! << 8) | coded[offset + 1]!).toBe(code);
      }
    }),
  );
});

test('a page that is cut anywhere gives its whole parameters, and says where it ends', () => {
  fc.assert(
    fc.property(page, fc.nat(180), (one, cut) => {
      const coded = encode(one);
      const decoded = decodeLogPage(coded.subarray(0, cut));
      if (cut < 4) {
        expect(decoded).toBeUndefined();
        return;
      }
      const ends = [4];
      for (const { value } of one.parameters) ends.push(ends.at(-1)! + 4 + value.length);
      const whole = ends.filter((end) => end <= cut);
      expect(decoded?.parameters).toHaveLength(whole.length - 1);
      expect(decoded?.truncatedAt).toBe(whole.length < ends.length ? whole.at(-1) : undefined);
    }),
    { numRuns: 300 },
  );
});

test('any bytes come apart without throwing, and no byte belongs to two parameters', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 80 }), (any) => {
      decodeLogPage(any);
      let last = 0;
      for (const { parameters } of decodeLogPages(any).pages)
        for (const { offset, value } of parameters) {
          expect(offset).toBeGreaterThanOrEqual(last + 4);
          last = offset + value.length;
          expect(last + 4).toBeLessThanOrEqual(any.length);
        }
    }),
    { numRuns: 1000 },
  );
});

test('the bits of a header and of a control byte', () => {
  const value = Uint8Array.of(0xaa);
  const parameters = [
    { code: 0x0102, disableUpdate: true, enableThresholdComparison: true, format: 2, value },
    { code: 0x0103, targetSaveDisable: true, thresholdMetCriteria: 2, format: 1, value },
  ];
  expect(
    encodeLogPage({ pageCode: 0x19, subpage: 0x20 }, parameters, { disableSave: true }),
  ).toEqual(
    bytes`
      d9 20        DS, SPF, page 19h, subpage 20h
      00 0a        10 bytes follow
      01 02        PARAMETER CODE
      92           DU, ETC, unbounded data counter
      01 aa        1 byte of value
      01 03        PARAMETER CODE
      29           TSD, TMC 2, ASCII list
      01 aa        1 byte of value
    `,
  );
});

test('a page without a subpage has SPF zero, whatever its SUBPAGE CODE is it is found as subpage 0', () => {
  expect(encodeLogPage({ pageCode: 0x0d }, [])).toEqual(bytes`0d 00 00 00`);
  expect(decodeLogPage(bytes`0d 07 00 00`)).toMatchObject({ subpageFormat: false, subpage: 7 });
});

test('the parameters from PARAMETER POINTER on make a page of their own', () => {
  const page = { temperature: 30, referenceTemperature: 60 };
  const parameters = logParameters(TEMPERATURE, page);
  expect(encodeLogPage(TEMPERATURE, parameters)).toEqual(encodeTemperature(page));
  expect(
    encodeLogPage(
      TEMPERATURE,
      parameters.filter(({ code }) => code >= 1),
    ),
  ).toEqual(
    bytes`
      0d 00 00 06  page 0Dh, 6 bytes follow
      00 01 03 02  reference temperature, binary list, 2 bytes
      00 3c        60 degrees
    `,
  );
});

test('a list of LOG SELECT that ends within a header, or within a page, says so', () => {
  const list = bytes`
    0f 00 00 05  page 0Fh, 5 bytes follow
    00 01 03 01  parameter 1, 1 byte
    aa
    0f 00 00     a header that is cut
  `;
  expect(decodeLogPages(list)).toMatchObject({ pages: [{ pageLength: 5 }], truncatedAt: 9 });
  expect(decodeLogPages(list.subarray(0, 8)).pages).toMatchObject([
    { parameters: [], truncatedAt: 4 },
  ]);
});

test('what has no place in a page is refused', () => {
  const value = new Uint8Array(255);
  expect(() => encodeLogPage({ pageCode: 0x40 }, [])).toThrow(RangeError);
  expect(() => encodeLogPage({ pageCode: 0, subpage: 0x100 }, [])).toThrow(RangeError);
  expect(() => encodeLogPage({ pageCode: 0 }, [{ code: 0x10000, value }])).toThrow(RangeError);
  expect(() => encodeLogPage({ pageCode: 0 }, [{ code: 0, format: 4, value }])).toThrow(RangeError);
  expect(() => encodeLogPage({ pageCode: 0 }, [{ code: 0, value: new Uint8Array(256) }])).toThrow(
    RangeError,
  );
  const many = Array.from({ length: 254 }, (_, code) => ({ code, value }));
  expect(() => encodeLogPage({ pageCode: 0 }, many)).toThrow(RangeError);
});
