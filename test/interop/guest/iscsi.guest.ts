/**
 * Linux's own initiator, over two paths, and sg3-utils: what its tools send and can read.
 *
 * Run by `npm run test:guest`.
 */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeWith, type Program } from '../programs.ts';
import { serve, type Served } from '../served.ts';
import { boot, networked, type Report } from './boot.ts';
import { writeInitramfs } from './initramfs.ts';
import { kernel } from './kernel.ts';

const SCRIPT = 'iscsi.sh';

const PROGRAMS: readonly Program[] = [
  'iscsid',
  'iscsiadm',
  'sg_compare_and_write',
  'sg_copy_results',
  'sg_format',
  'sg_get_lba_status',
  'sg_inq',
  'sg_logs',
  'sg_modes',
  'sg_opcodes',
  'sg_persist',
  'sg_readcap',
  'sg_requests',
  'sg_rtpg',
  'sg_sanitize',
  'sg_senddiag',
  'sg_timestamp',
  'sg_turs',
  'sg_unmap',
  'sg_verify',
  'sg_vpd',
  'sg_write_same',
  'sg_xcopy',
];

const NEEDED: readonly Program[] = [
  ...(['qemu-system-x86_64', 'busybox', 'ldd', 'apt-get', 'dpkg-deb', 'tar'] as const),
  ...PROGRAMS,
];

// crc32c_generic: what iscsi_tcp needs at run time, which no module names.
const MODULES = ['virtio_pci', 'virtio_net', 'crc32c_generic', 'iscsi_tcp', 'sd_mod', 'sg'];

const DISKS = ['memory:64M,physical-block-length=4096', 'memory:64M'];

/** Every check that the script makes, in its order. */
const CHECKS = (await readFile(fileURLToPath(new URL(SCRIPT, import.meta.url)), 'utf8')).matchAll(
  /^check (\S+)/gm,
);

describeWith(NEEDED, 'a Linux guest with an initiator of its own', () => {
  let folder: string;
  let report: Report;
  let served: Served;
  let code: number;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'scsi-target-'));
    const system = await kernel();
    const initramfs = join(folder, 'initramfs');
    served = await serve(DISKS, 2);
    try {
      const [first, second] = served.urls.map((url) => new URL(url.replace(/^iscsi:/, 'http:')));
      const [, name = ''] = first!.pathname.split('/');
      const variables = { NAME: name, PORT_1: first!.port, PORT_2: second!.port };
      const scenario = { script: SCRIPT, programs: PROGRAMS, modules: MODULES, variables };
      await writeInitramfs(initramfs, system, scenario);
      report = await boot(system, initramfs, networked());
    } finally {
      code = await served.stop();
    }
  });
  afterAll(() => rm(folder, { recursive: true }));

  it.each([...CHECKS].map(([, name]) => name!))('%s', (check) => {
    expect(report.passed.has(check), `${report.console}\n${served.output}`).toBe(true);
  });

  it('sees one disk over both paths', () => {
    const { facts } = report;
    expect(facts.get('name-1')).toMatch(/^0x[0-9a-f]{16,32}$/);
    expect(facts.get('name-2')).toBe(facts.get('name-1'));
    expect(Object.fromEntries(facts)).toMatchObject({
      size: String((64 * 1024 ** 2) / 512),
      'queue/logical_block_size': '512',
      'queue/physical_block_size': '4096',
    });
  });

  it('ends well, the guest and the server', () => {
    expect(report.complete, report.console).toBe(true);
    expect(code, served.output).toBe(0);
  });
});
