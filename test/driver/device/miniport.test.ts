import { describe, expect, it } from 'vitest';
import { WINSPD_DEVICE } from '../../../driver/device/device-path.ts';
import { openMiniport, openMiniportWith } from '../../../driver/device/miniport.ts';
import { FakeMiniport } from './fake-miniport.ts';
import { IOCTL_TESTS, MORE_TESTS, obey, type World } from './ioctl-tests.ts';

/** A miniport in memory, and processes that are numbers. */
function world(): World & { readonly fake: FakeMiniport } {
  const fake = new FakeMiniport();
  const open = (processId: number) => openMiniportWith(fake.calls(processId), WINSPD_DEVICE);
  let processes = 1;
  return {
    fake,
    open: () => open(1),
    async startProcess() {
      const id = ++processes;
      const miniport = await open(id);
      return {
        id,
        order: (order) => obey(miniport, order),
        async exit() {
          await miniport.close();
          fake.exit(id);
        },
      };
    },
  };
}

describe("WinSpd's tests of its calls, over a miniport in memory", () => {
  it.each(Object.entries(IOCTL_TESTS))('%s', async (_, test) => {
    const at = world();
    await test(at);
    expect([at.fake.openFiles, at.fake.allocations]).toEqual([0, 0]);
  });
});

describe('a miniport in memory', () => {
  it.each(Object.entries(MORE_TESTS))('%s', async (_, test) => {
    const at = world();
    await test(at);
    expect([at.fake.openFiles, at.fake.allocations]).toEqual([0, 0]);
  });
});

describe('openMiniport', () => {
  it.skipIf(process.platform === 'win32')('is for Windows only, and says so', async () => {
    await expect(openMiniport()).rejects.toMatchObject({ code: 'NOT_WINDOWS' });
  });

  it('says that WinSpd is not installed', async () => {
    const calls = { ...new FakeMiniport().calls(), deviceNames: () => [] };
    await expect(openMiniportWith(calls, WINSPD_DEVICE)).rejects.toMatchObject({
      code: 'DEVICE_MISSING',
      message: expect.stringContaining('install WinSpd'),
    });
  });

  it('says that a path is not there', async () => {
    const opening = openMiniportWith(new FakeMiniport().calls(), String.raw`\Device\none`);
    await expect(opening).rejects.toMatchObject({ code: 'DEVICE_MISSING' });
  });
});
