/** Two initiators that take a logical unit from each other. */
import { ScsiError, type DiskClient } from '../src/index.ts';
import { encodePersistentReserveOutList } from '../src/cdb/index.ts';
import type { PersistentReserveOutAction } from '../src/cdb/index.ts';
import { decodeSense } from '../src/sense/index.ts';
import { RESERVED_LUN } from './names.ts';
import { randomOf } from './random.ts';
import { leave, logIn, type Tally } from './soak-session.ts';

const RESERVATION_CONFLICT = 0x18;
const UNIT_ATTENTION = 6;
const KEYS = [0xaaaan, 0xbbbbn] as const;
/** Write exclusive and exclusive access, without and with registrants. */
const TYPES = [1, 3, 5, 6] as const;

/** How the first loses its reservation, and what the other, or the first, hears of it (ASC 2Ah). */
const ENDS = ['RELEASE', 'CLEAR', 'PREEMPT', 'PREEMPT AND ABORT'] as const;
const RESERVATIONS_PREEMPTED = 0x03;
const RESERVATIONS_RELEASED = 0x04;
const REGISTRATIONS_PREEMPTED = 0x05;

/** Reserves until it is over; rejects at the first wrong answer. */
export async function reservations(
  port: number,
  seed: number,
  stream: number,
  tally: Tally,
  over: () => boolean,
): Promise<void> {
  const random = randomOf(seed, stream);
  while (!over()) {
    const first = await logIn(port, random, tally, stream);
    const other = await logIn(port, random, tally, stream + 1);
    for (let i = 1 + random.int(50); i > 0; i--) {
      const disks = [first.disk(RESERVED_LUN, TOLD), other.disk(RESERVED_LUN, TOLD)] as const;
      await handOver(disks, random.pick(TYPES), random.pick(ENDS));
      tally.reservations++;
    }
    await leave(first, random);
    await leave(other, random);
  }
}

const TOLD = { unitAttention: 'throw' } as const;

async function handOver(
  [first, other]: readonly [DiskClient, DiskClient],
  type: number,
  end: (typeof ENDS)[number],
): Promise<void> {
  await heard(first);
  await heard(other);
  await reserve(first, 'REGISTER AND IGNORE EXISTING KEY', 0, 0n, KEYS[0]);
  await reserve(other, 'REGISTER AND IGNORE EXISTING KEY', 0, 0n, KEYS[1]);
  await reserve(first, 'RESERVE', type, KEYS[0]);
  await mayWrite(first, true);
  await mayWrite(other, type > 4);
  // The one who is not asked is told.
  const registrantsOnly = type > 4;
  switch (end) {
    case 'RELEASE':
      await reserve(first, end, type, KEYS[0]);
      expectHeard(end, await heard(other), registrantsOnly ? RESERVATIONS_RELEASED : undefined);
      break;
    case 'CLEAR':
      await reserve(first, end, 0, KEYS[0]);
      expectHeard(end, await heard(other), RESERVATIONS_PREEMPTED);
      return;
    default:
      await reserve(other, end, type, KEYS[1], KEYS[0]);
      expectHeard(end, await heard(first), REGISTRATIONS_PREEMPTED);
      await mayWrite(first, false);
  }
  await mayWrite(other, true);
  await reserve(other, 'CLEAR', 0, KEYS[1]);
}

async function reserve(
  disk: DiskClient,
  action: PersistentReserveOutAction,
  type: number,
  reservationKey: bigint,
  serviceActionReservationKey = 0n,
): Promise<void> {
  const list = encodePersistentReserveOutList({ reservationKey, serviceActionReservationKey });
  const op = `PERSISTENT RESERVE OUT, ${action}` as const;
  const request = { op, type, parameterListLength: list.length };
  for (;;) {
    const { status, sense } = await disk.request(request, list);
    if (status === 0) return;
    const { key } = (sense && decodeSense(sense)) ?? {};
    // Units that come and go are told of, too.
    if (key !== UNIT_ATTENTION) throw new Error(`${op}: status ${status}, sense key ${key}`);
  }
}

/** Whether the reservation lets it write. */
async function mayWrite(disk: DiskClient, allowed: boolean): Promise<void> {
  for (;;)
    try {
      await disk.write({ lba: 8, data: new Uint8Array(512) });
      if (!allowed) throw new Error('it wrote in spite of a reservation');
      return;
    } catch (error) {
      if (!(error instanceof ScsiError)) throw error;
      if (error.status === RESERVATION_CONFLICT && !allowed) return;
      if (error.sense?.key !== UNIT_ATTENTION) throw error;
    }
}

/** The unit attention conditions that are pending: additional sense codes and qualifiers. */
async function heard(disk: DiskClient): Promise<readonly [asc: number, ascq: number][]> {
  const all: [number, number][] = [];
  for (;;)
    try {
      await disk.testUnitReady();
      return all;
    } catch (error) {
      const sense = error instanceof ScsiError ? error.sense : undefined;
      // Exclusive access keeps TEST UNIT READY away from who has no part in it.
      if (error instanceof ScsiError && error.status === RESERVATION_CONFLICT) return all;
      if (sense?.key !== UNIT_ATTENTION) throw error;
      all.push([sense.asc, sense.ascq]);
    }
}

/** Of reservations exactly this was told. */
function expectHeard(
  end: string,
  all: readonly [asc: number, ascq: number][],
  expected: number | undefined,
): void {
  const told = all.filter(([asc]) => asc === 0x2a).map(([, ascq]) => ascq);
  if (told.length !== (expected === undefined ? 0 : 1) || told[0] !== expected)
    throw new Error(`after ${end}, 2Ah/${told.join()} was told, not ${String(expected)}`);
}
