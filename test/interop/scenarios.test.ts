/** What our initiator does with a target, the same against tgt and against our own server. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { IscsiInitiator } from '../../src/transport/iscsi/index.ts';
import type { InitiatorEvent, IscsiInitiatorOptions } from '../../src/transport/iscsi/index.ts';
import { cuttingProxy } from '../transport/iscsi/cutting-proxy.ts';
import { OWN, TARGET, TGT, USER, type Peer, type PeerKind } from './peers.ts';
import { describeWith } from './programs.ts';

const MIB = 1 << 20;
const BLOCKS = MIB / 512;

/** WRITE(10) and READ(10) of a mebibyte. */
const write10 = (mebibyte: number): Uint8Array => cdb(0x2a, mebibyte);
const read10 = (mebibyte: number): Uint8Array => cdb(0x28, mebibyte);

function cdb(opcode: number, mebibyte: number): Uint8Array {
  const lba = mebibyte * BLOCKS;
  return Uint8Array.of(opcode, 0, 0, 0, lba >> 8, lba & 0xff, 0, BLOCKS >> 8, BLOCKS & 0xff, 0);
}

const contents = (seed: number): Uint8Array =>
  Uint8Array.from({ length: MIB }, (_, i) => i * 7 + (i >> 9) + seed);

function scenarios(kind: PeerKind): void {
  let peer: Peer;
  const sessions: IscsiInitiator[] = [];
  beforeAll(async () => {
    peer = await kind.start();
  }, 60_000);
  afterAll(async () => {
    for (const session of sessions) await session.close();
    await peer.stop();
  });

  const oneWay = { user: USER, algorithms: kind.algorithms };
  const mutual = { ...oneWay, target: TARGET };

  async function connect(options: Partial<IscsiInitiatorOptions> = {}): Promise<IscsiInitiator> {
    const session = await IscsiInitiator.connect({
      host: '127.0.0.1',
      port: peer.port,
      targetName: peer.name,
      chap: mutual,
      ...options,
    });
    sessions.push(session);
    // The unit attention of a new session is the user's to take.
    await session.execute({ lun: kind.lun, cdb: new Uint8Array(6) });
    return session;
  }

  async function writeAndRead(session: IscsiInitiator, seed: number): Promise<void> {
    const { lun } = kind;
    const dataOut = contents(seed);
    const written = await session.execute({ lun, cdb: write10(seed), dataOut });
    expect(written).toMatchObject({ status: 0, residual: 0 });
    const read = await session.execute({ lun, cdb: read10(seed), dataInLength: MIB });
    expect(read.status).toBe(0);
    expect(Buffer.compare(read.dataIn, dataOut)).toBe(0);
  }

  it('discovers the target', async () => {
    const session = await IscsiInitiator.connect({ host: '127.0.0.1', port: peer.port });
    expect(await session.discover()).toEqual([
      { name: peer.name, addresses: [`127.0.0.1:${peer.port},1`] },
    ]);
    await session.logout();
  });

  it.each([
    ['CHAP', oneWay, 'none'],
    ['mutual CHAP', mutual, 'none'],
    ['mutual CHAP and digests', mutual, 'require'],
  ] as const)('reads what it wrote, with %s', async (_, chap, digest) => {
    const session = await connect({ chap, headerDigest: digest, dataDigest: digest });
    expect(session.parameters.dataDigest).toBe(digest === 'none' ? 'None' : 'CRC32C');
    await writeAndRead(session, 1);
    await session.logout();
  });

  it('is refused with a wrong secret, and refuses a target that has another', async () => {
    const wrong = { ...mutual, user: { ...USER, secret: 'sesame-shut-tight' } };
    await expect(connect({ chap: wrong })).rejects.toMatchObject({ code: 'ISCSI_LOGIN_REFUSED' });
    const other = { ...mutual, target: { ...TARGET, secret: 'rumpelstiltskin-2' } };
    await expect(connect({ chap: other })).rejects.toMatchObject({ code: 'ISCSI_AUTHENTICATION' });
  });

  it('resets the logical unit', async () => {
    const session = await connect();
    expect(await session.manage({ function: 'LOGICAL_UNIT_RESET', lun: kind.lun })).toBe(0);
    await session.logout();
  });

  it.each([300_000, 700_000, 1_500_000])(
    'finishes a write that was cut after %i bytes',
    async (bytes) => {
      const cuts = (connection: number): { toTarget?: number } =>
        connection === 0 ? { toTarget: bytes } : {};
      const proxy = await cuttingProxy(() => peer.port, cuts);
      const session = await connect({ port: proxy.port, reconnect: { delay: 100 } });
      await writeAndRead(session, 2);
      await writeAndRead(session, 3);
      expect(proxy.connections).toBe(2);
      await session.logout();
    },
  );

  it('goes on when the target was killed and started again', async () => {
    const events: InitiatorEvent[] = [];
    const session = await connect({
      reconnect: { delay: 100, maxDelay: 500, attempts: 100 },
      onEvent: (event) => events.push(event),
    });
    await writeAndRead(session, 4);
    await peer.restart();
    await writeAndRead(session, 5);
    const { lun } = kind;
    const kept = await session.execute({ lun, cdb: read10(4), dataInLength: MIB });
    expect(Buffer.compare(kept.dataIn, contents(4))).toBe(0);
    expect(events.map((event) => event.kind)).toContain('reconnected');
    await session.logout();
  }, 60_000);
}

describeWith(['tgtd', 'tgtadm'], 'the initiator against tgt', () => scenarios(TGT));
describe('the initiator against our own target', () => scenarios(OWN));
