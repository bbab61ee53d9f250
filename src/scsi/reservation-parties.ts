/** Which I_T nexuses a parameter list of PERSISTENT RESERVE OUT names. */
import {
  listFieldPointer,
  PERSISTENT_RESERVE_OUT_LIST_LENGTH,
  REGISTER_AND_MOVE_LIST,
  SPEC_I_PT_TRANSPORT_IDS,
  type PersistentReserveOutList,
  type RegisterAndMoveList,
} from '../cdb/persistent-reserve-out-list.ts';
import type { PersistentReserveOut } from '../cdb/persistent-reserve-out.ts';
import type { FieldPointer } from '../sense/sense-data.ts';
import type { Context } from './command.ts';
import type { NexusName } from './registration.ts';
import { decodeTransportId, initiatorPorts, splitTransportIds } from './transport-id.ts';

/** The I_T nexuses that are named, or where the parameter list is in error. */
export type Parties = { readonly nexuses: readonly NexusName[] } | { readonly error: FieldPointer };

/** Those that SPEC_I_PT and ALL_TG_PT add to the one that sends REGISTER. */
export function alsoRegistered(
  list: PersistentReserveOutList,
  { unit, nexus }: Context<PersistentReserveOut>,
): Parties {
  const { protocol, relativePortId } = nexus.port;
  const initiators = [nexus.initiator];
  const ids = splitTransportIds(list.transportIds);
  if (typeof ids === 'number') return { error: transportIdAt(ids) };
  const known = ids.length === 0 ? [] : [...unit.nexuses()].map(({ initiator }) => initiator);
  let at = 0;
  for (const bytes of ids) {
    const id = decodeTransportId(bytes);
    const named = id && initiatorPorts(id, known, protocol);
    if (named === undefined) return { error: transportIdAt(at) };
    initiators.push(...named);
    at += bytes.length;
  }
  // An initiator port has a name at ports of its own protocol only.
  const ports = list.allTgPt
    ? unit.ports.filter((port) => port.protocol === protocol).map((port) => port.relativePortId)
    : [relativePortId];
  return {
    nexuses: ports.flatMap((port) => initiators.map((initiator) => ({ initiator, port }))),
  };
}

/** The one that REGISTER AND MOVE makes the holder. */
export function newHolder(
  list: RegisterAndMoveList,
  { unit }: Context<PersistentReserveOut>,
): { readonly nexus: NexusName } | { readonly error: FieldPointer } {
  const { relativeTargetPortId, transportId } = list;
  const port = unit.ports.find(({ relativePortId }) => relativePortId === relativeTargetPortId);
  if (port === undefined)
    return { error: listFieldPointer(REGISTER_AND_MOVE_LIST, 'relativeTargetPortId') };
  const id = decodeTransportId(transportId);
  // An initiator device may have several ports, and only one of them can be the holder.
  const [initiator] =
    id === undefined || id.type === 'iSCSI device'
      ? []
      : (initiatorPorts(id, [], port.protocol) ?? []);
  if (initiator === undefined)
    return { error: { in: 'data', byte: PERSISTENT_RESERVE_OUT_LIST_LENGTH } };
  return { nexus: { initiator, port: port.relativePortId } };
}

const transportIdAt = (offset: number): FieldPointer => ({
  in: 'data',
  byte: SPEC_I_PT_TRANSPORT_IDS + offset,
});
