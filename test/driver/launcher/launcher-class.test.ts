import { describe, expect, it } from 'vitest';
import {
  associateDiskFiles,
  dissociateDiskFiles,
  launcherClasses,
  readLauncherClass,
  registerLauncherClass,
  unregisterLauncherClass,
  type LauncherClass,
} from '../../../driver/index.ts';
import { parseQuery, windowsRegistry } from '../../../driver/launcher/registry.ts';
import { fakeRegistry } from './fake-launcher.ts';

const CLASS: LauncherClass = {
  executable: String.raw`C:\node.exe`,
  commandLine: 'main.js -f %1',
  security: 'D:P(A;;RP;;;WD)',
  jobControl: false,
};
const KEY = String.raw`32 Software\WinSpd\Services\img`;

describe('a class of the launcher', () => {
  it('is registered under the view of 32 bits, and read back', async () => {
    const { registry, keys } = fakeRegistry();
    await registerLauncherClass('img', CLASS, registry);
    expect([...(keys.get(KEY) ?? [])]).toEqual([
      ['Executable', String.raw`C:\node.exe`],
      ['CommandLine', 'main.js -f %1'],
      ['Security', 'D:P(A;;RP;;;WD)'],
      ['JobControl', '0x0'],
    ]);
    expect(await readLauncherClass('img', registry)).toEqual(CLASS);
    expect(await launcherClasses(registry)).toEqual(['img']);
  });

  it('that is registered again keeps nothing of before', async () => {
    const { registry } = fakeRegistry();
    await registerLauncherClass('img', { ...CLASS, workDirectory: '.' }, registry);
    await registerLauncherClass('img', { executable: 'a.exe', jobControl: true }, registry);
    expect(await readLauncherClass('img', registry)).toEqual({
      executable: 'a.exe',
      jobControl: true,
    });
  });

  it('is removed', async () => {
    const { registry } = fakeRegistry();
    await registerLauncherClass('img', CLASS, registry);
    expect(await unregisterLauncherClass('img', registry)).toBe(true);
    expect(await readLauncherClass('img', registry)).toBeUndefined();
    expect(await unregisterLauncherClass('img', registry)).toBe(false);
  });

  it.each(['', String.raw`a\b`, '.pid.', '.PID.'])('is not called %j', async (name) => {
    const { registry } = fakeRegistry();
    await expect(registerLauncherClass(name, CLASS, registry)).rejects.toThrow(RangeError);
  });

  it.each([
    ['executable', 259],
    ['commandLine', 508],
    ['workDirectory', 259],
    ['security', 503],
  ] as const)('has %s of at most %i characters', async (member, longest) => {
    const { registry, keys } = fakeRegistry();
    const of = (length: number) => ({ ...CLASS, [member]: 'x'.repeat(length) });
    await expect(registerLauncherClass('img', of(longest + 1), registry)).rejects.toThrow(member);
    expect(keys.size).toBe(0);
    await registerLauncherClass('img', of(longest), registry);
  });
});

describe('files with an extension', () => {
  const KEY_OF_FILES = String.raw`Software\Classes\.img`;

  it('are mounted by Explorer, until taken back', async () => {
    const { registry, keys } = fakeRegistry();
    expect(await associateDiskFiles('img', registry)).toBeUndefined();
    expect(await associateDiskFiles('img', registry)).toBeUndefined();
    expect(keys.get(KEY_OF_FILES)?.get('')).toBe('WinSpd.DiskFile');
    await dissociateDiskFiles('img', registry);
    expect(keys.get(KEY_OF_FILES)?.has('')).toBe(false);
  });

  it("that are another program's stay so", async () => {
    const { registry, keys } = fakeRegistry();
    keys.set(KEY_OF_FILES, new Map([['', 'Windows.IsoFile']]));
    expect(await associateDiskFiles('img', registry)).toBe('Windows.IsoFile');
    await dissociateDiskFiles('img', registry);
    expect(keys.get(KEY_OF_FILES)?.get('')).toBe('Windows.IsoFile');
  });
});

describe('what reg query prints', () => {
  it('has values and keys', () => {
    const text = [
      '',
      String.raw`HKEY_LOCAL_MACHINE\SOFTWARE\WinSpd\Services\img`,
      '    (Standard)    REG_SZ    a  value with    blanks',
      '    Executable    REG_SZ    C:\\Program Files\\nodejs\\node.exe',
      '    Work Directory    REG_SZ    ',
      '    JobControl    REG_DWORD    0x1',
      '',
      String.raw`HKEY_LOCAL_MACHINE\SOFTWARE\WinSpd\Services\img\Instances`,
      '',
    ].join('\r\n');
    const { values, keys } = parseQuery(text, String.raw`Software\WinSpd\Services\img`);
    expect([...values]).toEqual([
      ['', 'a  value with    blanks'],
      ['Executable', String.raw`C:\Program Files\nodejs\node.exe`],
      ['Work Directory', ''],
      ['JobControl', '0x1'],
    ]);
    expect(keys).toEqual(['Instances']);
  });

  it('has keys alone where there are no values', () => {
    const text = String.raw`HKEY_LOCAL_MACHINE\Software\WinSpd\Services\img`;
    const { values, keys } = parseQuery(text, String.raw`Software\WinSpd\Services`);
    expect([values.size, keys]).toEqual([0, ['img']]);
  });
});

it.skipIf(process.platform === 'win32')('there is no registry elsewhere', async () => {
  await expect(async () => windowsRegistry.read({ path: 'Software' })).rejects.toMatchObject({
    code: 'REGISTRY',
  });
});
