/** Whether a process is the one it was: process ids are used again. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { errnoOf } from './errors.ts';

/** Whether a process of that id runs. A zombie does not: it holds nothing any more. */
export function isRunning(pid: number): boolean {
  // 0 and negative numbers mean groups to kill(2).
  if (!Number.isSafeInteger(pid) || pid < 1) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    return errnoOf(error) === 'EPERM';
  }
  return linuxStat(pid)?.[0] !== 'Z';
}

/**
 * When the process of that id started: on Linux its start time in clock ticks since boot and the id
 * of that boot, on other Unixes what `ps` prints, on Windows unknown.
 */
export function startOf(pid: number): string | undefined {
  try {
    if (process.platform === 'linux') {
      const ticks = linuxStat(pid)?.[19];
      const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'ascii').trim();
      return ticks === undefined ? undefined : `${ticks}@${boot}`;
    }
    if (process.platform === 'win32') return undefined;
    const env = { ...process.env, LC_ALL: 'C', TZ: 'UTC' };
    const printed = execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], {
      env,
      encoding: 'ascii',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    return printed.trim() || undefined;
  } catch {
    return undefined;
  }
}

/**
 * The fields of /proc/PID/stat from the third (state) on; field 22 is the start time. The second, the
 * name, may hold blanks and parentheses, so they are counted from the last parenthesis.
 */
function linuxStat(pid: number): readonly string[] | undefined {
  if (process.platform !== 'linux') return undefined;
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  } catch {
    return undefined;
  }
}
