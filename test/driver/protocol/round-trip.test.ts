import fc from 'fast-check';
import { expect, it } from 'vitest';
import * as protocol from '../../../driver/protocol/index.ts';

const u8 = fc.integer({ min: 0, max: 0xff });
const u32 = fc.nat(0xffff_ffff);
const u64 = fc.maxSafeNat();
const hint = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
const guid = fc.uuid();
const text = (maxLength: number) =>
  fc
    .string({ unit: 'grapheme-ascii', maxLength })
    .map((value) => value.replaceAll(/[^ -~]/g, '?').trimEnd());

const params: fc.Arbitrary<protocol.StorageUnitParams> = fc.record({
  guid,
  blockCount: u64,
  blockLength: u32,
  productId: text(16),
  productRevisionLevel: text(4),
  deviceType: u8,
  writeProtected: fc.boolean(),
  cacheSupported: fc.boolean(),
  unmapSupported: fc.boolean(),
  ejectDisabled: fc.boolean(),
  maxTransferLength: u32,
});

const request: fc.Arbitrary<protocol.TransactRequest> = fc.oneof(
  fc.record({
    hint,
    kind: fc.constantFrom('Read' as const, 'Write' as const),
    blockAddress: u64,
    blockCount: u32,
    forceUnitAccess: fc.boolean(),
  }),
  fc.record({ hint, kind: fc.constant('Flush' as const), blockAddress: u64, blockCount: u32 }),
  fc.record({ hint, kind: fc.constant('Unmap' as const), count: u32 }),
  fc.record({
    hint,
    kind: fc.constant('Unknown' as const),
    code: u8.filter((code) => code === 0 || code > 4),
  }),
);

const response: fc.Arbitrary<protocol.TransactResponse> = fc.record({
  hint,
  kind: u8,
  status: fc.record({
    scsiStatus: u8,
    senseKey: u8,
    asc: u8,
    ascq: u8,
    information: u64,
    informationValid: fc.boolean(),
  }),
});

const descriptors = fc.array(fc.record({ blockAddress: u64, blockCount: u32 }));

const roundTrip = <T>(
  what: fc.Arbitrary<T>,
  there: (value: T) => Uint8Array,
  back: (bytes: Uint8Array) => T,
): void => {
  fc.assert(
    fc.property(what, (value) => {
      expect(back(there(value))).toEqual(value);
    }),
  );
};

it('parameters are what they were', () => {
  roundTrip(params, protocol.encodeParams, protocol.decodeParams);
});

it('requests are what they were', () => {
  const { encodeRequest, decodeRequest } = protocol;
  roundTrip(
    request,
    (value) => encodeRequest(value, new Uint8Array(32)),
    (bytes) => decodeRequest(bytes),
  );
});

it('responses are what they were', () => {
  const { encodeResponse, decodeResponse } = protocol;
  roundTrip(
    response,
    (value) => encodeResponse(value, new Uint8Array(48)),
    (bytes) => decodeResponse(bytes),
  );
});

it('unmap descriptors are what they were', () => {
  roundTrip(
    descriptors,
    (value) => protocol.encodeUnmapDescriptors(value),
    (bytes) => [...protocol.decodeUnmapDescriptors(bytes)],
  );
});

it('calls are what they were', () => {
  roundTrip(params, protocol.encodeProvision, protocol.decodeProvision);
  roundTrip(guid, protocol.encodeUnprovision, protocol.decodeUnprovision);
  roundTrip(
    fc.record({ btl: u32, processId: u32 }),
    protocol.encodeSetTransactProcessId,
    protocol.decodeSetTransactProcessId,
  );
  roundTrip(
    fc.record(
      { btl: u32, dataBuffer: hint, fetch: fc.boolean(), response },
      { requiredKeys: ['btl', 'dataBuffer', 'fetch'] },
    ),
    protocol.encodeTransact,
    protocol.decodeTransact,
  );
  roundTrip(
    request.filter((value) => value.hint !== 0n),
    (value) => protocol.encodeTransactResult(0, value),
    (bytes) => protocol.decodeTransactResult(bytes)!,
  );
});

it('no bytes make a decoder throw', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 160 }), (bytes) => {
      protocol.decodeParams(bytes);
      protocol.decodeRequest(bytes);
      protocol.decodeResponse(bytes);
      protocol.decodeUnmapDescriptors(bytes);
      protocol.decodeTransact(bytes);
      protocol.decodeTransactResult(bytes);
      protocol.ioctlName(bytes);
    }),
  );
});

it('a GUID may be written in braces and capitals', () => {
  const [plain, braces] = [
    '0a1b2c3d-0001-4abc-8def-0123456789ab',
    '{0A1B2C3D-0001-4ABC-8DEF-0123456789AB}',
  ];
  expect(protocol.parseGuid(braces)).toBe(plain);
  expect(protocol.parseGuid(plain.slice(1))).toBeUndefined();
  expect(protocol.parseGuid(`{${plain}`)).toBeUndefined();
});
