/** The options of commands that are an initiator: who it says it is, and how it proves that. */
import type { Command } from 'commander';
import { IscsiInitiator } from '../transport/iscsi/index.ts';
import { parseChap, readCredentials, type ChapSpec } from './chap-option.ts';
import { UsageError } from './errors.ts';
import { parseIscsiUrl } from './iscsi-url.ts';
import { parseInitiatorName } from './portal-option.ts';
import { writeLine, type TextOutput } from './terminal.ts';

/** The options, as commander gives them. */
export interface InitiatorFlags {
  /** iSCSI name of the initiator. */
  readonly initiatorName?: string;
  /** What it proves itself with. */
  readonly chap?: ChapSpec;
  /** What the target has to prove itself with. */
  readonly mutualChap?: ChapSpec;
}

/** Adds the options. */
export function addInitiatorOptions(command: Command): Command {
  return command
    .option('--initiator-name <IQN>', 'iSCSI: who we say we are', parseInitiatorName)
    .option(
      '--chap <NAME=SOURCE>',
      'iSCSI: what we prove ourselves with; SOURCE is file:PATH or env:VARIABLE',
      parseChap,
    )
    .option('--mutual-chap <NAME=SOURCE>', 'iSCSI: what the target has to prove', parseChap);
}

/** A logical unit behind iSCSI. */
export interface IscsiUnit {
  /** The session. */
  readonly session: IscsiInitiator;
  /** The LUN of the URL. */
  readonly lun: number;
}

/**
 * Logs in to the target of a URL.
 *
 * @param stderr - is told of secrets that others may read.
 * @throws UsageError - the URL is none, or an option makes no sense.
 * @throws CommandError - a secret is not there.
 * @throws IscsiError - the target is not there, or refuses.
 */
export async function connectIscsiUnit(
  url: string,
  { initiatorName, chap, mutualChap }: InitiatorFlags,
  stderr: TextOutput,
): Promise<IscsiUnit> {
  const { lun, ...where } = parseIscsiUrl(url);
  if (mutualChap !== undefined && chap === undefined)
    throw new UsageError('--mutual-chap is for who proves itself by --chap');
  const warn = (message: string): void => writeLine(stderr, `scsi-target: warning: ${message}`);
  const user = chap && readCredentials(chap, warn);
  const target = mutualChap && readCredentials(mutualChap, warn);
  const session = await IscsiInitiator.connect({
    ...where,
    ...(initiatorName !== undefined && { initiatorName }),
    ...(user && { chap: { user, ...(target && { target }) } }),
  });
  return { session, lun };
}
