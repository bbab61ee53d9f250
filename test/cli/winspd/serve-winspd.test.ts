import { existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { PipeClient } from '../../../driver/index.ts';
import { run } from '../../../src/cli/program.ts';
import { rawdiskSpec } from '../../../src/cli/winspd/rawdisk-options.ts';
import { later, socketPath } from '../../driver/pipe/served.ts';
import { testTerminal } from '../terminal.ts';

async function serve(...args: readonly string[]) {
  const terminal = testTerminal();
  const code = run(['winspd', 'serve', ...args], terminal);
  let over = false;
  const failed = code.then((number) => {
    if (!over) throw new Error(`ended with ${number}: ${terminal.err()}`);
  });
  failed.catch(() => {});
  const [line, path = ''] = (await Promise.race([
    terminal.waitFor(/^(\S+) {2}.*\n/m),
    failed,
  ])) as RegExpExecArray;
  const client = await PipeClient.connect(path);
  later(() => client.close());
  const stop = (): Promise<number> => {
    over = true;
    terminal.kill('SIGTERM');
    return code;
  };
  return { line, client, stop };
}

describe('scsi-target winspd serve', () => {
  it('serves a disk until it is told to stop', async () => {
    const path = socketPath();
    const { line, client, stop } = await serve('memory:1M', '--pipe', path);
    expect(line).toBe(`${path}  memory:1M, ${client.params.guid}\n`);
    expect(await stop()).toBe(0);
    expect(existsSync(path)).toBe(false);
  });

  it('takes the options of rawdisk', async () => {
    const path = socketPath();
    const file = join(dirname(path), 'a,b.img');
    const log = join(dirname(path), 'log');
    const guid = '4aba6f3a-2e26-4b8f-9c25-9eaf0f1e4cac';
    const options = '-c 2048 -l 4096 -i RawDisk -r 1.0 -W 0 -C 1 -U 0 -d -1'.split(' ');
    const more = ['-f', file, '-D', log, '-p', path, '--guid', guid, '--max-transfer', '128K'];
    const { client, stop } = await serve(...options, ...more);
    expect(client.params).toEqual({
      guid,
      blockCount: 2048,
      blockLength: 4096,
      productId: 'RawDisk',
      productRevisionLevel: '1.0',
      deviceType: 0,
      writeProtected: false,
      cacheSupported: true,
      unmapSupported: false,
      ejectDisabled: false,
      maxTransferLength: 131_072,
    });
    await client.transact({ kind: 'Flush', blockAddress: 0, blockCount: 0 });
    expect(await stop()).toBe(0);
    expect(statSync(file).size).toBe(2048 * 4096);
    expect(readFileSync(log, 'utf8')).toContain('>>Flush BlockAddress=0:00000000, BlockCount=0');
  });

  it('keeps what was written', async () => {
    const [path, file] = [socketPath(), join(dirname(socketPath()), 'disk')];
    const first = await serve('-f', file, '-c', '64', '-p', path);
    const write = {
      kind: 'Write',
      blockAddress: 7,
      blockCount: 1,
      forceUnitAccess: false,
    } as const;
    await first.client.transact(write, new Uint8Array(512).fill(0xa5));
    await first.stop();
    const second = await serve('-f', file, '-c', '64', '-p', path);
    const { data } = await second.client.transact({ ...write, kind: 'Read' });
    expect(data).toEqual(new Uint8Array(512).fill(0xa5));
    expect(second.client.params.guid).toBe(first.client.params.guid);
    await second.stop();
  });

  it('puts a partition on a new file, and on no other', async () => {
    const [path, file] = [socketPath(), join(dirname(socketPath()), 'disk')];
    const partition = async (...args: readonly string[]) => {
      const { stop } = await serve('-p', path, ...args);
      await stop();
      return readFileSync(file).subarray(446, 462).toString('hex');
    };
    const made = await partition('-f', file, '-c', '64');
    expect(made).toBe('00000900070101000800000038000000'); // NTFS, 56 blocks from block 8
    writeFileSync(file, new Uint8Array(32_768));
    expect(await partition('-f', file)).toBe('00'.repeat(16));
    rmSync(file);
    expect(await partition(`file:${file},size=32K`)).toBe('00'.repeat(16));
  });

  it('takes a file that is there as it is, and an empty one as none', async () => {
    const [path, file] = [socketPath(), join(dirname(socketPath()), 'disk')];
    const lengthServed = async (bytes: number, ...args: readonly string[]) => {
      writeFileSync(file, new Uint8Array(bytes));
      const { client, stop } = await serve('-f', file, '-p', path, ...args);
      await stop();
      return [client.params.blockCount * client.params.blockLength, statSync(file).size];
    };
    expect(await lengthServed(65_536)).toEqual([65_536, 65_536]);
    expect(await lengthServed(65_536, '-l', '4096', '-c', '16')).toEqual([65_536, 65_536]);
    expect(await lengthServed(0, '-c', '64')).toEqual([32_768, 32_768]);
    const terminal = testTerminal();
    const other = ['winspd', 'serve', '-f', file, '-p', path, '-c', '65'];
    expect(await run(other, terminal)).toBe(2);
    expect(terminal.err()).toMatch(/has 32768 bytes, and -c and -l say 33280/);
  });

  it.each([
    [['-p', 'x'], 2, /one of DISK and -f/],
    [['memory:1M', '-f', 'x', '-p', 'x'], 2, /one of DISK and -f/],
    [['memory:1M', '-p', './x', '--guid', 'x'], 2, /guid: 'x' is not a GUID/],
    [['memory:1M', '-p', './x', '--max-transfer', '513'], 2, /maxTransferLength 513/],
    [['memory:1M', '-p', './x', '-W', '2'], 2, /-W '2' is not 0 or 1/],
    [['memory:1M', '-p', './no/folder/x'], 1, /EACCES|ENOENT/],
  ])('%j is refused', async (args, code, message) => {
    const terminal = testTerminal();
    expect(await run(['winspd', 'serve', ...args], terminal)).toBe(code);
    expect(terminal.err()).toMatch(message);
  });
});

it('-f is a file of 512 MiB unless told otherwise', () => {
  expect(rawdiskSpec(undefined, { file: String.raw`C:\disks\a,b.img` })).toEqual({
    kind: 'file',
    path: String.raw`C:\disks\a,b.img`,
    size: 2 ** 29,
    blockLength: 512,
  });
});
