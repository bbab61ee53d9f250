import { describe, expect, it } from 'vitest';
import { openLauncher } from '../../../driver/index.ts';
import { CommandError, UsageError } from '../../../src/cli/errors.ts';
import { run } from '../../../src/cli/program.ts';
import {
  info,
  launcherClass,
  list,
  register,
  start,
  stop,
  unregister,
} from '../../../src/cli/winspd/launcher.ts';
import { fakeLauncher, fakeRegistry } from '../../driver/launcher/fake-launcher.ts';
import { testTerminal } from '../terminal.ts';

const OPTIONS = {
  executable: String.raw`C:\Program Files\nodejs\node.exe`,
  script: String.raw`C:\100% mine\main.js`,
  args: ['-C', '1', '-i', 'My disk'],
  fileType: true,
};

function surroundings() {
  const { stdout, stderr, out, err } = testTerminal();
  const { registry, keys } = fakeRegistry();
  const { call, running } = fakeLauncher({ img: 'main.js -f %1' });
  return {
    around: { stdout, stderr, registry, launcher: openLauncher(call) },
    keys,
    running,
    out,
    err,
  };
}

describe('the class of a disk in a file', () => {
  it('runs this program with the file, and with options in quotes', () => {
    expect(launcherClass(OPTIONS)).toEqual({
      executable: OPTIONS.executable,
      commandLine: String.raw`"C:\100%% mine\main.js" winspd serve -f %1 -C 1 -i "My disk"`,
      security: 'D:P(A;;RP;;;WD)',
    });
  });

  it('is quoted as programs of Windows take it apart', () => {
    const { commandLine } = launcherClass({
      ...OPTIONS,
      script: 'main.js',
      args: ['', 'a"b', String.raw`a\"b`, 'a b\\'],
    });
    expect(commandLine?.split('%1 ')[1]).toBe(String.raw`"" "a\"b" "a\\\"b" "a b\\"`);
  });
});

describe('scsi-target winspd launcher', () => {
  it('registers a class and the extension, tells of it, and takes both back', async () => {
    const { around, keys, out, err } = surroundings();
    await register('img', OPTIONS, around);
    expect(out()).toMatch(
      /^img: C:.*node\.exe "C:.*main\.js" winspd serve .*\n\.img: mounted by Explorer\n$/,
    );
    expect(err()).toBe('');
    await info('img', undefined, around);
    expect(out()).toContain('security=D:P(A;;RP;;;WD)\n');
    await unregister('img', around);
    expect(keys.get(String.raw`Software\Classes\.img`)?.size).toBe(0);
    await expect(unregister('img', around)).rejects.toThrow(CommandError);
    await expect(info('img', undefined, around)).rejects.toThrow(CommandError);
  });

  it('says whose the files stay', async () => {
    const { around, keys, err } = surroundings();
    keys.set(String.raw`Software\Classes\.img`, new Map([['', 'Windows.IsoFile']]));
    await register('img', OPTIONS, around);
    expect(err()).toMatch(/warning: files \.img are Windows\.IsoFile's/);
  });

  it('leaves the extension alone when told so', async () => {
    const { around, keys } = surroundings();
    await register('img', { ...OPTIONS, fileType: false }, around);
    expect([...keys.keys()]).toEqual([String.raw`32 Software\WinSpd\Services\img`]);
  });

  it('starts an instance with its name as the file, lists it, tells of it, stops it', async () => {
    const { around, out, running } = surroundings();
    const disk = { className: 'img', instanceName: String.raw`C:\a b.img` };
    await start(disk, [], around);
    await list(around);
    await info('img', disk.instanceName, around);
    await stop(disk, { forced: false }, around);
    expect(out()).toBe(
      ['OK', 'img C:\\a b.img', 'img C:\\a b.img', 'main.js -f "C:\\a b.img"', 'OK', ''].join('\n'),
    );
    expect(running.size).toBe(0);
  });

  it('gives arguments on, and stops forced', async () => {
    const { around, running } = surroundings();
    const disk = { className: 'img', instanceName: 'busy' };
    await start(disk, ['x'], around);
    expect(running.get('img|busy')).toBe('main.js -f "x"');
    await expect(stop(disk, { forced: false }, around)).rejects.toThrow(/in use/);
    await stop(disk, { forced: true }, around);
  });

  it('refuses what makes no sense', async () => {
    const { around } = surroundings();
    await expect(register('.pid.', OPTIONS, around)).rejects.toThrow(UsageError);
    await expect(start({ className: 'a', instanceName: 'b\0' }, [], around)).rejects.toThrow(
      UsageError,
    );
    await expect(start({ className: 'iso', instanceName: 'b' }, [], around)).rejects.toThrow(
      CommandError,
    );
  });

  it
    .skipIf(process.platform === 'win32')
    .each([
      ['list'],
      ['start', 'img', 'a'],
      ['stop', 'img', 'a', '--force'],
      ['info', 'img', 'a'],
      ['info', 'img'],
      ['register', 'img', '--', '-C', '1'],
      ['unregister', 'img'],
    ])('says elsewhere that it is for Windows: %s', async (...args) => {
    const terminal = testTerminal();
    expect(await run(['winspd', 'launcher', ...args], terminal)).toBe(1);
    expect(terminal.err()).toMatch(/^scsi-target: .*Windows/);
  });
});
