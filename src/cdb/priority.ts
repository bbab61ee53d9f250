import { getU16, getU32, putU16, putU32 } from '../bytes.ts';
import type { CdbRequest, CdbSpec } from './spec.ts';

/** REPORT PRIORITY (SPC): the priorities of tasks that come without one of their own. */
export interface ReportPriority extends CdbRequest {
  readonly op: 'REPORT PRIORITY';
  /** PRIORITY REPORTED, 0 to 3: 0 that of this I_T nexus, 1 all that are not the initial one. */
  readonly priorityReported: number;
  /** ALLOCATION LENGTH in bytes, 0 to 2^32 − 1. */
  readonly allocationLength: number;
}

/** SET PRIORITY (SPC): sets the priority of I_T nexuses. */
export interface SetPriority extends CdbRequest {
  readonly op: 'SET PRIORITY';
  /** I_T_L NEXUS TO SET, 0 to 3: 0 this one, 1 the one in the parameter list, 2 all. */
  readonly nexusToSet: number;
  /** PARAMETER LIST LENGTH in bytes, 0 to 2^32 − 1; 0: nothing is set. */
  readonly parameterListLength: number;
}

/** CDB of REPORT PRIORITY. */
export const REPORT_PRIORITY_12: CdbSpec<ReportPriority> = {
  op: 'REPORT PRIORITY',
  opcode: 0xa3,
  serviceAction: 0x0e,
  length: 12,
  transfer: 'allocation in',
  fields: { priorityReported: ['bits', 2, 7, 6], allocationLength: ['u32', 6] },
};

/** CDB of SET PRIORITY. */
export const SET_PRIORITY_12: CdbSpec<SetPriority> = {
  op: 'SET PRIORITY',
  opcode: 0xa4,
  serviceAction: 0x0e,
  length: 12,
  transfer: 'list out',
  fields: { nexusToSet: ['bits', 2, 7, 6], parameterListLength: ['u32', 6] },
};

/** A priority and its I_T nexus: what REPORT PRIORITY reports and SET PRIORITY takes (SPC). */
export interface PriorityDescriptor {
  /** CURRENT PRIORITY or PRIORITY TO SET: 1 (the first) to 15; 0: none, or the initial one. */
  readonly priority: number;
  /** RELATIVE TARGET PORT IDENTIFIER. */
  readonly relativeTargetPortId: number;
  /** TransportID of the initiator port; empty where SET PRIORITY needs none. */
  readonly transportId: Uint8Array;
}

/** Bytes of a descriptor before its TransportID. */
export const PRIORITY_DESCRIPTOR_HEADER = 8;

const DATA_HEADER = 4;

/**
 * Encodes one descriptor, which is also the parameter list of SET PRIORITY (SPC).
 *
 * @throws RangeError - the priority is over 15.
 */
export function encodePriorityDescriptor(descriptor: PriorityDescriptor): Uint8Array {
  const { priority, relativeTargetPortId, transportId } = descriptor;
  if (!Number.isInteger(priority) || priority < 0 || priority > 15)
    throw new RangeError(`priority: ${priority} is not an integer from 0 to 15`);
  const bytes = new Uint8Array(PRIORITY_DESCRIPTOR_HEADER + transportId.length);
  bytes[0] = priority;
  putU16(bytes, 2, relativeTargetPortId);
  putU16(bytes, 6, transportId.length);
  bytes.set(transportId, PRIORITY_DESCRIPTOR_HEADER);
  return bytes;
}

/** Decodes one descriptor, or the parameter list of SET PRIORITY (SPC); undefined if it is cut off. */
export function decodePriorityDescriptor(bytes: Uint8Array): PriorityDescriptor | undefined {
  if (bytes.length < PRIORITY_DESCRIPTOR_HEADER) return undefined;
  const end = PRIORITY_DESCRIPTOR_HEADER + getU16(bytes, 6);
  if (bytes.length < end) return undefined;
  return {
    priority: (bytes[0] ?? 0) & 0x0f,
    relativeTargetPortId: getU16(bytes, 2),
    transportId: bytes.subarray(PRIORITY_DESCRIPTOR_HEADER, end),
  };
}

/**
 * Encodes the parameter data of REPORT PRIORITY (SPC).
 *
 * @throws RangeError - a priority is over 15.
 */
export function encodePriorityData(descriptors: readonly PriorityDescriptor[]): Uint8Array {
  const encoded = descriptors.map(encodePriorityDescriptor);
  const length = encoded.reduce((sum, bytes) => sum + bytes.length, 0);
  const data = new Uint8Array(DATA_HEADER + length);
  putU32(data, 0, length);
  let at = DATA_HEADER;
  for (const bytes of encoded) {
    data.set(bytes, at);
    at += bytes.length;
  }
  return data;
}

/** Decodes the parameter data of REPORT PRIORITY (SPC): the descriptors that are there as a whole. */
export function decodePriorityData(bytes: Uint8Array): readonly PriorityDescriptor[] {
  if (bytes.length < DATA_HEADER) return [];
  const end = Math.min(bytes.length, DATA_HEADER + getU32(bytes, 0));
  const descriptors: PriorityDescriptor[] = [];
  for (let at = DATA_HEADER; at < end;) {
    const descriptor = decodePriorityDescriptor(bytes.subarray(at, end));
    if (descriptor === undefined) break;
    descriptors.push(descriptor);
    at += PRIORITY_DESCRIPTOR_HEADER + descriptor.transportId.length;
  }
  return descriptors;
}
