import { expect, test } from 'vitest';
import { memoryBackend } from '../../../src/backend/memory.ts';
import {
  decodeRodTokenInformation,
  encodeCdb,
  encodeCopyList,
  encodePopulateTokenList,
  encodeWriteUsingTokenList,
  type CopyList,
  type CscdDescriptor,
  type RequestInit,
} from '../../../src/cdb/index.ts';
import { createDisk } from '../../../src/create-disk.ts';
import { createTarget } from '../../../src/create-target.ts';
import { IscsiInitiator } from '../../../src/transport/iscsi/initiator.ts';
import { IscsiServer } from '../../../src/transport/iscsi/server.ts';
import { encodeDesignators } from '../../../src/vpd/designator.ts';
import { decodeDeviceIdentification } from '../../../src/vpd/index.ts';
import { IQN, pattern } from './raw-client.ts';
import { closeLater } from './serving.ts';

/** A target with two disks of 4096 blocks, and a session with it that has been told of the power on. */
async function twoDisks() {
  const backends = [memoryBackend({ blocks: 4096 }), memoryBackend({ blocks: 4096 })] as const;
  const target = createTarget(backends.map((backend) => createDisk({ backend })));
  const server = new IscsiServer();
  closeLater(() => target.close());
  closeLater(() => server.close());
  server.addTarget({ name: IQN, target });
  const { port } = await server.listen({ port: 0 });
  const session = await IscsiInitiator.connect({ host: '127.0.0.1', port, targetName: IQN });
  closeLater(() => session.close());
  for (const lun of [0, 1]) await session.execute({ lun, cdb: new Uint8Array(6) });
  const send = async (lun: number, request: RequestInit, dataOut?: Uint8Array) =>
    session.execute({
      lun,
      cdb: encodeCdb(request),
      ...(dataOut === undefined ? { dataInLength: 4096 } : { dataOut }),
    });
  return { backends, send };
}

test('EXTENDED COPY between the units that the initiator finds in page 83h', async () => {
  const { backends, send } = await twoDisks();
  backends[0].write(100, pattern(3000 * 512, 1));
  const cscds: Partial<CscdDescriptor>[] = [];
  for (const lun of [0, 1]) {
    const page = { op: 'INQUIRY', evpd: true, pageCode: 0x83, allocationLength: 4096 } as const;
    const { dataIn } = await send(lun, page);
    const designators = decodeDeviceIdentification(dataIn)!.designators;
    const naa = encodeDesignators(designators.filter(({ type }) => type === 'NAA'));
    cscds.push({ codeSet: 1, designatorType: 3, designator: naa.subarray(4) });
  }
  const list = encodeCopyList('LID4', {
    listId: 0x0102_0304,
    cscds: cscds as CopyList['cscds'],
    segments: [
      {
        type: 'block to block',
        source: 0,
        destination: 1,
        sourceLba: 100,
        destinationLba: 7,
        blocks: 3000,
      },
    ],
  });
  const request = { op: 'EXTENDED COPY(LID4)', parameterListLength: list.length } as const;
  expect((await send(0, request, list)).status).toBe(0);
  const copied = new Uint8Array(3000 * 512);
  backends[1].read(7, copied);
  expect(Buffer.compare(copied, pattern(3000 * 512, 1))).toBe(0);
});

test('a token of one unit is used on another', async () => {
  const { backends, send } = await twoDisks();
  backends[0].write(100, pattern(64 * 512, 2));
  const list = encodePopulateTokenList({ ranges: [{ lba: 100, blocks: 64 }] });
  const about = { listId: 5, parameterListLength: list.length };
  expect((await send(0, { op: 'POPULATE TOKEN', ...about }, list)).status).toBe(0);
  const { dataIn } = await send(0, {
    op: 'RECEIVE ROD TOKEN INFORMATION',
    listId: 5,
    allocationLength: 4096,
  });
  const token = decodeRodTokenInformation(dataIn)!;
  const use = encodeWriteUsingTokenList({ token, ranges: [{ lba: 9, blocks: 64 }] });
  const using = { listId: 6, parameterListLength: use.length };
  expect((await send(1, { op: 'WRITE USING TOKEN', ...using }, use)).status).toBe(0);
  const copied = new Uint8Array(64 * 512);
  backends[1].read(9, copied);
  expect(Buffer.compare(copied, pattern(64 * 512, 2))).toBe(0);
});
