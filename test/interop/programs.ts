/**
 * The programs of other people that the disk is tried with.
 *
 * Where one is absent its tests are skipped, and their name says what to install. Continuous
 * integration (`CI=true`) has them all, so there a missing program is a failure.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { describe, it } from 'vitest';

/** The Debian package that each program comes from. */
const PACKAGES = {
  'iscsi-ls': 'libiscsi-bin',
  'iscsi-inq': 'libiscsi-bin',
  'iscsi-readcapacity16': 'libiscsi-bin',
  'iscsi-test-cu': 'libiscsi-bin',
  'qemu-img': 'qemu-utils qemu-block-extra',
  'qemu-system-x86_64': 'qemu-system-x86 qemu-block-extra',
  tgtd: 'tgt',
  tgtadm: 'tgt',
  cmp: 'diffutils',
  dumpcap: 'tshark',
  tshark: 'tshark',
  'apt-get': 'apt',
  'dpkg-deb': 'dpkg',
  ldd: 'libc-bin',
  tar: 'tar',
  wine: 'wine wine64',
  'gcc.exe': 'mingw-w64',
  'x86_64-w64-mingw32-gcc': 'gcc-mingw-w64-x86-64',
  busybox: 'busybox-static',
  iscsid: 'open-iscsi',
  iscsiadm: 'open-iscsi',
  dmsetup: 'dmsetup',
  'mkfs.ext4': 'e2fsprogs',
  'fsck.ext4': 'e2fsprogs',
  fstrim: 'util-linux',
  fdisk: 'fdisk',
  sfdisk: 'fdisk',
  sgdisk: 'gdisk',
  sg_compare_and_write: 'sg3-utils',
  sg_decode_sense: 'sg3-utils',
  sg_copy_results: 'sg3-utils',
  sg_format: 'sg3-utils',
  sg_get_lba_status: 'sg3-utils',
  sg_inq: 'sg3-utils',
  sg_logs: 'sg3-utils',
  sg_modes: 'sg3-utils',
  sg_opcodes: 'sg3-utils',
  sg_persist: 'sg3-utils',
  sg_readcap: 'sg3-utils',
  sg_requests: 'sg3-utils',
  sg_rtpg: 'sg3-utils',
  sg_sanitize: 'sg3-utils',
  sg_senddiag: 'sg3-utils',
  sg_timestamp: 'sg3-utils',
  sg_turs: 'sg3-utils',
  sg_unmap: 'sg3-utils',
  sg_verify: 'sg3-utils',
  sg_vpd: 'sg3-utils',
  sg_write_same: 'sg3-utils',
  sg_xcopy: 'sg3-utils',
} as const;

/** A program that the tests know how to get. */
export type Program = keyof typeof PACKAGES;

/** Where a program is, in PATH or where administrators' programs are; `undefined` where it is not. */
export function whereIs(program: string): string | undefined {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/sbin'];
  return folders
    .filter((folder) => folder !== '')
    .map((folder) => join(folder, program))
    .find((path) => {
      try {
        accessSync(path, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
}

/** True where a missing program is a failure. */
export const inCi = !['', '0', 'false', undefined].includes(process.env['CI']);

/** A `describe` that needs programs: skipped by name without them, failed without them in CI. */
export function describeWith(programs: readonly Program[], name: string, body: () => void): void {
  const missing = programs.filter((program) => whereIs(program) === undefined);
  if (missing.length === 0) {
    describe(name, body);
    return;
  }
  const packages = [...new Set(missing.flatMap((program) => PACKAGES[program].split(' ')))];
  const lack = `no ${missing.join(', ')} here: apt-get install ${packages.join(' ')}`;
  describe.skipIf(!inCi)(`${name} (${lack})`, () => {
    it('has the programs it needs', () => {
      throw new Error(lack);
    });
  });
}

/** How a program ended and what it said. */
export interface Outcome {
  /** Exit code; -1 when a signal ended it. */
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Settles when a child has ended and its output was read to the end. */
export function ended(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve(code ?? -1));
  });
}

/** Runs a program to its end, with no input. A program that takes longer than `seconds` is killed. */
export async function run(
  program: string,
  args: readonly string[],
  options: { readonly seconds?: number; readonly cwd?: string } = {},
): Promise<Outcome> {
  const { seconds = 120, cwd } = options;
  const child = spawn(whereIs(program) ?? program, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: seconds * 1000,
    killSignal: 'SIGKILL',
    ...(cwd === undefined ? {} : { cwd }),
  });
  const said = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => (said.stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said.stderr += text));
  const code = await ended(child);
  return { code, ...said };
}

/** Runs a program that has to end well. @throws Error - with all it said, when it does not */
export async function runWell(
  program: string,
  args: readonly string[],
  options: { readonly seconds?: number; readonly cwd?: string } = {},
): Promise<Outcome> {
  const outcome = await run(program, args, options);
  if (outcome.code !== 0) {
    throw new Error(
      `${program} ${args.join(' ')}\nended with ${outcome.code}\n${outcome.stdout}${outcome.stderr}`,
    );
  }
  return outcome;
}
