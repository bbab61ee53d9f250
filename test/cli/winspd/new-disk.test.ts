import { expect, it } from 'vitest';
import { memoryBackend } from '../../../src/backend/memory.ts';
import { partitionNewDisk } from '../../../src/cli/winspd/new-disk.ts';

async function partitioned(blocks: number, blockLength: number) {
  const backend = memoryBackend({ blocks, blockLength });
  await partitionNewDisk(backend);
  const first = new Uint8Array(blockLength);
  backend.read(0, first);
  return first;
}

it.each([
  [1_048_576, 512, '07', '08000000', 'f8ff0f00'],
  [1024, 4096, '07', '01000000', 'ff030000'],
  [16, 65_536, '07', '01000000', '0f000000'],
])(
  'a new disk of %i blocks of %i bytes has one partition',
  async (blocks, length, type, from, count) => {
    const entry = Buffer.from(await partitioned(blocks, length))
      .subarray(446, 462)
      .toString('hex');
    expect([entry.slice(8, 10), entry.slice(16, 24), entry.slice(24)]).toEqual([type, from, count]);
  },
);

it('a disk longer than its table can say has a partition as long as that can be', async () => {
  const entry = Buffer.from(await partitioned(2 ** 33, 512)).subarray(446, 462);
  expect(entry.readUInt32LE(12)).toBe(0xffff_ffff - 8);
});

it('a disk without room for a partition has none', async () => {
  expect(await partitioned(8, 512)).toEqual(new Uint8Array(512));
});
