import { describe, expect, it } from 'vitest';
import { callLauncher, openLauncher } from '../../../driver/index.ts';
import { fakeLauncher } from './fake-launcher.ts';

const disk = { className: 'img', instanceName: String.raw`C:\a "b".img` };

function launcherWith(
  classes: Readonly<Record<string, string>> = { img: 'node main.js -f %1 100%%' },
) {
  const { call, running } = fakeLauncher(classes);
  return { launcher: openLauncher(call), running };
}

const refused = (win32: number) => ({ code: 'LAUNCHER_REFUSED', win32 });

describe('the launcher', () => {
  it('starts, tells of, lists and stops instances', async () => {
    const { launcher, running } = launcherWith();
    await launcher.start(disk, [disk.instanceName]);
    await launcher.start({ className: 'img', instanceName: 'b' }, ['b']);
    expect(await launcher.info(disk)).toEqual({
      ...disk,
      commandLine: String.raw`node main.js -f "C:\a b.img" 100%`,
    });
    expect(await launcher.list()).toEqual([disk, { className: 'img', instanceName: 'b' }]);
    await launcher.stop(disk);
    expect([...running.keys()]).toEqual(['img|b']);
  });

  it('refuses, and says why', async () => {
    const { launcher } = launcherWith();
    const busy = { className: 'img', instanceName: 'busy' };
    await launcher.start(busy, []);
    await expect(launcher.start(busy, [])).rejects.toMatchObject(refused(183));
    await expect(launcher.start({ ...busy, className: 'iso' }, [])).rejects.toMatchObject(
      refused(2),
    );
    await expect(launcher.info(disk)).rejects.toMatchObject(refused(2));
    await expect(launcher.stop(busy)).rejects.toMatchObject({
      ...refused(2404),
      message: expect.stringContaining('a volume of its disk is in use'),
    });
    await launcher.stop(busy, { forced: true });
    expect(await launcher.list()).toEqual([]);
  });

  it('that leaves out what it was asked for is no launcher', async () => {
    const launcher = openLauncher(async () => Uint8Array.of(0x24, 0));
    await expect(launcher.info(disk)).rejects.toMatchObject({ code: 'LAUNCHER_PROTOCOL' });
  });

  it.skipIf(process.platform === 'win32')('is on Windows only', async () => {
    await expect(callLauncher(Uint8Array.of(0x4c, 0))).rejects.toMatchObject({
      code: 'LAUNCHER_MISSING',
      message: expect.stringContaining('a service of Windows'),
    });
  });
});
