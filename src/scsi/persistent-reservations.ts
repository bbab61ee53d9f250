/** Persistent reservations of a logical unit (SPC): the service actions as transitions, without I/O. */
import {
  isAllRegistrants,
  isReservationType,
  letsRegistrantsIn,
  LU_SCOPE,
  type ReservationType,
} from '../cdb/reservation-type.ts';
import {
  REGISTRATIONS_PREEMPTED,
  RESERVATIONS_PREEMPTED,
  RESERVATIONS_RELEASED,
} from '../sense/codes.ts';
import type { SenseCondition } from '../sense/sense-data.ts';
import {
  isHolder,
  nexusId,
  NOTHING_RESERVED,
  reservationOf,
  sameNexus,
  withoutRegistrations,
  type NexusName,
  type PersistentReservationState,
  type Registration,
} from './registration.ts';

/** A unit attention condition that has to be established for an I_T nexus. */
export interface ReservationNotice {
  /** Whom to tell. */
  readonly nexus: NexusName;
  /** What to tell. */
  readonly condition: SenseCondition;
}

/** What follows from a service action that was done. */
export interface ReservationChange {
  /** Tells it from a refusal. */
  readonly outcome: 'done';
  /** Who has to be told what. */
  readonly tell: readonly ReservationNotice[];
  /** Whose commands PREEMPT AND ABORT aborts. */
  readonly abort: readonly NexusName[];
}

/** Why a service action was not done. Nothing has changed then. */
export interface ReservationRefusal {
  /** What stands against it. */
  readonly outcome:
    /** RESERVATION CONFLICT. */
    | 'conflict'
    /** INSUFFICIENT REGISTRATION RESOURCES. */
    | 'no room'
    /** INVALID RELEASE OF PERSISTENT RESERVATION. */
    | 'invalid release'
    /** The SERVICE ACTION RESERVATION KEY must not be zero here. */
    | 'key is zero'
    /** SPEC_I_PT must not be set by an I_T nexus that is registered. */
    | 'already registered'
    /** PREEMPT of a reservation with a SCOPE that no reservation has. */
    | 'invalid scope'
    /** PREEMPT of a reservation with a TYPE that no reservation has. */
    | 'invalid type'
    /** REGISTER AND MOVE to the I_T nexus that sends it. */
    | 'moved to itself';
}

/** How a service action ended. */
export type ReservationOutcome = ReservationChange | ReservationRefusal;

/** REGISTER or REGISTER AND IGNORE EXISTING KEY. */
export interface RegisterAction {
  /** RESERVATION KEY; absent: REGISTER AND IGNORE EXISTING KEY. */
  readonly key?: bigint;
  /** SERVICE ACTION RESERVATION KEY; 0 unregisters. */
  readonly newKey: bigint;
  /** APTPL: registrations and reservation survive a power loss. */
  readonly aptpl: boolean;
  /** SPEC_I_PT. */
  readonly specIPt?: boolean;
  /** The I_T nexuses that SPEC_I_PT and ALL_TG_PT add to the one that sends the command. */
  readonly also?: readonly NexusName[];
}

/** PREEMPT or PREEMPT AND ABORT. */
export interface PreemptAction {
  /** RESERVATION KEY of the sender. */
  readonly key: bigint;
  /** SERVICE ACTION RESERVATION KEY: whose registrations go. */
  readonly victim: bigint;
  /** SCOPE of the new reservation; it and TYPE count only where one is preempted. */
  readonly scope: number;
  /** TYPE of the new reservation. */
  readonly type: number;
  /** PREEMPT AND ABORT: the commands of the preempted are aborted. */
  readonly abort?: boolean;
}

/** REGISTER AND MOVE. */
export interface MoveAction {
  /** RESERVATION KEY of the sender. */
  readonly key: bigint;
  /** SERVICE ACTION RESERVATION KEY: what the new holder is registered with. */
  readonly newKey: bigint;
  /** The new holder. */
  readonly to: NexusName;
  /** UNREG. */
  readonly unregister: boolean;
  /** APTPL: registrations and reservation survive a power loss. */
  readonly aptpl: boolean;
}

const DONE: ReservationChange = { outcome: 'done', tell: [], abort: [] };
const CONFLICT: ReservationOutcome = { outcome: 'conflict' };

/** Most registrations of a unit: an eighth of what READ KEYS could report. */
export const MAX_REGISTRATIONS = 1024;

/**
 * Who is registered, and who holds what. Each method is one service action: it changes all or
 * nothing, and returns what has to be told to whom.
 */
export class PersistentReservations {
  readonly #limit: number;
  #state: PersistentReservationState;

  /** @param limit - most registrations there may be. */
  constructor(
    state: PersistentReservationState = NOTHING_RESERVED,
    limit: number = MAX_REGISTRATIONS,
  ) {
    this.#state = state;
    this.#limit = limit;
  }

  /** What is registered and reserved now. */
  get state(): PersistentReservationState {
    return this.#state;
  }

  /** Goes on from another state: one that was stored, or the one before a change that could not be. */
  restore(state: PersistentReservationState): void {
    this.#state = state;
  }

  /** REGISTER, REGISTER AND IGNORE EXISTING KEY. */
  register(nexus: NexusName, action: RegisterAction): ReservationOutcome {
    const registered = this.#registration(nexus);
    const { key, newKey, also = [], aptpl } = action;
    if (key !== undefined && key !== (registered?.key ?? 0n)) return CONFLICT;
    if (action.specIPt === true && registered !== undefined)
      return { outcome: 'already registered' };
    const before = this.#state;
    const registrations = new Map(before.registrations);
    const gone = new Set<string>();
    // Every other I_T nexus as if it had sent the command itself; where that were a conflict, it
    // keeps what it has.
    for (const { initiator, port } of [nexus, ...also]) {
      const name = { initiator, port };
      const id = nexusId(name);
      const existing = before.registrations.get(id);
      if (key !== undefined && key !== (existing?.key ?? 0n)) continue;
      if (newKey !== 0n) registrations.set(id, { ...name, key: newKey });
      else if (existing !== undefined) gone.add(id);
    }
    if (registrations.size > this.#limit && registrations.size > before.registrations.size)
      return { outcome: 'no room' };
    const after = withoutRegistrations({ ...before, registrations, aptpl }, gone);
    return this.#next(after, this.#releaseNotices(before, after, nexus));
  }

  /** RESERVE. */
  reserve(nexus: NexusName, key: bigint, type: ReservationType): ReservationOutcome {
    if (!this.#holdsKey(nexus, key)) return CONFLICT;
    const { reservation } = this.#state;
    if (reservation !== undefined)
      return reservation.type === type && isHolder(this.#state, nexus) ? DONE : CONFLICT;
    this.#state = { ...this.#state, reservation: reservationOf(type, nexus) };
    return DONE;
  }

  /** RELEASE; `scope` and `type` have to be those of the reservation. */
  release(nexus: NexusName, key: bigint, scope: number, type: number): ReservationOutcome {
    if (!this.#holdsKey(nexus, key)) return CONFLICT;
    const before = this.#state;
    if (before.reservation === undefined || !isHolder(before, nexus)) return DONE;
    if (before.reservation.type !== type || scope !== LU_SCOPE)
      return { outcome: 'invalid release' };
    this.#state = { ...before, reservation: undefined };
    return { ...DONE, tell: this.#releaseNotices(before, this.#state, nexus) };
  }

  /** CLEAR. */
  clear(nexus: NexusName, key: bigint): ReservationOutcome {
    if (!this.#holdsKey(nexus, key)) return CONFLICT;
    const tell = this.#othersThan(nexus).map((other) => ({
      nexus: other,
      condition: RESERVATIONS_PREEMPTED,
    }));
    return this.#next({ ...this.#state, registrations: new Map(), reservation: undefined }, tell);
  }

  /** PREEMPT, PREEMPT AND ABORT. */
  preempt(nexus: NexusName, action: PreemptAction): ReservationOutcome {
    const { key, victim, scope, type } = action;
    if (!this.#holdsKey(nexus, key)) return CONFLICT;
    const before = this.#state;
    const { reservation } = before;
    const everyone = reservation !== undefined && isAllRegistrants(reservation.type);
    if (victim === 0n && !everyone) return { outcome: 'key is zero' };
    const all = [...before.registrations.values()];
    const victims = victim === 0n ? all : all.filter((each) => each.key === victim);
    if (victims.length === 0) return CONFLICT;
    const takesOver =
      victim === 0n || (reservation !== undefined && victims.some((each) => holds(before, each)));
    if (takesOver && scope !== LU_SCOPE) return { outcome: 'invalid scope' };
    const made = isReservationType(type) ? reservationOf(type, nexus) : undefined;
    if (takesOver && made === undefined) return { outcome: 'invalid type' };
    const abort = action.abort === true ? victims : [];
    const losers = takesOver ? victims.filter((each) => !sameNexus(each, nexus)) : victims;
    const left = withoutRegistrations(before, new Set(losers.map(nexusId)));
    const after = takesOver ? { ...left, reservation: made } : left;
    const tell: ReservationNotice[] = losers
      .filter((each) => !sameNexus(each, nexus))
      .map((loser) => ({ nexus: loser, condition: REGISTRATIONS_PREEMPTED }));
    if (takesOver && reservation !== undefined && reservation.type !== type)
      for (const other of after.registrations.values())
        if (!sameNexus(other, nexus)) tell.push({ nexus: other, condition: RESERVATIONS_RELEASED });
    return this.#next(after, tell, abort);
  }

  /** REGISTER AND MOVE. */
  move(nexus: NexusName, action: MoveAction): ReservationOutcome {
    const { key, newKey, to, unregister, aptpl } = action;
    const before = this.#state;
    const { reservation } = before;
    if (!this.#holdsKey(nexus, key)) return CONFLICT;
    // All registrants hold a reservation together: there is nothing that one of them could give.
    if (reservation?.holder === undefined || !isHolder(before, nexus)) return CONFLICT;
    if (newKey === 0n) return { outcome: 'key is zero' };
    if (sameNexus(to, nexus)) return { outcome: 'moved to itself' };
    const { initiator, port } = to;
    const registrations = new Map(before.registrations);
    registrations.set(nexusId(to), { initiator, port, key: newKey });
    if (unregister) registrations.delete(nexusId(nexus));
    if (registrations.size > this.#limit && registrations.size > before.registrations.size)
      return { outcome: 'no room' };
    const moved = reservationOf(reservation.type, to);
    return this.#next({ ...before, registrations, reservation: moved, aptpl }, []);
  }

  #registration(nexus: NexusName): Registration | undefined {
    return this.#state.registrations.get(nexusId(nexus));
  }

  #holdsKey(nexus: NexusName, key: bigint): boolean {
    return this.#registration(nexus)?.key === key;
  }

  #othersThan(nexus: NexusName): readonly Registration[] {
    return [...this.#state.registrations.values()].filter((other) => !sameNexus(other, nexus));
  }

  /** Counts the change. PRGENERATION wraps. */
  #next(
    state: PersistentReservationState,
    tell: readonly ReservationNotice[],
    abort: readonly NexusName[] = [],
  ): ReservationChange {
    this.#state = { ...state, generation: (this.#state.generation + 1) >>> 0 };
    return { outcome: 'done', tell, abort };
  }

  /** Where a reservation that let registrants in has gone, they are told: the other ones that remain. */
  #releaseNotices(
    before: PersistentReservationState,
    after: PersistentReservationState,
    nexus: NexusName,
  ): readonly ReservationNotice[] {
    const { reservation } = before;
    if (reservation === undefined || after.reservation !== undefined) return [];
    if (!letsRegistrantsIn(reservation.type)) return [];
    return [...after.registrations.values()]
      .filter((other) => !sameNexus(other, nexus))
      .map((other) => ({ nexus: other, condition: RESERVATIONS_RELEASED }));
  }
}

/** Whether this one nexus alone holds the reservation: what PREEMPT of a key takes over. */
function holds({ reservation }: PersistentReservationState, nexus: NexusName): boolean {
  return reservation?.holder !== undefined && sameNexus(reservation.holder, nexus);
}
