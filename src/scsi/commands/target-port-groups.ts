import {
  decodeSetTargetPortGroups,
  encodeTargetPortGroups,
  REPORT_TARGET_PORT_GROUPS_12,
  SET_PORT_GROUP_DESCRIPTOR_LENGTH,
  SET_PORT_GROUPS_HEADER_LENGTH,
  SET_TARGET_PORT_GROUPS_12,
  type AccessState,
  type ReportTargetPortGroups,
  type SetTargetPortGroups,
} from '../../cdb/target-port-groups.ts';
import { andThen, isPromise, type MaybePromise } from '../../maybe-promise.ts';
import {
  PARAMETER_LIST_LENGTH_ERROR,
  SET_TARGET_PORT_GROUPS_COMMAND_FAILED,
} from '../../sense/codes.ts';
import {
  SETTABLE_ACCESS_STATES,
  TPGS,
  type AccessChange,
  type SettableAccessState,
} from '../asymmetric-access.ts';
import {
  invalidField,
  invalidListField,
  reservedListByte,
  type Command,
  type Context,
  type ReservedListByte,
} from '../command.ts';
import type { LogicalUnit } from '../logical-unit.ts';
import { check, good, GOOD, type Result } from '../result.ts';

const LENGTH_ONLY = 0;
const EXTENDED = 1;

/** More ports of a group than this have no room in its descriptor. */
const MOST_PORTS = 255;

const SUPPORTED: readonly AccessState[] = [...SETTABLE_ACCESS_STATES, 'transitioning'];

/** REPORT TARGET PORT GROUPS (SPC). */
export const reportTargetPortGroups: Command<ReportTargetPortGroups> = {
  specs: [REPORT_TARGET_PORT_GROUPS_12],
  supported: ({ settings }) => settings.tpgs !== TPGS.none,
  reservation: 'allowed',
  passesAccessState: 'always',
  run(request, context) {
    const { format } = request;
    if (format !== LENGTH_ONLY && format !== EXTENDED) return invalidField(context, 'format');
    const { unit } = context;
    const { access, settings } = unit;
    const groups = portGroups(unit).map((portGroup) => ({
      portGroup,
      state: access.state(portGroup),
      preferred: access.preferred === portGroup,
      supported: SUPPORTED,
      cause: access.cause(portGroup),
      ports: unit.ports
        .filter((port) => port.portGroup === portGroup)
        .slice(0, MOST_PORTS)
        .map((port) => port.relativePortId),
    }));
    const implicitTransitionTime = Math.ceil(settings.transitionTime / 1000);
    return good(
      encodeTargetPortGroups(format === EXTENDED ? { implicitTransitionTime, groups } : { groups }),
    );
  },
};

const RESERVED = [0, 1, 2, 3];
const RESERVED_IN_DESCRIPTOR: readonly ReservedListByte[] = [[0, 0xf0], 1];

/** SET TARGET PORT GROUPS (SPC): every descriptor is checked before the first state changes. */
export const setTargetPortGroups: Command<SetTargetPortGroups> = {
  specs: [SET_TARGET_PORT_GROUPS_12],
  supported: ({ settings }) => (settings.tpgs & TPGS.explicit) !== 0,
  reservation: 'writes',
  passesAccessState: 'unavailable',
  run({ parameterListLength }, context) {
    if (parameterListLength === 0) return GOOD;
    if (!isWhole(parameterListLength)) return invalidField(context, 'parameterListLength');
    // No more than a descriptor for each group there is can be right.
    const most =
      SET_PORT_GROUPS_HEADER_LENGTH +
      SET_PORT_GROUP_DESCRIPTOR_LENGTH * (portGroups(context.unit).length + 1);
    const wanted = Math.min(parameterListLength, most);
    return andThen(context.dataOut(wanted), (list) =>
      list.length < wanted ? check(PARAMETER_LIST_LENGTH_ERROR) : set(list, context),
    );
  },
};

const isWhole = (length: number): boolean =>
  length >= SET_PORT_GROUPS_HEADER_LENGTH &&
  (length - SET_PORT_GROUPS_HEADER_LENGTH) % SET_PORT_GROUP_DESCRIPTOR_LENGTH === 0;

function set(list: Uint8Array, context: Context<SetTargetPortGroups>): MaybePromise<Result> {
  const { unit, nexus } = context;
  const reserved = reservedListByte(context, list, RESERVED);
  if (reserved !== undefined) return reserved;
  const known = new Set(portGroups(unit));
  const changes: AccessChange[] = [];
  for (const [i, { portGroup, state }] of decodeSetTargetPortGroups(list).entries()) {
    const at = SET_PORT_GROUPS_HEADER_LENGTH + SET_PORT_GROUP_DESCRIPTOR_LENGTH * i;
    const refused = reservedListByte(context, list, RESERVED_IN_DESCRIPTOR, at);
    if (refused !== undefined) return refused;
    if (!canBeSet(state)) return invalidListField(at, 3);
    // A group that is not there, or is there twice.
    if (!known.delete(portGroup)) return invalidListField(at + 2);
    changes.push({ portGroup, state });
  }
  const changed = unit.access.change(changes, 'SET TARGET PORT GROUPS', nexus);
  if (!isPromise(changed)) return resultOf(changed);
  // What has begun goes on without the task that began it.
  const aborted = new Promise<Result>((resolve) => context.whenAborted(() => resolve(GOOD)));
  return Promise.race([changed.then(resultOf), aborted]);
}

const resultOf = (changed: boolean): Result =>
  changed ? GOOD : check(SET_TARGET_PORT_GROUPS_COMMAND_FAILED);

/** Offline is a state of ports, not of groups, and no initiator's to set; transitioning is the device's own. */
const canBeSet = (state: AccessState | undefined): state is SettableAccessState =>
  state !== 'offline' && SETTABLE_ACCESS_STATES.some((each) => each === state);

/** The groups that the device's ports are in, ascending. */
function portGroups({ ports }: LogicalUnit): readonly number[] {
  return [...new Set(ports.map((port) => port.portGroup))].sort((a, b) => a - b);
}
