/**
 * A real Linux kernel formats the disk, writes 100 MB, checks them and gives half back.
 *
 * Run by `npm run test:guest`: a minute or two, so it is not part of `npm test`.
 */
import { createHash, createCipheriv } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeWith, type Program } from '../programs.ts';
import { serve, type Served } from '../served.ts';
import { boot, passedThrough, type Report } from './boot.ts';
import { writeInitramfs, type Scenario } from './initramfs.ts';
import { kernel, type Kernel } from './kernel.ts';

const MIB = 1024 ** 2;

/** The same bytes every time; disk.sh makes 100 files of them. */
const SEED = createCipheriv('aes-128-ctr', new Uint8Array(16), new Uint8Array(16)).update(
  new Uint8Array(MIB),
);

/** MD5 over those of the files that a predicate selects by number, as disk.sh turns them. */
function sumOfFiles(selected: (file: number) => boolean): string {
  const hash = createHash('md5');
  for (let file = 0; file < 100; file++) {
    if (!selected(file)) continue;
    const turn = file * 1009;
    hash.update(SEED.subarray(turn)).update(SEED.subarray(0, turn));
  }
  return hash.digest('hex');
}

const GUEST: Omit<Scenario, 'script'> = {
  programs: ['mkfs.ext4', 'fsck.ext4', 'fstrim'],
  // crc32c_generic: what ext4's checksums need at run time, which no module names.
  modules: ['virtio_pci', 'virtio_scsi', 'sd_mod', 'sg', 'crc32c_generic', 'ext4'],
  files: { seed: SEED },
  variables: {
    ALL_FILES: sumOfFiles(() => true),
    EVEN_FILES: sumOfFiles((file) => file % 2 === 0),
  },
};

const NEEDED: readonly Program[] = [
  ...(['qemu-system-x86_64', 'busybox', 'ldd', 'apt-get', 'dpkg-deb', 'tar'] as const),
  ...GUEST.programs,
];

const FORM = 'vendor=GUEST,product=TRIAL DISK,physical-block-length=4096';

/** A boot: a script, the disk that it gets, and the checks that the script makes. */
interface Boot {
  readonly title: string;
  readonly script: string;
  readonly disk: (folder: string) => string;
  /** The kernel's name for it; memory has no cache that could be lost. */
  readonly cache: 'write back' | 'write through';
  readonly checks: readonly string[];
}

const fileDisk = (folder: string): string => `file:${join(folder, 'disk.img')},size=1G,${FORM}`;

const NEW_DISK: Pick<Boot, 'script' | 'checks'> = {
  script: 'disk.sh',
  checks: (
    'attach mkfs mkfs-discards mount write read read-again delete-half fstrim fstrim-discards ' +
    'read-other-half umount fsck no-disk-errors'
  ).split(' '),
};

const BOOTS: readonly Boot[] = [
  {
    title: 'with a new memory disk',
    ...NEW_DISK,
    disk: () => `memory:1G,${FORM}`,
    cache: 'write through',
  },
  { title: 'with a new file disk', ...NEW_DISK, disk: fileDisk, cache: 'write back' },
  {
    title: 'with the same file after the target was restarted',
    script: 'again.sh',
    disk: fileDisk,
    cache: 'write back',
    checks: 'attach fsck mount read-other-half umount no-disk-errors'.split(' '),
  },
];

describeWith(NEEDED, 'a Linux guest', () => {
  let folder: string;
  let system: Kernel;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'scsi-target-'));
    system = await kernel();
  });
  afterAll(() => rm(folder, { recursive: true }));

  describe.each(BOOTS)('$title', ({ script, disk, checks, cache }) => {
    let report: Report;
    let served: Served;
    let code: number;
    beforeAll(async () => {
      const initramfs = join(folder, 'initramfs');
      await writeInitramfs(initramfs, system, { ...GUEST, script });
      served = await serve([disk(folder)]);
      try {
        report = await boot(system, initramfs, passedThrough(served.urls[0]!));
      } finally {
        code = await served.stop();
      }
    });

    it.each(checks)('%s', (check) => {
      expect(report.passed.has(check), `${report.console}\n${served.output}`).toBe(true);
    });

    it('sees the disk that was configured', () => {
      expect(Object.fromEntries(report.facts)).toMatchObject({
        'device/vendor': 'GUEST',
        'device/model': 'TRIAL DISK',
        size: String((1024 * MIB) / 512),
        ro: '0',
        'queue/logical_block_size': '512',
        'queue/physical_block_size': '4096',
        'queue/write_cache': cache,
      });
      expect(Number(report.facts.get('queue/discard_granularity'))).toBeGreaterThanOrEqual(512);
      expect(Number(report.facts.get('queue/discard_max_bytes'))).toBeGreaterThanOrEqual(MIB);
    });

    it('ends well, the guest and the server', () => {
      expect(report.complete, report.console).toBe(true);
      expect(code, served.output).toBe(0);
    });
  });
});
