/**
 * Linux's own initiator with mutual CHAP and digests: its connection is cut in mid-write, then the target is
 * killed and started again, and the copy notices neither.
 *
 * Run by `npm run test:guest`.
 */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { cuttingProxy } from '../../transport/iscsi/cutting-proxy.ts';
import { describeWith, type Program } from '../programs.ts';
import { serve, type Served } from '../served.ts';
import { boot, networked, type Report } from './boot.ts';
import { FILE_LENGTH, SEED, sumOfFiles } from './files.ts';
import { writeInitramfs } from './initramfs.ts';
import { kernel } from './kernel.ts';

const SCRIPT = 'recovery.sh';
const PROGRAMS: readonly Program[] = ['iscsid', 'iscsiadm', 'mkfs.ext4', 'fsck.ext4'];
const NEEDED: readonly Program[] = [
  ...(['qemu-system-x86_64', 'busybox', 'ldd', 'apt-get', 'dpkg-deb', 'tar'] as const),
  ...PROGRAMS,
];
// crc32c_generic: what iscsi_tcp and ext4 need at run time, which no module names.
const MODULES = ['virtio_pci', 'virtio_net', 'crc32c_generic', 'iscsi_tcp', 'sd_mod', 'ext4'];

const FILES = 60;
/** Where the wire is cut, and where the target is killed: in the copy, which is 60 MiB long. */
const CUT_AT = 15 * FILE_LENGTH;
const KILL_AT = 35 * FILE_LENGTH;

const SECRET = 'sesame-open-wide';
const TARGET_SECRET = 'rumpelstiltskin1';

const CHECKS = (await readFile(fileURLToPath(new URL(SCRIPT, import.meta.url)), 'utf8')).matchAll(
  /^check (\S+)/gm,
);

describeWith(NEEDED, 'a Linux guest whose connection breaks', () => {
  let folder: string;
  let report: Report;
  let served: Served;
  const done = { cut: false, restarted: false };

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'scsi-target-'));
    const system = await kernel();
    const secret = async (name: string, value: string): Promise<string> => {
      const path = join(folder, `${name}.secret`);
      await writeFile(path, `${value}\n`, { mode: 0o600 });
      return `${name}=file:${path}`;
    };
    const options = [
      '--chap',
      await secret('alice', SECRET),
      '--mutual-chap',
      await secret('disk', TARGET_SECRET),
      '--header-digest',
      'prefer',
      '--data-digest',
      'prefer',
    ];
    const disk = `file:${join(folder, 'disk.img')},size=256M`;
    served = await serve([disk], 1, options);
    const { port } = served;
    const proxy = await cuttingProxy(() => port);
    let restart: Promise<void> | undefined;
    const watch = setInterval(() => {
      if (!done.cut && proxy.passed.toTarget > CUT_AT) {
        done.cut = true;
        proxy.cut();
      }
      if (restart !== undefined || proxy.passed.toTarget < KILL_AT) return;
      restart = served.kill().then(async () => {
        served = await serve([disk], [port], options);
        done.restarted = true;
      });
    }, 5);
    try {
      const name = served.urls[0]?.split('/')[3] ?? '';
      const variables = {
        NAME: name,
        PORT: String(proxy.port),
        SECRET,
        TARGET_SECRET,
        ALL_FILES: sumOfFiles(FILES),
      };
      const initramfs = join(folder, 'initramfs');
      const files = { seed: SEED };
      const scenario = { script: SCRIPT, programs: PROGRAMS, modules: MODULES, files, variables };
      await writeInitramfs(initramfs, system, scenario);
      report = await boot(system, initramfs, networked());
    } finally {
      clearInterval(watch);
      await restart;
      await served.stop();
    }
  });
  afterAll(() => rm(folder, { recursive: true }));

  it.each([...CHECKS].map(([, name]) => name!))('%s', (check) => {
    expect(report.passed.has(check), `${report.console}\n${served.output}`).toBe(true);
  });

  it('was cut in the copy, and met a target that had been killed', () => {
    expect(done).toEqual({ cut: true, restarted: true });
  });

  it('ends well', () => {
    expect(report.complete, report.console).toBe(true);
  });
});
