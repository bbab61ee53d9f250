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
import { andThen } from '../../maybe-promise.ts';
import { PARAMETER_LIST_LENGTH_ERROR } from '../../sense/codes.ts';
import { invalidField, invalidListField, type Command, type Context } from '../command.ts';
import type { LogicalUnit } from '../logical-unit.ts';
import { check, good, GOOD, type Result } from '../result.ts';

const LENGTH_ONLY = 0;
const EXTENDED = 1;
const EXPLICIT = 0b10;

/** More ports of a group than this have no room in its descriptor. */
const MOST_PORTS = 255;

/** What a SET TARGET PORT GROUPS can ask for; offline and transitioning are the device's own. */
const SETTABLE: readonly AccessState[] = [
  'active/optimized',
  'active/non-optimized',
  'standby',
  'unavailable',
];

const SUPPORTED: readonly AccessState[] = [...SETTABLE, 'offline', 'transitioning'];

/** REPORT TARGET PORT GROUPS (SPC). */
export const reportTargetPortGroups: Command<ReportTargetPortGroups> = {
  specs: [REPORT_TARGET_PORT_GROUPS_12],
  supported: ({ settings }) => settings.tpgs !== 0,
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

/** SET TARGET PORT GROUPS (SPC): every descriptor is checked before the first state changes. */
export const setTargetPortGroups: Command<SetTargetPortGroups> = {
  specs: [SET_TARGET_PORT_GROUPS_12],
  supported: ({ settings }) => (settings.tpgs & EXPLICIT) !== 0,
  reservation: 'writes',
  passesAccessState: 'unavailable',
  run({ parameterListLength }, context) {
    if (parameterListLength === 0) return GOOD;
    if (!isWhole(parameterListLength)) return check(PARAMETER_LIST_LENGTH_ERROR);
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

function set(
  list: Uint8Array,
  { unit, nexus }: Context<SetTargetPortGroups>,
): Result | Promise<Result> {
  const known = new Set(portGroups(unit));
  const changes: { portGroup: number; state: AccessState }[] = [];
  for (const [i, { portGroup, state }] of decodeSetTargetPortGroups(list).entries()) {
    const at = SET_PORT_GROUPS_HEADER_LENGTH + SET_PORT_GROUP_DESCRIPTOR_LENGTH * i;
    if (state === undefined || !SETTABLE.includes(state)) return invalidListField(at, 3);
    // A group that is not there, or is there twice.
    if (!known.delete(portGroup)) return invalidListField(at + 2);
    changes.push({ portGroup, state });
  }
  if (unit.settings.transitionTime === 0) {
    unit.access.change(changes, 'SET TARGET PORT GROUPS', nexus);
    return GOOD;
  }
  return new Promise((resolve) => {
    unit.access.change(changes, 'SET TARGET PORT GROUPS', nexus, () => resolve(GOOD));
  });
}

/** The groups that the device's ports are in, ascending. */
function portGroups({ ports }: LogicalUnit): readonly number[] {
  return [...new Set(ports.map((port) => port.portGroup))].sort((a, b) => a - b);
}
