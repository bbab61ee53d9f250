import { describe, expect, test } from 'vitest';
import { IscsiServer } from '../../../src/transport/iscsi/server.ts';
import { decodeText } from '../../../src/transport/iscsi/text.ts';
import type { IscsiRedirect } from '../../../src/transport/iscsi/target-entry.ts';
import { FakeDisk } from './fake-target.ts';
import { INITIATOR, IQN, RawClient } from './raw-client.ts';
import { closeLater } from './serving.ts';

/** A server with a target that sends logins elsewhere, and portals in groups 1 and 2. */
async function redirecting(redirect: IscsiRedirect): Promise<readonly [RawClient, RawClient]> {
  const server = new IscsiServer();
  closeLater(() => server.close({ graceful: false }));
  server.addTarget({ name: IQN, target: new FakeDisk().target, redirect });
  const clients = [];
  for (const portalGroupTag of [1, 2]) {
    const { port } = await server.listen({ port: 0, portalGroupTag });
    const client = new RawClient(port);
    closeLater(() => client.close());
    clients.push(client);
  }
  return [clients[0]!, clients[1]!];
}

const LOGIN = [
  ['InitiatorName', INITIATOR],
  ['TargetName', IQN],
] as const;

describe('a login to a target that is elsewhere', () => {
  test.each([
    [false, 1],
    [true, 2],
  ])('is sent there, permanently: %s', async (permanent, statusDetail) => {
    const [one] = await redirecting({ address: '[2001:db8::7]:3261,4', permanent });
    const answer = await one.tryLogin(LOGIN);
    expect(answer).toMatchObject({ statusClass: 1, statusDetail, transit: false });
    expect(decodeText(answer.data)).toEqual([['TargetAddress', '[2001:db8::7]:3261,4']]);
    expect(await one.next()).toBeUndefined();
  });

  test('is served through the portal groups that the redirection does not name', async () => {
    const [one, two] = await redirecting({ address: 'storage:3260', portalGroups: [1] });
    expect((await one.tryLogin(LOGIN)).statusClass).toBe(1);
    expect((await two.tryLogin(LOGIN)).statusClass).toBe(0);
  });

  test('finds the target by discovery as before', async () => {
    const [one] = await redirecting({ address: 'storage:3260' });
    await one.tryLogin([LOGIN[0], ['SessionType', 'Discovery']]);
    one.send(one.text([['SendTargets', 'All']]));
    const text = Buffer.from((await one.expect('Text Response')).data).toString('latin1');
    expect(text).toContain(`TargetName=${IQN}`);
    expect(text).not.toContain('storage');
  });

  test.each(['storage', '::1:3260', '[::1]', 'a b:3260', 'a:1,x'])(
    'is not sent to %j',
    (address) => {
      const target = { name: IQN, target: new FakeDisk().target, redirect: { address } };
      expect(() => new IscsiServer().addTarget(target)).toThrow(TypeError);
    },
  );
});

test('a portal on an IPv6 address is advertised in brackets', async () => {
  const server = new IscsiServer();
  closeLater(() => server.close({ graceful: false }));
  server.addTarget({ name: IQN, target: new FakeDisk().target });
  const { port, advertise } = await server.listen({ host: '::1', port: 0 });
  expect(advertise).toBe(`[::1]:${port}`);
  const one = new RawClient(port, '::1');
  closeLater(() => one.close());
  await one.tryLogin([LOGIN[0], ['SessionType', 'Discovery']]);
  one.send(one.text([['SendTargets', 'All']]));
  const { data } = await one.expect('Text Response');
  expect(decodeText(data)).toContainEqual(['TargetAddress', `[::1]:${port},1`]);
});
