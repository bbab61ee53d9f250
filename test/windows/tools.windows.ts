/** Tools around WinSpd: its launcher, with the registry and the pipe, and scsitool. */
import { cpSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { describeWith } from '../interop/programs.ts';
import { compile, FOLDER, prepare, PROGRAMS, startWindows, windows } from './wine.ts';

const HERE = fileURLToPath(new URL('.', import.meta.url));

const cli = (...args: readonly string[]) => windows('node.exe', ['dist/cli/main.js', ...args]);
const launcher = (...args: readonly string[]) => cli('winspd', 'launcher', ...args);

/** Serves a pipe with these rights, and gives what asks it. */
async function serve(...sddl: readonly string[]) {
  const pipe = String.raw`\\.\pipe\launcher-${process.pid}`;
  const server = startWindows('fake-launcher.exe', [pipe, ...sddl]);
  await server.waitFor(/listening/);
  const asked = async (owner: 'anyone' | 'system'): Promise<unknown> => {
    const { stdout } = await windows('node.exe', ['launcher-client.mjs', pipe, owner]);
    return JSON.parse(stdout);
  };
  return { asked, ended: server.ended };
}

describeWith(PROGRAMS, 'the launcher on Windows', () => {
  beforeAll(async () => {
    await prepare();
    cpSync(join(HERE, 'launcher-client.mjs'), join(FOLDER, 'launcher-client.mjs'));
    await compile('fake-launcher');
  }, 300_000);

  it('has classes in the registry, where programs of 32 bits look', async () => {
    const registered = await launcher('register', 'testdisk', '--', '-C', '1', '-i', 'My disk');
    expect([registered.code, registered.stderr]).toEqual([0, '']);
    const key = String.raw`HKLM\Software\Wow6432Node\WinSpd\Services\testdisk`;
    const { stdout } = await windows('reg', ['query', key]);
    expect(stdout).toMatch(/Executable +REG_SZ +[A-Z]:\\.*node\.exe/);
    expect(stdout).toMatch(/CommandLine +REG_SZ .*main\.js"? winspd serve -f %1 -C 1 -i "My disk"/);
    expect(stdout).toMatch(/Security +REG_SZ +D:P\(A;;RP;;;WD\)/);
    const extension = String.raw`HKLM\Software\Classes\.testdisk`;
    expect((await windows('reg', ['query', extension, '/ve'])).stdout).toContain('WinSpd.DiskFile');
    const { stdout: info } = await launcher('info', 'testdisk');
    expect(info).toMatch(/^executable=.*node\.exe\ncommandLine=.* -i "My disk"\nsecurity=D:P/);
    expect(await launcher('unregister', 'testdisk')).toMatchObject({ code: 0, stdout: 'OK\n' });
    expect((await windows('reg', ['query', key])).code).not.toBe(0);
    expect(await launcher('unregister', 'testdisk')).toMatchObject({ code: 1 });
  });

  it('that does not run is missed', async () => {
    const { code, stderr } = await launcher('list');
    expect([code, stderr]).toEqual([1, expect.stringContaining('launcher does not run')]);
  });

  describe('behind a pipe that is cut as soon as it has answered', () => {
    const answers = [
      'done',
      { className: 'img', instanceName: 'C:\\é.img', commandLine: 'node main.js' },
      { code: 'LAUNCHER_REFUSED', win32: 2404 },
      [{ className: 'img', instanceName: 'C:\\a.img' }],
    ];

    // Windows lets nobody give a pipe away, and Wine does.
    it.skipIf(process.platform === 'win32')('is asked where Windows owns the pipe', async () => {
      const { asked, ended } = await serve('O:SYG:SYD:P(A;;FA;;;WD)');
      expect(await asked('system')).toEqual(answers);
      expect((await ended).code).toBe(0);
    });

    it('is told nothing where somebody else does, unless anyone may', async () => {
      const { asked, ended } = await serve();
      expect(await asked('system')).toEqual(answers.map(() => ({ code: 'LAUNCHER_FOREIGN' })));
      expect(await asked('anyone')).toEqual(answers);
      expect((await ended).code).toBe(0);
    });
  });
});

describeWith(PROGRAMS, 'scsitool on Windows', () => {
  beforeAll(prepare, 300_000);

  it('asks a unit behind a pipe of messages', async () => {
    const stop = `scsitool-${process.pid}.stop`;
    const server = startWindows('node.exe', ['pipe-server.mjs', `scsitool-${process.pid}`, stop]);
    const [, path = ''] = await server.waitFor(/^serving (\S+)\r?\n/m);
    const { code, stdout } = await cli('scsitool', '-c', 'capacity', path);
    expect([code, stdout]).toEqual([
      0,
      'RETURNED LOGICAL BLOCK ADDRESS=8191 (0x1fff)\nLOGICAL BLOCK LENGTH IN BYTES=512 (0x200)\n',
    ]);
    writeFileSync(join(FOLDER, stop), '');
    await server.ended;
  });

  it.each(['devpath', 'inquiry'])('%s misses the device where WinSpd is not', async (command) => {
    const { code, stderr } = await cli('scsitool', command, String.raw`root\winspd`);
    expect([code, stderr]).toEqual([1, expect.stringContaining('install WinSpd')]);
  });
});
