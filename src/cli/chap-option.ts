/** The `--chap` options: names on the command line, secrets never. */
import { readFileSync, statSync } from 'node:fs';
import type { ChapCredentials, ChapTargetOptions } from '../transport/iscsi/index.ts';
import { CommandError, UsageError } from './errors.ts';
import { messageOf } from './open-disk.ts';

/** A CHAP name, and where its secret is. */
export interface ChapSpec {
  readonly name: string;
  /** A file, or a variable of the environment. */
  readonly source: 'file' | 'env';
  /** Path of the file or name of the variable. */
  readonly where: string;
}

/**
 * Reads `NAME=file:PATH` or `NAME=env:VARIABLE`. A secret itself would be in the list of processes for
 * everybody to see.
 *
 * @throws UsageError - the message does not repeat the text, in which a secret may stand.
 *
 * @example
 * ```ts
 * parseChap('alice=env:ALICE'); // { name: 'alice', source: 'env', where: 'ALICE' }
 * ```
 */
export function parseChap(text: string): ChapSpec {
  const [, name, source, where] = /^(.{1,255}?)=(file|env):(.+)$/.exec(text) ?? [];
  if (name === undefined || where === undefined)
    throw new UsageError(
      'a CHAP name and where its secret is are NAME=file:PATH or NAME=env:VARIABLE; ' +
        'the secret itself cannot be on the command line',
    );
  return { name, source: source === 'env' ? 'env' : 'file', where };
}

/**
 * Reads a secret: all of the variable, or the file without the end of its last line.
 *
 * @param warn - is told where others may read the file.
 * @throws CommandError - there is none.
 */
export function readCredentials(
  { name, source, where }: ChapSpec,
  warn: (message: string) => void,
): ChapCredentials {
  const secret = source === 'env' ? (process.env[where] ?? '') : secretIn(name, where, warn);
  if (secret === '')
    throw new CommandError(
      `the CHAP secret of '${name}': ${source === 'env' ? `variable ${where} is not set` : `${where} is empty`}`,
    );
  return { name, secret };
}

/**
 * Reads the secrets of who may log in; undefined: nobody has to prove himself.
 *
 * @param warn - is told where others may read a file.
 * @throws CommandError - there is no such secret.
 */
export function readAccess(
  access: {
    readonly chap?: readonly ChapSpec[] | undefined;
    readonly mutualChap?: ChapSpec | undefined;
  },
  warn: (message: string) => void,
): ChapTargetOptions | undefined {
  const { chap, mutualChap } = access;
  if (chap === undefined) return undefined;
  return {
    users: chap.map((spec) => readCredentials(spec, warn)),
    ...(mutualChap && { mutual: readCredentials(mutualChap, warn) }),
  };
}

function secretIn(name: string, path: string, warn: (message: string) => void): string {
  try {
    // Windows has no such bits.
    if (process.platform !== 'win32' && (statSync(path).mode & 0o077) !== 0)
      warn(`${path}, the CHAP secret of '${name}', can be read by others: chmod 600`);
    return readFileSync(path, 'utf8').replace(/\r?\n$/, '');
  } catch (error) {
    throw new CommandError(`the CHAP secret of '${name}': ${messageOf(error)}`, { cause: error });
  }
}
