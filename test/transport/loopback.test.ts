import { describe, expect, it } from 'vitest';
import { memoryBackend } from '../../src/backend/memory.ts';
import { createDisk } from '../../src/create-disk.ts';
import { createTarget } from '../../src/create-target.ts';
import { loopback } from '../../src/transport/loopback.ts';

const disk = () =>
  loopback(createTarget([createDisk({ backend: memoryBackend({ blocks: 2048 }) })])).disk(0);

describe('a disk over loopback', () => {
  it('gives back what was written', async () => {
    const client = disk();
    const data = new Uint8Array(1024).map((_, i) => i);
    await client.write({ lba: 7, data });
    expect(await client.read({ lba: 7, blocks: 2 })).toEqual(data);
  });

  it('refuses to write a part of a block', async () => {
    await expect(disk().write({ lba: 7, data: new Uint8Array(100) })).rejects.toThrow(
      new RangeError('data: 100 bytes are no whole number of 512-byte blocks'),
    );
  });

  it('answers INQUIRY with its identity', async () => {
    expect(await disk().inquiry()).toMatchObject({ vendor: 'SCSITGT', product: 'Virtual Disk' });
  });

  it('tells its capacity', async () => {
    expect(await disk().readCapacity()).toMatchObject({ lastLba: 2047, blockLength: 512 });
  });

  it('throws a ScsiError with the sense data for blocks past the end', async () => {
    await expect(disk().read({ lba: 2047, blocks: 2 })).rejects.toMatchObject({
      code: 'SCSI_CHECK_CONDITION',
      message: 'READ: CHECK CONDITION, ILLEGAL REQUEST (5/21/00), information 2048',
      sense: { key: 5, asc: 0x21, ascq: 0, information: 2048 },
    });
  });
});
