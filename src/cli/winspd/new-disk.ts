/** What WinSpd's rawdisk puts on a new disk: one partition, so that Windows gives it a letter. */
import { mbrTable } from '../../../driver/index.ts';
import type { Backend } from '../../backend/backend.ts';

/** Where the partition begins, in bytes. */
const FIRST_BYTE = 4096;
/** The type of NTFS and exFAT. */
const TYPE = 0x07;
/** Most blocks that the table can express. */
const MOST_BLOCKS = 0xffff_ffff;

/** Writes a master boot record with one partition, if there is room for it. */
export async function partitionNewDisk(
  backend: Pick<Backend, 'blocks' | 'blockLength' | 'write'>,
): Promise<void> {
  const { blocks, blockLength } = backend;
  const firstBlock = Math.ceil(FIRST_BYTE / blockLength);
  if (blocks <= firstBlock) return;
  const partition = { type: TYPE, firstBlock, blocks: Math.min(blocks, MOST_BLOCKS) - firstBlock };
  for (const { lba, data } of mbrTable(backend, [partition]))
    await backend.write(lba, data, { fua: true });
}
