import { describe, expect, it } from 'vitest';
import { run } from '../../src/cli/program.ts';
import { VERSION } from '../../src/cli/version.ts';
import { testTerminal } from './terminal.ts';

async function runWith(
  ...args: readonly string[]
): Promise<{ readonly code: number; readonly out: string; readonly err: string }> {
  const terminal = testTerminal();
  const code = await run(args, terminal);
  return { code, out: terminal.out(), err: terminal.err() };
}

describe('scsi-target', () => {
  it.each([['--version'], ['-V']])('prints its version with %s', async (flag) => {
    expect(await runWith(flag)).toEqual({ code: 0, out: `${VERSION}\n`, err: '' });
  });

  it.each([['--help'], ['-h'], ['help']])(
    'prints its commands and examples with %s',
    async (flag) => {
      const { code, out, err } = await runWith(flag);
      expect({ code, err }).toEqual({ code: 0, err: '' });
      expect(out).toMatch(/serve \[options\][^]*decode \[options\][^]*Examples:/);
    },
  );

  it('names every option in the help of serve', async () => {
    const { code, out } = await runWith('serve', '--help');
    expect(code).toBe(0);
    for (const option of `
      --portal --target-name --json --quiet advertise= 127.0.0.1:3260 memory:1G
      size= block-length= physical-block-length= read-only removable thin= cache=
      vendor= product= revision= serial=`
      .trim()
      .split(/\s+/))
      expect(out).toContain(option);
  });

  it('keeps its help within 100 columns', async () => {
    for (const command of [
      [],
      ['serve'],
      ['decode'],
      ['stgtest'],
      ['scsitool'],
      ['winspd'],
      ['winspd', 'serve'],
      ['winspd', 'selftest'],
    ]) {
      const { out } = await runWith(...command, '--help');
      expect(Math.max(...out.split('\n').map((line) => line.length))).toBeLessThanOrEqual(100);
    }
  });

  it.each([
    [['serve', '--prot'], 'serve'],
    [['scsitool', 'cdb', '--lun'], 'scsitool cdb'],
    [['winspd', 'launcher', 'register'], 'winspd launcher register'],
  ])('says after the mistake of %j whose help says more', async (args, name) => {
    expect((await runWith(...args)).err).toContain(`(scsi-target ${name} --help says more)`);
  });

  it('prints help on standard error and ends with 2 without a command', async () => {
    const { code, out, err } = await runWith();
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toContain('Usage: scsi-target');
  });

  it.each([
    [['sevre'], /unknown command 'sevre'[^]*serve/],
    [['serve', '--prot', 'x'], /unknown option '--prot'[^]*--portal/],
    [['serve', '--portal'], /option '--portal <ADDRESS:PORT>' argument missing/],
    [['serve', '--portal', 'nowhere'], /portal 'nowhere': .* is not ADDRESS:PORT/],
    [['serve', '--target-name', 'disk'], /target name 'disk': it has to be like iqn\./],
    [['serve', 'memory:1G', 'memory:lots'], /disk 'memory:lots': .*the size has to be/],
    [['serve', 'file:a,colour=red'], /disk 'file:a,colour=red': there is no option 'colour'/],
    [['decode'], /missing required argument 'HEX'/],
  ])('refuses %j with one clear line and ends with 2', async (args, message) => {
    const { code, out, err } = await runWith(...args);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toMatch(message);
    expect(err).toMatch(/^scsi-target: /);
  });
});
