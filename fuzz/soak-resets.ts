/** An initiator that resets what it works with, in every way there is. */
import { IscsiError, IscsiInitiator } from '../src/transport/iscsi/index.ts';
import { RESET, RESET_LUN } from './names.ts';
import { randomOf, type Random } from './random.ts';
import { leave, logIn, type Tally } from './soak-session.ts';

/** What one LUN of a target that others use can bear. */
const OF_A_LUN = ['ABORT_TASK_SET', 'CLEAR_TASK_SET', 'LOGICAL_UNIT_RESET'] as const;
/** What ends the work of all. */
const OF_A_TARGET = ['TARGET_WARM_RESET', 'TARGET_COLD_RESET', 'I_T_NEXUS_RESET'] as const;

const COMPLETE = 0;

/** Resets until it is over; rejects at the first wrong answer. */
export async function resets(
  port: number,
  seed: number,
  stream: number,
  tally: Tally,
  over: () => boolean,
): Promise<void> {
  const random = randomOf(seed, stream);
  while (!over()) {
    const session = await logIn(port, random, tally, stream);
    for (let i = 1 + random.int(20); i > 0; i--) {
      await resetAround(session, RESET_LUN, random.pick(OF_A_LUN));
      tally.resets++;
    }
    await leave(session, random);
    await resetTarget(port, random, tally);
  }
}

/** The target of its own: others must not lose their work by it. */
async function resetTarget(port: number, random: Random, tally: Tally): Promise<void> {
  const session = await IscsiInitiator.connect({
    host: '127.0.0.1',
    port,
    targetName: RESET,
    initiatorName: 'iqn.2026-11.com.example:resetting',
    isid: Uint8Array.of(0x80, 0, 0, 0, 0, 1),
    keys: { iSCSIProtocolLevel: '2' },
  });
  tally.logins++;
  const way = random.pick(OF_A_TARGET);
  if (way === 'TARGET_COLD_RESET') await lose(session, way);
  else {
    await resetAround(session, 0, way);
    await session.logout();
  }
  tally.resets++;
}

/** Reads, resets in mid-flight, and reads again. */
async function resetAround(
  session: IscsiInitiator,
  lun: number,
  way: (typeof OF_A_LUN | typeof OF_A_TARGET)[number],
): Promise<void> {
  const reading = Array.from({ length: 4 }, () =>
    // Some end before the reset comes, some by it.
    session
      .disk(lun)
      .read({ lba: 0, blocks: 256 })
      .catch(() => undefined),
  );
  const response = await session.manage({ function: way, lun });
  if (response !== COMPLETE) throw new Error(`${way} was answered with ${response}`);
  await Promise.all(reading);
  await session.disk(lun).read({ lba: 0, blocks: 1 });
}

/** A reset that ends the session. */
async function lose(session: IscsiInitiator, way: 'TARGET_COLD_RESET'): Promise<void> {
  try {
    await session.manage({ function: way, lun: 0 });
    await session.disk(0).read({ lba: 0, blocks: 1 });
  } catch (error) {
    if (!(error instanceof IscsiError)) throw error;
    await session.close();
    return;
  }
  throw new Error(`the session has outlived ${way}`);
}
