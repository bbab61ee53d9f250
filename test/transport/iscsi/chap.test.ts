import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { chapResponse, parseBinary, parseIdentifier } from '../../../src/transport/iscsi/chap.ts';
import type { ChapAlgorithm, ChapTargetOptions } from '../../../src/transport/iscsi/chap.ts';
import { IscsiInitiator } from '../../../src/transport/iscsi/initiator.ts';
import type { IscsiInitiatorOptions } from '../../../src/transport/iscsi/initiator-options.ts';
import { IscsiServer } from '../../../src/transport/iscsi/server.ts';
import type { IscsiServerOptions } from '../../../src/transport/iscsi/server-info.ts';
import { decodeText } from '../../../src/transport/iscsi/text.ts';
import { FakeDisk } from './fake-target.ts';
import { INITIATOR, IQN, RawClient } from './raw-client.ts';
import { closeLater } from './serving.ts';

const ALICE = { name: 'alice', secret: 'the secret of alice' };
const BOB = { name: 'bob', secret: Uint8Array.from({ length: 16 }, (_, i) => 0xf0 + i) };
const DISK = { name: 'disk', secret: 'the secret of the disk' };
const CHAP: ChapTargetOptions = { users: [ALICE, BOB], mutual: DISK };

interface Serving {
  readonly server: IscsiServer;
  readonly port: number;
  /** Everything logged, as text. */
  readonly logged: () => string;
}

async function serve(
  chap: ChapTargetOptions | undefined,
  options: IscsiServerOptions = {},
  initiators?: readonly string[],
): Promise<Serving> {
  const log: unknown[] = [];
  const server = new IscsiServer({ ...options, log: (event) => log.push(event) });
  const { target } = new FakeDisk(16);
  server.addTarget({
    name: IQN,
    target,
    ...(chap && { chap }),
    ...(initiators && { initiators }),
  });
  const { port } = await server.listen({ port: 0 });
  closeLater(() => server.close({ graceful: false }));
  return { server, port, logged: () => JSON.stringify(log) };
}

async function connect(
  port: number,
  options: Partial<IscsiInitiatorOptions>,
): Promise<IscsiInitiator> {
  const made = await IscsiInitiator.connect({
    host: '127.0.0.1',
    port,
    targetName: IQN,
    ...options,
  });
  closeLater(() => made.close());
  return made;
}

/** A raw login in the security stage. */
function dial({ port }: Serving): {
  readonly say: (
    keys: Readonly<Record<string, string>>,
    transit?: boolean,
  ) => Promise<{
    readonly status: string;
    readonly transit: boolean;
    readonly keys: ReadonlyMap<string, string>;
  }>;
} {
  const client = new RawClient(port);
  closeLater(() => client.close());
  return {
    async say(keys, transit = false) {
      const answer = await client.tryLogin(Object.entries(keys), {
        currentStage: 0,
        nextStage: transit ? 1 : 0,
        transit,
      });
      const pairs = decodeText(answer.data);
      return {
        status: `${answer.statusClass}/${answer.statusDetail}`,
        transit: answer.transit,
        keys: new Map('fault' in pairs ? [] : pairs),
      };
    },
  };
}

const HELLO = { InitiatorName: INITIATOR, TargetName: IQN, AuthMethod: 'CHAP' };

/** What RFC 1994 has, written anew. */
function responseTo(keys: ReadonlyMap<string, string>, secret: string, hash = 'md5'): string {
  const challenge = Buffer.from(keys.get('CHAP_C')!.slice(2), 'hex');
  const id = Buffer.from([Number(keys.get('CHAP_I'))]);
  return createHash(hash)
    .update(Buffer.concat([id, Buffer.from(secret), challenge]))
    .digest('hex');
}

describe('CHAP values', () => {
  test('a response is the hash of identifier, secret and challenge', () => {
    const bytes = new TextEncoder().encode('secretchallenge');
    const response = chapResponse('MD5', 7, bytes.subarray(0, 6), bytes.subarray(6));
    const hash = createHash('md5')
      .update(Buffer.concat([Buffer.from([7]), bytes]))
      .digest();
    expect(Buffer.from(response).equals(hash)).toBe(true);
  });

  test.each([
    ['0x0102ff', [1, 2, 255]],
    ['0X0102FF', [1, 2, 255]],
    ['0x102ff', [1, 2, 255]],
    ['0bAQL/', [1, 2, 255]],
    ['0BAQI=', [1, 2]],
    ['0x', undefined],
    ['0xzz', undefined],
    ['17', undefined],
    [`0x${'00'.repeat(1025)}`, undefined],
    [undefined, undefined],
  ])('%s is read', (text, bytes) => {
    expect(parseBinary(text)).toEqual(bytes && Uint8Array.from(bytes));
  });

  test.each([
    ['0', 0],
    ['255', 255],
    ['0xff', 255],
    ['256', undefined],
    ['-1', undefined],
    [undefined, undefined],
  ])('the identifier %s is read', (text, number) => expect(parseIdentifier(text)).toBe(number));
});

describe('a login with CHAP', () => {
  test.each(['MD5', 'SHA1', 'SHA-256', 'SHA3-256'] as const)(
    'succeeds in both directions with %s',
    async (algorithm: ChapAlgorithm) => {
      const { server, port } = await serve({ ...CHAP, algorithms: [algorithm] });
      const one = await connect(port, { chap: { user: BOB, target: DISK } });
      await one.ping();
      expect(server.sessions).toMatchObject([{ user: 'bob' }]);
    },
  );

  test('uses the algorithm that the initiator prefers', async () => {
    const { say } = dial(await serve(CHAP));
    await say(HELLO);
    expect((await say({ CHAP_A: '99,6,5' })).keys.get('CHAP_A')).toBe('6');
  });

  test('moves to the next stage with the answer to the response', async () => {
    const { say } = dial(await serve(CHAP));
    expect((await say(HELLO, true)).transit).toBe(false);
    const { keys } = await say({ CHAP_A: '5' });
    const answer = await say(
      { CHAP_N: 'alice', CHAP_R: `0x${responseTo(keys, ALICE.secret)}` },
      true,
    );
    expect(answer).toMatchObject({ status: '0/0', transit: true });
  });

  test('takes base64 as well', async () => {
    const { say } = dial(await serve(CHAP));
    await say(HELLO);
    const { keys } = await say({ CHAP_A: '7' });
    const response = Buffer.from(responseTo(keys, ALICE.secret, 'sha256'), 'hex').toString(
      'base64',
    );
    const challenge = Buffer.from('a challenge').toString('base64');
    const answer = await say(
      { CHAP_N: 'alice', CHAP_R: `0b${response}`, CHAP_I: '9', CHAP_C: `0b${challenge}` },
      true,
    );
    const expected = createHash('sha256').update(`\t${DISK.secret}a challenge`).digest('hex');
    expect(answer.keys).toEqual(
      new Map([
        ['CHAP_N', 'disk'],
        ['CHAP_R', `0x${expected}`],
      ]),
    );
  });

  test('gives another challenge each time', async () => {
    const serving = await serve(CHAP);
    const challenges = await Promise.all(
      [1, 2, 3].map(async () => {
        const { say } = dial(serving);
        await say(HELLO);
        return (await say({ CHAP_A: '5' })).keys.get('CHAP_C');
      }),
    );
    expect(new Set(challenges).size).toBe(3);
  });
});

describe('a login without the right CHAP', () => {
  test.each([
    ['a wrong secret', { user: { ...ALICE, secret: 'guessed, and wrongly' } }, /alice is wrong/],
    ['an unknown user', { user: { ...ALICE, name: 'mallory' } }, /mallory is unknown/],
    ["another user's secret", { user: { ...BOB, name: 'alice' } }, /alice is wrong/],
  ])('is refused with 02/01: %s', async (_, chap, why) => {
    const { port, logged } = await serve(CHAP);
    await expect(connect(port, { chap })).rejects.toMatchObject({ loginStatus: 0x0201 });
    expect(logged()).toMatch(why);
    expect(logged()).toContain('iqn.2026-11.io.github.scsi-target:initiator');
    expect(logged()).not.toMatch(/guessed|the secret of/);
  });

  test('is refused with 02/01: none at all', async () => {
    const { port } = await serve(CHAP);
    await expect(connect(port, {})).rejects.toMatchObject({ loginStatus: 0x0201 });
  });

  test.each([
    ['the operational stage at once', { currentStage: 1, nextStage: 3, transit: true }],
    ['the full feature phase at once', { currentStage: 0, nextStage: 3, transit: true }],
    ['the next stage without a word of CHAP', { currentStage: 0, nextStage: 1, transit: true }],
  ])('is refused with 02/01: %s', async (_, stages) => {
    const { port } = await serve(CHAP);
    const client = new RawClient(port);
    closeLater(() => client.close());
    const who = [
      ['InitiatorName', INITIATOR],
      ['TargetName', IQN],
    ] as const;
    expect(await client.tryLogin(who, stages)).toMatchObject({ statusClass: 2, statusDetail: 1 });
    expect(await client.next()).toBeUndefined();
  });

  test.each([
    ['a response before the challenge', [{ CHAP_N: 'alice', CHAP_R: '0x00' }]],
    ['no algorithm in common', [{ CHAP_A: '1,99' }]],
    ['no response', [{ CHAP_A: '5' }, { CHAP_N: 'alice' }]],
    ['a response that is no number', [{ CHAP_A: '5' }, { CHAP_N: 'alice', CHAP_R: 'yes' }]],
    ['a response of the wrong length', [{ CHAP_A: '5' }, { CHAP_N: 'alice', CHAP_R: '0x0102' }]],
  ] as const)('is refused with 02/01: %s', async (_, steps) => {
    const { say } = dial(await serve(CHAP));
    await say(HELLO);
    let status = '';
    for (const keys of steps) ({ status } = await say(keys));
    expect(status).toBe('2/1');
  });

  test('waits for it in the security stage, however often asked to leave that', async () => {
    const { say } = dial(await serve(CHAP));
    expect(await say(HELLO, true)).toMatchObject({ status: '0/0', transit: false });
    expect(await say({}, true)).toMatchObject({ status: '0/0', transit: false });
    expect(await say({}, true)).toMatchObject({ status: '0/0', transit: false });
  });

  test('does not end the session that it would replace', async () => {
    const { server, port } = await serve(CHAP);
    const isid = new Uint8Array([0x80, 0, 0, 0, 0, 9]);
    const one = await connect(port, { isid, chap: { user: ALICE } });
    const wrong = { user: { ...ALICE, secret: 'guessed, and wrongly' } };
    await expect(connect(port, { isid, chap: wrong })).rejects.toThrow(/0201h/);
    await one.ping();
    expect(server.sessions).toHaveLength(1);
  });
});

describe('mutual CHAP', () => {
  test('refuses its own challenge sent back', async () => {
    const { say } = dial(await serve(CHAP));
    await say(HELLO);
    const { keys } = await say({ CHAP_A: '5' });
    const answer = await say({
      CHAP_N: 'alice',
      CHAP_R: `0x${responseTo(keys, ALICE.secret)}`,
      CHAP_I: keys.get('CHAP_I')!,
      CHAP_C: keys.get('CHAP_C')!,
    });
    expect(answer.status).toBe('2/1');
  });

  test('proves nothing to who has not proved himself', async () => {
    const { say } = dial(await serve(CHAP));
    await say(HELLO);
    await say({ CHAP_A: '5' });
    const answer = await say({ CHAP_N: 'alice', CHAP_R: '0x01', CHAP_I: '1', CHAP_C: '0x0102' });
    expect(answer).toMatchObject({ status: '2/1', keys: new Map() });
  });

  test('is refused where the target has nothing to prove itself with', async () => {
    const { port } = await serve({ users: [ALICE] });
    const one = connect(port, { chap: { user: ALICE, target: DISK } });
    await expect(one).rejects.toMatchObject({ loginStatus: 0x0201 });
  });

  test.each([
    ['another secret', { ...DISK, secret: 'what the disk has not' }],
    ['another name', { ...DISK, name: 'other' }],
  ])('ends the login at the initiator: %s', async (_, target) => {
    const { port } = await serve(CHAP);
    const one = connect(port, { chap: { user: ALICE, target } });
    await expect(one).rejects.toMatchObject({ code: 'ISCSI_AUTHENTICATION' });
  });

  test('ends the login at the initiator where the target has no CHAP', async () => {
    const server = new IscsiServer();
    server.addTarget({ name: IQN, target: new FakeDisk(16).target });
    const { port } = await server.listen({ port: 0 });
    closeLater(() => server.close({ graceful: false }));
    const one = connect(port, { chap: { user: ALICE, target: DISK } });
    await expect(one).rejects.toMatchObject({ loginStatus: 0x0201 });
    await (await connect(port, { chap: { user: ALICE } })).ping();
  });
});

describe('the options of CHAP', () => {
  test.each([
    ['a secret for both directions', { users: [ALICE], mutual: { ...DISK, secret: ALICE.secret } }],
    ['a user twice', { users: [ALICE, { ...BOB, name: 'alice' }] }],
    ['an empty secret', { users: [{ ...ALICE, secret: '' }] }],
    ['an empty name', { users: [{ ...ALICE, name: '' }] }],
    ['no algorithm', { users: [ALICE], algorithms: [] }],
  ])('with %s are refused, without a secret in the message', (_, discoveryChap) => {
    const make = (): IscsiServer => new IscsiServer({ discoveryChap });
    expect(make).toThrow(TypeError);
    expect(make).not.toThrow(ALICE.secret);
  });

  test('with a secret under 12 bytes are warned of', async () => {
    const { logged } = await serve({ users: [{ name: 'carol', secret: 'eleven byte' }] });
    expect(logged()).toMatch(/"warn".*the CHAP secret of carol has fewer than 12 bytes/);
    expect(logged()).not.toContain('eleven byte');
  });
});

describe('who sees what', () => {
  test('discovery is for its own users alone', async () => {
    const { port } = await serve(CHAP, { discoveryChap: { users: [BOB] } });
    const discover = async (chap?: IscsiInitiatorOptions['chap']): Promise<number> => {
      const one = await IscsiInitiator.connect({ host: '127.0.0.1', port, ...(chap && { chap }) });
      closeLater(() => one.close());
      return (await one.discover()).length;
    };
    await expect(discover()).rejects.toMatchObject({ loginStatus: 0x0201 });
    await expect(discover({ user: ALICE })).rejects.toMatchObject({ loginStatus: 0x0201 });
    expect(await discover({ user: BOB })).toBe(1);
  });

  test('an initiator that is not on the list neither finds the target nor gets in', async () => {
    const { port, logged } = await serve(undefined, {}, [INITIATOR.toUpperCase()]);
    await (await connect(port, { initiatorName: INITIATOR })).ping();
    const other = 'iqn.2026-11.com.example:other';
    await expect(connect(port, { initiatorName: other })).rejects.toMatchObject({
      loginStatus: 0x0202,
    });
    expect(logged()).toContain(other);
    const found = async (initiatorName: string): Promise<number> => {
      const one = await IscsiInitiator.connect({ host: '127.0.0.1', port, initiatorName });
      closeLater(() => one.close());
      return (await one.discover()).length;
    };
    expect([await found(INITIATOR), await found(other)]).toEqual([1, 0]);
  });
});
