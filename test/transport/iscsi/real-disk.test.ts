import { expect, test } from 'vitest';
import { memoryBackend } from '../../../src/backend/memory.ts';
import { createDisk } from '../../../src/create-disk.ts';
import { createTarget } from '../../../src/create-target.ts';
import { IscsiInitiator } from '../../../src/transport/iscsi/initiator.ts';
import { IscsiServer } from '../../../src/transport/iscsi/server.ts';
import { cdb10, IQN, pattern } from './raw-client.ts';
import { closeLater } from './serving.ts';

const disk = (): ReturnType<typeof createDisk> =>
  createDisk({ backend: memoryBackend({ blocks: 4096 }) });

test('a disk of the core is read and written by several sessions on several LUNs', async () => {
  const target = createTarget([disk(), disk()]);
  const server = new IscsiServer();
  closeLater(() => target.close());
  closeLater(() => server.close());
  server.addTarget({ name: IQN, target });
  const { port } = await server.listen({ port: 0 });
  const sessions = await Promise.all(
    [0, 1, 2].map(() => IscsiInitiator.connect({ host: '127.0.0.1', port, targetName: IQN })),
  );
  for (const session of sessions) closeLater(() => session.close());
  for (const [i, session] of sessions.entries())
    for (const lun of [0, 1]) {
      // The unit attention of power on comes first.
      await session.execute({ lun, cdb: new Uint8Array(6) });
      const dataOut = pattern(8192, i * 2 + lun);
      const cdb = cdb10(0x2a, i * 16, 16);
      expect((await session.execute({ lun, cdb, dataOut })).status).toBe(0);
    }
  for (const session of sessions)
    for (const i of [0, 1, 2])
      for (const lun of [0, 1]) {
        const cdb = cdb10(0x28, i * 16, 16);
        const { dataIn } = await session.execute({ lun, cdb, dataInLength: 8192 });
        expect(dataIn).toEqual(pattern(8192, i * 2 + lun));
      }
});
