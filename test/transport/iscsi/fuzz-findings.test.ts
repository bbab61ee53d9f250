/** What `npm run fuzz` has found, as the fewest bytes that show it. */
import { expect, test } from 'vitest';
import { LUN0, NO_TAG } from './raw-client.ts';
import { serve } from './serving.ts';

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
