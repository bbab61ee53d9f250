/** Units that stgtest can test: behind a pipe of WinSpd's protocol, or behind iSCSI. */
import { encodeUnmapDescriptors, PipeClient, type UnhintedRequest } from '../../../driver/index.ts';
import { describeSense } from '../../sense/text.ts';
import { DiskClient } from '../../transport/disk-client.ts';
import { decodeBlockLimits } from '../../vpd/block-limits.ts';
import { connectIscsiUnit, type InitiatorFlags } from '../initiator-option.ts';
import type { TextOutput } from '../terminal.ts';
import type { PlannedUnit } from './plan.ts';

/** A unit that is tested. Its methods throw where the unit does not answer GOOD. */
export interface TestedUnit extends PlannedUnit {
  /** Bytes a block. */
  readonly blockLength: number;
  read(address: number, count: number): Promise<Uint8Array>;
  write(address: number, data: Uint8Array): Promise<void>;
  flush(address: number, count: number): Promise<void>;
  unmap(address: number, count: number): Promise<void>;
  /** Lets go of it. */
  close(): Promise<void>;
}

/**
 * Connects to a unit.
 *
 * @param device - `iscsi://…`; anything else is a pipe.
 * @throws UsageError - a URL that is none.
 * @throws Error - nobody is there.
 */
export function connectUnit(
  device: string,
  flags: InitiatorFlags,
  stderr: TextOutput,
): Promise<TestedUnit> {
  return device.startsWith('iscsi://') ? connectIscsi(device, flags, stderr) : connectPipe(device);
}

async function connectPipe(name: string): Promise<TestedUnit> {
  const client = await PipeClient.connect(name);
  const { blockCount, blockLength, maxTransferLength, cacheSupported } = client.params;
  const forceUnitAccess = !cacheSupported;
  const transact = async (request: UnhintedRequest, dataOut?: Uint8Array): Promise<Uint8Array> => {
    const { status, data } = await client.transact(request, dataOut);
    const { scsiStatus, senseKey: key, asc, ascq } = status;
    if (scsiStatus !== 0)
      throw new Error(`ScsiStatus=${scsiStatus}, ${describeSense({ key, asc, ascq })}`);
    return data;
  };
  return {
    blockCount,
    blockLength,
    maxBlockCount: maxTransferLength / blockLength,
    read: (blockAddress, blockCount) =>
      transact({ kind: 'Read', blockAddress, blockCount, forceUnitAccess }),
    async write(blockAddress, data) {
      const count = data.length / blockLength;
      await transact({ kind: 'Write', blockAddress, blockCount: count, forceUnitAccess }, data);
    },
    async flush(blockAddress, blockCount) {
      await transact({ kind: 'Flush', blockAddress, blockCount });
    },
    async unmap(blockAddress, blockCount) {
      const list = encodeUnmapDescriptors([{ blockAddress, blockCount }]);
      await transact({ kind: 'Unmap', count: 1 }, list);
    },
    close: () => client.close(),
  };
}

/** Where a unit names no longest transfer. */
const DEFAULT_TRANSFER = 65_536;

async function connectIscsi(
  url: string,
  flags: InitiatorFlags,
  stderr: TextOutput,
): Promise<TestedUnit> {
  const { session, lun } = await connectIscsiUnit(url, flags, stderr);
  const disk = new DiskClient(session, lun);
  const { lastLba, blockLength } = await disk.readCapacity();
  const most = decodeBlockLimits(await disk.vpdPage(0xb0))?.maxTransferLength ?? 0;
  const few = Math.max(1, Math.floor(DEFAULT_TRANSFER / blockLength));
  return {
    blockCount: lastLba + 1,
    blockLength,
    maxBlockCount: most === 0 ? few : Math.min(most, few),
    read: (lba, blocks) => disk.read({ lba, blocks }),
    write: (lba, data) => disk.write({ lba, data }),
    flush: (lba, blocks) => disk.synchronizeCache({ lba, blocks }),
    unmap: (lba, blocks) => disk.unmap({ lba, blocks }),
    close: () => session.logout(),
  };
}
