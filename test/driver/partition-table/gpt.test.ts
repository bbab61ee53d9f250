import { describe, expect, it } from 'vitest';
import {
  decodeGuid,
  gptTable,
  gptUsableBlocks,
  PARTITION_TYPE,
  stableGuid,
  type GptPartition,
} from '../../../driver/index.ts';

const GUID = '4aba6f3a-2e26-4b8f-9c25-9eaf0f1e4cac';
const DISK = { blocks: 2048, blockLength: 512 };
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');

/** The bits one by one, as the polynomial has them. */
function crc(bytes: Uint8Array): number {
  let value = 0xffff_ffff;
  for (const byte of bytes) {
    value ^= byte;
    for (let bit = 0; bit < 8; bit++) value = (value >>> 1) ^ (value & 1 ? 0xedb8_8320 : 0);
  }
  return ~value >>> 0;
}

/** The disk as it is once the table has been written. */
function written(partitions: readonly GptPartition[], disk = DISK) {
  const bytes = new Uint8Array(disk.blocks * disk.blockLength);
  for (const { lba, data } of gptTable(disk, partitions, { guid: GUID }))
    bytes.set(data, lba * disk.blockLength);
  const block = (lba: number, count = 1) =>
    bytes.subarray(lba * disk.blockLength, (lba + count) * disk.blockLength);
  return { bytes, block };
}

const number = (bytes: Uint8Array, at: number, length = 8) =>
  Buffer.from(bytes.subarray(at, at + length)).readUIntLE(0, Math.min(length, 6));

describe('a GUID partition table', () => {
  it('has a protective MBR that covers the disk', () => {
    const { block } = written([]);
    expect(hex(block(0).subarray(446, 462))).toBe(
      '00' + // not active
        '000200' + // block 1
        'ee' + // GPT protective
        '202000' + // block 2047: head 32, sector 32
        '01000000' + // from block 1
        'ff070000', // 2047 blocks
    );
    expect(hex(block(0).subarray(510))).toBe('55aa');
  });

  it('has a protective MBR of all ones where the disk is too long for it', () => {
    const [{ data } = { data: new Uint8Array(0) }] = gptTable(
      { blocks: 2 ** 40, blockLength: 512 },
      [],
      { guid: GUID },
    );
    expect(hex(data.subarray(446, 462))).toBe('00000200eeffffff01000000ffffffff');
  });

  it('has a primary header that says where all is', () => {
    const { block } = written([]);
    const header = block(1);
    expect(hex(header.subarray(0, 16))).toBe(
      '4546492050415254' + // EFI PART
        '00000100' + // revision 1.0
        '5c000000', // 92 bytes
    );
    expect(hex(header.subarray(20, 24))).toBe('00000000');
    expect([24, 32, 40, 48, 72].map((at) => number(header, at))).toEqual([1, 2047, 34, 2014, 2]);
    expect(decodeGuid(header, 56)).toBe(GUID);
    expect([80, 84].map((at) => number(header, at, 4))).toEqual([128, 128]);
    expect(header.subarray(92).every((byte) => byte === 0)).toBe(true);
  });

  it('has a backup header in the last block, which points back, with the same entries before it', () => {
    const { block } = written([{ firstBlock: 34, blocks: 1 }]);
    const header = block(2047);
    expect([24, 32, 40, 48, 72].map((at) => number(header, at))).toEqual([2047, 1, 34, 2014, 2015]);
    expect(block(2015, 32)).toEqual(block(2, 32));
  });

  it.each([1, 2047])('has checksums of header and entries in block %i', (lba) => {
    const { block } = written([{ firstBlock: 40, blocks: 100, name: 'data' }]);
    const header = Uint8Array.from(block(lba).subarray(0, 92));
    expect(number(header, 88, 4)).toBe(crc(block(2, 32)));
    const said = number(header, 16, 4);
    header.fill(0, 16, 20);
    expect(said).toBe(crc(header));
  });

  it('has an entry for each partition', () => {
    const { block } = written([
      { type: PARTITION_TYPE.efiSystem, guid: GUID, firstBlock: 34, blocks: 66, name: 'EFI' },
      { firstBlock: 100, blocks: 1915, name: 'é', attributes: 1n << 63n },
    ]);
    const [first, second, third] = [0, 128, 256].map((at) => block(2).subarray(at, at + 128));
    expect(hex(first!)).toBe(
      '28732ac11ff8d211ba4b00a0c93ec93b' + // EFI system partition
        '3a6fba4a262e8f4b9c259eaf0f1e4cac' + // its GUID
        '2200000000000000' + // from block 34
        '6300000000000000' + // to block 99
        '0000000000000000' + // attributes
        '450046004900' + // EFI
        '00'.repeat(66),
    );
    expect(decodeGuid(second!, 0)).toBe(PARTITION_TYPE.basicData);
    expect(decodeGuid(second!, 16)).toBe(stableGuid(`${GUID}/1`));
    expect([number(second!, 32), number(second!, 40)]).toEqual([100, 2014]);
    expect(hex(second!.subarray(48, 58))).toBe('0000000000000080e900');
    expect(third!.every((byte) => byte === 0)).toBe(true);
  });

  it.each([
    [512, 68, 34, 33],
    [4096, 14, 6, 7],
    [65_536, 7, 3, 3],
  ])('of %i-byte blocks begins at the right place', (blockLength, blocks, first) => {
    const least = 2 * first; // headers, entries and MBR around at least one block
    expect(gptUsableBlocks({ blocks, blockLength }).first).toBe(first);
    expect(gptUsableBlocks({ blocks: least, blockLength })).toEqual({ first, last: first });
    expect(() => gptUsableBlocks({ blocks: least - 1, blockLength })).toThrow(RangeError);
  });

  it('is 4 blocks of entries where blocks are of 4096 bytes', () => {
    const disk = { blocks: 100, blockLength: 4096 };
    const { block } = written([{ firstBlock: 6, blocks: 89 }], disk);
    expect([24, 32, 40, 48, 72].map((at) => number(block(99), at))).toEqual([99, 1, 6, 94, 95]);
    expect(number(block(1), 88, 4)).toBe(crc(block(2, 4)));
  });

  it.each<[string, GptPartition, RegExp]>([
    ['in the table', { firstBlock: 33, blocks: 1 }, /not all in 34 to 2014/],
    ['in the backup', { firstBlock: 2000, blocks: 16 }, /not all in/],
    ['of no type', { firstBlock: 34, blocks: 1, type: 'NTFS' }, /type: 'NTFS'/],
    [
      'of type zero',
      { firstBlock: 34, blocks: 1, type: '00000000-0000-0000-0000-000000000000' },
      /type/,
    ],
    ['with a long name', { firstBlock: 34, blocks: 1, name: 'x'.repeat(37) }, /37 characters/],
    ['with 65 attributes', { firstBlock: 34, blocks: 1, attributes: 1n << 64n }, /64 bits/],
  ])('refuses a partition %s', (_, partition, message) => {
    expect(() => gptTable(DISK, [partition], { guid: GUID })).toThrow(message);
  });

  it('refuses more than 128 partitions, and a disk without a name', () => {
    const many = Array.from({ length: 129 }, (_, i) => ({ firstBlock: 34 + i, blocks: 1 }));
    expect(() => gptTable(DISK, many.slice(1), { guid: GUID })).not.toThrow();
    expect(() => gptTable(DISK, many, { guid: GUID })).toThrow(/128/);
    expect(() => gptTable(DISK, [], { guid: '' })).toThrow(/guid/);
  });
});
