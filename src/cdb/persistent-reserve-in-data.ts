/** What PERSISTENT RESERVE IN returns (SPC), one pair of codecs a service action. */
import { getBig64, getU32, putBig64, putU16, putU32 } from '../bytes.ts';
import { decodeLayout, encodeLayout, type Layout } from '../layout.ts';

/** PRGENERATION and ADDITIONAL LENGTH, which begin all data but that of REPORT CAPABILITIES. */
const HEADER_LENGTH = 8;

/** What READ KEYS returns. */
export interface RegisteredKeys {
  /** PRGENERATION, 0 to 2^32 − 1: counts changes of registrations. */
  readonly generation: number;
  /** RESERVATION KEY of every registration; the same key can be there more than once. */
  readonly keys: readonly bigint[];
}

/**
 * Encodes the data of PERSISTENT RESERVE IN, READ KEYS (SPC).
 *
 * @throws RangeError - a key is not a 64-bit identifier.
 */
export function encodeRegisteredKeys({ generation, keys }: RegisteredKeys): Uint8Array {
  const bytes = new Uint8Array(HEADER_LENGTH + 8 * keys.length);
  putHeader(bytes, generation);
  for (const [i, key] of keys.entries()) putBig64(bytes, HEADER_LENGTH + 8 * i, checkedKey(key));
  return bytes;
}

/** Decodes the data of PERSISTENT RESERVE IN, READ KEYS: as many keys as the bytes hold whole. */
export function decodeRegisteredKeys(bytes: Uint8Array): RegisteredKeys {
  const keys: bigint[] = [];
  const end = endOf(bytes);
  for (let at = HEADER_LENGTH; at + 8 <= end; at += 8) keys.push(getBig64(bytes, at));
  return { generation: getU32(bytes, 0), keys };
}

/** A persistent reservation. */
export interface ReservationDescriptor {
  /** RESERVATION KEY of the holder; 0 for the all registrants types. */
  readonly key: bigint;
  /** SCOPE, 0 to 15; 0 is the logical unit. */
  readonly scope: number;
  /** TYPE, 0 to 15: see `RESERVATION_TYPE`. */
  readonly type: number;
}

const RESERVATION: Layout<ReservationDescriptor> = {
  key: ['id64', 0],
  scope: ['bits', 13, 7, 4],
  type: ['bits', 13, 3, 0],
};
const RESERVATION_LENGTH = 16;

/** What READ RESERVATION returns. */
export interface ReservationReport {
  /** PRGENERATION, 0 to 2^32 − 1. */
  readonly generation: number;
  /** The reservation; absent where there is none. */
  readonly reservation?: ReservationDescriptor;
}

/**
 * Encodes the data of PERSISTENT RESERVE IN, READ RESERVATION (SPC).
 *
 * @throws RangeError - a value has no code in its field.
 */
export function encodeReservationReport(report: ReservationReport): Uint8Array {
  const { generation, reservation } = report;
  const bytes = new Uint8Array(HEADER_LENGTH + (reservation ? RESERVATION_LENGTH : 0));
  putHeader(bytes, generation);
  if (reservation) encodeLayout(RESERVATION, reservation, bytes.subarray(HEADER_LENGTH));
  return bytes;
}

/** Decodes the data of PERSISTENT RESERVE IN, READ RESERVATION; a reservation that is cut off is left out. */
export function decodeReservationReport(bytes: Uint8Array): ReservationReport {
  const generation = getU32(bytes, 0);
  if (endOf(bytes) < HEADER_LENGTH + RESERVATION_LENGTH) return { generation };
  return { generation, reservation: decodeLayout(RESERVATION, bytes.subarray(HEADER_LENGTH)) };
}

/** What REPORT CAPABILITIES returns. */
export interface ReservationCapabilities {
  /** RLR_C: REPLACE LOST RESERVATION is supported. */
  readonly replaceLostReservation: boolean;
  /** CRH: RESERVE and RELEASE of a persistent reservation's holder end with GOOD. */
  readonly compatibleReservationHandling: boolean;
  /** SIP_C: SPEC_I_PT is supported. */
  readonly specifyInitiatorPorts: boolean;
  /** ATP_C: ALL_TG_PT is supported. */
  readonly allTargetPorts: boolean;
  /** PTPL_C: APTPL is supported. */
  readonly persistThroughPowerLossCapable: boolean;
  /** TMV: the type mask is valid. */
  readonly typeMaskValid: boolean;
  /** ALLOW COMMANDS, 0 to 7: which commands get past reservations; 0 is not reported. */
  readonly allowCommands: number;
  /** PTPL_A: registrations are kept through a power loss now. */
  readonly persistThroughPowerLossActivated: boolean;
  /** WR_EX_AR: write exclusive, all registrants. */
  readonly writeExclusiveAllRegistrants: boolean;
  /** EX_AC_RO: exclusive access, registrants only. */
  readonly exclusiveAccessRegistrantsOnly: boolean;
  /** WR_EX_RO: write exclusive, registrants only. */
  readonly writeExclusiveRegistrantsOnly: boolean;
  /** EX_AC: exclusive access. */
  readonly exclusiveAccess: boolean;
  /** WR_EX: write exclusive. */
  readonly writeExclusive: boolean;
  /** EX_AC_AR: exclusive access, all registrants. */
  readonly exclusiveAccessAllRegistrants: boolean;
}

const CAPABILITIES: Layout<ReservationCapabilities> = {
  replaceLostReservation: ['bit', 2, 7],
  compatibleReservationHandling: ['bit', 2, 4],
  specifyInitiatorPorts: ['bit', 2, 3],
  allTargetPorts: ['bit', 2, 2],
  persistThroughPowerLossCapable: ['bit', 2, 0],
  typeMaskValid: ['bit', 3, 7],
  allowCommands: ['bits', 3, 6, 4],
  persistThroughPowerLossActivated: ['bit', 3, 0],
  writeExclusiveAllRegistrants: ['bit', 4, 7],
  exclusiveAccessRegistrantsOnly: ['bit', 4, 6],
  writeExclusiveRegistrantsOnly: ['bit', 4, 5],
  exclusiveAccess: ['bit', 4, 3],
  writeExclusive: ['bit', 4, 1],
  exclusiveAccessAllRegistrants: ['bit', 5, 0],
};
const CAPABILITIES_LENGTH = 8;

/**
 * Encodes the data of PERSISTENT RESERVE IN, REPORT CAPABILITIES (SPC); members that are absent are 0.
 *
 * @throws RangeError - a value has no code in its field.
 */
export function encodeReservationCapabilities(
  capabilities: Partial<ReservationCapabilities>,
): Uint8Array {
  const bytes = new Uint8Array(CAPABILITIES_LENGTH);
  putU16(bytes, 0, CAPABILITIES_LENGTH);
  return encodeLayout(CAPABILITIES, capabilities, bytes);
}

/** Decodes the data of PERSISTENT RESERVE IN, REPORT CAPABILITIES. Bytes past the end read as zero. */
export function decodeReservationCapabilities(bytes: Uint8Array): ReservationCapabilities {
  return decodeLayout(CAPABILITIES, bytes);
}

/** A registration as READ FULL STATUS reports it. */
export interface FullStatusDescriptor {
  /** RESERVATION KEY. */
  readonly key: bigint;
  /** ALL_TG_PT: the registration is one for all target ports; `relativeTargetPortId` means nothing then. */
  readonly allTgPt: boolean;
  /** R_HOLDER: this I_T nexus holds the reservation. */
  readonly holder: boolean;
  /** SCOPE, 0 to 15, where `holder` is set. */
  readonly scope: number;
  /** TYPE, 0 to 15, where `holder` is set. */
  readonly type: number;
  /** RELATIVE TARGET PORT IDENTIFIER, 0 to 65535. */
  readonly relativeTargetPortId: number;
}

const FULL_STATUS: Layout<FullStatusDescriptor> = {
  key: ['id64', 0],
  allTgPt: ['bit', 12, 1],
  holder: ['bit', 12, 0],
  scope: ['bits', 13, 7, 4],
  type: ['bits', 13, 3, 0],
  relativeTargetPortId: ['u16', 18],
};
const FULL_STATUS_LENGTH = 24;

/** A registration with the TransportID of its initiator port. */
export interface FullStatusRegistration extends FullStatusDescriptor {
  /** TRANSPORTID, as its bytes. */
  readonly transportId: Uint8Array;
}

/** What READ FULL STATUS returns. */
export interface FullStatus {
  /** PRGENERATION, 0 to 2^32 − 1. */
  readonly generation: number;
  /** The registrations, each with what it holds. */
  readonly registrations: readonly FullStatusRegistration[];
}

/**
 * Encodes the data of PERSISTENT RESERVE IN, READ FULL STATUS (SPC).
 *
 * @throws RangeError - a value has no code in its field.
 */
export function encodeFullStatus({ generation, registrations }: FullStatus): Uint8Array {
  let length = HEADER_LENGTH;
  for (const { transportId } of registrations) length += FULL_STATUS_LENGTH + transportId.length;
  const bytes = new Uint8Array(length);
  putHeader(bytes, generation);
  let at = HEADER_LENGTH;
  for (const registration of registrations) {
    const { transportId } = registration;
    encodeLayout(FULL_STATUS, registration, bytes.subarray(at));
    putU32(bytes, at + 20, transportId.length);
    bytes.set(transportId, at + FULL_STATUS_LENGTH);
    at += FULL_STATUS_LENGTH + transportId.length;
  }
  return bytes;
}

/**
 * Decodes the data of PERSISTENT RESERVE IN, READ FULL STATUS: as many descriptors as the bytes hold
 * whole. The TransportIDs are parts of `bytes`, not copies.
 */
export function decodeFullStatus(bytes: Uint8Array): FullStatus {
  const registrations: FullStatusRegistration[] = [];
  const end = endOf(bytes);
  let at = HEADER_LENGTH;
  while (at + FULL_STATUS_LENGTH <= end) {
    const next = at + FULL_STATUS_LENGTH + getU32(bytes, at + 20);
    if (next > end) break;
    registrations.push({
      ...decodeLayout(FULL_STATUS, bytes.subarray(at, next)),
      transportId: bytes.subarray(at + FULL_STATUS_LENGTH, next),
    });
    at = next;
  }
  return { generation: getU32(bytes, 0), registrations };
}

function putHeader(bytes: Uint8Array, generation: number): void {
  if (!Number.isInteger(generation) || generation < 0 || generation > 0xffff_ffff)
    throw new RangeError(`generation: ${generation} is not an integer from 0 to 4294967295`);
  putU32(bytes, 0, generation);
  putU32(bytes, 4, bytes.length - HEADER_LENGTH);
}

/** Where the data ends: what ADDITIONAL LENGTH announces, or what there is of it. */
const endOf = (bytes: Uint8Array): number =>
  Math.min(bytes.length, HEADER_LENGTH + getU32(bytes, 4));

function checkedKey(key: bigint): bigint {
  if (BigInt.asUintN(64, key) !== key)
    throw new RangeError(`keys: ${key} is not a 64-bit identifier`);
  return key;
}
