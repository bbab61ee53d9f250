import { describe, expect, it } from 'vitest';
import { mbrTable, type MbrPartition } from '../../../driver/index.ts';

const DISK = { blocks: 1_048_576, blockLength: 512 };
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');

function table(partitions: readonly MbrPartition[], disk = DISK) {
  const [{ lba, data } = { lba: -1, data: new Uint8Array(0) }, ...more] = mbrTable(
    disk,
    partitions,
  );
  expect([lba, more]).toEqual([0, []]);
  return data;
}

const entry = (data: Uint8Array, index: number) =>
  hex(data.subarray(446 + 16 * index, 462 + 16 * index));

describe('a master boot record', () => {
  it('has the bytes of WinSpd, with the place of the last block in place of the one behind it', () => {
    const data = table([{ type: 0x07, firstBlock: 8, blocks: 1_048_568 }]);
    expect(hex(data.subarray(0, 8))).toBe('cd18f4ebfd000000'); // INT 18h, HLT, JMP to HLT
    expect(data.subarray(8, 446).every((byte) => byte === 0)).toBe(true);
    expect(entry(data, 0)).toBe(
      '00' + // not active
        '000900' + // block 8: head 0, sector 9, cylinder 0
        '07' + // NTFS
        '450441' + // block 1048575: head 69, sector 4, cylinder 65
        '08000000' + // from block 8
        'f8ff0f00', // 1048568 blocks
    );
    expect(hex(data.subarray(462, 512))).toBe(`${'00'.repeat(48)}55aa`);
  });

  it('marks the active partition and has up to four', () => {
    const data = table([
      { type: 0x0c, firstBlock: 63, blocks: 16_002, active: true }, // the rest of cylinder 0
      { type: 0x83, firstBlock: 16_065, blocks: 16_065 }, // cylinder 1
      { type: 0x07, firstBlock: 32_130, blocks: 1 },
      { type: 0xff, firstBlock: 40_000, blocks: 2 },
    ]);
    expect(entry(data, 0)).toBe('800101000cfe3f003f000000823e0000');
    expect(entry(data, 1)).toBe('0000010183fe3f01c13e0000c13e0000');
    expect(entry(data, 2)).toBe('0000010207000102827d000001000000');
    expect(entry(data, 3).slice(8, 10)).toBe('ff');
  });

  it('clamps cylinders to 1023/254/63', () => {
    const disk = { blocks: 2 ** 32, blockLength: 512 };
    const lastPlace = 1024 * 255 * 63 - 1;
    const data = table(
      [
        { type: 7, firstBlock: lastPlace, blocks: 1 },
        { type: 7, firstBlock: lastPlace + 1, blocks: 2 ** 32 - 2 - lastPlace - 1 + 1 },
      ],
      disk,
    );
    expect(entry(data, 0).slice(2, 8)).toBe('feffff');
    expect(entry(data, 1).slice(2, 8)).toBe('feffff');
    expect(entry(data, 1).slice(10, 16)).toBe('feffff');
  });

  it('is a whole block where blocks are longer', () => {
    const data = table([{ type: 7, firstBlock: 1, blocks: 100 }], {
      blocks: 101,
      blockLength: 4096,
    });
    expect(data.length).toBe(4096);
    expect(hex(data.subarray(510, 514))).toBe('55aa0000');
  });

  it('has the disk signature that it is told', () => {
    const [{ data } = { data: new Uint8Array(0) }] = mbrTable(DISK, [], { signature: 0x1234_abcd });
    expect(hex(data.subarray(440, 446))).toBe('cdab34120000');
  });

  it.each<[string, readonly MbrPartition[], RegExp]>([
    [
      'five partitions',
      [1, 2, 3, 4, 5].map((firstBlock) => ({ type: 7, firstBlock, blocks: 1 })),
      /4 partitions/,
    ],
    ['an empty one', [{ type: 7, firstBlock: 1, blocks: 0 }], /partition 1: 0 blocks/],
    ['one in block 0', [{ type: 7, firstBlock: 0, blocks: 9 }], /not all in 1 to 1048575/],
    ['one past the end', [{ type: 7, firstBlock: 1_048_575, blocks: 2 }], /not all in/],
    ['one of type 0', [{ type: 0, firstBlock: 1, blocks: 1 }], /type 0/],
    [
      'two that overlap',
      [
        { type: 7, firstBlock: 100, blocks: 10 },
        { type: 7, firstBlock: 91, blocks: 10 },
      ],
      /partitions 2 and 1 overlap/,
    ],
  ])('refuses %s', (_, partitions, message) => {
    expect(() => mbrTable(DISK, partitions)).toThrow(message);
  });

  it('refuses what 32 bits cannot express', () => {
    const disk = { blocks: 2 ** 33, blockLength: 512 };
    expect(() => mbrTable(disk, [{ type: 7, firstBlock: 1, blocks: 2 ** 32 - 2 }])).not.toThrow();
    expect(() => mbrTable(disk, [{ type: 7, firstBlock: 1, blocks: 2 ** 32 - 1 }])).toThrow(
      RangeError,
    );
  });

  it.each([{ blocks: 0 }, { blocks: 1.5 }, { blockLength: 256 }, { blockLength: 520 }])(
    'refuses a disk with %j',
    (wrong) => {
      expect(() => mbrTable({ ...DISK, ...wrong }, [])).toThrow(RangeError);
    },
  );
});
