import { describe, expect, test } from 'vitest';
import { crc32c } from '../../../src/transport/iscsi/crc32c.ts';
import { IscsiError } from '../../../src/transport/iscsi/initiator-error.ts';
import { IscsiInitiator } from '../../../src/transport/iscsi/initiator.ts';
import type { IscsiInitiatorOptions } from '../../../src/transport/iscsi/initiator-options.ts';
import { encodePdu } from '../../../src/transport/iscsi/pdu.ts';
import type { Pdu } from '../../../src/transport/iscsi/pdu.ts';
import { decodeText } from '../../../src/transport/iscsi/text.ts';
import { cdb10, INITIATOR, IQN, pattern, withDigests } from './raw-client.ts';
import type { RawClient } from './raw-client.ts';
import { closeLater, serve, until } from './serving.ts';
import type { Serving } from './serving.ts';

async function session(
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

/** A session of a raw client with both digests. */
async function digested(serving: Serving): Promise<RawClient> {
  const one = serving.client();
  await one.login({ HeaderDigest: 'CRC32C', DataDigest: 'CRC32C' });
  one.useDigests();
  return one;
}

const BOTH = { headerDigest: 'prefer', dataDigest: 'prefer' } as const;

describe('the digests of a session', () => {
  test.each([
    ['none', 'CRC32C,None', 'None'],
    ['none', 'CRC32C', 'Reject'],
    ['prefer', 'CRC32C,None', 'CRC32C'],
    ['prefer', 'None,CRC32C', 'CRC32C'],
    ['prefer', 'None', 'None'],
    ['require', 'None,CRC32C', 'CRC32C'],
  ] as const)(
    '%s of the target and %s of the initiator come to %s',
    async (headerDigest, offer, answer) => {
      const { client } = await serve({ headerDigest, dataDigest: headerDigest });
      const one = client();
      const pairs = decodeText((await one.login({ HeaderDigest: offer, DataDigest: offer })).data);
      expect(pairs).toContainEqual(['HeaderDigest', answer]);
      expect(pairs).toContainEqual(['DataDigest', answer]);
    },
  );

  test.each(['HeaderDigest', 'DataDigest'] as const)(
    'are refused with 02/00 without a %s that the target requires',
    async (key) => {
      const { client, log } = await serve({ headerDigest: 'require', dataDigest: 'require' });
      const other = key === 'HeaderDigest' ? 'DataDigest' : 'HeaderDigest';
      const answer = await client().tryLogin([
        ['InitiatorName', INITIATOR],
        ['TargetName', IQN],
        [other, 'CRC32C'],
        [key, 'None'],
      ]);
      expect(answer).toMatchObject({ statusClass: 2, statusDetail: 0, transit: false });
      expect(log.at(-1)?.message).toContain(`${key}=CRC32C is required`);
    },
  );

  test('are not required for discovery', async () => {
    const { port } = await serve({ headerDigest: 'require', dataDigest: 'require' });
    const one = await IscsiInitiator.connect({ host: '127.0.0.1', port });
    closeLater(() => one.close());
    expect(await one.discover()).toHaveLength(1);
  });

  test('that the initiator requires and the target does not have end the login', async () => {
    const { port } = await serve();
    await expect(session(port, { headerDigest: 'require' })).rejects.toMatchObject({
      code: 'ISCSI_DIGEST',
    });
  });

  test.each([
    ['both', 'prefer', 'prefer'],
    ['of headers', 'prefer', 'none'],
    ['of data', 'none', 'prefer'],
  ] as const)('%s go with everything that is sent', async (_, headerDigest, dataDigest) => {
    let counted = 0;
    const { port, disk } = await serve({
      ...BOTH,
      maxRecvDataSegmentLength: 4096,
      crc32c: (bytes, previous) => {
        counted += bytes.length;
        return crc32c(bytes, previous);
      },
    });
    const one = await session(port, {
      headerDigest,
      dataDigest,
      keys: { FirstBurstLength: '8192' },
    });
    const dataOut = pattern(50_176);
    expect(await one.execute({ lun: 0, cdb: cdb10(0x2a, 0, 98), dataOut })).toMatchObject({
      status: 0,
    });
    expect(disk.bytes.subarray(0, dataOut.length)).toEqual(dataOut);
    const read = await one.execute({ lun: 0, cdb: cdb10(0x28, 0, 98), dataInLength: 50_176 });
    expect(read.dataIn).toEqual(dataOut);
    const failed = await one.execute({ lun: 0, cdb: cdb10(0x28, 9999, 1), dataInLength: 512 });
    expect(failed.sense).toHaveLength(18);
    // 32-byte CDBs put additional header segments in front of the digest.
    await one.execute({ lun: 0, cdb: new Uint8Array(32).fill(0x7f, 0, 1) });
    expect(await one.ping(pattern(5))).toEqual(pattern(5));
    expect(counted).toBeGreaterThan(0);
  });
});

const write = (one: RawClient): Pdu =>
  one.command({ write: true, expectedLength: 512, cdb: cdb10(0x2a, 0, 1), data: pattern(512) });

describe('a digest error', () => {
  async function damaged(pdu: (one: RawClient) => Pdu, at: number): Promise<readonly unknown[]> {
    const serving = await serve(BOTH);
    const other = await digested(serving);
    const one = serving.client();
    await one.login(
      { HeaderDigest: 'CRC32C', DataDigest: 'CRC32C' },
      { isid: new Uint8Array([0x80, 0, 0, 0, 0, 2]) },
    );
    one.useDigests();
    const bytes = withDigests(encodePdu(pdu(one)));
    bytes[at] = bytes[at]! ^ 1;
    one.socket.write(bytes);
    const answers: unknown[] = [];
    for (let next = await one.next(); next !== undefined; next = await one.next())
      answers.push(next);
    expect(serving.disk.log).toEqual([]);
    expect(serving.log.map(({ message }) => message).join()).toMatch(/digest error/);
    // The other session has noticed nothing.
    other.send(other.ping());
    await other.expect('NOP-In');
    await until(() => serving.server.sessions.length === 1);
    return answers;
  }

  test('in a header cuts the connection without a word', async () => {
    expect(await damaged((one) => one.command({ cdb: cdb10(0, 0, 0) }), 20)).toEqual([]);
  });

  test('in data is told by a Reject before the connection ends', async () => {
    const answers = await damaged(write, 52 + 100);
    expect(answers).toEqual([expect.objectContaining({ kind: 'Reject', reason: 2 })]);
  });

  test('that the initiator finds fails what is under way', async () => {
    // A target that computes something else than CRC32C.
    const { port } = await serve({
      ...BOTH,
      crc32c: (bytes, previous) => crc32c(bytes, previous) ^ 1,
    });
    const one = session(port, BOTH).then((made) => made.ping());
    await expect(one).rejects.toThrow(IscsiError);
  });
});
