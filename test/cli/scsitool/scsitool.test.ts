import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { clientPath } from '../../../driver/pipe/name.ts';
import { run } from '../../../src/cli/program.ts';
import { socketPath, serveDisk } from '../../driver/pipe/served.ts';
import { testTerminal } from '../terminal.ts';

async function scsitool(...args: readonly string[]) {
  const terminal = testTerminal();
  const code = await run(['scsitool', ...args], terminal);
  return { code, out: terminal.out(), err: terminal.err() };
}

/** Serves a disk over iSCSI, and gives its URL. */
async function served(...options: readonly string[]): Promise<string> {
  const server = testTerminal();
  const args = ['serve', 'memory:1M', '--portal', '127.0.0.1:0', '--quiet', ...options];
  const serving = run(args, server);
  onTestFinished(async () => {
    server.kill('SIGTERM');
    await serving;
  });
  const [url] = await server.waitFor(/iscsi:\S+/);
  return url;
}

describe('scsi-target scsitool', () => {
  it('asks a disk of our own', async () => {
    const { code, out, err } = await scsitool('-c', 'capacity', 'memory:1M,block-length=4K');
    expect([code, err]).toEqual([0, '']);
    expect(out).toBe(
      'RETURNED LOGICAL BLOCK ADDRESS=255 (0xff)\nLOGICAL BLOCK LENGTH IN BYTES=4096 (0x1000)\n',
    );
  });

  it('draws a table unless told otherwise', async () => {
    const { out } = await scsitool('luns', 'memory:1M');
    expect(out).toMatch(/^\+-{8}\+.*\n\| +LUN LIST LENGTH \(n-7\)=8 +\|\n/);
  });

  it.each([
    'luns',
    'inquiry',
    'vpd0',
    'vpd80',
    'vpd83',
    'vpdb0',
    'vpdb2',
    'mode-sense',
    'mode-caching',
    'capacity',
    'capacity16',
  ])('has the command %s, over iSCSI and over a pipe', async (command) => {
    const url = await served();
    const { path } = await serveDisk({ product: 'Same disk' });
    for (const device of [url, path]) {
      const { code, out, err } = await scsitool(command, device, '-c');
      expect([code, err]).toEqual([0, '']);
      expect(out).toMatch(/^[A-Z]+/);
    }
  });

  it('shows over a pipe what the miniport makes of the unit', async () => {
    const { path, unit } = await serveDisk({ product: 'Behind a pipe' });
    const { out } = await scsitool('-c', 'vpd83', path);
    expect(out).toContain(`IDENTIFIER=WinSpd  Behind a pipe   0001${unit.params.guid}\n`);
    expect(out).toContain('IDENTIFIER=PID ....\n');
  });

  it('shows the sense data of what is refused', async () => {
    const { code, out, err } = await scsitool(
      '-c',
      'cdb',
      'memory:1M',
      '12',
      '01',
      'ee',
      '00',
      'ff',
      '00',
    );
    expect(code).toBe(1);
    expect(out).toMatch(/^ScsiStatus=2\nVALID=0\nRESPONSE CODE \(70h or 71h\)=112 \(0x70\)\n/);
    expect(out).toContain('ADDITIONAL SENSE CODE=36 (0x24)\n');
    expect(err).toMatch(/^scsi-target: the command: CHECK CONDITION, .*INVALID FIELD IN CDB/i);
  });

  it('asks with CHAP', async () => {
    vi.stubEnv('SCSITOOL_SECRET', 'a secret of enough bytes');
    onTestFinished(() => void vi.unstubAllEnvs());
    const url = await served('--chap', 'alice=env:SCSITOOL_SECRET');
    expect(await scsitool('luns', url)).toMatchObject({ code: 1 });
    const { code, err } = await scsitool('luns', url, '--chap', 'alice=env:SCSITOOL_SECRET');
    expect([code, err]).toEqual([0, '']);
  });

  it('asks with mutual CHAP, and believes nobody who cannot prove himself', async () => {
    vi.stubEnv('SCSITOOL_SECRET', 'a secret of enough bytes');
    vi.stubEnv('TARGET_SECRET', 'another secret of enough bytes');
    onTestFinished(() => void vi.unstubAllEnvs());
    const chap = ['--chap', 'alice=env:SCSITOOL_SECRET'];
    const mutual = ['--mutual-chap', 'disk=env:TARGET_SECRET'];
    const wrong = ['--mutual-chap', 'disk=env:WRONG_SECRET'];
    const url = await served(...chap, ...mutual);
    expect(await scsitool('luns', url, ...chap, ...mutual)).toMatchObject({
      code: 0,
    });
    vi.stubEnv('WRONG_SECRET', 'a third secret of enough bytes');
    expect(await scsitool('luns', url, ...chap, ...wrong)).toMatchObject({
      code: 1,
    });
    expect(await scsitool('luns', url, ...mutual)).toMatchObject({ code: 2 });
    expect(await scsitool('luns', url, '--chap', 'alice=env:NOT_SET')).toMatchObject({ code: 1 });
  });

  it('is who it says it is', async () => {
    const name = 'iqn.2026-11.com.example:tool';
    const url = await served('--initiator', name);
    expect(await scsitool('luns', url)).toMatchObject({ code: 1 });
    expect(await scsitool('luns', url, '--initiator-name', name)).toMatchObject({ code: 0 });
    expect(await scsitool('luns', url, '--initiator-name', 'tool')).toMatchObject({ code: 2 });
  });

  it('takes b:t:l: bus 0, target 0, and the LUN', async () => {
    for (const address of ['0', '0:0', '0:0:0'])
      expect(await scsitool('inquiry', 'memory:1M', address)).toMatchObject({ code: 0 });
    const { code, out } = await scsitool('-c', 'capacity', 'memory:1M', '0:0:3');
    expect([code, out]).toEqual([1, expect.stringContaining('ADDITIONAL SENSE CODE=37 (0x25)')]);
    for (const address of ['0:1:0', '1:0:0', '0:0:0:0', 'x', '0:0:256', '0:0:'])
      expect(await scsitool('inquiry', 'memory:1M', address)).toMatchObject({ code: 2 });
  });

  it('says where a device is found', async () => {
    const out = `${clientPath(String.raw`rawdisk\0`)}\n`;
    expect(await scsitool('devpath', String.raw`\\.\pipe\rawdisk\0`)).toMatchObject({
      code: 0,
      out,
    });
  });

  it.each([
    ['a pipe that nobody serves', () => socketPath(), 1, /nobody serves it/],
    ['a URL that is none', () => 'iscsi://nobody', 2, /iscsi:\/\/HOST:PORT/],
    ['a disk that is none', () => 'memory:many', 2, /size/],
  ])('refuses %s', async (_, device, code, message) => {
    const ended = await scsitool('inquiry', device());
    expect([ended.code, ended.err]).toEqual([code, expect.stringMatching(message)]);
  });
});

it
  .skipIf(process.platform === 'win32')
  .each([String.raw`\\.\PhysicalDrive1`, String.raw`\Device\0000003f`, String.raw`root\winspd`])(
  'scsi-target scsitool says that %s is a device of Windows',
  async (device) => {
    for (const command of ['inquiry', 'devpath']) {
      const { code, err } = await scsitool(command, device);
      expect([code, err]).toEqual([2, expect.stringContaining('is a device of Windows')]);
    }
  },
);

describe('scsi-target scsitool cdb', () => {
  it('wants as much data as the CDB says', async () => {
    expect(await scsitool('cdb', 'memory:1M', '12 01 00 00 06 00')).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^00000000 {2}00 00 00 [0-9a-f]{2} 00 80\n$/),
    });
    const { out } = await scsitool('cdb', 'memory:1M', '28 00 00 00 00 00 00 00 01 00');
    expect(out.split('\n').length - 1).toBe(512 / 16);
    expect(
      await scsitool('cdb', 'memory:1M', '-c', '--in', '2', '12 00 00 00 ff 00'),
    ).toMatchObject({
      out: 'DATA=00 00\n',
    });
  });

  it('sends data, in hex or from a file', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'scsi-target-scsitool-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const disk = `file:${join(folder, 'disk.img')},size=64K`;
    const block = join(folder, 'block');
    writeFileSync(block, new Uint8Array(512).fill(0xa5));
    const written = await scsitool(
      'cdb',
      disk,
      '2a 00 00 00 00 07 00 00 01 00',
      '--out-file',
      block,
    );
    expect(written).toMatchObject({ code: 0, out: 'ScsiStatus=0\n' });
    const { out } = await scsitool('cdb', disk, '-c', '28 00 00 00 00 07 00 00 01 00');
    expect(out).toBe(`DATA=${'a5 '.repeat(511)}a5\n`);
    const list = '0016 0010 00000000 0000000000000007 00000001 00000000';
    const unmapped = await scsitool('cdb', disk, '42 00 00 00 00 00 00 00 18 00', '--out', list);
    expect(unmapped).toMatchObject({ code: 0 });
  });

  it('says of a pipe what the miniport does not know', async () => {
    const { path } = await serveDisk();
    const { code, err } = await scsitool('cdb', path, '03 00 00 00 12 00');
    expect([code, err]).toEqual([1, expect.stringContaining('SRB_STATUS_INVALID_REQUEST')]);
  });

  it('names the file that has no data-out for it', async () => {
    const write = '2a 00 00 00 00 00 00 00 01 00';
    const { code, err } = await scsitool('cdb', 'memory:1M', write, '--out-file', '/none');
    expect([code, err]).toEqual([1, expect.stringMatching(/^scsi-target: --out-file \/none: /)]);
  });

  it.each([
    ['hex', ['12 0x 00']],
    ['not both', ['00 00 00 00 00 00', '--in', '5', '--out', '00']],
    ['one of', ['00 00 00 00 00 00', '--out-file', 'x', '--out', '00']],
    ['--in', ['00 00 00 00 00 00', '--in', 'some']],
    ['B:T:L', ['00 00 00 00 00 00', '--address', '0:0:x']],
  ])('refuses what makes no sense: %s', async (message, args) => {
    const { code, err } = await scsitool('cdb', 'memory:1M', ...args);
    expect([code, err]).toEqual([2, expect.stringContaining(message)]);
  });
});
