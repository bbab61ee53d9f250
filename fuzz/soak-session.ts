/** The sessions of a soak, each in its own way. */
import { setTimeout as delay } from 'node:timers/promises';
import { ScsiError } from '../src/index.ts';
import { IscsiError, IscsiInitiator } from '../src/transport/iscsi/index.ts';
import { CHAP, GUARDED, MOVED_LUNS, SOAKED } from './names.ts';
import type { Random } from './random.ts';

/** What was done. */
export interface Tally {
  operations: number;
  logins: number;
  /** Logins with CHAP, of one or of both sides. */
  authenticated: number;
  aborts: number;
  resets: number;
  /** Reservations that went through all their hands. */
  reservations: number;
  /** Operations at the LUN that comes and goes: it was there, or not. */
  found: number;
  missed: number;
}

/** Logs in, with or without digests and CHAP. */
export async function logIn(
  port: number,
  random: Random,
  tally: Tally,
  initiator: number,
): Promise<IscsiInitiator> {
  const guarded = random.chance(0.5);
  const { user, target } = CHAP;
  const session = await IscsiInitiator.connect({
    host: '127.0.0.1',
    port,
    targetName: guarded ? GUARDED : SOAKED,
    initiatorName: `iqn.2026-11.com.example:soak${initiator}`,
    isid: Uint8Array.of(0x80, 0, 0, 0, 0, initiator),
    ...(guarded && { chap: random.chance(0.5) ? { user } : { user, target } }),
    headerDigest: random.chance(0.5) ? 'prefer' : 'none',
    dataDigest: random.chance(0.3) ? 'prefer' : 'none',
  });
  tally.logins++;
  if (guarded) tally.authenticated++;
  return session;
}

/** Logs out, or is not there any more, in the midst of what it asked for. */
export async function leave(session: IscsiInitiator, random: Random): Promise<void> {
  if (random.chance(0.8)) {
    await session.logout();
    return;
  }
  const reading = session.disk(random.pick(MOVED_LUNS)).read({ lba: 0, blocks: 256 });
  const cut = reading.catch((error: unknown) => {
    if (!(error instanceof IscsiError || error instanceof ScsiError)) throw error;
  });
  if (random.chance(0.5)) await delay(0);
  await session.close();
  await cut;
}
