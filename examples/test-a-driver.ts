/**
 * A test of a driver that sends CDBs: give it a disk over loopback instead of hardware.
 *
 * prints: the driver reads the last block
 * prints: the driver sees a medium error as such
 */
import assert from 'node:assert/strict';
import { BackendError, createDisk, createTarget, loopback, memoryBackend } from 'scsi-target';
import { decodeSense } from 'scsi-target/sense';
import type { Initiator } from 'scsi-target/transport';

/** The driver under test: READ(10) of one block, made by hand. */
async function readBlock(port: Initiator, lba: number): Promise<Uint8Array> {
  const cdb = Uint8Array.of(0x28, 0, lba >>> 24, lba >>> 16, lba >>> 8, lba, 0, 0, 1, 0);
  for (;;) {
    const { status, dataIn, sense } = await port.execute({ lun: 0, cdb, dataInLength: 512 });
    if (status === 0) return dataIn;
    if (decodeSense(sense ?? cdb)?.key !== 6) throw new Error('EIO'); // 6 is UNIT ATTENTION
  }
}

const backend = memoryBackend({ blocks: 2048 });
backend.write(2047, new Uint8Array(512).fill(0xa5));
const good = loopback(createTarget([createDisk({ backend })]));
assert.equal((await readBlock(good, 2047))[0], 0xa5);
console.log('the driver reads the last block');

const scratched = {
  blockLength: 512,
  blocks: 2048,
  write: () => undefined,
  read: (lba: number) => {
    throw new BackendError('medium', 'scratched', { lba });
  },
};
const bad = loopback(createTarget([createDisk({ backend: scratched })]));
await assert.rejects(readBlock(bad, 7), /EIO/);
console.log('the driver sees a medium error as such');
