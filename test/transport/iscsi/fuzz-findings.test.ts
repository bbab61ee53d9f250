/** What `npm run fuzz` has found, as the fewest bytes that show it. */
import { expect, test } from 'vitest';
import { memoryBackend } from '../../../src/backend/memory.ts';
import { createDisk } from '../../../src/create-disk.ts';
import { createTarget } from '../../../src/create-target.ts';
import { IscsiServer } from '../../../src/transport/iscsi/server.ts';
import { IQN, LUN0, NO_TAG } from './raw-client.ts';
import { closeLater, serve } from './serving.ts';

test.each([[0xffff_ffff], [0x8000_0002]])(
  'a status SNACK for %i statuses is refused, and does not keep the server busy',
  async (runLength) => {
    const { client } = await serve({ errorRecoveryLevel: 1 });
    const one = client();
    await one.login({ ErrorRecoveryLevel: '1' });
    one.send(one.ping());
    const { statSn } = await one.expect('NOP-In');
    one.send({
      kind: 'SNACK Request',
      type: 1, // status
      lun: LUN0,
      initiatorTaskTag: NO_TAG,
      targetTransferTag: NO_TAG,
      expStatSn: statSn,
      begRun: statSn,
      runLength,
    });
    expect(await one.expect('Reject')).toMatchObject({ reason: 4 }); // protocol error
  },
);

test('a target that is removed and added again has the ports that it had', async () => {
  const target = createTarget([createDisk({ backend: memoryBackend({ blocks: 8 }) })]);
  const server = new IscsiServer();
  closeLater(() => target.close());
  closeLater(() => server.close());
  await server.listen({ port: 0 });
  server.addTarget({ name: IQN, target });
  const before = target.ports;
  for (let i = 0; i < 3; i++) {
    await server.removeTarget(IQN);
    server.addTarget({ name: IQN, target });
  }
  expect(target.ports).toEqual(before);
});
