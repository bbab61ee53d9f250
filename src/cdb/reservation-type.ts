/** What a persistent reservation forbids to whom (SPC, persistent reservations TYPE codes). */

/** A TYPE code that the standard defines. */
export type ReservationType = (typeof RESERVATION_TYPE)[keyof typeof RESERVATION_TYPE];

/** The TYPE codes of persistent reservations by name. */
export const RESERVATION_TYPE = {
  /** Only the holder writes. */
  WRITE_EXCLUSIVE: 0x1,
  /** Only the holder reads and writes. */
  EXCLUSIVE_ACCESS: 0x3,
  /** Only registered nexuses write. */
  WRITE_EXCLUSIVE_REGISTRANTS_ONLY: 0x5,
  /** Only registered nexuses read and write. */
  EXCLUSIVE_ACCESS_REGISTRANTS_ONLY: 0x6,
  /** Only registered nexuses write, and all of them hold the reservation. */
  WRITE_EXCLUSIVE_ALL_REGISTRANTS: 0x7,
  /** Only registered nexuses read and write, and all of them hold the reservation. */
  EXCLUSIVE_ACCESS_ALL_REGISTRANTS: 0x8,
} as const;

/** SCOPE code of a reservation of the whole logical unit: the only one that is not obsolete. */
export const LU_SCOPE = 0x0;

/** Whether the standard defines this TYPE code. */
export function isReservationType(type: number): type is ReservationType {
  return Object.values<number>(RESERVATION_TYPE).includes(type);
}

/** Whether every registered I_T nexus is a holder of a reservation of this type. */
export function isAllRegistrants(type: number): boolean {
  return (
    type === RESERVATION_TYPE.WRITE_EXCLUSIVE_ALL_REGISTRANTS ||
    type === RESERVATION_TYPE.EXCLUSIVE_ACCESS_ALL_REGISTRANTS
  );
}

/** Whether a reservation of this type lets in every registered I_T nexus: registrants only, all registrants. */
export function letsRegistrantsIn(type: number): boolean {
  return type >= RESERVATION_TYPE.WRITE_EXCLUSIVE_REGISTRANTS_ONLY;
}

/** Whether a reservation of this type forbids reads too: the exclusive access types. */
export function forbidsReads(type: number): boolean {
  return (
    type === RESERVATION_TYPE.EXCLUSIVE_ACCESS ||
    type === RESERVATION_TYPE.EXCLUSIVE_ACCESS_REGISTRANTS_ONLY ||
    type === RESERVATION_TYPE.EXCLUSIVE_ACCESS_ALL_REGISTRANTS
  );
}
