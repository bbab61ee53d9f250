import { describe, expect, it } from 'vitest';
import {
  COPY_LIST_HEADER_LENGTH,
  CSCD_SELF,
  decodeCopyOperatingParameters,
  decodeCopyStatus1,
  decodeCopyStatus4,
  decodeCscd,
  decodeSegment,
  encodeCopyList,
  encodeCopyOperatingParameters,
  encodeCopyStatus1,
  encodeCopyStatus4,
  encodeSegment,
  splitCopyList,
  type CopyList,
} from '../../src/cdb/index.ts';
import { hex } from '../scsi/disk-under-test.ts';

const LIST: Partial<CopyList> = {
  listId: 7,
  priority: 1,
  listIdUsage: 2,
  cscds: [
    {
      deviceType: 0,
      association: 0,
      codeSet: 1,
      designatorType: 3,
      designator: hex('3123456789abcdef'),
      pad: true,
      blockLength: 512,
    },
  ],
  segments: [
    {
      type: 'block to block',
      destinationCount: true,
      source: 0,
      destination: CSCD_SELF,
      blocks: 0x1234,
      sourceLba: 5,
      destinationLba: 6,
    },
  ],
};

const DESCRIPTORS = hex(
  `
  e4 00 0000              // identification, direct access
  01 03 00 08             // binary, NAA, 8 bytes
  3123456789abcdef
  000000000000000000000000
  04 000200               // PAD, 512 bytes a block
  02 02 0018 0000 ffff    // block to block, DC; from CSCD 0 to the unit itself
  0000 1234               // blocks
  0000000000000005
  0000000000000006`.replaceAll(/\/\/.*/g, ''),
);

const HEADERS = {
  LID1: '07 11 0020 00000000 0000001c 00000000',
  LID4: `01 11 0020 ${'00'.repeat(12)} ff 000000 00000007 ${'00'.repeat(18)} 0020 001c 0000`,
} as const;

describe.each(['LID1', 'LID4'] as const)('the parameter list of EXTENDED COPY(%s)', (form) => {
  const bytes = Uint8Array.from([...hex(HEADERS[form]), ...DESCRIPTORS]);

  it('is as the standard has it', () => {
    expect(encodeCopyList(form, LIST)).toEqual(bytes);
    const parts = splitCopyList(form, bytes);
    expect(parts).toMatchObject({ listId: 7, priority: 1, listIdUsage: 2, inlineLength: 0 });
    expect(parts?.cscds.map(decodeCscd)).toMatchObject(LIST.cscds!);
    expect(parts?.segments.map(decodeSegment)).toMatchObject(LIST.segments!);
    expect(parts?.segmentsAt).toBe(COPY_LIST_HEADER_LENGTH[form] + 32);
  });

  it('is none where it is cut at any place', () => {
    for (let length = 0; length < bytes.length; length++)
      expect(splitCopyList(form, bytes.subarray(0, length))).toBeUndefined();
  });

  it('is none where the CSCD descriptors are no multiple of 32 bytes', () => {
    const odd = bytes.slice();
    odd[form === 'LID1' ? 3 : 43] = 0x1f;
    expect(splitCopyList(form, odd)).toBeUndefined();
  });
});

describe('segment descriptors', () => {
  it.each([
    [
      { type: 'verify CSCD', source: 3, testUnitReady: true } as const,
      '07 00 0008 0003 0000 01 000000',
    ],
    [
      {
        type: 'block to block with offsets',
        concatenate: true,
        source: 1,
        destination: 2,
        bytes: 0x10203,
        sourceLba: 4,
        destinationLba: 5,
        sourceOffset: 6,
        destinationOffset: 7,
      } as const,
      '0a 01 001c 0001 0002 00010203 0000000000000004 0000000000000005 0006 0007',
    ],
  ])('are as the standard has them: %o', (segment, bytes) => {
    expect(encodeSegment(segment)).toEqual(hex(bytes));
    expect(decodeSegment(hex(bytes))).toEqual(segment);
  });

  it('are none of an unknown type, or of a wrong length', () => {
    expect(decodeSegment(hex('03 00 0000'))).toBe('type');
    expect(decodeSegment(hex('07 00 0004 00000000'))).toBe('length');
  });
});

describe('the parameter data of RECEIVE COPY RESULTS', () => {
  it('has operating parameters as the standard has them', () => {
    const parameters = { supportsNoListId: true, maxCscdDescriptors: 2, maxConcurrentCopies: 3 };
    const bytes = encodeCopyOperatingParameters(parameters, [0x02, 0xe4]);
    expect(bytes).toEqual(
      hex(`0000002a 01 000000 0002 0000 ${'00'.repeat(24)} 03 00 00 00 000000 02 02 e4`),
    );
    expect(decodeCopyOperatingParameters(bytes)).toMatchObject({
      ...parameters,
      descriptorCodes: [0x02, 0xe4],
    });
    expect(decodeCopyOperatingParameters(bytes.subarray(0, 43))).toBeUndefined();
  });

  it('has the status of LID1 as the standard has it', () => {
    const status = {
      heldDataDiscarded: false,
      status: 2,
      segmentsProcessed: 3,
      transferCountUnits: 1,
      transferCount: 4,
    };
    expect(encodeCopyStatus1(status)).toEqual(hex('00000008 02 0003 01 00000004'));
    expect(decodeCopyStatus1(encodeCopyStatus1(status))).toEqual(status);
  });

  it('has the status of LID4 as the standard has it', () => {
    const status = {
      serviceAction: 1,
      status: 0x12,
      operationCounter: 5,
      updateDelay: 6,
      completionStatus: 2,
      transferCountUnits: 0xf1,
      transferCount: 7,
      segmentsProcessed: 8,
      sense: hex('7000'),
    };
    const bytes = encodeCopyStatus4(status);
    expect(bytes).toEqual(
      hex(`0000001e 01 12 0005 00000006 02 02 02 f1 0000000000000007 0008 000000000000 7000`),
    );
    expect(decodeCopyStatus4(bytes)).toEqual(status);
    expect(decodeCopyStatus4(bytes.subarray(0, 33))).toBeUndefined();
  });
});
