/** Partition tables, read by util-linux and by GPT fdisk. */
import { mkdtempSync, rmSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import {
  gptTable,
  gptUsableBlocks,
  mbrTable,
  PARTITION_TYPE,
  type PartitionedDisk,
  type TableBlocks,
} from '../../driver/index.ts';
import { describeWith, runWell } from './programs.ts';

const GUID = '4ABA6F3A-2E26-4B8F-9C25-9EAF0F1E4CAC';

/** An image file with a table and nothing else. */
async function image(disk: PartitionedDisk, table: readonly TableBlocks[]): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'scsi-target-partitions-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const path = join(folder, 'disk.img');
  const file = await open(path, 'w');
  await file.truncate(disk.blocks * disk.blockLength);
  for (const { lba, data } of table) await file.write(data, 0, data.length, lba * disk.blockLength);
  await file.close();
  return path;
}

const DISK = { blocks: 2 ** 22, blockLength: 512 };
const DISK_4K = { blocks: 2 ** 16, blockLength: 4096 };

describeWith(['sfdisk', 'fdisk', 'sgdisk'], 'partition tables, as other programs read them', () => {
  it('a master boot record', async () => {
    const path = await image(
      DISK,
      mbrTable(
        DISK,
        [
          { type: 0x07, firstBlock: 2048, blocks: 100_000, active: true },
          { type: 0x83, firstBlock: 102_048, blocks: DISK.blocks - 102_048 },
        ],
        { signature: 0xdecafbad },
      ),
    );
    const { stdout } = await runWell('sfdisk', ['--dump', path]);
    expect(stdout).toContain('label: dos\nlabel-id: 0xdecafbad\n');
    expect(stdout).toMatch(/start= +2048, size= +100000, type=7, bootable/);
    expect(stdout).toMatch(/start= +102048, size= +4092256, type=83/);
    const verified = await runWell('sfdisk', ['--verify', path]);
    expect(verified.stdout + verified.stderr).toContain('No errors detected');
  });

  it('a GUID partition table, which nobody wants to repair', async () => {
    const { first, last } = gptUsableBlocks(DISK);
    const table = gptTable(
      DISK,
      [
        { type: PARTITION_TYPE.efiSystem, firstBlock: 2048, blocks: 204_800, name: 'EFI' },
        { firstBlock: 206_848, blocks: last - 206_847, name: 'Köln', guid: GUID },
      ],
      { guid: GUID },
    );
    const path = await image(DISK, table);
    const { stdout, stderr } = await runWell('sfdisk', ['--dump', path]);
    expect(stderr).toBe('');
    expect(stdout).toContain(`label: gpt\nlabel-id: ${GUID}\n`);
    expect(stdout).toContain(`first-lba: ${first}\nlast-lba: ${last}\n`);
    expect(stdout).toMatch(
      /start= +2048, size= +204800, type=C12A7328-F81F-11D2-BA4B-00A0C93EC93B/,
    );
    // Without a UTF-8 locale the letters beyond ASCII are escaped.
    expect(stdout.replaceAll('\\xc3\\xb6', 'ö')).toMatch(
      /start= +206848, size= +3987423, type=EBD0A0A2-.* uuid=4ABA6F3A-.*, name="Köln"/,
    );
    const verified = await runWell('sgdisk', ['--verify', path]);
    expect(verified.stdout).toContain('No problems found');
  });

  it('a GUID partition table of 4096-byte blocks', async () => {
    const table = gptTable(DISK_4K, [{ firstBlock: 256, blocks: 65_000 }], { guid: GUID });
    const path = await image(DISK_4K, table);
    const { stdout, stderr } = await runWell('fdisk', ['--list', '--sector-size', '4096', path]);
    expect(stderr).toBe('');
    expect(stdout).toContain(`Disk identifier: ${GUID}`);
    expect(stdout).toMatch(/disk\.img1 +256 +65255 +65000 .*Microsoft basic data/);
  });

  it('a master boot record on 4096-byte blocks', async () => {
    const table = mbrTable(DISK_4K, [{ type: 0x0c, firstBlock: 256, blocks: 65_000 }]);
    const path = await image(DISK_4K, table);
    const { stdout, stderr } = await runWell('fdisk', ['--list', '--sector-size', '4096', path]);
    expect(stderr).toBe('');
    expect(stdout).toMatch(/disk\.img1 +256 +65255 +65000 .* c W95 FAT32 \(LBA\)/);
  });
});
