import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { run } from '../../../src/cli/program.ts';
import { DiskClient } from '../../../src/transport/disk-client.ts';
import { IscsiInitiator } from '../../../src/transport/iscsi/index.ts';
import { testTerminal, type TestTerminal } from '../terminal.ts';

const ONE = 'iqn.2026-11.com.example:one';
const TWO = 'iqn.2026-11.com.example:two';
const ALICE = 'iqn.2026-11.com.example:alice';

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'scsi-target-config-'));
  path = join(folder, 'config.json');
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

const write = (config: unknown): void => writeFileSync(path, JSON.stringify(config));

const portals = ['127.0.0.1:0'];
const one = { name: ONE, luns: { 0: 'memory:1M', 5: 'memory:2M' } };
const two = { name: TWO, luns: { 0: 'memory:3M' } };

interface Serving {
  readonly terminal: TestTerminal;
  readonly login: (targetName: string, initiatorName?: string) => Promise<IscsiInitiator>;
  /** Has the file read again; gives what was logged about it. */
  readonly reload: () => Promise<string>;
  readonly stop: () => Promise<number>;
}

/** Serves the file that is there. */
async function serve(): Promise<Serving> {
  const terminal = testTerminal();
  const code = run(['serve', '--json', '--config', path], terminal);
  const [, portal] = await terminal.waitFor(/"portals":\[\{"host":"127.0.0.1","port":(\d+)/);
  const port = Number(portal);
  const login: Serving['login'] = (targetName, initiatorName = ALICE) =>
    IscsiInitiator.connect({ host: '127.0.0.1', port, targetName, initiatorName });
  let reloads = 0;
  const reload = async (): Promise<string> => {
    const logged = terminal.err().length;
    terminal.hangUp();
    await terminal.waitFor(new RegExp(`("reloaded"[^]*){${++reloads}}`));
    return terminal.err().slice(logged);
  };
  const stop = (): Promise<number> => {
    terminal.kill('SIGTERM');
    return code;
  };
  return { terminal, login, reload, stop };
}

const sizeOf = async (session: IscsiInitiator, lun: number): Promise<number> => {
  const { lastLba, blockLength } = await new DiskClient(session, lun).readCapacity();
  return (lastLba + 1) * blockLength;
};

describe('serve --config', () => {
  it('serves every target that the file has', async () => {
    write({ portals, targets: [one, two] });
    const { login, stop } = await serve();
    expect(await sizeOf(await login(ONE), 5)).toBe(2 * 2 ** 20);
    expect(await sizeOf(await login(TWO), 0)).toBe(3 * 2 ** 20);
    expect(await stop()).toBe(0);
  });

  it('shows initiators the LUNs that the file gives them', async () => {
    const lunMaps = [{ initiators: [ALICE], luns: { 1: 5 } }];
    write({ portals, targets: [{ ...one, lunMaps }] });
    const { login, stop } = await serve();
    const session = await login(ONE);
    expect(await new DiskClient(session, 0).reportLuns()).toEqual([1]);
    expect(await sizeOf(session, 1)).toBe(2 * 2 ** 20);
    expect(await stop()).toBe(0);
  });

  it('says where in which file the error is', async () => {
    write({ portals, targets: [{ ...one, luns: { 0: 'memory:1X' } }] });
    const terminal = testTerminal();
    expect(await run(['serve', '--config', path], terminal)).toBe(1);
    expect(terminal.err()).toContain(`${path}: targets[0].luns.0: disk 'memory:1X'`);
  });

  it.each([
    ['that is not there', undefined, /cannot read the configuration: .*ENOENT/],
    ['that is no JSON', '{ "targets": ', /config\.json is no JSON: /],
  ])('says what is wrong with a file %s', async (_, text, message) => {
    if (text !== undefined) writeFileSync(path, text);
    const terminal = testTerminal();
    expect(await run(['serve', '--config', path], terminal)).toBe(1);
    expect(terminal.err()).toMatch(message);
  });

  it('stands alone', async () => {
    write({ portals, targets: [one] });
    const terminal = testTerminal();
    expect(await run(['serve', 'memory:1M', '--config', path, '--metrics', 'x:1'], terminal)).toBe(
      2,
    );
    expect(terminal.err()).toContain('--metrics, DISK: with --config the file says that');
  });
});

describe('serve --print-config', () => {
  it('prints a file that says the same as the options', async () => {
    const first = testTerminal();
    const args = [
      '--portal',
      '127.0.0.1:0,group=2',
      '--initiator',
      ALICE,
      '--header-digest',
      'prefer',
    ];
    expect(await run(['serve', 'memory:1M', ...args, '--print-config'], first)).toBe(0);
    writeFileSync(path, first.out());
    const second = testTerminal();
    expect(await run(['serve', '--config', path, '--print-config'], second)).toBe(0);
    expect(second.out()).toBe(first.out());
    expect(JSON.parse(first.out())).toMatchObject({
      portals: ['127.0.0.1:0,group=2'],
      targets: [{ luns: { 0: 'memory:1M' }, initiators: [ALICE] }],
      headerDigest: 'prefer',
    });
  });
});

describe('SIGHUP', () => {
  it('adds and removes targets and LUNs', async () => {
    write({ portals, targets: [one] });
    const { login, reload, stop } = await serve();
    const session = await login(ONE);
    write({ portals, targets: [{ ...one, luns: { 0: 'memory:1M', 6: 'memory:4M' } }, two] });
    expect(await reload()).toBe('');
    expect(await new DiskClient(session, 0).reportLuns()).toEqual([0, 6]);
    expect(await sizeOf(session, 6)).toBe(4 * 2 ** 20);
    expect(await sizeOf(await login(TWO), 0)).toBe(3 * 2 ** 20);
    write({ portals, targets: [two] });
    await reload();
    await expect(login(ONE)).rejects.toMatchObject({ loginStatus: 0x0203 });
    expect(await stop()).toBe(0);
  });

  it('is not noticed by a session that it does not concern', async () => {
    write({ portals, targets: [one, two] });
    const { login, reload, stop } = await serve();
    const session = await login(TWO);
    const disk = new DiskClient(session, 0, { unitAttention: 'throw' });
    await sizeOf(session, 0);
    const reloading = { now: true };
    let commands = 0;
    const load = (async () => {
      const data = new Uint8Array(4096).fill(7);
      for (let lba = 0; reloading.now; lba = (lba + 8) % 1024, commands++) {
        await disk.write({ lba, data });
        expect(await disk.read({ lba, blocks: 8 })).toEqual(data);
      }
    })();
    for (const luns of [{ 0: 'memory:2M' }, { 1: 'memory:1M' }, one.luns]) {
      write({ portals, targets: [{ ...one, luns }, two] });
      expect(await reload()).toBe('');
    }
    reloading.now = false;
    await load;
    expect(commands).toBeGreaterThan(0);
    expect(await stop()).toBe(0);
  });

  it('changes who may log in', async () => {
    write({ portals, targets: [one] });
    const { login, reload, stop } = await serve();
    await (await login(ONE)).logout();
    write({ portals, targets: [{ ...one, initiators: ['iqn.2026-11.com.example:bob'] }] });
    expect(await reload()).toBe('');
    await expect(login(ONE)).rejects.toMatchObject({ loginStatus: 0x0202 });
    expect(await stop()).toBe(0);
  });

  it('leaves all as it was where the file has an error', async () => {
    write({ portals, targets: [one] });
    const { terminal, login, stop } = await serve();
    writeFileSync(path, '{');
    terminal.hangUp();
    await expect.poll(() => terminal.err()).toMatch(/error: nothing is changed .*is no JSON/);
    expect(await sizeOf(await login(ONE), 0)).toBe(2 ** 20);
    expect(await stop()).toBe(0);
  });

  it('says what counts from the next start on', async () => {
    write({ portals, targets: [one] });
    const { reload, stop } = await serve();
    write({ portals, targets: [one], dataDigest: 'prefer' });
    expect(await reload()).toMatch(
      /warn: dataDigest: what is there now counts from the next start/,
    );
    expect(await stop()).toBe(0);
  });

  it('does what it can where a disk cannot be opened', async () => {
    write({ portals, targets: [one] });
    const { login, reload, stop } = await serve();
    const missing = { ...one, luns: { ...one.luns, 7: `file:${join(folder, 'missing.img')}` } };
    write({ portals, targets: [missing, two] });
    expect(await reload()).toMatch(/error: disk 'file:.*missing\.img'/);
    expect(await sizeOf(await login(TWO), 0)).toBe(3 * 2 ** 20);
    expect(await sizeOf(await login(ONE), 0)).toBe(2 ** 20);
    expect(await stop()).toBe(0);
  });
});
