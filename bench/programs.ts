/** The programs that put load on a target, and what they measured. */
import { execFile } from 'node:child_process';
import { access, constants } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';

const execute = promisify(execFile);

/** Milliseconds after which a program will not end any more. */
const TIMEOUT = 60_000;

const run = (program: string, args: readonly string[]): Promise<{ readonly stdout: string }> =>
  execute(program, args, { timeout: TIMEOUT });

/** The Debian package of each program. */
const PACKAGES = {
  'iscsi-perf': 'libiscsi-bin',
  'qemu-img': 'qemu-utils qemu-block-extra',
  tgtd: 'tgt',
  tgtadm: 'tgt',
} as const;

/** The programs that are not here, with the packages that have them. */
export async function missingPrograms(): Promise<readonly string[]> {
  const missing: string[] = [];
  for (const [program, packages] of Object.entries(PACKAGES))
    if ((await whereIs(program)) === undefined) missing.push(`${program} (${packages})`);
  return missing;
}

/** Where a program is: in PATH, or where administrators' programs are. */
export async function whereIs(program: string): Promise<string | undefined> {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/sbin'];
  for (const folder of folders) {
    const path = join(folder, program);
    if (
      await access(path, constants.X_OK).then(
        () => true,
        () => false,
      )
    )
      return path;
  }
  return undefined;
}

/** Commands a second of random 4 KiB reads, 32 at a time, for some seconds (`iscsi-perf -r`). */
export async function randomReads(url: string, seconds: number): Promise<number> {
  const args = ['-r', '-m', '32', '-b', '8', '-t', String(seconds), url];
  const { stdout } = await run('iscsi-perf', args);
  const average = [...stdout.matchAll(/iops average (\d+)/g)].at(-1)?.[1];
  if (average === undefined) throw new Error(`iscsi-perf measured nothing:\n${stdout}`);
  return Number(average);
}

/** What `qemu-img bench` is to do: requests one behind the other, around the disk. */
export interface SequentialLoad {
  readonly depth: number;
  /** Bytes a request. */
  readonly size: number;
  readonly requests: number;
  readonly write: boolean;
}

/** Commands a second (`qemu-img bench`). */
export async function sequential(url: string, load: SequentialLoad): Promise<number> {
  const { depth, size, requests, write } = load;
  const numbers = ['-c', String(requests), '-d', String(depth), '-s', String(size)];
  const args = ['bench', '-f', 'raw', '-t', 'none', ...numbers, ...(write ? ['-w'] : []), url];
  const { stdout } = await run('qemu-img', args);
  const seconds = /Run completed in ([\d.]+) seconds/.exec(stdout)?.[1];
  if (seconds === undefined) throw new Error(`qemu-img measured nothing:\n${stdout}`);
  return requests / Number(seconds);
}
