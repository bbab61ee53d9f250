import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { WINSPD_DEVICE } from '../../../driver/device/device-path.ts';
import { openMiniportWith } from '../../../driver/device/miniport.ts';
import type { DiskSpec } from '../../../src/cli/disk-option.ts';
import { run } from '../../../src/cli/program.ts';
import { list } from '../../../src/cli/winspd/list.ts';
import { selftest } from '../../../src/cli/winspd/selftest.ts';
import { serveWinspd } from '../../../src/cli/winspd/serve-winspd.ts';
import { unprovision } from '../../../src/cli/winspd/unprovision.ts';
import { FakeMiniport } from '../../driver/device/fake-miniport.ts';
import { testTerminal } from '../terminal.ts';

const GUID = '4aba6f3a-2e26-4b8f-9c25-9eaf0f1e4cac';

/** A terminal and a miniport, as a process sees them. */
function at(fake = new FakeMiniport(), processId = 1) {
  const terminal = testTerminal();
  const open = () => openMiniportWith(fake.calls(processId), WINSPD_DEVICE);
  return { ...terminal, fake, open };
}

/** Serves a disk on a miniport. */
function serve(fake = new FakeMiniport(), disk: DiskSpec = { kind: 'memory', size: 2 ** 20 }) {
  const surroundings = { ...at(fake), signal: new AbortController() };
  const { signal } = surroundings;
  const options = { disk, guid: GUID, debugLog: 0, debugLogFile: '-' };
  const ended = serveWinspd(options, { ...surroundings, signal: signal.signal });
  return { ...surroundings, ended, stop: () => signal.abort('SIGINT') };
}

describe('scsi-target winspd serve, without a pipe', () => {
  it('serves a disk on the miniport until it is told to stop', async () => {
    const { out, waitFor, stop, ended, fake } = serve();
    await waitFor(/PhysicalDrive/);
    expect(out()).toBe(`0:0:0  memory:1M, ${GUID}\n${String.raw`\\.\PhysicalDrive1`}\n`);
    stop();
    await ended;
    expect([fake.openFiles, fake.allocations]).toEqual([0, 0]);
  });

  it('has no write cache, for no flush of Windows gets past the miniport', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'scsi-target-miniport-'));
    const spec = { kind: 'file', path: join(folder, 'disk.img'), size: 2 ** 20 } as const;
    const plain = serve(new FakeMiniport(), spec);
    await plain.waitFor(/0:0:0/);
    expect(plain.fake.units[0]?.params.cacheSupported).toBe(false);
    plain.stop();
    await plain.ended;
    const cached = serve(new FakeMiniport(), { ...spec, cache: 'write-back' });
    await cached.waitFor(/0:0:0/);
    expect(cached.fake.units[0]?.params.cacheSupported).toBe(true);
    cached.stop();
    await cached.ended;
    rmSync(folder, { recursive: true });
  });

  it('ends well when Windows takes the disk away', async () => {
    const { err, waitFor, ended, fake } = serve();
    await waitFor(/PhysicalDrive/);
    fake.exit(1);
    await ended;
    expect(err()).toMatch('Windows took the disk away');
  });

  it('says that the GUID is had', async () => {
    const fake = new FakeMiniport();
    const { waitFor, stop, ended } = serve(fake);
    await waitFor(/0:0:0/);
    await expect(serve(fake).ended).rejects.toThrow('another GUID is free');
    stop();
    await ended;
  });

  it
    .skipIf(process.platform === 'win32')
    .each([[['serve', 'memory:1M']], [['list']], [['unprovision', GUID]], [['selftest']]])(
    'is for Windows only, as is %j',
    async (args) => {
      const terminal = testTerminal();
      const code = await run(['winspd', ...args], terminal);
      expect(terminal.err()).toContain('the miniport of WinSpd is on Windows only');
      expect(code).toBe(1);
    },
  );

  it.each([
    [['serve', 'memory:1M', '--pipe', 'x', '--fetches', '2'], '--pipe is without it'],
    [['serve', 'memory:1M', '--fetches', '0'], "--fetches '0' is not"],
    [['unprovision'], 'one of GUID and --btl'],
    [['unprovision', 'x'], "'x' is not a GUID"],
    [['unprovision', '--btl', '0:256:0'], "'0:256:0' is not BUS:TARGET:LUN"],
  ])('refuses %j', async (args, message) => {
    const terminal = testTerminal();
    expect(await run(['winspd', ...args], terminal)).toBe(2);
    expect(terminal.err()).toContain(message);
  });
});

describe('scsi-target winspd list', () => {
  it('has a line for each unit', async () => {
    const { fake, waitFor, stop, ended } = serve();
    await waitFor(/PhysicalDrive/);
    const terminal = at(fake, 2);
    await list(undefined, terminal);
    const drive = String.raw`\\.\PhysicalDrive1`;
    expect(terminal.out()).toBe(`0:0:0  ${GUID}  process 1  ${drive}\n`);
    stop();
    await ended;
  });

  it('has none where there are none', async () => {
    const terminal = at();
    await list(undefined, terminal);
    expect(terminal.out()).toBe('');
  });
});

describe('scsi-target winspd unprovision', () => {
  it('says to which process a unit belongs', async () => {
    const { fake, waitFor, stop, ended } = serve();
    await waitFor(/0:0:0/);
    const denied = unprovision(undefined, { guid: GUID }, at(fake, 2));
    await expect(denied).rejects.toThrow(`unit ${GUID} belongs to process 1`);
    stop();
    await ended;
  });

  it('takes a unit of its own away, by its address', async () => {
    const { fake, waitFor, ended } = serve();
    await waitFor(/0:0:0/);
    const terminal = at(fake);
    await unprovision(undefined, { btl: 0 }, terminal);
    expect(terminal.out()).toBe('0:0:0 is taken away\n');
    await ended;
  });

  it('says that there is no such unit', async () => {
    const gone = unprovision(undefined, { btl: 0x100 }, at());
    await expect(gone).rejects.toThrow('the miniport has no unit 0:1:0');
  });
});

describe('scsi-target winspd selftest', () => {
  it('passes on a miniport that works', async () => {
    const terminal = at();
    await selftest(undefined, terminal);
    const steps = terminal
      .out()
      .split('\n')
      .map((line) => /^\w+ +[^:]*/.exec(line)?.[0]);
    expect(steps).toEqual([
      'ok    open',
      'ok    provision',
      'ok    list',
      'ok    write',
      'ok    read',
      'ok    flush',
      'ok    unmap',
      'ok    refuse a read past the end',
      'ok    drive',
      'ok    remove',
      'everything passed',
      undefined,
    ]);
    expect([terminal.fake.openFiles, terminal.fake.allocations]).toEqual([0, 0]);
  });

  it('says what fails and what to do, and goes on', async () => {
    const terminal = at();
    const { fake } = terminal;
    vi.spyOn(fake, 'command').mockRejectedValueOnce(new Error('no INQUIRY'));
    await expect(selftest(undefined, terminal)).rejects.toThrow('failed: list');
    expect(terminal.out()).toMatch(/^FAIL {2}list: .*\n {6}see the System event log/m);
    expect(terminal.out()).toMatch(/^ok {4}remove$/m);
  });

  it('says that the unit is refused', async () => {
    const terminal = at();
    terminal.fake.failing.set(0x70, 82);
    await expect(selftest(undefined, terminal)).rejects.toThrow('failed: provision');
    expect(terminal.out()).toContain('WinSpd has no room for another unit');
  });
});
