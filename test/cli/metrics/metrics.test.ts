import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { run } from '../../../src/cli/program.ts';
import { DiskClient } from '../../../src/transport/disk-client.ts';
import { IscsiInitiator } from '../../../src/transport/iscsi/index.ts';
import { testTerminal } from '../terminal.ts';
import { lint, parseExposition, type ExposedMetric } from './exposition.ts';

const TARGET = 'iqn.2026-11.io.github.scsi-target:disk';
const terminal = testTerminal();
let code: Promise<number>;
let session: IscsiInitiator;
let url: string;
let port: number;
let metrics: readonly ExposedMetric[];

beforeAll(async () => {
  const where = ['--portal', '127.0.0.1:0', '--metrics', '127.0.0.1:0'];
  code = run(['serve', '--json', ...where, 'memory:1M', 'memory:2M'], terminal);
  url = (await terminal.waitFor(/"url":"([^"]*)"/))[1]!;
  port = Number((await terminal.waitFor(/"portals":\[\{"host":"127.0.0.1","port":(\d+)/))[1]!);
  const address = { host: '127.0.0.1', port };
  const nowhere = { ...address, targetName: 'iqn.2026-11.com.example:nowhere' };
  await expect(IscsiInitiator.connect(nowhere)).rejects.toThrow();
  session = await IscsiInitiator.connect({
    ...address,
    targetName: TARGET,
    initiatorName: 'iqn.2026-11.com.example:me',
  });
  const disk = new DiskClient(session, 1);
  await disk.write({ lba: 0, data: new Uint8Array(4096) });
  await disk.read({ lba: 0, blocks: 8 });
  await disk.read({ lba: 0, blocks: 8 });
  await expect(disk.read({ lba: 4096, blocks: 1 })).rejects.toThrow();
  metrics = parseExposition(await (await fetch(url)).text());
});

afterAll(async () => {
  await session.logout();
  terminal.kill('SIGTERM');
  expect(await code).toBe(0);
});

const WHO = { target: TARGET, initiator: 'iqn.2026-11.com.example:me', lun: '1' };

/** The value of the one series that has these labels. */
function valueOf(name: string, labels: Readonly<Record<string, string>>): number | undefined {
  const found = metrics
    .flatMap(({ samples }) => samples)
    .filter((sample) => sample.name === `scsi_target_${name}`)
    .filter((sample) =>
      Object.entries(labels).every(([key, value]) => sample.labels[key] === value),
    );
  expect(found.length).toBeLessThanOrEqual(1);
  return found[0]?.value;
}

describe('the page of metrics', () => {
  it('keeps the conventions of Prometheus', () => {
    expect(lint(metrics)).toEqual([]);
  });

  it('counts commands by name and operation code', () => {
    expect(valueOf('commands_total', { ...WHO, operation: 'READ', opcode: '88' })).toBe(3);
    expect(valueOf('commands_total', { ...WHO, operation: 'WRITE', opcode: '8a' })).toBe(1);
  });

  it('counts bytes as the initiator sees them', () => {
    expect(valueOf('data_bytes_total', { ...WHO, direction: 'out' })).toBe(4096);
    expect(valueOf('data_bytes_total', { ...WHO, direction: 'in' })).toBeGreaterThanOrEqual(8192);
  });

  it('counts errors by status and sense key', () => {
    const illegal = { status: 'check condition', sense_key: 'illegal request' };
    expect(valueOf('command_errors_total', { ...WHO, ...illegal })).toBe(1);
  });

  it('has how long commands took', () => {
    expect(valueOf('command_duration_seconds_count', { ...WHO, type: 'read' })).toBe(3);
    expect(valueOf('command_duration_seconds_count', { ...WHO, type: 'write' })).toBe(1);
    expect(valueOf('command_duration_seconds_sum', { ...WHO, type: 'read' })).toBeGreaterThan(0);
  });

  it('has sessions, connections, and logins that succeeded or did not', () => {
    const { target, initiator } = WHO;
    expect(valueOf('iscsi_sessions', { target, initiator })).toBe(1);
    expect(valueOf('iscsi_connections', {})).toBe(1);
    expect(valueOf('iscsi_logins_total', {})).toBe(1);
    expect(valueOf('iscsi_refused_logins_total', { status: '0203' })).toBe(1);
  });

  it('has the size of every logical unit', () => {
    expect(valueOf('logical_unit_size_bytes', { target: TARGET, lun: '0' })).toBe(2 ** 20);
    expect(valueOf('logical_unit_size_bytes', { target: TARGET, lun: '1' })).toBe(2 ** 21);
  });

  it('has nothing that docs/monitoring.md does not explain, and all that it does', () => {
    const own = metrics.filter(({ name }) => name.startsWith('scsi_target_'));
    const table = readFileSync(new URL('../../../docs/monitoring.md', import.meta.url), 'utf8')
      .split('\n')
      .flatMap((line) => {
        const [, name, type, labels] =
          /^\| `(scsi_target_\w+)` +\| (\w+) +\| ([^|]*?) +\|/.exec(line) ?? [];
        return name === undefined ? [] : [{ name, type, labels }];
      });
    const shown = own.map(({ name, type, samples }) => {
      const labels = new Set(samples.flatMap((sample) => Object.keys(sample.labels)));
      labels.delete('le');
      return { name, type, labels: [...labels].map((label) => `\`${label}\``).join(', ') };
    });
    expect(shown.toSorted(byName)).toEqual(table.toSorted(byName));
  });
});

const byName = (a: { readonly name: string }, b: { readonly name: string }): number =>
  a.name < b.name ? -1 : 1;

describe('the HTTP server of the metrics', () => {
  it('has one page', async () => {
    const root = new URL('/', url);
    expect((await fetch(root)).status).toBe(404);
  });

  it('answers HEAD without a body', async () => {
    const response = await fetch(url, { method: 'HEAD' });
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/);
    expect(await response.text()).toBe('');
  });

  it('takes nothing', async () => {
    const response = await fetch(url, { method: 'POST', body: 'x'.repeat(100_000) });
    expect(response.status).toBe(405);
    expect(response.headers.get('allow')).toBe('GET, HEAD');
  });

  it('says that its port is in use', async () => {
    const other = testTerminal();
    const where = ['--portal', '127.0.0.1:0', '--metrics', `127.0.0.1:${new URL(url).port}`];
    expect(await run(['serve', ...where, 'memory:1M'], other)).toBe(1);
    expect(other.err()).toMatch(/^scsi-target: cannot serve metrics on .*EADDRINUSE/);
  });
});
