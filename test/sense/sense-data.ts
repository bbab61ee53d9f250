import fc from 'fast-check';
import type { FieldPointer, SenseData } from '../../src/sense/index.ts';

/** A 64-bit value as sense data is decoded to: a number where that is exact, else a bigint. */
const value64 = fc.oneof(
  fc.nat(),
  fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }),
  fc.bigInt({ min: 2n ** 53n, max: 2n ** 64n - 1n }),
);

const fieldPointer: fc.Arbitrary<FieldPointer> = fc.record(
  {
    in: fc.constantFrom('cdb', 'data'),
    byte: fc.integer({ min: 0, max: 0xffff }),
    bit: fc.integer({ min: 0, max: 7 }),
  },
  { requiredKeys: ['in', 'byte'] },
);

/** COPY ABORTED points into the parameter list, or into a segment descriptor. */
const segmentPointer = fieldPointer.map((pointer): FieldPointer => ({
  ...pointer,
  in: pointer.in === 'cdb' ? 'segment' : 'data',
}));

const u16 = fc.integer({ min: 0, max: 0xffff });
const u8 = fc.integer({ min: 0, max: 0xff });

/** What a sense key has room for in its sense-key specific bytes. */
const specificOf = (key: number): fc.Arbitrary<Partial<SenseData>> => {
  if (key === 0x5) return fc.record({ fieldPointer }, { requiredKeys: [] });
  if (key === 0xa) return fc.record({ fieldPointer: segmentPointer }, { requiredKeys: [] });
  if (key === 0x0 || key === 0x2) return fc.record({ progress: u16 }, { requiredKeys: [] });
  if (key === 0x1 || key === 0x3 || key === 0x4)
    return fc.record({ retries: u16 }, { requiredKeys: [] });
  return fc.constant({});
};

/** Any sense data that its sense key has room for. */
export const senseData: fc.Arbitrary<SenseData> = fc
  .record(
    {
      key: fc.integer({ min: 0, max: 15 }),
      asc: u8,
      ascq: u8,
      deferred: fc.constant(true),
      information: value64,
      commandSpecific: value64,
      fru: u8,
      incorrectLength: fc.constant(true),
    },
    { requiredKeys: ['key', 'asc', 'ascq'] },
  )
  .chain((base) => specificOf(base.key).map((specific) => ({ ...base, ...specific })));
