/** Targets that our initiator is tried with: each with one disk of 16 MiB in a file, mutual CHAP, digests. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ChapAlgorithm } from '../../src/transport/iscsi/index.ts';
import { run, runWell, whereIs } from './programs.ts';
import { serve, type Served } from './served.ts';

/** Who logs in, and who the target says it is. */
export const USER = { name: 'alice', secret: 'sesame-open-wide' };
export const TARGET = { name: 'disk', secret: 'rumpelstiltskin-1' };

/** A target that runs. */
export interface Peer {
  readonly name: string;
  readonly port: number;
  /** Kills it and starts it again, with the same disk on the same port. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

/** A target that can be started. */
export interface PeerKind {
  /** Where its disk is. */
  readonly lun: number;
  /** The CHAP algorithms that it gets right. */
  readonly algorithms: readonly ChapAlgorithm[];
  start(): Promise<Peer>;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

function folderWithDisk(): { readonly folder: string; readonly disk: string } {
  const folder = mkdtempSync(join(tmpdir(), 'scsi-target-peer-'));
  const disk = join(folder, 'disk');
  writeFileSync(disk, '');
  truncateSync(disk, 16 << 20);
  return { folder, disk };
}

/** Tries of half a second until tgtd listens. */
const TRIES = 60;

/** tgt, the target of Linux in user space; 1.0.85 says that it has SHA-256 and then does not. */
export const TGT: PeerKind = {
  lun: 1,
  algorithms: ['MD5'],
  async start() {
    const name = 'iqn.2026-11.org.example:tgt';
    const { folder, disk } = folderWithDisk();
    const port = await freePort();
    let daemon = await startTgt(name, port, disk);
    const kill = async (): Promise<void> => {
      // tgtd does not end by SIGTERM as long as it remembers a session.
      daemon.kill('SIGKILL');
      if (daemon.exitCode === null && daemon.signalCode === null) await once(daemon, 'exit');
    };
    return {
      name,
      port,
      async restart() {
        await kill();
        daemon = await startTgt(name, port, disk);
      },
      async stop() {
        await kill();
        rmSync(folder, { recursive: true });
      },
    };
  },
};

async function startTgt(name: string, port: number, disk: string): Promise<ChildProcess> {
  const control = String(1000 + (port % 30_000));
  const portal = `portal=127.0.0.1:${port}`;
  const args = ['-f', '-C', control, '--iscsi', portal];
  const daemon = spawn(whereIs('tgtd') ?? 'tgtd', args, { stdio: 'ignore' });
  const ask = ['-C', control, '--lld', 'iscsi'];
  const admin = (line: string): Promise<unknown> => runWell('tgtadm', [...ask, ...line.split(' ')]);
  for (let tries = 0; tries < TRIES; tries++) {
    if ((await run('tgtadm', [...ask, '--op', 'show', '--mode', 'sys'])).code === 0) break;
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
  await admin(`--op new --mode target --tid 1 -T ${name}`);
  for (const { name: user, secret } of [USER, TARGET])
    await admin(`--op new --mode account --user ${user} --password ${secret}`);
  await admin(`--op bind --mode account --tid 1 --user ${USER.name}`);
  await admin(`--op bind --mode account --tid 1 --user ${TARGET.name} --outgoing`);
  for (const key of ['HeaderDigest', 'DataDigest'])
    await admin(`--op update --mode target --tid 1 --name ${key} --value CRC32C`);
  await admin(`--op new --mode logicalunit --tid 1 --lun 1 -b ${disk}`);
  await admin('--op bind --mode target --tid 1 -I ALL');
  return daemon;
}

/** Our own server, a process of the built command. */
export const OWN: PeerKind = {
  lun: 0,
  algorithms: ['SHA3-256', 'SHA-256'],
  async start() {
    const { folder, disk } = folderWithDisk();
    const secret = (who: typeof USER): string => {
      const path = join(folder, `${who.name}.secret`);
      writeFileSync(path, `${who.secret}\n`, { mode: 0o600 });
      return `${who.name}=file:${path}`;
    };
    const chap = ['--chap', secret(USER), '--mutual-chap', secret(TARGET)];
    const digests = ['--header-digest', 'prefer', '--data-digest', 'prefer'];
    const port = await freePort();
    const start = (): Promise<Served> => serve([`file:${disk}`], [port], [...chap, ...digests]);
    let served = await start();
    return {
      name: served.urls[0]?.split('/')[3] ?? '',
      port,
      async restart() {
        await served.kill();
        served = await start();
      },
      async stop() {
        await served.stop();
        rmSync(folder, { recursive: true });
      },
    };
  },
};
