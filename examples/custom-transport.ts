/**
 * A transport of one's own: commands as JSON lines (CDB and data in hexadecimal digits), one nexus
 * for each client. Here the "wire" is two functions; put a socket in their place.
 *
 * prints: {"tag":1,"status":2,"sense":"700006000000000a000000002900"}
 * prints: {"tag":2,"status":0,"data":"000007ff00000200"}
 */
import { createDisk, createTarget, memoryBackend } from 'scsi-target';
import { joinChunks, type Nexus } from 'scsi-target/transport';

const fromHex = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, 'hex'));
const toHex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

interface Message {
  readonly tag: number;
  readonly lun: number;
  readonly cdb: string;
  readonly data?: string;
}

async function onLine(nexus: Nexus, line: string, send: (line: string) => void): Promise<void> {
  const { tag, lun, cdb, data } = JSON.parse(line) as Message;
  const response = await nexus.execute({
    lun,
    tag,
    cdb: fromHex(cdb),
    dataOut: (length) => fromHex(data ?? '').subarray(0, length),
  });
  if (response === undefined) return; // the task was aborted: nothing is sent
  const { status, dataIn, sense, release } = response;
  send(
    JSON.stringify({
      tag,
      status,
      ...(sense ? { sense: toHex(sense).slice(0, 28) } : { data: toHex(joinChunks(dataIn)) }),
    }),
  );
  release?.();
}

const target = createTarget([createDisk({ backend: memoryBackend({ blocks: 2048 }) })]);
const nexus = target.addPort().nexus('client-1');
// READ CAPACITY(10): the first time the disk tells that it was switched on.
await onLine(nexus, '{"tag":1,"lun":0,"cdb":"25000000000000000000"}', console.log);
await onLine(nexus, '{"tag":2,"lun":0,"cdb":"25000000000000000000"}', console.log);
await nexus.lost();
