/**
 * A backend of one's own, served over iSCSI: a disk whose every block holds its own number.
 *
 * prints: block 7 says 7
 */
import { createDisk, createTarget, DiskClient, type Backend } from 'scsi-target';
import { IscsiInitiator, IscsiServer } from 'scsi-target/iscsi';

const counting: Backend = {
  blockLength: 512,
  blocks: 1_000_000,
  readOnly: true,
  read(lba, into) {
    const view = new DataView(into.buffer, into.byteOffset, into.length);
    for (let at = 0; at < into.length; at += 512) view.setFloat64(at, lba + at / 512);
  },
  write: () => undefined, // never called: the disk is write-protected
};

const name = 'iqn.2026-11.com.example:counting';
const target = createTarget([createDisk({ backend: counting })]);
const server = new IscsiServer({});
server.addTarget({ name, target });
const { port } = await server.listen({ host: '127.0.0.1', port: 0 });

const initiator = await IscsiInitiator.connect({ host: '127.0.0.1', port, targetName: name });
const data = await new DiskClient(initiator, 0).read({ lba: 7, blocks: 1 });
console.log(`block 7 says ${new DataView(data.buffer, data.byteOffset).getFloat64(0)}`);
await initiator.close();
await server.close();
await target.close();
