/** Persistent reservations as the plain JSON that a unit store keeps while APTPL is set. */
import { isAllRegistrants, isReservationType } from '../cdb/reservation-type.ts';
import {
  nexusId,
  NOTHING_RESERVED,
  type NexusName,
  type PersistentReservation,
  type PersistentReservationState,
  type Registration,
} from './registration.ts';

/** What is kept of a registration. */
export interface StoredRegistration extends NexusName {
  /** Reservation key as 16 hexadecimal digits. */
  readonly key: string;
}

/** The section `reservations` of a unit's state. PRGENERATION begins at 0 after a power loss. */
export interface StoredReservations {
  /** Who is registered, with which key. */
  readonly registrations: readonly StoredRegistration[];
  /** The reservation, if there is one. */
  readonly reservation?: PersistentReservation;
}

/** What has to be kept: nothing (`undefined`) unless APTPL is set. */
export function storedReservations(
  state: PersistentReservationState,
): StoredReservations | undefined {
  if (!state.aptpl) return undefined;
  const registrations = [...state.registrations.values()].map(({ initiator, port, key }) => ({
    initiator,
    port,
    key: key.toString(16).padStart(16, '0'),
  }));
  const { reservation } = state;
  return reservation === undefined ? { registrations } : { registrations, reservation };
}

/**
 * What a unit begins with after a power loss.
 *
 * @param section - what {@link storedReservations} gave; `undefined` where nothing was kept.
 * @throws TypeError - it is not that. A device must not go on as if nothing had been reserved.
 */
export function restoredReservations(section: unknown): PersistentReservationState {
  if (section === undefined) return NOTHING_RESERVED;
  const { registrations, reservation } = object(section);
  if (!Array.isArray(registrations)) throw damaged('registrations');
  const byId = new Map<string, Registration>();
  for (const each of registrations as readonly unknown[]) {
    const registration = { ...nexusName(each), key: keyOf(object(each)['key']) };
    byId.set(nexusId(registration), registration);
  }
  const state = { ...NOTHING_RESERVED, registrations: byId, aptpl: true };
  if (reservation === undefined) return state;
  const restored = reservationFrom(reservation);
  const held = restored.holder === undefined ? byId.size > 0 : byId.has(nexusId(restored.holder));
  if (!held) throw damaged('reservation');
  return { ...state, reservation: restored };
}

function reservationFrom(value: unknown): PersistentReservation {
  const { type, holder } = object(value);
  if (typeof type !== 'number' || !isReservationType(type)) throw damaged('type');
  if (isAllRegistrants(type)) return { type };
  return { type, holder: nexusName(holder) };
}

function nexusName(value: unknown): NexusName {
  const { initiator, port } = object(value);
  if (typeof initiator !== 'string' || typeof port !== 'number') throw damaged('I_T nexus');
  return { initiator, port };
}

function keyOf(value: unknown): bigint {
  if (typeof value !== 'string' || !/^[0-9a-f]{16}$/.test(value)) throw damaged('key');
  return BigInt(`0x${value}`);
}

function object(value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) throw damaged('shape');
  return value as Readonly<Record<string, unknown>>;
}

const damaged = (what: string): TypeError =>
  new TypeError(`The persistent reservations in the unit store are damaged: ${what}.`);
