/** The device transport on Windows: Node for Windows and koffi under Wine, against a fake miniport. */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { IOCTL_TESTS, MORE_TESTS } from '../driver/device/ioctl-tests.ts';
import { describeWith } from '../interop/programs.ts';
import { miniport, MINIPORT_FOLDER, prepareMiniport } from './miniport.ts';
import { PROGRAMS } from './wine.ts';

const inFolder = (name: string) => join(MINIPORT_FOLDER, name);
const WAYS = [
  ['waits in its thread', false],
  ['pends', true],
] as const;

describeWith(PROGRAMS, 'the miniport on Windows', () => {
  beforeAll(prepareMiniport, 300_000);

  describe.each(WAYS)("the tests of its calls, WinSpd's and more, where a fetch %s", (_, pends) => {
    let said = '';

    beforeAll(async () => {
      const { stdout, stderr } = await miniport({ pends }).node('ioctl-tests.js');
      said = stdout + stderr;
    });

    it.each(Object.keys({ ...IOCTL_TESTS, ...MORE_TESTS }))('%s', (name) => {
      expect(said).toMatch(new RegExp(`^${name} ok$`, 'm'));
    });
  });

  it.each(WAYS)(
    'loses and mixes up nothing on a file with 16 in flight, where a fetch %s',
    async (_, pends) => {
      const { number, startServe, host } = miniport({ pends, delay: 3 });
      const [image, model] = [`disk-${number}.img`, `model-${number}.bin`];
      rmSync(inFolder(image), { force: true });
      const server = startServe(`file:${image},size=4M`, '-C', '1', '--fetches', '16');
      await server.waitFor(/PhysicalDrive1/);
      expect(await host('verify', '16', '100', 'WRFRWR', model)).toMatchObject({
        stdout: 'begun\nOK 1600\n',
      });
      server.kill();
      await server.ended;
      expect(readFileSync(inFolder(image)).equals(readFileSync(inFolder(model)))).toBe(true);
    },
  );

  it('loses and mixes up nothing in memory with unmaps among 16 in flight', async () => {
    const { startServe, host } = miniport({ delay: 1 });
    const server = startServe('memory:4M', '-C', '1', '--fetches', '16', '--max-transfer', '8K');
    await server.waitFor(/PhysicalDrive1/);
    const verified = await host('verify', '16', '100', 'WRURWF', 'model.bin');
    expect(verified.stdout).toBe('begun\nOK 1600\n');
    server.kill();
    await server.ended;
  });

  it('answers what it took before it ends, and has it', async () => {
    const { number, start, startHost } = miniport();
    const stop = `stop-${number}`;
    const server = start('device-server.mjs', '300', stop);
    await server.waitFor(/serving/);
    const host = startHost('write', '60');
    await server.waitFor(/writing/);
    writeFileSync(inFolder(stop), '');
    const { stdout } = await host.ended;
    const marks = /stopped (.*)\n/.exec((await server.ended).stdout)?.[1]?.split(' ');
    const outcomes = /begun\n(.*) \n/.exec(stdout)?.[1]?.split(' ') ?? [];
    const done = outcomes.flatMap((outcome, i) => (outcome === '0/0' ? [i] : []));
    expect(done).not.toEqual([]);
    expect(done.map((i) => marks?.[i])).toEqual(done.map((i) => (0x80 + i).toString(16)));
  });

  it('drops answers that are late, and goes on', async () => {
    const { number, start, host } = miniport();
    const stop = `stop-${number}`;
    const server = start('device-server.mjs', '1500', stop);
    await server.waitFor(/serving/);
    const { stdout } = await host('write', '1');
    expect(stdout).toBe(`begun\n${'1117/0 '.repeat(8)}\n`);
    const again = await host('write', '60');
    expect(again.stdout).toBe(`begun\n${'0/0 '.repeat(8)}\n`);
    writeFileSync(inFolder(stop), '');
    expect((await server.ended).code).toBe(0);
  });

  it('lets the process end while it waits for requests, and its unit goes', async () => {
    const { number, start, winspd } = miniport();
    const stop = `stop-${number}`;
    const server = start('device-server.mjs', '0', stop, 'exit');
    await server.waitFor(/serving/);
    writeFileSync(inFolder(stop), '');
    expect((await server.ended).code).toBe(7);
    expect(await winspd('list')).toMatchObject({ code: 0, stdout: '' });
  });

  it('is served again after the server was killed with requests in flight', async () => {
    const { startServe, startHost, winspd } = miniport();
    const disk = ['memory:4M', '-C', '1'];
    const first = startServe(...disk);
    const [, guid = ''] = await first.waitFor(/, (\S+)\r?\n.*PhysicalDrive1/);
    const host = startHost('verify', '8', '1000000', 'WR', 'model.bin');
    await host.waitFor(/begun/);
    first.kill();
    expect((await host.ended).stdout).toMatch(/FAILED: error (55|1117)\r?\n/);
    const again = startServe(...disk);
    await again.waitFor(/PhysicalDrive1/);
    expect((await winspd('list')).stdout).toMatch(new RegExp(`^0:0:0  ${guid}  .*\\n$`));
    again.kill();
    await again.ended;
  });

  it('lists units, and says to which process one belongs', async () => {
    const { startServe, winspd } = miniport();
    const guid = '4aba6f3a-2e26-4b8f-9c25-9eaf0f1e4cac';
    const server = startServe('memory:1M', '--guid', guid);
    await server.waitFor(/PhysicalDrive1/);
    const listed = await winspd('list');
    const drive = String.raw`\\\\\.\\PhysicalDrive1`;
    expect(listed.stdout).toMatch(new RegExp(`^0:0:0  ${guid}  process \\d+  ${drive}\\n$`));
    const denied = await winspd('unprovision', '--btl', '0:0:0');
    expect([denied.code, denied.stderr]).toEqual([
      1,
      expect.stringMatching(/unit 0:0:0 belongs to process \d+: it goes when that process ends/),
    ]);
    server.kill();
    await server.ended;
  });

  it('passes its own selftest', async () => {
    const { code, stdout } = await miniport().winspd('selftest');
    expect(stdout).toContain('everything passed');
    expect(code).toBe(0);
  });

  it('says that WinSpd is not installed', async () => {
    const { winspd } = miniport();
    const { code, stderr } = await winspd('list', '--device', String.raw`root\none`);
    expect([code, stderr]).toEqual([1, expect.stringContaining('install WinSpd')]);
  });
});
