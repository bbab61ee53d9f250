/** The worked bytes of the protocol, written down by hand. */
import { describe, expect, it } from 'vitest';
import * as protocol from '../../../driver/protocol/index.ts';
import { joinChunks } from '../../../src/bytes.ts';
import { bytes } from '../../sense/annotated-bytes.ts';

const RAW_DISK: protocol.StorageUnitParams = {
  guid: '4aba6f3a-2e26-4b8f-9c25-9eaf0f1e4cac',
  blockCount: 1_048_576,
  blockLength: 512,
  productId: 'RawDisk',
  productRevisionLevel: '1.0',
  deviceType: 0,
  writeProtected: false,
  cacheSupported: true,
  unmapSupported: true,
  ejectDisabled: false,
  maxTransferLength: 65_536,
};

const RAW_DISK_BYTES = bytes`
  3a 6f ba 4a 26 2e 8f 4b   Guid: the first three numbers are little-endian
  9c 25 9e af 0f 1e 4c ac
  00 00 10 00 00 00 00 00   BlockCount
  00 02 00 00               BlockLength
  52 61 77 44 69 73 6b 00   ProductId
  00 00 00 00 00 00 00 00
  31 2e 30 00               ProductRevisionLevel
  00 00 00 00               DeviceType, padding
  06 00 00 00               CacheSupported, UnmapSupported
  00 00 01 00 00 00 00 00   MaxTransferLength, padding
  00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
  00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
`;

const READ: protocol.TransactRequest = {
  hint: 0x1234_0000_0000n,
  kind: 'Read',
  blockAddress: 7,
  blockCount: 5,
  forceUnitAccess: true,
};

const READ_BYTES = bytes`
  00 00 00 00 34 12 00 00   Hint
  01 00 00 00 00 00 00 00   Kind
  07 00 00 00 00 00 00 00   BlockAddress
  05 00 00 00 01 00 00 00   BlockCount, ForceUnitAccess
`;

const ERROR: protocol.TransactResponse = {
  hint: 0x1234_0000_0000n,
  kind: protocol.TRANSACT_KIND.Read,
  status: {
    scsiStatus: 0x02,
    senseKey: 0x03,
    asc: 0x15,
    ascq: 0x02,
    information: 11,
    informationValid: true,
  },
};

const ERROR_BYTES = bytes`
  00 00 00 00 34 12 00 00   Hint
  01 00 00 00 00 00 00 00   Kind
  02 03 15 02 00 00 00 00   CHECK CONDITION, key, ASC, ASCQ
  0b 00 00 00 00 00 00 00   Information
  00 00 00 00 00 00 00 00   ReservedCSI
  00 00 00 00 00 01 00 00   ReservedSKS, InformationValid: bit 8
`;

describe('on the pipe', () => {
  it('the parameters of a unit', () => {
    expect(protocol.encodeParams(RAW_DISK)).toEqual(RAW_DISK_BYTES);
    expect(protocol.decodeParams(RAW_DISK_BYTES)).toEqual(RAW_DISK);
  });

  it('all flags of a unit', () => {
    const all = { ...RAW_DISK, writeProtected: true, ejectDisabled: true };
    expect(protocol.encodeParams(all)[52]).toBe(0x0f);
  });

  it('a read', () => {
    expect(protocol.encodeRequest(READ, new Uint8Array(32))).toEqual(READ_BYTES);
    expect(protocol.decodeRequest(READ_BYTES)).toEqual(READ);
  });

  it('a response with an error', () => {
    expect(protocol.encodeResponse(ERROR, new Uint8Array(48))).toEqual(ERROR_BYTES);
    expect(protocol.decodeResponse(ERROR_BYTES)).toEqual(ERROR);
  });

  it('descriptors of an unmap', () => {
    const descriptors = [
      { blockAddress: 7, blockCount: 1 },
      { blockAddress: 2 ** 40 + 6, blockCount: 0xffff_ffff },
    ];
    const expected = bytes`
      07 00 00 00 00 00 00 00 01 00 00 00 00 00 00 00
      06 00 00 00 00 01 00 00 ff ff ff ff 00 00 00 00
    `;
    expect(protocol.encodeUnmapDescriptors(descriptors)).toEqual(expected);
    expect(protocol.decodeUnmapDescriptors(expected)).toEqual(descriptors);
  });
});

describe('in a device control', () => {
  it('provision', () => {
    const expected = joinChunks([
      bytes`
      88 00 70 00 00 00 00 00   136 bytes, 'p'
    `,
      RAW_DISK_BYTES,
    ]);
    expect(protocol.encodeProvision(RAW_DISK)).toEqual(expected);
    expect(protocol.decodeProvision(expected)).toEqual(RAW_DISK);
    expect(protocol.decodeProvisionResult(bytes`00 00 00 00 00 00 00 00 00 01 00 00`)).toBe(0x100);
  });

  it('unprovision', () => {
    const expected = bytes`
      18 00 75 00 00 00 00 00
      3a 6f ba 4a 26 2e 8f 4b 9c 25 9e af 0f 1e 4c ac
    `;
    expect(protocol.encodeUnprovision(RAW_DISK.guid)).toEqual(expected);
    expect(protocol.decodeUnprovision(expected)).toBe(RAW_DISK.guid);
  });

  it('list', () => {
    expect(protocol.encodeList()).toEqual(bytes`08 00 6c 00 00 00 00 00`);
    expect(protocol.decodeListResult(bytes`00 00 00 00 00 01 00 00`)).toEqual([0, 0x100]);
  });

  it('set transact process id', () => {
    const expected = bytes`10 00 69 00 00 00 00 00 00 01 00 00 d2 04 00 00`;
    const process = { btl: 0x100, processId: 1234 };
    expect(protocol.encodeSetTransactProcessId(process)).toEqual(expected);
    expect(protocol.decodeSetTransactProcessId(expected)).toEqual(process);
  });

  it('transact: a response and a fetch', () => {
    const transact = { btl: 0x100, dataBuffer: 0x7ff_1234_5000n, fetch: true, response: ERROR };
    const expected = joinChunks([
      bytes`
      48 00 74 00 00 00 00 00
      00 01 00 00 03 00 00 00   Btl, ReqValid, RspValid
      00 50 34 12 ff 07 00 00   DataBuffer
    `,
      ERROR_BYTES,
    ]);
    expect(protocol.encodeTransact(transact)).toEqual(expected);
    expect(protocol.decodeTransact(expected)).toEqual(transact);
  });

  it('transact: what a fetch brought', () => {
    const expected = joinChunks([
      bytes`
      48 00 74 00 00 00 00 00
      00 01 00 00 01 00 00 00   Btl, ReqValid
      00 00 00 00 00 00 00 00
    `,
      READ_BYTES,
      bytes`
      00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
    `,
    ]);
    expect(protocol.encodeTransactResult(0x100, READ)).toEqual(expected);
    expect(protocol.decodeTransactResult(expected)).toEqual(READ);
  });

  it('transact: nothing came', () => {
    expect(protocol.decodeTransactResult(new Uint8Array(0))).toBeUndefined();
    const none = protocol.encodeTransactResult(0, { ...READ, hint: 0n });
    expect(protocol.decodeTransactResult(none)).toBeUndefined();
  });

  it('calls are known by code and size', () => {
    const { ioctlName } = protocol;
    expect(ioctlName(protocol.encodeList())).toBe('list');
    expect(ioctlName(protocol.encodeProvision(RAW_DISK))).toBe('provision');
    expect(ioctlName(protocol.encodeProvision(RAW_DISK).subarray(0, 135))).toBeUndefined();
    expect(ioctlName(bytes`08 00 78 00 00 00 00 00`)).toBeUndefined(); // no such code
    expect(ioctlName(bytes`04 00 6c 00`)).toBeUndefined();
  });

  it('an address is bus:target:LUN', () => {
    expect(protocol.formatBtl(0x0001_0203)).toBe('1:2:3');
  });
});

describe('what cannot be coded', () => {
  it.each([
    ['a long product', { productId: 'Seventeen letters' }, /productId: at most 16/],
    ['text that is not ASCII', { productRevisionLevel: 'é' }, /productRevisionLevel/],
    ['half a block', { blockCount: 0.5 }, /blockCount/],
    ['a transfer of 4 GiB', { maxTransferLength: 2 ** 32 }, /maxTransferLength/],
    ['a name that is no GUID', { guid: 'disk' }, /guid/],
  ])('%s', (_, wrong, message) => {
    expect(() => protocol.encodeParams({ ...RAW_DISK, ...wrong })).toThrow(message);
  });
});

describe('parameters that are refused', () => {
  it.each([
    ['guid', { guid: protocol.NULL_GUID }],
    ['deviceType', { deviceType: 5 }],
    ['blockCount', { blockCount: 0 }],
    ['blockLength', { blockLength: 15 }],
    ['maxTransferLength', { maxTransferLength: 0 }],
    ['maxTransferLength', { maxTransferLength: 513 }],
  ])('for their %s', (name, wrong) => {
    expect(protocol.paramsProblem(RAW_DISK)).toBeUndefined();
    expect(protocol.paramsProblem({ ...RAW_DISK, ...wrong })).toMatch(name);
  });
});
