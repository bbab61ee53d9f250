/** File systems and devices of a test's own: only root may make them. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'vitest';
import { inCi, whereIs } from './programs.ts';

/** Why no file system can be mounted here; `undefined` where one can. */
function obstacle(): string | undefined {
  const folder = mkdtempSync(join(tmpdir(), 'scsi-target-mount-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', folder], { stdio: 'pipe' });
    execFileSync('umount', [folder]);
    return undefined;
  } catch {
    return 'no file system may be mounted here: run as root, in a container with CAP_SYS_ADMIN';
  } finally {
    rmdirSync(folder);
  }
}

/** Why no block device can be made of a file here; `undefined` where one can. */
function loopObstacle(): string | undefined {
  if (whereIs('losetup') === undefined) return 'no losetup here: apt-get install mount';
  return existsSync('/dev/loop-control') ? undefined : 'no /dev/loop-control here: modprobe loop';
}

/**
 * A `describe` that mounts file systems, and may make block devices: skipped by name where that is not
 * possible, failed in CI.
 */
export function describeMounting(
  name: string,
  needs: 'file system' | 'loop device',
  body: () => void,
): void {
  const lack = obstacle() ?? (needs === 'loop device' ? loopObstacle() : undefined);
  if (lack === undefined) describe(name, body);
  else
    describe.skipIf(!inCi)(`${name} (${lack})`, () => {
      it('may mount', () => {
        throw new Error(lack);
      });
    });
}

/** A file as a block device. */
export interface LoopDevice {
  readonly path: string;
  readonly detach: () => void;
}

/** Makes a block device of a file. */
export function loopDevice(image: string): LoopDevice {
  const path = execFileSync('losetup', ['--show', '--find', image], { encoding: 'utf8' }).trim();
  return { path, detach: () => void execFileSync('losetup', ['--detach', path]) };
}
