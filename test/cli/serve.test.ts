import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { connect, createServer, type AddressInfo } from 'node:net';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { run } from '../../src/cli/program.ts';
import { IscsiInitiator } from '../../src/transport/iscsi/index.ts';
import { DiskClient } from '../../src/transport/disk-client.ts';
import { testTerminal, type TestTerminal } from './terminal.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'scsi-target-cli-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

interface Serving {
  readonly terminal: TestTerminal;
  /** TCP port of the first portal. */
  readonly port: number;
  /** The event `listening`. */
  readonly listening: Listening;
  /** Sends SIGTERM and gives the exit code. */
  readonly stop: () => Promise<number>;
}

interface Listening {
  readonly urls: readonly string[];
  readonly portals: readonly { readonly host: string; readonly port: number }[];
  readonly disks: readonly Record<string, unknown>[];
}

const ZEROS_8 = new Uint8Array(8);
const KEY = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8);
const TEST_UNIT_READY = new Uint8Array(6);
const REGISTER = Uint8Array.of(0x5f, 0x00, 0, 0, 0, 0, 0, 0, 24, 0);
const READ_KEYS = Uint8Array.of(0x5e, 0x00, 0, 0, 0, 0, 0, 1, 0, 0);

/** Serves on a free port with --json. */
async function serve(...args: readonly string[]): Promise<Serving> {
  const terminal = testTerminal();
  const code = run(['serve', '--json', '--portal', '127.0.0.1:0', ...args], terminal);
  const ended = code.then((code) => {
    throw new Error(`ended with ${code}: ${terminal.err()}`);
  });
  const [line] = await Promise.race([terminal.waitFor(/^.*"listening".*$/m), ended]);
  const listening = JSON.parse(line) as Listening;
  return {
    terminal,
    listening,
    port: listening.portals[0]!.port,
    stop() {
      ended.catch(() => {});
      terminal.kill('SIGTERM');
      return code;
    },
  };
}

/** Serves what cannot be served. */
async function failToServe(
  ...args: readonly string[]
): Promise<{ readonly code: number; readonly err: string }> {
  const terminal = testTerminal();
  const code = await run(['serve', '--portal', '127.0.0.1:0', ...args], terminal);
  return { code, err: terminal.err() };
}

/** A session with the target that is served. */
function connectTo({ port }: Serving): Promise<IscsiInitiator> {
  const targetName = 'iqn.2026-11.io.github.scsi-target:disk';
  return IscsiInitiator.connect({ host: '127.0.0.1', port, targetName });
}

/** The serial numbers of two memory disks under a target name. */
async function serials(name: string): Promise<readonly unknown[]> {
  const { listening, stop } = await serve('memory:1M', 'memory:1M', '--target-name', name);
  await stop();
  return listening.disks.map(({ serial }) => serial);
}

describe('scsi-target serve', () => {
  it('serves a memory disk of 1 GiB unless told otherwise', async () => {
    const { listening, port, stop } = await serve();
    expect(listening.urls).toEqual([
      `iscsi://127.0.0.1:${port}/iqn.2026-11.io.github.scsi-target:disk/0`,
    ]);
    expect(listening.disks).toMatchObject([
      { lun: 0, blocks: 2 ** 21, blockLength: 512, readOnly: false, removable: false, thin: true },
    ]);
    expect(await stop()).toBe(0);
  });

  it('accepts connections at the printed address until it is stopped', async () => {
    const { port, stop } = await serve();
    const socket = connect(port, '127.0.0.1');
    await once(socket, 'connect');
    const closed = once(socket, 'close');
    expect(await stop()).toBe(0);
    await closed;
    const refused = connect(port, '127.0.0.1');
    await expect(once(refused, 'connect')).rejects.toThrow('ECONNREFUSED');
  });

  it('tells how it ended, and why', async () => {
    const { terminal, stop } = await serve();
    await stop();
    const events = terminal
      .out()
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(events.map(({ event }) => event)).toEqual(['listening', 'closing', 'closed']);
    expect(events[1]).toMatchObject({ reason: 'SIGTERM' });
    expect(events[2]).toMatchObject({ commands: 0 });
  });

  it('gives each disk a LUN, in order, at every portal', async () => {
    const name = 'iqn.2026-11.com.example:two';
    const portals = ['--portal', '[::1]:0'];
    const args = ['memory:1M', 'memory:8M,block-length=4K,read-only', '--target-name', name];
    const { listening, stop } = await serve(...portals, ...args);
    const [four, six] = listening.portals.map(({ port }) => port);
    expect(listening.urls).toEqual([
      `iscsi://127.0.0.1:${four}/${name}/0`,
      `iscsi://[::1]:${six}/${name}/0`,
      `iscsi://127.0.0.1:${four}/${name}/1`,
      `iscsi://[::1]:${six}/${name}/1`,
    ]);
    expect(listening.disks).toMatchObject([
      { lun: 0, blocks: 2048, blockLength: 512, readOnly: false },
      { lun: 1, blocks: 2048, blockLength: 4096, readOnly: true },
    ]);
    await stop();
  });

  it('gives a memory disk the same serial number at every start, and each its own', async () => {
    const first = await serials('iqn.2026-11.com.example:a');
    expect(await serials('iqn.2026-11.com.example:a')).toEqual(first);
    const second = await serials('iqn.2026-11.com.example:b');
    expect(new Set([...first, ...second]).size).toBe(4);
  });

  it('takes the texts of INQUIRY from the options', async () => {
    const { listening, stop } = await serve('memory:1M,serial=S-1,removable,thin=no');
    expect(listening.disks).toMatchObject([{ serial: 'S-1', removable: true, thin: false }]);
    await stop();
  });

  it('makes a file, locks it while it serves, and lets go of it', async () => {
    const path = join(folder, 'a, b.img');
    const { listening, stop } = await serve(`file:${path.replace(',', '\\,')},size=2M`);
    expect(statSync(path).size).toBe(2 ** 21);
    expect(existsSync(`${path}.lock`)).toBe(true);
    expect(listening.disks).toMatchObject([{ name: `file:${path}`, blocks: 4096 }]);
    expect(await stop()).toBe(0);
    expect(existsSync(`${path}.lock`)).toBe(false);
  });

  it('has what was written in the file when it has ended, though a session was open', async () => {
    const disk = `file:${join(folder, 'disk.img')},size=1M,block-length=4096`;
    const data = Uint8Array.from({ length: 3 * 4096 }, (_, i) => (i * 7) % 251);
    const first = await serve(disk);
    const writer = await connectTo(first);
    await new DiskClient(writer, 0).write({ lba: 9, data });
    expect(await first.stop()).toBe(0);

    const second = await serve(disk);
    const reader = await connectTo(second);
    expect(await new DiskClient(reader, 0).read({ lba: 9, blocks: 3 })).toEqual(data);
    await reader.close();
    expect(await second.stop()).toBe(0);
    expect(second.terminal.out()).toMatch(/"event":"closed","commands":[1-9]/);
  });

  it('has the disks in the access state of a portal group, but for those to which all are alike', async () => {
    const portal = ['--portal', '127.0.0.1:0,group=2,access=standby'];
    const { listening, stop } = await serve('memory:1M', 'memory:1M,alua=none', ...portal);
    const { port } = listening.portals[1]!;
    const targetName = 'iqn.2026-11.io.github.scsi-target:disk';
    const session = await IscsiInitiator.connect({ host: '127.0.0.1', port, targetName });
    const ready = async (lun: number): Promise<readonly unknown[]> => {
      const cdb = new Uint8Array(6);
      await session.execute({ lun, cdb }); // power on
      const { status, sense } = await session.execute({ lun, cdb });
      return [status, sense?.[12], sense?.[13]];
    };
    expect(await ready(0)).toEqual([0x02, 0x04, 0x0b]);
    expect(await ready(1)).toEqual([0x00, undefined, undefined]);
    await session.close();
    await stop();
  });

  it('answers discovery with the address that is advertised', async () => {
    const { port, stop } = await serve('--portal', '127.0.0.1:0,advertise=192.0.2.7:860');
    const session = await IscsiInitiator.connect({ host: '127.0.0.1', port });
    expect(await session.discover()).toEqual([
      {
        name: 'iqn.2026-11.io.github.scsi-target:disk',
        addresses: [`127.0.0.1:${port},1`, '192.0.2.7:860,1'],
      },
    ]);
    await session.close();
    await stop();
  });

  it('prints text for people: the URL first, then how to attach it', async () => {
    const terminal = testTerminal();
    const code = run(['serve', '--portal', '127.0.0.1:0', 'memory:64M'], terminal);
    const [, port] = await terminal.waitFor(
      /^iscsi:\/\/127\.0\.0\.1:(\d+)\/iqn[^/]*\/0 {2}memory, 64 MiB/,
    );
    await terminal.waitFor(new RegExp(`iscsiadm .*127\\.0\\.0\\.1:${port}`));
    terminal.kill('SIGINT');
    expect(await code).toBe(0);
    expect(terminal.out()).toContain('SIGINT: finishing what was accepted');
    expect(terminal.err()).toBe('');
  });

  it('warns that there is no authentication on an address outside loopback', async () => {
    const terminal = testTerminal();
    const code = run(['serve', '--quiet', '--portal', '0.0.0.0:0'], terminal);
    await terminal.waitFor(/^iscsi:/);
    terminal.kill('SIGTERM');
    expect(await code).toBe(0);
    expect(terminal.err()).toMatch(/^scsi-target: warn: 0\.0\.0\.0:0 .* no authentication/);
  });

  it('says that a port is in use, and lets go of the disks', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    const path = join(folder, 'disk.img');
    const terminal = testTerminal();
    const args = ['serve', '--portal', `127.0.0.1:${port}`, `file:${path},size=1M`];
    expect(await run(args, terminal)).toBe(1);
    expect(terminal.err()).toMatch(
      new RegExp(
        `^scsi-target: cannot listen on 127\\.0\\.0\\.1:${port}: the port is in use.*\\n$`,
      ),
    );
    expect(existsSync(`${path}.lock`)).toBe(false);
    other.close();
  });

  it('says that an address is not of this machine', async () => {
    // 192.0.2.0/24 is for documentation; nobody has it.
    const { code, err } = await failToServe('--portal', '192.0.2.1:0');
    expect(code).toBe(1);
    expect(err).toMatch(/cannot listen on 192\.0\.2\.1:0: this machine has no such address/);
  });

  it('says that a file is missing, and what would make it', async () => {
    const path = join(folder, 'none.img');
    expect(await failToServe(`file:${path}`)).toEqual({
      code: 1,
      err: `scsi-target: disk 'file:${path}': does not exist; with size=SIZE it would be made\n`,
    });
  });

  it.each([
    ['short.img', 'block-length=4K', /5000 bytes.* block length 4096/],
    ['', '', /directory|neither a file nor/],
  ])('refuses %j with one line that names it', async (name, options, message) => {
    const path = join(folder, name);
    if (name !== '') writeFileSync(path, new Uint8Array(5000));
    const { code, err } = await failToServe(`file:${path}${options && ','}${options}`);
    expect(code).toBe(1);
    expect(err).toMatch(message);
    expect(err).toContain(path);
    expect(err.trimEnd()).not.toContain('\n');
  });

  it('refuses a file that another one serves', async () => {
    const disk = `file:${join(folder, 'disk.img')},size=1M`;
    const first = await serve(disk);
    const { code, err } = await failToServe(disk);
    expect(code).toBe(1);
    expect(err).toMatch(/disk 'file:.*disk\.img': .*disk\.img\.lock|lock/);
    expect(await first.stop()).toBe(0);
  });

  it('keeps registrations with APTPL in the state file of a disk over a restart', async () => {
    const disk = `memory:1M,state=${join(folder, 'state.json')}`;
    const first = await serve(disk);
    const before = await connectTo(first);
    await before.execute({ lun: 0, cdb: TEST_UNIT_READY }); // takes the unit attention
    const { status } = await before.execute({
      lun: 0,
      cdb: REGISTER,
      dataOut: Uint8Array.of(...ZEROS_8, ...KEY, 0, 0, 0, 0, 0x01 /* APTPL */, 0, 0, 0),
    });
    expect(status).toBe(0);
    await before.close();
    expect(await first.stop()).toBe(0);

    const second = await serve(disk);
    const after = await connectTo(second);
    await after.execute({ lun: 0, cdb: TEST_UNIT_READY });
    const keys = await after.execute({ lun: 0, cdb: READ_KEYS, dataInLength: 256 });
    expect(keys.dataIn.subarray(4)).toEqual(Uint8Array.of(0, 0, 0, 8, ...KEY));
    await after.close();
    await second.stop();
  });

  it('refuses a state file that is none, and lets go of the disk', async () => {
    const [path, state] = [join(folder, 'disk.img'), join(folder, 'state.json')];
    writeFileSync(state, 'something else');
    expect(await failToServe(`file:${path},size=1M,state=${state}`)).toEqual({
      code: 1,
      err: `scsi-target: disk 'file:${path}': state=${state}: does not hold the state of a logical unit\n`,
    });
    expect(existsSync(`${path}.lock`)).toBe(false);
    expect(existsSync(`${state}.lock`)).toBe(false);
  });

  it('ends when it was stopped before it began', async () => {
    const terminal = testTerminal();
    terminal.kill('SIGTERM');
    expect(await run(['serve', '--portal', '127.0.0.1:0'], terminal)).toBe(0);
  });
});

describe('serve --header-digest and --data-digest', () => {
  it('require what they say of a session', async () => {
    const serving = await serve('memory:1M', '--header-digest=require', '--data-digest', 'require');
    const targetName = 'iqn.2026-11.io.github.scsi-target:disk';
    const address = { host: '127.0.0.1', port: serving.port, targetName };
    await expect(IscsiInitiator.connect(address)).rejects.toMatchObject({ loginStatus: 0x0200 });
    const session = await IscsiInitiator.connect({
      ...address,
      headerDigest: 'prefer',
      dataDigest: 'prefer',
    });
    expect(session.parameters).toMatchObject({ headerDigest: 'CRC32C', dataDigest: 'CRC32C' });
    await session.logout();
    expect(await serving.stop()).toBe(0);
  });

  it('refuse what is no policy', async () => {
    const { code, err } = await failToServe('--data-digest', 'maybe');
    expect(code).toBe(2);
    expect(err).toContain('Allowed choices are none, prefer, require');
  });
});

describe('serve --chap', () => {
  const ALICE = { name: 'alice', secret: 'the secret of alice' };
  const DISK = { name: 'disk', secret: 'the secret of the disk' };

  function secretFile(text: string, mode = 0o600): string {
    const path = join(folder, 'secret');
    writeFileSync(path, text, { mode });
    return path;
  }

  beforeEach(() => {
    process.env['SCSI_TARGET_TEST_SECRET'] = ALICE.secret;
  });
  afterEach(() => {
    delete process.env['SCSI_TARGET_TEST_SECRET'];
  });

  it('takes secrets from a file and the environment, and lets nobody else in', async () => {
    const file = secretFile(`${DISK.secret}\n`);
    const mutual = ['--mutual-chap', `disk=file:${file}`];
    const users = ['--chap', 'alice=env:SCSI_TARGET_TEST_SECRET'];
    const discovery = ['--discovery-chap', 'alice=env:SCSI_TARGET_TEST_SECRET'];
    const log = ['--log-level', 'debug'];
    const serving = await serve('memory:1M', ...users, ...mutual, ...discovery, ...log);
    await expect(connectTo(serving)).rejects.toMatchObject({ loginStatus: 0x0201 });
    const address = { host: '127.0.0.1', port: serving.port };
    await expect(IscsiInitiator.connect(address)).rejects.toMatchObject({ loginStatus: 0x0201 });
    const session = await IscsiInitiator.connect({
      ...address,
      targetName: 'iqn.2026-11.io.github.scsi-target:disk',
      chap: { user: ALICE, target: DISK },
    });
    await session.logout();
    expect(await serving.stop()).toBe(0);
    expect(serving.terminal.err()).toMatch(/warn: login refused .201h.: /);
    expect(serving.terminal.out() + serving.terminal.err()).not.toMatch(/the secret of/);
  });

  it('warns of a file that others can read', async () => {
    const file = secretFile(ALICE.secret, 0o644);
    const serving = await serve('memory:1M', '--chap', `alice=file:${file}`);
    expect(serving.terminal.err()).toMatch(/warn: .*can be read by others: chmod 600/);
    expect(await serving.stop()).toBe(0);
  });

  it.each([
    [
      'a secret on the command line',
      ['--chap', 'alice=sesame open'],
      2,
      /cannot be on the command/,
    ],
    [
      'a file that is not there',
      ['--chap', 'alice=file:/no/such'],
      1,
      /secret of 'alice': .*\/no\/such/,
    ],
    [
      'a variable that is not set',
      ['--chap', 'alice=env:NO_SUCH'],
      1,
      /variable NO_SUCH is not set/,
    ],
    ['mutual CHAP alone', ['--mutual-chap', 'disk=env:NO_SUCH'], 2, /--mutual-chap is for/],
    ['an initiator that has no iSCSI name', ['--initiator', 'me'], 2, /'me' is no iSCSI name/],
    [
      'a secret for both directions',
      ['--chap', 'a=env:SCSI_TARGET_TEST_SECRET', '--mutual-chap', 'b=env:SCSI_TARGET_TEST_SECRET'],
      1,
      /secret of a is used in both directions/,
    ],
  ])('refuses %s', async (_, args, exitCode, message) => {
    const { code, err } = await failToServe(...args);
    expect(code).toBe(exitCode);
    expect(err).toMatch(message);
    expect(err).not.toMatch(/sesame|the secret of alice/);
  });

  it('lets only the initiators of --initiator see the target', async () => {
    const serving = await serve('memory:1M', '--initiator', 'iqn.2026-11.com.example:host');
    await expect(connectTo(serving)).rejects.toMatchObject({ loginStatus: 0x0202 });
    expect(await serving.stop()).toBe(0);
  });
});
