/** Who may use a logical unit: persistent reservations, and the RESERVE of SPC-2. */
import { forbidsReads } from '../cdb/reservation-type.ts';
import type { MaybePromise } from '../maybe-promise.ts';
import type { Nexus } from './nexus.ts';
import { PersistentReservations } from './persistent-reservations.ts';
import { mayAccess, type NexusName } from './registration.ts';
import type { ReservationPolicy } from './reservation-policy.ts';
import { restoredReservations, storedReservations } from './stored-reservations.ts';
import type { UnitMemory } from './unit-memory.ts';

const SECTION = 'reservations';

/** The name by which a nexus is registered. */
export function nexusName({ initiator, port }: Nexus): NexusName {
  return { initiator, port: port.relativePortId };
}

/** The reservations of one logical unit. */
export class Reservations {
  /** Registrations and the persistent reservation. */
  readonly persistent: PersistentReservations = new PersistentReservations();
  #holder: Nexus | undefined;

  /** Whether a command of this policy, from this nexus, ends with RESERVATION CONFLICT. */
  conflict(policy: ReservationPolicy, nexus: Nexus): boolean {
    if (policy === 'allowed') return false;
    if (this.#holder !== undefined) return policy === 'persistent' || this.#holder !== nexus;
    if (policy === 'status' || policy === 'persistent') return false;
    const { state } = this.persistent;
    if (state.reservation === undefined) return false;
    if (policy === 'reads' && !forbidsReads(state.reservation.type)) return false;
    return !mayAccess(state, nexusName(nexus));
  }

  /**
   * Begins with what was kept while APTPL was set.
   *
   * @throws TypeError - that is damaged.
   */
  load(memory: UnitMemory): void {
    this.persistent.restore(restoredReservations(memory.section(SECTION)));
  }

  /** Keeps what has to outlive a power loss. Settles when it is on stable storage. */
  keep(memory: UnitMemory): MaybePromise<void> {
    return memory.keep(SECTION, storedReservations(this.persistent.state));
  }

  /** RESERVE (SPC-2). Gives whether it is no RESERVATION CONFLICT. */
  reserve(nexus: Nexus): boolean {
    if (this.persistent.state.registrations.size > 0) return this.#compatible(nexus);
    if (this.#holder !== undefined && this.#holder !== nexus) return false;
    this.#holder = nexus;
    return true;
  }

  /** RELEASE (SPC-2): of what is not held, it does nothing. Gives whether it is no RESERVATION CONFLICT. */
  release(nexus: Nexus): boolean {
    if (this.persistent.state.registrations.size > 0) return this.#compatible(nexus);
    if (this.#holder === nexus) this.#holder = undefined;
    return true;
  }

  /** The I_T nexus is lost: so is its RESERVE, while persistent reservations stay. */
  nexusLost(nexus: Nexus): void {
    if (this.#holder === nexus) this.#holder = undefined;
  }

  /** The unit has been reset: the RESERVE is gone, while persistent reservations stay. */
  reset(): void {
    this.#holder = undefined;
  }

  /**
   * Compatible reservation handling (CRH): to whom the persistent reservation gives what RESERVE
   * would, RESERVE and RELEASE end with GOOD and change nothing.
   */
  #compatible(nexus: Nexus): boolean {
    const { state } = this.persistent;
    return state.reservation !== undefined && mayAccess(state, nexusName(nexus));
  }
}
