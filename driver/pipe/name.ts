/** Where a pipe is: a named pipe on Windows, a Unix socket elsewhere. */
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** What the name of a named pipe begins with; WinSpd knows a pipe by it. */
export const PIPE_PREFIX = '\\\\.\\pipe\\';

/** Units that a process may serve under one name. */
export const MOST_PIPES = 64;

/**
 * Where the unit with this index listens. WinSpd puts the index behind the name: `\\.\pipe\rawdisk`
 * is `\\.\pipe\rawdisk\0`.
 *
 * @param name - `NAME` or `\\.\pipe\NAME`; not on Windows also a path with a slash, which is taken as
 * it is.
 * @throws RangeError - the name is empty.
 *
 * @example
 * ```ts
 * pipePath('rawdisk', 0, 'win32'); // '\\\\.\\pipe\\rawdisk\\0'
 * ```
 */
export function pipePath(
  name: string,
  index: number,
  platform: NodeJS.Platform = process.platform,
): string {
  const plain = name.startsWith(PIPE_PREFIX) ? name.slice(PIPE_PREFIX.length) : name;
  if (plain === '') throw new RangeError('the name of the pipe is empty');
  if (platform === 'win32') return `${PIPE_PREFIX}${plain}\\${index}`;
  return plain.includes('/') ? plain : socketPath(`${plain}\\${index}`);
}

/**
 * Where a client finds what it was told: on Windows the name itself, with or without `\\.\pipe\`;
 * elsewhere the Unix socket that stands for it.
 *
 * @param name - `\\.\pipe\NAME\INDEX`, `NAME\INDEX`, or, not on Windows, a path with a slash.
 */
export function clientPath(name: string, platform: NodeJS.Platform = process.platform): string {
  const plain = name.startsWith(PIPE_PREFIX) ? name.slice(PIPE_PREFIX.length) : name;
  if (platform === 'win32') return `${PIPE_PREFIX}${plain}`;
  return plain.includes('/') ? plain : socketPath(plain);
}

/** In the user's own folder where there is one: nobody else can take the name there. */
function socketPath(plain: string): string {
  const folder = process.env['XDG_RUNTIME_DIR'] ?? tmpdir();
  return join(folder, `${plain.replaceAll('\\', '.')}.sock`);
}
