import { describe, expect, test } from 'vitest';
import { INITIATOR, IQN } from './raw-client.ts';
import { serve } from './serving.ts';

describe('the counters of a server', () => {
  test('have the logins that succeeded, and by status those that did not', async () => {
    const { server, client } = await serve();
    await client().tryLogin([
      ['InitiatorName', INITIATOR],
      ['TargetName', IQN],
    ]);
    for (const nobody of [1, 2])
      await client().tryLogin([
        ['InitiatorName', INITIATOR],
        ['TargetName', `iqn.2026-11.com.example:nobody${nobody}`],
      ]);
    const { logins, refusedLogins, sessions } = server.counters;
    expect({ logins, refusedLogins, sessions }).toEqual({
      logins: 1,
      refusedLogins: new Map([[0x0203, 2]]), // not found
      sessions: 1,
    });
  });
});
