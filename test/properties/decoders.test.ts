/** Every decoder that the package exports, given any bytes. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import * as cdb from '../../src/cdb/index.ts';
import * as log from '../../src/log/index.ts';
import * as mode from '../../src/mode/index.ts';
import * as sense from '../../src/sense/index.ts';
import * as iscsi from '../../src/transport/iscsi/index.ts';
import * as vpd from '../../src/vpd/index.ts';

type Decoder = (bytes: Uint8Array) => unknown;

const both = <T>(a: T, b: T, decode: (bytes: Uint8Array, how: T) => unknown): Decoder[] => [
  (bytes) => decode(bytes, a),
  (bytes) => decode(bytes, b),
];

/** Those that want more than bytes. */
const OTHERS: Readonly<Record<string, readonly Decoder[]>> = {
  decodeBlockDescriptor: both(false, true, mode.decodeBlockDescriptor),
  decodeBlockIo10: [(bytes) => cdb.decodeBlockIo10('READ', bytes)],
  decodeBlockIo16: [(bytes) => cdb.decodeBlockIo16('READ', bytes)],
  decodeDefectListHeader: both<10 | 12>(10, 12, cdb.decodeDefectListHeader),
  decodeDefects: both<0 | 3>(0, 3, cdb.decodeDefects),
  decodeForm: Object.values<readonly cdb.CdbSpec[]>(cdb.CDB_SPECS)
    .flat()
    .map((spec) => {
      const form = cdb.cdbForm(spec);
      return (bytes) => cdb.decodeForm(form, bytes, true);
    }),
  decodeFormatUnitList: both(false, true, (bytes, long) => cdb.decodeFormatUnitList(long, bytes)),
  decodeModeHeader: both<6 | 10>(6, 10, mode.decodeModeHeader),
  decodeModeParameterList: (['sense', 'select'] as const).flatMap((direction) =>
    both<6 | 10>(6, 10, (bytes, form) => mode.decodeModeParameterList(bytes, form, direction)),
  ),
  decodePdu: [
    (bytes) => {
      const header = new Uint8Array(48);
      header.set(bytes.subarray(0, 48));
      return iscsi.decodePdu({ header, ahs: new Uint8Array(0), data: bytes.subarray(48) });
    },
  ],
  decodeReassignList: both(false, true, (bytes, long) =>
    cdb.decodeReassignList(bytes, { longLba: long, longList: long }),
  ),
  decodeScatteredList: both(1, 256, cdb.decodeScatteredList),
};

/** What the decoders of single pages are made of. */
const PARTS: readonly string[] = ['decodeLogPageOf', 'decodeModePage'];

const ALL = [cdb, log, mode, sense, vpd, iscsi]
  .flatMap((module) => Object.entries<unknown>({ ...module }))
  .filter(([name, value]) => name.startsWith('decode') && typeof value === 'function')
  .filter(([name]) => !PARTS.includes(name)) as [string, Decoder][];

/** Lengths and counts that are near what the bytes have, and bytes at random. */
const anyBytes = fc.oneof(
  fc.uint8Array({ maxLength: 600 }),
  fc.array(fc.oneof({ weight: 4, arbitrary: fc.constant(0) }, fc.nat(40), fc.nat(255)), {
    maxLength: 600,
  }),
);

describe.each(ALL)('%s', (name, decoder) => {
  it('gives a value for any bytes, and does not throw', () => {
    const decoders = OTHERS[name] ?? [decoder];
    expect(decoder.length === 1 || name in OTHERS, 'it wants more than bytes').toBe(true);
    fc.assert(
      fc.property(anyBytes, (bytes) => {
        for (const decode of decoders) decode(Uint8Array.from(bytes));
      }),
      { numRuns: 200 },
    );
  });
});
