import { getU16, getU32, putU16, putU32 } from '../bytes.ts';
import type { CdbRequest, CdbSpec } from './spec.ts';

/** REPORT TARGET PORT GROUPS (SPC): how the logical unit is reached through each group of ports. */
export interface ReportTargetPortGroups extends CdbRequest {
  readonly op: 'REPORT TARGET PORT GROUPS';
  /** PARAMETER DATA FORMAT, 0 to 7: 0 length only header, 1 extended header. */
  readonly format: number;
  /** ALLOCATION LENGTH in bytes, 0 to 2^32 − 1. */
  readonly allocationLength: number;
}

/** CDB of REPORT TARGET PORT GROUPS. */
export const REPORT_TARGET_PORT_GROUPS_12: CdbSpec<ReportTargetPortGroups> = {
  op: 'REPORT TARGET PORT GROUPS',
  opcode: 0xa3,
  serviceAction: 0x0a,
  length: 12,
  transfer: 'allocation in',
  fields: { format: ['bits', 1, 7, 5], allocationLength: ['u32', 6] },
};

/** SET TARGET PORT GROUPS (SPC): changes how the logical unit is reached through groups of ports. */
export interface SetTargetPortGroups extends CdbRequest {
  readonly op: 'SET TARGET PORT GROUPS';
  /** PARAMETER LIST LENGTH in bytes, 0 to 2^32 − 1. */
  readonly parameterListLength: number;
}

/** CDB of SET TARGET PORT GROUPS. */
export const SET_TARGET_PORT_GROUPS_12: CdbSpec<SetTargetPortGroups> = {
  op: 'SET TARGET PORT GROUPS',
  opcode: 0xa4,
  serviceAction: 0x0a,
  length: 12,
  transfer: 'list out',
  fields: { parameterListLength: ['u32', 6] },
};

/** How a logical unit is reached through a port (SPC, asymmetric access states). */
export type AccessState =
  | 'active/optimized'
  | 'active/non-optimized'
  | 'standby'
  | 'unavailable'
  | 'logical block dependent'
  | 'offline'
  | 'transitioning';

const CODES: Readonly<Record<AccessState, number>> = {
  'active/optimized': 0x0,
  'active/non-optimized': 0x1,
  standby: 0x2,
  unavailable: 0x3,
  'logical block dependent': 0x4,
  offline: 0xe,
  transitioning: 0xf,
};

const STATES = new Map(
  Object.entries(CODES).map(([state, code]) => [code, state as AccessState] as const),
);

/** What changed the state of a target port group last: STATUS CODE. */
export type AccessStateCause = 'none' | 'SET TARGET PORT GROUPS' | 'implicit';

const CAUSES: readonly AccessStateCause[] = ['none', 'SET TARGET PORT GROUPS', 'implicit'];

/** Target port group descriptor (SPC). */
export interface TargetPortGroupDescriptor {
  /** TARGET PORT GROUP, 0 to 65535. */
  readonly portGroup: number;
  /** ASYMMETRIC ACCESS STATE. */
  readonly state: AccessState;
  /** PREF: the group that is best used. */
  readonly preferred: boolean;
  /** The states that the group can be in: AO_SUP, AN_SUP, S_SUP, U_SUP, LBD_SUP, O_SUP, T_SUP. */
  readonly supported: readonly AccessState[];
  /** STATUS CODE. */
  readonly cause: AccessStateCause;
  /** RELATIVE TARGET PORT IDENTIFIER of its ports, at most 255 of them. */
  readonly ports: readonly number[];
}

/** REPORT TARGET PORT GROUPS parameter data. */
export interface TargetPortGroupsData {
  /** IMPLICIT TRANSITION TIME in seconds, 0 to 255; only the extended header has it. */
  readonly implicitTransitionTime?: number;
  /** The groups. */
  readonly groups: readonly TargetPortGroupDescriptor[];
}

/** The bit that says a state is supported: T_SUP for transitioning down to AO_SUP. */
const SUPPORT: Readonly<Record<AccessState, number>> = {
  transitioning: 0x80,
  offline: 0x40,
  'logical block dependent': 0x10,
  unavailable: 0x08,
  standby: 0x04,
  'active/non-optimized': 0x02,
  'active/optimized': 0x01,
};

const EXTENDED = 1;

/**
 * Encodes REPORT TARGET PORT GROUPS parameter data: with an extended header where there is an
 * implicit transition time.
 */
export function encodeTargetPortGroups(data: TargetPortGroupsData): Uint8Array {
  const { groups, implicitTransitionTime: time } = data;
  const header = time === undefined ? 4 : 8;
  const length = groups.reduce((sum, { ports }) => sum + 8 + 4 * ports.length, header);
  const bytes = new Uint8Array(length);
  putU32(bytes, 0, length - 4);
  if (time !== undefined) {
    bytes[4] = EXTENDED << 4;
    bytes[5] = time;
  }
  let at = header;
  for (const { portGroup, state, preferred, supported, cause, ports } of groups) {
    bytes[at] = (preferred ? 0x80 : 0) | CODES[state];
    bytes[at + 1] = supported.reduce((bits, each) => bits | SUPPORT[each], 0);
    putU16(bytes, at + 2, portGroup);
    bytes[at + 5] = CAUSES.indexOf(cause);
    bytes[at + 7] = ports.length;
    for (const [i, port] of ports.entries()) putU16(bytes, at + 8 + 4 * i + 2, port);
    at += 8 + 4 * ports.length;
  }
  return bytes;
}

/**
 * Decodes REPORT TARGET PORT GROUPS parameter data; groups that are cut off are left out, and so are
 * those in a state that has no name here.
 *
 * @param extended - the data has an extended header: that is what the CDB asked for.
 */
export function decodeTargetPortGroups(bytes: Uint8Array, extended = false): TargetPortGroupsData {
  const end = Math.min(bytes.length, 4 + getU32(bytes, 0));
  const groups: TargetPortGroupDescriptor[] = [];
  let at = extended ? 8 : 4;
  while (at + 8 <= end) {
    const count = bytes[at + 7] ?? 0;
    const next = at + 8 + 4 * count;
    if (next > end) break;
    const first = bytes[at] ?? 0;
    const support = bytes[at + 1] ?? 0;
    const ports: number[] = [];
    for (let port = at + 8; port < next; port += 4) ports.push(getU16(bytes, port + 2));
    const state = STATES.get(first & 0x0f);
    if (state !== undefined)
      groups.push({
        portGroup: getU16(bytes, at + 2),
        state,
        preferred: (first & 0x80) !== 0,
        supported: [...STATES.values()].filter((each) => (support & SUPPORT[each]) !== 0),
        cause: CAUSES[bytes[at + 5] ?? 0] ?? 'none',
        ports,
      });
    at = next;
  }
  return extended ? { implicitTransitionTime: bytes[5] ?? 0, groups } : { groups };
}

/** What SET TARGET PORT GROUPS is to do with one group. */
export interface SetTargetPortGroupDescriptor {
  /** TARGET PORT GROUP, 0 to 65535. */
  readonly portGroup: number;
  /** ASYMMETRIC ACCESS STATE; undefined where the code is reserved. */
  readonly state: AccessState | undefined;
}

/** Bytes before the first descriptor of a SET TARGET PORT GROUPS parameter list. */
export const SET_PORT_GROUPS_HEADER_LENGTH = 4;
/** Bytes of a descriptor of that list. */
export const SET_PORT_GROUP_DESCRIPTOR_LENGTH = 4;

/** Encodes a SET TARGET PORT GROUPS parameter list. */
export function encodeSetTargetPortGroups(
  groups: readonly { readonly portGroup: number; readonly state: AccessState }[],
): Uint8Array {
  const bytes = new Uint8Array(
    SET_PORT_GROUPS_HEADER_LENGTH + SET_PORT_GROUP_DESCRIPTOR_LENGTH * groups.length,
  );
  for (const [i, { portGroup, state }] of groups.entries()) {
    const at = SET_PORT_GROUPS_HEADER_LENGTH + SET_PORT_GROUP_DESCRIPTOR_LENGTH * i;
    bytes[at] = CODES[state];
    putU16(bytes, at + 2, portGroup);
  }
  return bytes;
}

/** Decodes a SET TARGET PORT GROUPS parameter list; those descriptors only that are there whole. */
export function decodeSetTargetPortGroups(
  bytes: Uint8Array,
): readonly SetTargetPortGroupDescriptor[] {
  const groups: SetTargetPortGroupDescriptor[] = [];
  for (
    let at = SET_PORT_GROUPS_HEADER_LENGTH;
    at + SET_PORT_GROUP_DESCRIPTOR_LENGTH <= bytes.length;
    at += SET_PORT_GROUP_DESCRIPTOR_LENGTH
  )
    groups.push({ portGroup: getU16(bytes, at + 2), state: STATES.get((bytes[at] ?? 0) & 0x0f) });
  return groups;
}
