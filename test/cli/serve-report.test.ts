import { describe, expect, it } from 'vitest';
import { jsonReport, servedUrls, textReport, type ServeEvent } from '../../src/cli/serve-report.ts';
import { testTerminal } from './terminal.ts';

const target = 'iqn.2026-11.com.example:disk';
const portals = [
  { host: '127.0.0.1', port: 3260, advertise: { host: '10.0.2.2', port: 3260 } },
  { host: '::1', port: 860 },
];
const memory = {
  lun: 0,
  name: 'memory:1G',
  serial: 'A',
  blocks: 2 ** 21,
  blockLength: 512,
};
const file = { lun: 1, name: 'file:a.img', serial: 'B', blocks: 256, blockLength: 4096 };
const disks = [
  { ...memory, readOnly: false, removable: false, thin: true },
  { ...file, readOnly: true, removable: true, thin: false },
];
const urls = servedUrls(portals, target, disks);
const listening: ServeEvent = { event: 'listening', target, urls, portals, disks, chap: false };

describe('servedUrls', () => {
  it('has one URL a LUN and portal, LUN by LUN', () => {
    expect(urls).toEqual([
      `iscsi://127.0.0.1:3260/${target}/0`,
      `iscsi://[::1]:860/${target}/0`,
      `iscsi://127.0.0.1:3260/${target}/1`,
      `iscsi://[::1]:860/${target}/1`,
    ]);
  });
});

describe('textReport', () => {
  it('prints a line a LUN and portal that starts with the URL, then how to attach', () => {
    const { stdout, out } = testTerminal();
    textReport(stdout, false)(listening);
    const lines = out().split('\n');
    expect(lines.slice(0, 5)).toEqual([
      `${urls[0]}  memory, 1 GiB, 512-byte blocks, thin, advertised as 10.0.2.2:3260`,
      `${urls[1]}       memory, 1 GiB, 512-byte blocks, thin`,
      `${urls[2]}  file:a.img, 1 MiB, 4096-byte blocks, read-only, removable, advertised as 10.0.2.2:3260`,
      `${urls[3]}       file:a.img, 1 MiB, 4096-byte blocks, read-only, removable`,
      '',
    ]);
    expect(out()).toContain('iscsiadm -m discovery -t sendtargets -p 10.0.2.2:3260');
    expect(out()).not.toContain('CHAP');
  });

  it('says how initiators prove themselves where they have to', () => {
    const { stdout, out } = testTerminal();
    textReport(stdout, false)({ ...listening, chap: true });
    expect(out()).toContain('-n node.session.auth.username -v NAME');
  });

  it('prints the URLs and nothing else when quiet', () => {
    const { stdout, out } = testTerminal();
    const report = textReport(stdout, true);
    report(listening);
    report({ event: 'metrics', url: 'http://127.0.0.1:9100/metrics' });
    report({ event: 'closing', reason: 'SIGTERM' });
    report({ event: 'closed', commands: 7 });
    expect(out().trimEnd().split('\n')).toHaveLength(4);
  });
});

describe('jsonReport', () => {
  it('prints each event as one line with the time', () => {
    const { stdout, out } = testTerminal();
    const report = jsonReport(stdout, () => new Date('2026-11-22T12:00:00Z'));
    report(listening);
    report({ event: 'closed', commands: 7 });
    const [first = '', ...rest] = out().split('\n');
    expect(JSON.parse(first)).toEqual({ time: '2026-11-22T12:00:00.000Z', ...listening });
    expect(rest).toEqual(['{"time":"2026-11-22T12:00:00.000Z","event":"closed","commands":7}', '']);
  });
});
