/** Registrations and the reservation of a logical unit as plain data (SPC, persistent reservations). */
import {
  isAllRegistrants,
  letsRegistrantsIn,
  type ReservationType,
} from '../cdb/reservation-type.ts';

/** An I_T nexus by name: it can be registered without ever having been there. */
export interface NexusName {
  /** The SCSI initiator port name. */
  readonly initiator: string;
  /** RELATIVE TARGET PORT IDENTIFIER of the target port, 1 to 65535. */
  readonly port: number;
}

/** A registered I_T nexus. */
export interface Registration extends NexusName {
  /** Reservation key, 1 to 2^64 − 1. */
  readonly key: bigint;
}

/** A persistent reservation. Its scope is the logical unit. */
export interface PersistentReservation {
  /** TYPE. */
  readonly type: ReservationType;
  /** The holder; absent for the all registrants types, which every registered I_T nexus holds. */
  readonly holder?: NexusName;
}

/** All there is to know of persistent reservations at one time. Never changed, only replaced. */
export interface PersistentReservationState {
  /** PRGENERATION, 0 to 2^32 − 1. */
  readonly generation: number;
  /** By {@link nexusId}, in the order they came. */
  readonly registrations: ReadonlyMap<string, Registration>;
  /** The reservation, if there is one. */
  readonly reservation?: PersistentReservation | undefined;
  /** APTPL of the last registration: all this has to outlive a power loss. */
  readonly aptpl: boolean;
}

/** What a unit begins with. */
export const NOTHING_RESERVED: PersistentReservationState = {
  generation: 0,
  registrations: new Map(),
  aptpl: false,
};

/** Names an I_T nexus in one string. */
export function nexusId({ initiator, port }: NexusName): string {
  return `${port} ${initiator}`;
}

/** Whether two names are of the same I_T nexus. */
export function sameNexus(a: NexusName, b: NexusName): boolean {
  return a.port === b.port && a.initiator === b.initiator;
}

/** Whether an I_T nexus holds the reservation. */
export function isHolder(state: PersistentReservationState, nexus: NexusName): boolean {
  const { reservation, registrations } = state;
  if (reservation === undefined) return false;
  return reservation.holder === undefined
    ? registrations.has(nexusId(nexus))
    : sameNexus(reservation.holder, nexus);
}

/** Whether the reservation lets an I_T nexus do everything: a holder, or registered where that is enough. */
export function mayAccess(state: PersistentReservationState, nexus: NexusName): boolean {
  const { reservation, registrations } = state;
  if (reservation === undefined || isHolder(state, nexus)) return true;
  return letsRegistrantsIn(reservation.type) && registrations.has(nexusId(nexus));
}

/**
 * The same without some registrations, and without the reservation if its last holder was among
 * them.
 */
export function withoutRegistrations(
  state: PersistentReservationState,
  gone: ReadonlySet<string>,
): PersistentReservationState {
  const registrations = new Map([...state.registrations].filter(([id]) => !gone.has(id)));
  const { reservation } = state;
  const kept =
    reservation !== undefined &&
    (reservation.holder === undefined
      ? registrations.size > 0
      : registrations.has(nexusId(reservation.holder)));
  return { ...state, registrations, reservation: kept ? reservation : undefined };
}

/** A reservation of a type that an I_T nexus makes. */
export function reservationOf(type: ReservationType, holder: NexusName): PersistentReservation {
  const { initiator, port } = holder;
  return isAllRegistrants(type) ? { type } : { type, holder: { initiator, port } };
}
