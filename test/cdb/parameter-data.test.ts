/** Parameter data of the commands, as initiators write and read it: golden bytes, and what is refused. */
import { describe, expect, it } from 'vitest';
import * as cdb from '../../src/cdb/index.ts';
import { encodeForm } from '../../src/cdb/codec.ts';
import { transferLength } from '../../src/cdb/spec.ts';
import { bytes } from '../sense/annotated-bytes.ts';

/** Everything that is shorter than `whole` reads as `undefined`. */
function expectNothingOf(whole: Uint8Array, decode: (data: Uint8Array) => unknown): void {
  expect(decode(whole)).toBeDefined();
  for (let length = 0; length < whole.length; length++)
    expect(decode(whole.subarray(0, length)), `${length} bytes`).toBeUndefined();
}

describe('READ CAPACITY data', () => {
  it('(10) has the last block, FFFFFFFFh where that is more', () => {
    const coded = bytes`
      00 00 07 ff  last LBA
      00 00 02 00  512 bytes a block
    `;
    const capacity = { lastLba: 2047, blockLength: 512 };
    expect(cdb.encodeCapacity10(capacity)).toEqual(coded);
    expect(cdb.decodeCapacity10(coded)).toEqual(capacity);
    expect(cdb.encodeCapacity10({ ...capacity, lastLba: 2 ** 40 }).subarray(0, 4)).toEqual(
      bytes`ff ff ff ff`,
    );
    expectNothingOf(coded, cdb.decodeCapacity10);
  });

  it('(16) has the lowest aligned LBA below LBPME and LBPRZ', () => {
    const coded = bytes`
      00 00 00 01 00 00 00 00
      00 00 10 00  4096 bytes a block
      00 03        8 logical blocks a physical one
      d2 34        LBPME, LBPRZ, lowest aligned LBA 1234h
      00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
    `;
    const decoded = cdb.decodeCapacity16(coded);
    expect(decoded).toMatchObject({
      lastLba: 2 ** 32,
      blockLength: 4096,
      physicalBlockExponent: 3,
      lowestAlignedLba: 0x1234,
      unmappedReadsZeros: true,
    });
    expect(cdb.encodeCapacity16(decoded!)).toEqual(coded);
    expect(cdb.decodeCapacity16(coded.subarray(0, 12))).toMatchObject({ lowestAlignedLba: 0 });
    expect(cdb.decodeCapacity16(coded.subarray(0, 11))).toBeUndefined();
  });
});

describe('a defect list', () => {
  const header = {
    primaryList: true,
    grownList: false,
    defectListFormat: 3,
    defectListLength: 0x1_0008,
  };

  it('has a header of 4 bytes for READ DEFECT DATA(10), of 8 for (12)', () => {
    expect(cdb.encodeDefectListHeader(header, 10)).toEqual(bytes`00 13 ff ff`); // PLISTV, long
    const coded = bytes`00 13 00 00 00 01 00 08`;
    expect(cdb.encodeDefectListHeader(header, 12)).toEqual(coded);
    expect(cdb.decodeDefectListHeader(coded, 12)).toEqual(header);
    expect(cdb.decodeDefectListHeader(bytes`00 08 00 04`, 10)).toEqual({
      primaryList: false,
      grownList: true,
      defectListFormat: 0,
      defectListLength: 4,
    });
    expectNothingOf(coded, (data) => cdb.decodeDefectListHeader(data, 12));
    expectNothingOf(coded.subarray(0, 4), (data) => cdb.decodeDefectListHeader(data, 10));
  });

  it('has addresses of 4 or of 8 bytes', () => {
    const { SHORT_BLOCK, LONG_BLOCK } = cdb.DEFECT_LIST_FORMAT;
    const short = bytes`00 00 00 07 ff ff ff ff`;
    expect(cdb.encodeDefects([7, 2 ** 32], SHORT_BLOCK)).toEqual(short);
    expect(cdb.decodeDefects(short.subarray(0, 7), SHORT_BLOCK)).toEqual([7]);
    const long = bytes`00 00 00 00 00 00 00 07 00 00 00 01 00 00 00 00`;
    expect(cdb.encodeDefects([7, 2 ** 32], LONG_BLOCK)).toEqual(long);
    expect(cdb.decodeDefects(long, LONG_BLOCK)).toEqual([7, 2 ** 32]);
    expect(cdb.decodeDefects(long.subarray(0, 15), LONG_BLOCK)).toEqual([7]);
  });
});

describe('an UNMAP list', () => {
  const descriptors = [
    { lba: 0x1_0000_0002, blocks: 3 },
    { lba: 0, blocks: 0xffff_ffff },
  ];
  const coded = bytes`
    00 26 00 20 00 00 00 00  38 bytes follow, 32 of them descriptors
    00 00 00 01 00 00 00 02 00 00 00 03 00 00 00 00
    00 00 00 00 00 00 00 00 ff ff ff ff 00 00 00 00
  `;

  it('is a header and 16 bytes for each run', () => {
    expect(cdb.encodeUnmapList(descriptors)).toEqual(coded);
    expect(cdb.decodeUnmapList(coded)).toEqual(descriptors);
    expect(cdb.encodeUnmapList([])).toEqual(bytes`00 06 00 00 00 00 00 00`);
  });

  it('has a partial last descriptor ignored', () => {
    expect(cdb.decodeUnmapList(coded.subarray(0, 39))).toEqual(descriptors.slice(0, 1));
    const less = coded.slice();
    less[3] = 0x1f;
    expect(cdb.decodeUnmapList(less)).toEqual(descriptors.slice(0, 1));
  });

  it('has at most 4095 descriptors', () => {
    const many = Array.from({ length: 4096 }, (_, lba) => ({ lba, blocks: 1 }));
    expect(cdb.decodeUnmapList(cdb.encodeUnmapList(many.slice(1)))).toEqual(many.slice(1));
    expect(() => cdb.encodeUnmapList(many)).toThrow(RangeError);
  });

  it.each([
    { lba: -1, blocks: 1 },
    { lba: 0.5, blocks: 1 },
    { lba: 2 ** 53, blocks: 1 },
    { lba: 0, blocks: -1 },
    { lba: 0, blocks: 2 ** 32 },
    { lba: 0, blocks: Number.NaN },
  ])('has no descriptor for %j', (descriptor) => {
    expect(() => cdb.encodeUnmapList([descriptor])).toThrow(RangeError);
  });
});

describe('a list of LUNs', () => {
  const luns = [bytes`00 00 00 00 00 00 00 00`, bytes`40 01 00 00 00 00 00 00`];
  const coded = bytes`
    00 00 00 10 00 00 00 00  16 bytes follow
    00 00 00 00 00 00 00 00
    40 01 00 00 00 00 00 00
  `;

  it('is a header and 8 bytes each', () => {
    expect(cdb.encodeLunList(luns)).toEqual(coded);
    expect(cdb.decodeLunList(coded)).toEqual(luns);
  });

  it('ends with its bytes or its length, whichever is first', () => {
    expect(cdb.decodeLunList(coded.subarray(0, 23))).toEqual(luns.slice(0, 1));
    const less = coded.slice();
    less[3] = 0x0f;
    expect(cdb.decodeLunList(less)).toEqual(luns.slice(0, 1));
  });
});

describe('supported operation codes', () => {
  const { TEST_UNIT_READY_6, READ_CAPACITY_16 } = cdb;

  it.each([
    [false, bytes`00 00 00 10 00 00 00 00 00 00 00 06 9e 00 00 10 00 01 00 10`],
    [
      true, // CTDP, and a timeouts descriptor of 12 bytes that states none
      bytes`
        00 00 00 28
        00 00 00 00 00 02 00 06 00 0a 00 00 00 00 00 00 00 00 00 00
        9e 00 00 10 00 03 00 10 00 0a 00 00 00 00 00 00 00 00 00 00
      `,
    ],
  ])('of all commands, with timeouts: %s', (timeouts, coded) => {
    expect(cdb.encodeAllCommands([TEST_UNIT_READY_6, READ_CAPACITY_16], timeouts)).toEqual(coded);
    const commands = [
      { opcode: 0x00, cdbLength: 6 },
      { opcode: 0x9e, serviceAction: 0x10, cdbLength: 16 },
    ];
    expect(cdb.decodeAllCommands(coded)).toEqual(commands);
    expect(cdb.decodeAllCommands(coded.subarray(0, 12))).toEqual(commands.slice(0, 1));
    expect(cdb.decodeAllCommands(coded.subarray(0, 11))).toEqual([]);
  });

  it('of one command', () => {
    const coded = bytes`
      00 83 00 06        CTDP, supported as the standard has it, 6 bytes of usage data
      00 00 00 00 00 04  NACA is evaluated
      00 0a 00 00 00 00 00 00 00 00 00 00
    `;
    expect(cdb.encodeOneCommand(TEST_UNIT_READY_6, true)).toEqual(coded);
    expect(cdb.decodeOneCommand(coded)).toEqual({
      support: 3,
      timeouts: true,
      usage: bytes`00 00 00 00 00 04`,
    });
    expect(cdb.decodeOneCommand(cdb.encodeOneCommand(undefined, true))).toEqual({
      support: 1,
      timeouts: false,
      usage: new Uint8Array(0),
    });
    expect(cdb.decodeOneCommand(bytes`00 01 00`)).toBeUndefined();
  });

  it('of task management', () => {
    const functions = {
      abortTask: true,
      abortTaskSet: false,
      clearAca: true,
      clearTaskSet: false,
      logicalUnitReset: true,
      queryTask: false,
      queryAsynchronousEvent: true,
      queryTaskSet: false,
      itNexusReset: true,
    };
    expect(cdb.encodeTaskManagementFunctions(functions, false)).toEqual(bytes`a8 05 00 00`);
    expect(cdb.encodeTaskManagementFunctions(functions, true)).toEqual(
      bytes`a8 05 00 0c 00 00 00 00 00 00 00 00 00 00 00 00`,
    );
    expect(cdb.decodeTaskManagementFunctions(bytes`a8 05 00 00`)).toEqual(functions);
    expectNothingOf(bytes`57 02 00 00`, cdb.decodeTaskManagementFunctions);
  });
});

describe('target port groups', () => {
  const groups = [
    {
      portGroup: 0x0102,
      state: 'active/non-optimized',
      preferred: true,
      supported: ['active/optimized', 'active/non-optimized', 'transitioning'],
      cause: 'implicit',
      ports: [1, 0x0203],
    },
    {
      portGroup: 2,
      state: 'offline',
      preferred: false,
      supported: ['standby', 'unavailable', 'logical block dependent', 'offline'],
      cause: 'SET TARGET PORT GROUPS',
      ports: [],
    },
  ] as const;
  const descriptors = [
    ...bytes`
      81 83 01 02 00 02 00 02  PREF, active/non-optimized; T_SUP, AN_SUP, AO_SUP; implicit; 2 ports
      00 00 00 01 00 00 02 03
      0e 5c 00 02 00 01 00 00  offline; O_SUP, LBD_SUP, U_SUP, S_SUP; SET TARGET PORT GROUPS
    `,
  ];
  const short = Uint8Array.of(0, 0, 0, 24, ...descriptors);
  const extended = Uint8Array.of(0, 0, 0, 28, 0x10, 60, 0, 0, ...descriptors);

  it('have a header of 4 bytes, or of 8 with the implicit transition time', () => {
    expect(cdb.encodeTargetPortGroups({ groups })).toEqual(short);
    expect(cdb.encodeTargetPortGroups({ groups, implicitTransitionTime: 60 })).toEqual(extended);
    expect(cdb.decodeTargetPortGroups(short)).toEqual({ groups });
    expect(cdb.decodeTargetPortGroups(extended, true)).toEqual({
      groups,
      implicitTransitionTime: 60,
    });
  });

  it('that are cut off are left out', () => {
    expect(cdb.decodeTargetPortGroups(short.subarray(0, 27)).groups).toEqual([groups[0]]);
    expect(cdb.decodeTargetPortGroups(short.subarray(0, 20)).groups).toEqual([groups[0]]);
    expect(cdb.decodeTargetPortGroups(short.subarray(0, 19)).groups).toEqual([]);
    const less = short.slice();
    less[3] = 23;
    expect(cdb.decodeTargetPortGroups(less).groups).toEqual([groups[0]]);
  });

  it('in a reserved state are left out; a reserved STATUS CODE is none', () => {
    const odd = short.slice();
    odd[4] = 0x05;
    odd[25] = 0x03;
    expect(cdb.decodeTargetPortGroups(odd).groups).toEqual([{ ...groups[1], cause: 'none' }]);
  });
});

describe('ROD tokens', () => {
  const token = Uint8Array.from({ length: 512 }, (_, i) => i & 0xff);
  const ranges = [
    { lba: 0x1_0000_0000, blocks: 2 },
    { lba: 5, blocks: 0xffff_ffff },
  ];

  it('are written by a list of 536 bytes and 16 for each range', () => {
    const coded = cdb.encodeWriteUsingTokenList({ token, ranges, immed: true, offsetIntoRod: 9 });
    expect(coded.subarray(0, 16)).toEqual(
      bytes`02 36 01 00 00 00 00 00 00 00 00 00 00 00 00 09`, // 566 bytes follow; IMMED
    );
    expect(coded.subarray(16, 528)).toEqual(token);
    expect(coded.subarray(528)).toEqual(
      bytes`
        00 00 00 00 00 00 00 20  32 bytes of ranges
        00 00 00 01 00 00 00 00 00 00 00 02 00 00 00 00
        00 00 00 00 00 00 00 05 ff ff ff ff 00 00 00 00
      `,
    );
    expect(cdb.decodeWriteUsingTokenList(coded)).toEqual({
      token,
      ranges,
      immed: true,
      deleteToken: false,
      offsetIntoRod: 9,
    });
    expectNothingOf(coded, cdb.decodeWriteUsingTokenList);
  });

  it('are asked for by a list whose lengths are those of its bytes', () => {
    const coded = cdb.encodePopulateTokenList({ ranges });
    expect(cdb.decodePopulateTokenList(coded)).toMatchObject({ ranges });
    expectNothingOf(coded, cdb.decodePopulateTokenList);
    const beyond = coded.slice();
    beyond[15] = 33; // BLOCK DEVICE RANGE DESCRIPTOR LENGTH
    expect(cdb.decodePopulateTokenList(beyond)).toBeUndefined();
    const longer = coded.slice();
    longer[1] = longer[1]! + 1;
    expect(cdb.decodePopulateTokenList(longer)).toBeUndefined();
    const partial = coded.slice();
    partial[15] = 31;
    expect(cdb.decodePopulateTokenList(partial)).toMatchObject({ ranges: ranges.slice(0, 1) });
  });

  it.each([
    ['a token of 513 bytes', { token: new Uint8Array(513) }],
    ['an LBA below 0', { ranges: [{ lba: -1, blocks: 1 }] }],
    ['a part of an LBA', { ranges: [{ lba: 0.5, blocks: 1 }] }],
    ['fewer than no blocks', { ranges: [{ lba: 0, blocks: -1 }] }],
    ['2^32 blocks', { ranges: [{ lba: 0, blocks: 2 ** 32 }] }],
    ['4001 ranges', { ranges: Array.from({ length: 4001 }, () => ({ lba: 0, blocks: 0 })) }],
  ])('are not written with %s', (_, list) => {
    expect(() => cdb.encodeWriteUsingTokenList(list)).toThrow(RangeError);
  });

  it('are 512 bytes, of which ROD TOKEN LENGTH counts 504', () => {
    const rod = { rodType: cdb.ROD_TYPE.ZERO, identifier: 0x0102_0304_0506_0708n, bytes: 4096 };
    const coded = cdb.encodeRodToken(rod);
    expect(coded.subarray(0, 16)).toEqual(bytes`ff ff 00 01 00 00 01 f8 01 02 03 04 05 06 07 08`);
    expect(cdb.decodeRodToken(coded)).toEqual(rod);
    expectNothingOf(coded, cdb.decodeRodToken);
    coded[7] = 0xf7;
    expect(cdb.decodeRodToken(coded)).toBeUndefined();
  });
});

describe('copy results', () => {
  it('have the operating parameters and the codes of the descriptors', () => {
    const coded = cdb.encodeCopyOperatingParameters({ maxCscdDescriptors: 64 }, [0x02, 0x0a]);
    expect(coded.subarray(0, 10)).toEqual(bytes`00 00 00 2a 00 00 00 00 00 40`); // 42 bytes follow
    expect(coded.subarray(43)).toEqual(bytes`02 02 0a`);
    const decoded = cdb.decodeCopyOperatingParameters(coded);
    expect(decoded).toMatchObject({ maxCscdDescriptors: 64, descriptorCodes: [0x02, 0x0a] });
    const none = cdb.encodeCopyOperatingParameters({}, []);
    expect(cdb.decodeCopyOperatingParameters(none)?.descriptorCodes).toEqual([]);
    expectNothingOf(none, cdb.decodeCopyOperatingParameters);
  });

  it('have the status of a copy', () => {
    const status = {
      heldDataDiscarded: true,
      status: 1,
      segmentsProcessed: 0x0203,
      transferCountUnits: 0,
      transferCount: 7,
    };
    const coded = bytes`00 00 00 08 81 02 03 00 00 00 00 07`;
    expect(cdb.encodeCopyStatus1(status)).toEqual(coded);
    expect(cdb.decodeCopyStatus1(coded)).toEqual(status);
    expectNothingOf(coded, cdb.decodeCopyStatus1);
  });

  it('have the sense data of a copy that failed', () => {
    const sense = bytes`70 00 0a 00`;
    const coded = cdb.encodeCopyFailureDetails(sense);
    expect(coded.subarray(0, 4)).toEqual(bytes`00 00 00 3c`); // 60 bytes follow
    expect(coded.subarray(56)).toEqual(bytes`02 00 00 04 70 00 0a 00`);
    expect(cdb.decodeCopyFailureDetails(coded)).toEqual(sense);
    expectNothingOf(coded, cdb.decodeCopyFailureDetails);
    expect(cdb.decodeCopyFailureDetails(cdb.encodeCopyFailureDetails(undefined))).toBeUndefined();
  });
});

const moved = (spec: cdb.CdbSpec, request: object) =>
  transferLength(spec, cdb.decodeCdb(encodeForm(spec, request)) as cdb.CdbRequest, 512);

describe('what a request moves, on blocks of 512 bytes', () => {
  it.each([
    [cdb.TEST_UNIT_READY_6, {}, 'none', 0],
    [cdb.READ_10, { blocks: 3 }, 'in', 1536],
    [cdb.READ_6, { blocks: 256 }, 'in', 131_072],
    [cdb.WRITE_16, { blocks: 2 }, 'out', 1024],
    [cdb.COMPARE_AND_WRITE_16, { blocks: 2 }, 'out', 2048],
    [cdb.WRITE_SAME_16, { blocks: 9 }, 'out', 512],
    [cdb.WRITE_SAME_16, { blocks: 9, noDataOut: true }, 'none', 0],
    [cdb.VERIFY_10, { blocks: 9, byteCheck: 0 }, 'none', 0],
    [cdb.VERIFY_10, { blocks: 9, byteCheck: 1 }, 'out', 4608],
    [cdb.VERIFY_10, { blocks: 9, byteCheck: 3 }, 'out', 512],
    [cdb.READ_LONG_10, { byteTransferLength: 520 }, 'in', 520],
    [cdb.WRITE_LONG_10, { byteTransferLength: 520 }, 'out', 520],
    [cdb.WRITE_LONG_10, { byteTransferLength: 520, writeUncorrectable: true }, 'none', 0],
    [cdb.UNMAP_10, { parameterListLength: 24 }, 'out', 24],
    [cdb.SECURITY_PROTOCOL_OUT_12, { parameterListLength: 2, increments: true }, 'out', 1024],
    [cdb.FORMAT_UNIT_6, {}, 'none', 0],
    [cdb.FORMAT_UNIT_6, { formatData: true }, 'out', 4],
    [cdb.FORMAT_UNIT_6, { formatData: true, longList: true }, 'out', 8],
    [cdb.REASSIGN_BLOCKS_6, {}, 'out', 4],
    [cdb.INQUIRY_6, { allocationLength: 96 }, 'in', 96],
    [cdb.READ_CAPACITY_10, {}, 'in', 8],
  ] as const)('$0.op with $1: $2, $3 bytes', (spec, request, direction, length) => {
    expect(moved(spec as cdb.CdbSpec, request)).toEqual({ direction, length });
  });
});
