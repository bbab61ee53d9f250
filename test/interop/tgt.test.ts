/** Our initiator against tgt, the target of Linux in user space. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { IscsiInitiator } from '../../src/transport/iscsi/index.ts';
import type { ChapInitiatorOptions } from '../../src/transport/iscsi/index.ts';
import { describeWith, run, runWell, whereIs } from './programs.ts';

const NAME = 'iqn.2026-11.org.example:tgt';
const USER = { name: 'alice', secret: 'sesame-open-wide' };
const TARGET = { name: 'disk', secret: 'rumpelstiltskin-1' };
/** All that tgt 1.0.85 gets right. */
const MUTUAL: ChapInitiatorOptions = { user: USER, target: TARGET, algorithms: ['MD5'] };

/** Tries of half a second until tgtd listens. */
const TRIES = 60;

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

describeWith(['tgtd', 'tgtadm'], 'the initiator against tgt', () => {
  let folder: string;
  let daemon: ChildProcess;
  let port: number;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'scsi-target-tgt-'));
    const disk = join(folder, 'disk');
    writeFileSync(disk, '');
    truncateSync(disk, 16 << 20);
    port = await freePort();
    const control = String(1000 + (port % 30_000));
    const portal = `portal=127.0.0.1:${port}`;
    daemon = spawn(whereIs('tgtd')!, ['-f', '-C', control, '--iscsi', portal], { stdio: 'ignore' });
    const ask = ['-C', control, '--lld', 'iscsi'];
    const admin = (line: string): Promise<unknown> =>
      runWell('tgtadm', [...ask, ...line.split(' ')]);
    for (let tries = 0; tries < TRIES; tries++) {
      if ((await run('tgtadm', [...ask, '--op', 'show', '--mode', 'sys'])).code === 0) break;
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
    await admin(`--op new --mode target --tid 1 -T ${NAME}`);
    await admin(`--op new --mode logicalunit --tid 1 --lun 1 -b ${disk}`);
    await admin('--op bind --mode target --tid 1 -I ALL');
    for (const { name, secret } of [USER, TARGET])
      await admin(`--op new --mode account --user ${name} --password ${secret}`);
    await admin(`--op bind --mode account --tid 1 --user ${USER.name}`);
    await admin(`--op bind --mode account --tid 1 --user ${TARGET.name} --outgoing`);
    for (const key of ['HeaderDigest', 'DataDigest'])
      await admin(`--op update --mode target --tid 1 --name ${key} --value CRC32C`);
  }, 60_000);
  afterAll(async () => {
    // tgtd does not end by SIGTERM as long as it remembers a session.
    daemon.kill('SIGKILL');
    if (daemon.exitCode === null && daemon.signalCode === null) await once(daemon, 'exit');
    rmSync(folder, { recursive: true });
  });

  const connect = (
    chap: ChapInitiatorOptions,
    digest: 'none' | 'require',
  ): Promise<IscsiInitiator> =>
    IscsiInitiator.connect({
      host: '127.0.0.1',
      port,
      targetName: NAME,
      chap,
      headerDigest: digest,
      dataDigest: digest,
    });

  it('discovers the target', async () => {
    const session = await IscsiInitiator.connect({ host: '127.0.0.1', port });
    expect(await session.discover()).toEqual([{ name: NAME, addresses: [`127.0.0.1:${port},1`] }]);
    await session.logout();
  });

  it.each(['none', 'require'] as const)(
    'reads what it wrote, with mutual CHAP and digests: %s',
    async (digest) => {
      const session = await connect(MUTUAL, digest);
      expect(session.parameters.dataDigest).toBe(digest === 'none' ? 'None' : 'CRC32C');
      await session.execute({ lun: 1, cdb: new Uint8Array(6) }); // takes the unit attention
      const dataOut = Uint8Array.from({ length: 1 << 20 }, (_, i) => i * 7 + (i >> 9));
      const write = Uint8Array.of(0x2a, 0, 0, 0, 0, 0, 0, 0x08, 0, 0); // 2048 blocks
      expect(await session.execute({ lun: 1, cdb: write, dataOut })).toMatchObject({ status: 0 });
      const read = Uint8Array.of(0x28, 0, 0, 0, 0, 0, 0, 0x08, 0, 0);
      const { status, dataIn } = await session.execute({
        lun: 1,
        cdb: read,
        dataInLength: dataOut.length,
      });
      expect(status).toBe(0);
      expect(Buffer.compare(dataIn, dataOut)).toBe(0);
      expect(await session.manage({ function: 'LOGICAL_UNIT_RESET', lun: 1 })).toBe(0);
      await session.logout();
    },
  );

  it('is refused with a wrong secret, and refuses a target that has another', async () => {
    const wrong = { ...MUTUAL, user: { ...USER, secret: 'sesame-shut-tight' } };
    await expect(connect(wrong, 'none')).rejects.toMatchObject({ code: 'ISCSI_LOGIN_REFUSED' });
    const other = { ...MUTUAL, target: { ...TARGET, secret: 'rumpelstiltskin-2' } };
    await expect(connect(other, 'none')).rejects.toMatchObject({ code: 'ISCSI_AUTHENTICATION' });
  });
});
