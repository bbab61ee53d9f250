import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  CDB_SPECS,
  cdbForm,
  controlByte,
  decodeCdb,
  decodeForm,
  encodeForm,
  isUndecodable,
  reservedMask,
  usageData,
  VARIABLE_LENGTH,
  type AnyField,
  type CdbSpec,
} from '../../src/cdb/index.ts';

const SPECS: readonly CdbSpec[] = Object.values<readonly CdbSpec[]>(CDB_SPECS).flat();

/** Any CDB of a form: random bytes with the reserved and vendor bits cleared. */
function cdbOf(spec: CdbSpec): fc.Arbitrary<Uint8Array> {
  const reserved = reservedMask(spec);
  return fc.uint8Array({ minLength: spec.length, maxLength: spec.length }).map((bytes) => {
    const cdb = bytes.map((byte, i) => byte & ~(reserved[i] ?? 0));
    cdb[0] = spec.opcode;
    if (spec.opcode === VARIABLE_LENGTH) {
      cdb.set([spec.length - 8, spec.serviceAction! >> 8, spec.serviceAction! & 0xff], 7);
    } else if (spec.serviceAction !== undefined) {
      cdb[1] = (cdb[1]! & 0xe0) | spec.serviceAction;
    }
    const control = controlByte(spec);
    cdb[control] = cdb[control]! & 0x04;
    for (const [byte, mask] of spec.ignored ?? []) cdb[byte] = cdb[byte]! & ~mask;
    // An LBA over 2^53 - 1 decodes to the nearest double, and has no way back.
    for (const field of Object.values<AnyField>(spec.fields))
      if (field[0] === 'u64') cdb.set([0, cdb[field[1] + 1]! & 0x1f], field[1]);
    return cdb;
  });
}

const formName = (spec: CdbSpec): string => `${spec.op}, ${spec.length} bytes`;

describe('every CDB form', () => {
  it.each(SPECS.map((spec) => [formName(spec), spec] as const))(
    'gives the same bytes after decoding and encoding: %s',
    (_, spec) => {
      fc.assert(
        fc.property(cdbOf(spec), (cdb) => {
          const request = decodeCdb(cdb);
          expect(isUndecodable(request)).toBe(false);
          expect([...encodeForm(spec, request as never)]).toEqual([...cdb]);
        }),
      );
    },
  );

  it.each(SPECS.map((spec) => [formName(spec), spec] as const))(
    'names the byte and bit of a reserved bit that is set: %s',
    (_, spec) => {
      const reserved = reservedMask(spec);
      for (let byte = 0; byte < spec.length; byte++) {
        for (let bit = 0; bit < 8; bit++) {
          if (((reserved[byte]! >> bit) & 1) === 0) continue;
          const cdb = encodeForm(spec, {});
          cdb[byte]! |= 1 << bit;
          expect(decodeCdb(cdb)).toEqual({
            op: 'UNDECODABLE',
            problem: 'reserved bit',
            at: { in: 'cdb', byte, bit },
          });
          expect(decodeCdb(cdb, { reservedBits: 'ignore' })).toMatchObject({ op: spec.op });
        }
      }
    },
  );

  it.each(SPECS.map((spec) => [formName(spec), spec] as const))(
    'has its operation code, service action and used bits in the usage data: %s',
    (_, spec) => {
      const usage = usageData(spec);
      expect(usage).toHaveLength(spec.length);
      expect(usage[0]).toBe(spec.opcode);
      if (spec.opcode === VARIABLE_LENGTH)
        expect([...usage.subarray(7, 10)]).toEqual([spec.length - 8, 0, spec.serviceAction]);
      else if (spec.serviceAction !== undefined) expect(usage[1]! & 0x1f).toBe(spec.serviceAction);
      // A used bit is never a reserved one.
      const reserved = reservedMask(spec);
      for (let byte = 1; byte < spec.length; byte++) expect(usage[byte]! & reserved[byte]!).toBe(0);
    },
  );
});

describe('decodeCdb', () => {
  it('gives a request or a reason for any bytes, and never throws', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        const decoded = decodeCdb(bytes);
        expect(typeof decoded.op).toBe('string');
        if (isUndecodable(decoded)) expect(decoded.at.byte).toBeLessThanOrEqual(bytes.length);
      }),
      { numRuns: 2000 },
    );
  });

  it('says that no bytes at all are too few', () => {
    expect(decodeCdb(new Uint8Array(0))).toMatchObject({ problem: 'length', at: { byte: 0 } });
  });

  it('says where a CDB ends too early', () => {
    expect(decodeCdb(Uint8Array.of(0x28, 0, 0))).toMatchObject({
      problem: 'length',
      at: { byte: 3 },
    });
  });

  it('does not know operation code FFh', () => {
    expect(decodeCdb(Uint8Array.of(0xff, 0, 0, 0, 0, 0))).toEqual({
      op: 'UNDECODABLE',
      problem: 'operation code',
      at: { in: 'cdb', byte: 0 },
    });
  });

  it('points at byte 1, bit 4 for a service action that is not there', () => {
    const cdb = new Uint8Array(16);
    cdb[0] = 0x9e;
    cdb[1] = 0x1f;
    expect(decodeCdb(cdb)).toEqual({
      op: 'UNDECODABLE',
      problem: 'service action',
      at: { in: 'cdb', byte: 1, bit: 4 },
    });
  });

  it('reads an LBA of 2^64 - 1 without throwing', () => {
    const cdb = new Uint8Array(16).fill(0xff, 2, 10);
    cdb[0] = 0x88;
    expect(decodeCdb(cdb)).toMatchObject({ op: 'READ', lba: 2 ** 64 });
  });

  it('looks at the CDB alone, not at the padding that follows it', () => {
    const padded = new Uint8Array(16).fill(0xff, 6);
    expect(decodeCdb(padded)).toEqual({ op: 'TEST UNIT READY', naca: false });
  });

  it('respects the offset of a view into a larger buffer', () => {
    const buffer = Uint8Array.of(0xee, 0xee, 0x08, 0, 0, 7, 1, 0);
    expect(decodeCdb(buffer.subarray(2))).toMatchObject({ op: 'READ', lba: 7, blocks: 1 });
  });
});

describe('encodeCdb refuses', async () => {
  const { encodeCdb } = await import('../../src/cdb/index.ts');

  it.each([
    [{ op: 'SANITIZE' }, "there is no request 'SANITIZE'"],
    [{ op: 'toString' }, "there is no request 'toString'"],
    [{ op: 'UNMAP', cdbLength: 16 }, 'UNMAP: cdbLength is one of 10, not 16'],
    [{ op: 'WRITE LONG' }, 'WRITE LONG: cdbLength is one of 10, 16, not undefined'],
  ])('%j, and says what there is', (request, message) => {
    expect(() => encodeCdb(request as never)).toThrow(new RangeError(message));
  });

  it.each([
    ['FUA in READ(6), which has none', { op: 'READ', cdbLength: 6, blocks: 1, fua: true }],
    ['0 blocks in READ(6), which codes 256 so', { op: 'READ', cdbLength: 6, blocks: 0 }],
    ['a 22-bit LBA in READ(6)', { op: 'READ', cdbLength: 6, lba: 2 ** 21, blocks: 1 }],
    ['a 33-bit LBA in READ(10)', { op: 'READ', cdbLength: 10, lba: 2 ** 32 }],
    ['an LBA over 2^53 - 1', { op: 'READ', cdbLength: 16, lba: 2 ** 53 }],
    ['a negative count', { op: 'READ', cdbLength: 16, blocks: -1 }],
    ['half a block', { op: 'READ', cdbLength: 16, blocks: 0.5 }],
    ['a form of 12 bytes where there is none', { op: 'SYNCHRONIZE CACHE', cdbLength: 12 }],
    ['a choice of forms left open', { op: 'READ', lba: 0, blocks: 1 }],
  ])('%s', (_, request) => {
    expect(() => encodeCdb(request as never)).toThrow(RangeError);
  });
});

describe('a row with a decoder of its own', () => {
  const rows = SPECS.filter(({ decode }) => decode !== undefined);

  it.each(rows.map((spec) => [`${spec.op}(${spec.length})`, spec] as const))(
    '%s decodes as its fields do',
    (_, spec) => {
      const { decode: __, ...fields } = spec;
      const [own, slow] = [cdbForm(spec), cdbForm(fields)];
      fc.assert(
        fc.property(
          fc.uint8Array({ minLength: spec.length, maxLength: spec.length + 2 }),
          fc.boolean(),
          (bytes, strict) => {
            expect(decodeForm(own, bytes, strict)).toEqual(decodeForm(slow, bytes, strict));
          },
        ),
      );
    },
  );

  it('is one of READ and WRITE', () => {
    expect(new Set(rows.map(({ op }) => op))).toEqual(new Set(['READ', 'WRITE']));
  });
});
