import {
  decodePriorityDescriptor,
  encodePriorityData,
  PRIORITY_DESCRIPTOR_HEADER,
  REPORT_PRIORITY_12,
  SET_PRIORITY_12,
  type PriorityDescriptor,
  type ReportPriority,
  type SetPriority,
} from '../../cdb/priority.ts';
import { andThen } from '../../maybe-promise.ts';
import { PARAMETER_LIST_LENGTH_ERROR, PRIORITY_CHANGED } from '../../sense/codes.ts';
import {
  invalidField,
  invalidListField,
  reservedListByte,
  type Command,
  type Context,
} from '../command.ts';
import type { Nexus } from '../nexus.ts';
import { nexusName } from '../reservations.ts';
import { check, good, GOOD, type Result } from '../result.ts';
import {
  decodeTransportId,
  encodeTransportId,
  initiatorPorts,
  transportIdOf,
} from '../transport-id.ts';

const THIS_NEXUS = 0;
const NAMED = 1;
const RESERVED = 3;
const RESERVED_BYTES = [1, 4, 5];

/** REPORT PRIORITY (SPC). */
export const reportPriority: Command<ReportPriority> = {
  specs: [REPORT_PRIORITY_12],
  reservation: 'allowed',
  run({ priorityReported }, context) {
    const { unit, nexus } = context;
    if (priorityReported > 1) return invalidField(context, 'priorityReported');
    const { priorities } = unit;
    const reported =
      priorityReported === 0
        ? [nexus]
        : [...unit.nexuses()].filter((other) => priorities.of(other) !== priorities.initial);
    return good(
      encodePriorityData(
        reported.map((other) => ({
          priority: priorities.of(other),
          relativeTargetPortId: other.port.relativePortId,
          transportId: encodeTransportId(transportIdOf(other.initiator, other.port.protocol)),
        })),
      ),
    );
  },
};

/** SET PRIORITY (SPC). Of the other initiators those whose priority changes are told. */
export const setPriority: Command<SetPriority> = {
  specs: [SET_PRIORITY_12],
  reservation: 'writes',
  run({ nexusToSet, parameterListLength }, context) {
    if (nexusToSet === RESERVED) return invalidField(context, 'nexusToSet');
    if (parameterListLength === 0) return GOOD;
    return andThen(context.dataOut(parameterListLength), (bytes) => {
      const list = decodePriorityDescriptor(bytes);
      if (list === undefined) return check(PARAMETER_LIST_LENGTH_ERROR);
      const refused = reservedListByte(context, bytes, RESERVED_BYTES);
      if (refused !== undefined) return refused;
      const chosen = choose(nexusToSet, list, context);
      return 'status' in chosen ? chosen : set(chosen, list.priority, context);
    });
  },
};

/** The nexuses that are meant, or what is wrong with how they are named. */
function choose(
  nexusToSet: number,
  { relativeTargetPortId, transportId }: PriorityDescriptor,
  { unit, nexus }: Context<SetPriority>,
): readonly Nexus[] | Result {
  const known = [...unit.nexuses()];
  if (nexusToSet !== NAMED) return nexusToSet === THIS_NEXUS ? [nexus] : known;
  const port = unit.ports.find((each) => each.relativePortId === relativeTargetPortId);
  if (port === undefined) return invalidListField(2);
  const id = decodeTransportId(transportId);
  const names =
    id &&
    initiatorPorts(
      id,
      known.map(({ initiator }) => initiator),
      port.protocol,
    );
  const named = known.filter((each) => each.port === port && names?.includes(each.initiator));
  return named.length === 0 ? invalidListField(PRIORITY_DESCRIPTOR_HEADER) : named;
}

function set(chosen: readonly Nexus[], priority: number, { unit, nexus }: Context): Result {
  const changed = new Set(chosen.filter((each) => unit.priorities.set(nexusName(each), priority)));
  unit.establish(PRIORITY_CHANGED, (other) => other !== nexus && changed.has(other));
  return GOOD;
}
