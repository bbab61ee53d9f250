/** What a reservation means to a command (SPC and SBC, commands allowed in the presence of reservations). */
import type { CdbRequest } from '../cdb/spec.ts';

/**
 * When a reservation stands in a command's way:
 *
 * - `allowed`: never, whoever holds what (INQUIRY, REPORT LUNS, READ CAPACITY…), or as the command
 *   itself decides (RESERVE, RELEASE);
 * - `status`: where another initiator holds a RESERVE; persistent reservations let it through
 *   (TEST UNIT READY);
 * - `reads`: that, and persistent reservations of the exclusive access types;
 * - `writes`: that, and those of the write exclusive types;
 * - `persistent`: where any initiator holds a RESERVE (PERSISTENT RESERVE IN and OUT).
 *
 * The standard's tables have MODE SENSE and RECEIVE DIAGNOSTIC RESULTS among what is `reads` here,
 * and MODE SELECT and SYNCHRONIZE CACHE among what is `writes`.
 */
export type ReservationPolicy = 'allowed' | 'status' | 'reads' | 'writes' | 'persistent';

/** A policy that hangs on a field of the CDB, such as START of START STOP UNIT. */
export type ReservationPolicyOf<R extends CdbRequest> = {
  /** The policy for this request. */
  of(request: R): ReservationPolicy;
}['of'];
