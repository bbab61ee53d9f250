/**
 * Two paths to one disk under Linux's dm-multipath: the first goes in the middle of a copy and does not come
 * back. The paths are joined with dmsetup, as multipathd would; the decision is the kernel's.
 *
 * Run by `npm run test:guest`.
 */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { cuttingProxy } from '../../transport/iscsi/cutting-proxy.ts';
import { describeWith, type Program } from '../programs.ts';
import { serve } from '../served.ts';
import { boot, networked, type Report } from './boot.ts';
import { FILE_LENGTH, SEED, sumOfFiles } from './files.ts';
import { writeInitramfs } from './initramfs.ts';
import { kernel } from './kernel.ts';

const SCRIPT = 'multipath.sh';
const PROGRAMS: readonly Program[] = ['iscsid', 'iscsiadm', 'mkfs.ext4', 'fsck.ext4', 'dmsetup'];
const NEEDED: readonly Program[] = [
  ...(['qemu-system-x86_64', 'busybox', 'ldd', 'apt-get', 'dpkg-deb', 'tar'] as const),
  ...PROGRAMS,
];
// crc32c_generic: what iscsi_tcp and ext4 need at run time, which no module names.
const MODULES =
  'virtio_pci virtio_net crc32c_generic iscsi_tcp sd_mod ext4 dm_multipath dm_round_robin'.split(
    ' ',
  );

const FILES = 60;
const LOSE_AT = 20 * FILE_LENGTH;

const CHECKS = (await readFile(fileURLToPath(new URL(SCRIPT, import.meta.url)), 'utf8')).matchAll(
  /^check (\S+)/gm,
);

describeWith(NEEDED, 'a Linux guest that loses one of two paths', () => {
  let folder: string;
  let report: Report;
  let code: number;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'scsi-target-'));
    const system = await kernel();
    const served = await serve(['memory:256M'], 2);
    const ports = served.urls.map((url) => Number(new URL(url.replace(/^iscsi:/, 'http:')).port));
    const first = await cuttingProxy(() => ports[0]!);
    const watch = setInterval(() => {
      if (first.passed.toTarget < LOSE_AT) return;
      clearInterval(watch);
      first.close();
    }, 5);
    try {
      const variables = {
        NAME: served.urls[0]?.split('/')[3] ?? '',
        PORT_1: String(first.port),
        PORT_2: String(ports[1]),
        ALL_FILES: sumOfFiles(FILES),
      };
      const initramfs = join(folder, 'initramfs');
      const files = { seed: SEED };
      const scenario = { script: SCRIPT, programs: PROGRAMS, modules: MODULES, files, variables };
      await writeInitramfs(initramfs, system, scenario);
      report = await boot(system, initramfs, networked());
    } finally {
      clearInterval(watch);
      code = await served.stop();
    }
  });
  afterAll(() => rm(folder, { recursive: true }));

  it.each([...CHECKS].map(([, name]) => name!))('%s', (check) => {
    expect(report.passed.has(check), report.console).toBe(true);
  });

  it('ends well, the guest and the server', () => {
    expect(report.complete, report.console).toBe(true);
    expect(code).toBe(0);
  });
});
