/** The parameter lists of PERSISTENT RESERVE OUT (SPC). */
import { getU32, putU32 } from '../bytes.ts';
import { decodeLayout, encodeLayout, fieldExtent, type Layout } from '../layout.ts';
import type { FieldPointer } from '../sense/sense-data.ts';

/** Length of the parameter list before any TransportID. */
export const PERSISTENT_RESERVE_OUT_LIST_LENGTH = 24;

/** Offset of the TransportIDs where SPEC_I_PT is set; their length is in the 4 bytes before. */
export const SPEC_I_PT_TRANSPORT_IDS = 28;

/** The fields of the PERSISTENT RESERVE OUT parameter list of all service actions but REGISTER AND MOVE. */
export interface PersistentReserveOutFields {
  /** RESERVATION KEY of the I_T nexus that sends the command. */
  readonly reservationKey: bigint;
  /** SERVICE ACTION RESERVATION KEY: the new key, or the one to preempt. */
  readonly serviceActionReservationKey: bigint;
  /** SPEC_I_PT: the list names initiator ports to register as well. */
  readonly specIPt: boolean;
  /** ALL_TG_PT: register for every target port. */
  readonly allTgPt: boolean;
  /** APTPL: keep registrations and reservation through a power loss. */
  readonly aptpl: boolean;
}

/** Where the fields of the parameter list lie. */
export const PERSISTENT_RESERVE_OUT_LIST: Layout<PersistentReserveOutFields> = {
  reservationKey: ['id64', 0],
  serviceActionReservationKey: ['id64', 8],
  specIPt: ['bit', 20, 3],
  allTgPt: ['bit', 20, 2],
  aptpl: ['bit', 20, 0],
};

/** The parameter list of all service actions but REGISTER AND MOVE. */
export interface PersistentReserveOutList extends PersistentReserveOutFields {
  /** With SPEC_I_PT: TRANSPORTID PARAMETER DATA, one TransportID after the other; else empty. */
  readonly transportIds: Uint8Array;
}

/**
 * Encodes a PERSISTENT RESERVE OUT parameter list (SPC); members that are absent are zero.
 *
 * @throws RangeError - a key is not a 64-bit identifier.
 *
 * @example
 * ```ts
 * import { encodePersistentReserveOutList } from 'scsi-target/cdb';
 *
 * const list = encodePersistentReserveOutList({ serviceActionReservationKey: 0xabcdn });
 * ```
 */
export function encodePersistentReserveOutList(
  list: Partial<PersistentReserveOutList>,
): Uint8Array {
  const { transportIds, specIPt } = list;
  const length =
    specIPt === true
      ? SPEC_I_PT_TRANSPORT_IDS + (transportIds?.length ?? 0)
      : PERSISTENT_RESERVE_OUT_LIST_LENGTH;
  const bytes = encodeLayout(PERSISTENT_RESERVE_OUT_LIST, list, new Uint8Array(length));
  if (specIPt === true && transportIds !== undefined) {
    putU32(bytes, SPEC_I_PT_TRANSPORT_IDS - 4, transportIds.length);
    bytes.set(transportIds, SPEC_I_PT_TRANSPORT_IDS);
  }
  return bytes;
}

/**
 * Decodes a PERSISTENT RESERVE OUT parameter list (SPC).
 *
 * @returns `undefined` if the bytes are not as many as SPEC_I_PT and the length of the TransportIDs
 * make them: PARAMETER LIST LENGTH ERROR. The TransportIDs are a part of `bytes`, not a copy.
 */
export function decodePersistentReserveOutList(
  bytes: Uint8Array,
): PersistentReserveOutList | undefined {
  if (bytes.length < PERSISTENT_RESERVE_OUT_LIST_LENGTH) return undefined;
  const fields = decodeLayout(PERSISTENT_RESERVE_OUT_LIST, bytes);
  const at = fields.specIPt ? SPEC_I_PT_TRANSPORT_IDS : PERSISTENT_RESERVE_OUT_LIST_LENGTH;
  const transportIds = bytes.subarray(at);
  const announced = fields.specIPt ? getU32(bytes, SPEC_I_PT_TRANSPORT_IDS - 4) : 0;
  if (bytes.length < at || transportIds.length !== announced) return undefined;
  return { ...fields, transportIds };
}

/** The fields of the REGISTER AND MOVE parameter list before its TransportID. */
export interface RegisterAndMoveFields {
  /** RESERVATION KEY of the I_T nexus that sends the command. */
  readonly reservationKey: bigint;
  /** SERVICE ACTION RESERVATION KEY: the key to register the new holder with. */
  readonly serviceActionReservationKey: bigint;
  /** UNREG: unregister the I_T nexus that sends the command. */
  readonly unreg: boolean;
  /** APTPL: keep registrations and reservation through a power loss. */
  readonly aptpl: boolean;
  /** RELATIVE TARGET PORT IDENTIFIER of the new holder, 0 to 65535. */
  readonly relativeTargetPortId: number;
}

/** Where the fields of the REGISTER AND MOVE parameter list lie. */
export const REGISTER_AND_MOVE_LIST: Layout<RegisterAndMoveFields> = {
  reservationKey: ['id64', 0],
  serviceActionReservationKey: ['id64', 8],
  unreg: ['bit', 17, 1],
  aptpl: ['bit', 17, 0],
  relativeTargetPortId: ['u16', 18],
};

/** The parameter list of REGISTER AND MOVE. */
export interface RegisterAndMoveList extends RegisterAndMoveFields {
  /** TRANSPORTID of the new holder, as its bytes. */
  readonly transportId: Uint8Array;
}

/**
 * Encodes a REGISTER AND MOVE parameter list (SPC); members that are absent are zero.
 *
 * @throws RangeError - a value has no code in its field.
 */
export function encodeRegisterAndMoveList(list: Partial<RegisterAndMoveList>): Uint8Array {
  const transportId = list.transportId ?? new Uint8Array(0);
  const bytes = new Uint8Array(PERSISTENT_RESERVE_OUT_LIST_LENGTH + transportId.length);
  encodeLayout(REGISTER_AND_MOVE_LIST, list, bytes);
  putU32(bytes, PERSISTENT_RESERVE_OUT_LIST_LENGTH - 4, transportId.length);
  bytes.set(transportId, PERSISTENT_RESERVE_OUT_LIST_LENGTH);
  return bytes;
}

/**
 * Decodes a REGISTER AND MOVE parameter list (SPC).
 *
 * @returns `undefined` if the bytes are not as many as TRANSPORTID LENGTH makes them: PARAMETER LIST
 * LENGTH ERROR. The TransportID is a part of `bytes`, not a copy.
 */
export function decodeRegisterAndMoveList(bytes: Uint8Array): RegisterAndMoveList | undefined {
  if (bytes.length < PERSISTENT_RESERVE_OUT_LIST_LENGTH) return undefined;
  const transportId = bytes.subarray(PERSISTENT_RESERVE_OUT_LIST_LENGTH);
  if (transportId.length !== getU32(bytes, PERSISTENT_RESERVE_OUT_LIST_LENGTH - 4))
    return undefined;
  return { ...decodeLayout(REGISTER_AND_MOVE_LIST, bytes), transportId };
}

/** Where a field lies in a parameter list, for the FIELD POINTER of sense data. */
export function listFieldPointer<T extends object>(layout: Layout<T>, name: keyof T): FieldPointer {
  const field = layout[name];
  const [byte] = fieldExtent(field);
  const bit = field[0] === 'bit' || field[0] === 'bits' ? field[2] : undefined;
  return bit === undefined ? { in: 'data', byte } : { in: 'data', byte, bit };
}
