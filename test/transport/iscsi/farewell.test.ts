/** How a server that closes takes leave of its initiators. */
import { describe, expect, test } from 'vitest';
import { INITIATOR } from './raw-client.ts';
import { gate, serve, until } from './serving.ts';

describe('a server that closes', () => {
  test('asks for a logout, in so many seconds, and closes as soon as it came', async () => {
    const { client, server } = await serve({ logoutTimeout: 60_000, closeTimeout: 60_000 });
    const one = client();
    await one.login();
    const closed = server.close();
    expect(await one.expect('Asynchronous Message')).toMatchObject({
      event: 1,
      statSn: 1,
      parameter1: 0,
      parameter2: 0,
      parameter3: 60,
    });
    one.send(one.logout());
    expect((await one.expect('Logout Response')).response).toBe(0);
    expect(await one.next()).toBeUndefined();
    await closed;
  });

  test('tells who does not log out in time that the connection is dropped', async () => {
    const { client, server } = await serve({ logoutTimeout: 20 });
    const one = client();
    await one.login({}, { connectionId: 5 });
    const closed = server.close();
    expect((await one.expect('Asynchronous Message')).parameter3).toBe(1);
    expect(await one.expect('Asynchronous Message')).toMatchObject({
      event: 2,
      parameter1: 5,
      parameter2: 2,
      parameter3: 0,
    });
    expect(await one.next()).toBeUndefined();
    await closed;
  });

  test('rejects new commands meanwhile, and answers those that run', async () => {
    const { client, server, disk } = await serve({ logoutTimeout: 60_000 });
    const one = client();
    await one.login();
    const end = gate();
    disk.behaviour = (task) => end.promise.then(() => disk.run(task));
    one.send(one.command({ initiatorTaskTag: 1 }));
    await until(() => disk.log.length === 1);
    const closed = server.close();
    await one.expect('Asynchronous Message');
    one.send(one.command({ initiatorTaskTag: 2 }));
    expect(await one.expect('Reject')).toMatchObject({ reason: 0x0c, expCmdSn: 3 });
    end.open();
    expect((await one.expect('SCSI Response')).initiatorTaskTag).toBe(1);
    one.send(one.logout());
    await one.expect('Logout Response');
    await closed;
  });

  test('does not ask where it is told not to, nor in a discovery session', async () => {
    const { client, server } = await serve({ logoutTimeout: 0 });
    const one = client();
    await one.login();
    await server.close();
    expect(await one.next()).toBeUndefined();

    const other = await serve({ logoutTimeout: 60_000 });
    const two = other.client();
    await two.tryLogin([
      ['InitiatorName', INITIATOR],
      ['SessionType', 'Discovery'],
    ]);
    await other.server.close();
    expect(await two.next()).toBeUndefined();
  });
});

test('one session is asked to log out while the others go on', async () => {
  const { client, server } = await serve({ logoutTimeout: 60_000 });
  const one = client();
  const { tsih } = await one.login();
  const other = client();
  await other.login({}, { isid: new Uint8Array([0x80, 0, 0, 0, 0, 2]) });
  expect(server.askToLogOut(999)).toBe(false);
  expect(server.askToLogOut(tsih)).toBe(true);
  expect((await one.expect('Asynchronous Message')).event).toBe(1);
  other.send(other.command());
  await other.expect('SCSI Response');
});
