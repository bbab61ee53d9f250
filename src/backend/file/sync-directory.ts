/** Makes what happened to a name as durable as what happened to its file. */
import { open } from 'node:fs/promises';
import { dirname } from 'node:path';

/**
 * Brings the directory of `path` to stable storage: a new or renamed file's name is there only when
 * its directory is. Windows cannot; it need not.
 */
export async function syncDirectory(path: string): Promise<void> {
  const directory = await open(dirname(path), 'r').catch(() => undefined);
  await directory?.sync().catch(() => undefined);
  await directory?.close();
}
