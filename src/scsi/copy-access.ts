/** Which units a third-party copy may use: on whose behalf, and whether at this moment. */
import type { CscdDescriptor } from '../cdb/copy-descriptors.ts';
import { encodeDesignators } from '../vpd/designator.ts';
import { unitDesignators } from './identity.ts';
import type { LogicalUnit } from './logical-unit.ts';
import type { Nexus } from './nexus.ts';
import type { SenseCondition } from '../sense/sense-data.ts';
import { check, ended, type Result } from './result.ts';
import { STATUS } from './status.ts';

/**
 * The unit that a CSCD descriptor names, among those that its sender can reach itself; `undefined`
 * where there is none.
 */
export function namedUnit(nexus: Nexus, cscd: CscdDescriptor): LogicalUnit | undefined {
  for (const unit of nexus.luns.units())
    if (unitDesignators(unit.identity).some((one) => same(cscd, encodeDesignators([one]))))
      return unit;
  return undefined;
}

function same(
  cscd: CscdDescriptor,
  [first = 0, second = 0, , length, ...name]: Uint8Array,
): boolean {
  return (
    cscd.codeSet === (first & 0x0f) &&
    cscd.association === ((second >> 4) & 3) &&
    cscd.designatorType === (second & 0x0f) &&
    cscd.designator.length === length &&
    cscd.designator.every((byte, i) => byte === name[i])
  );
}

/** What keeps the sender of a copy from a unit that is reached through its port (asymmetric access). */
export function unreachable(unit: LogicalUnit, { port }: Nexus): SenseCondition | undefined {
  return unit.access.obstacle(undefined, port.portGroup);
}

/**
 * How a command of the nexus that reads or writes the unit would be refused at this moment;
 * `undefined` where it would not. Copies have no more rights than who sends them.
 */
export function copyObstacle(
  unit: LogicalUnit,
  nexus: Nexus,
  access: 'reads' | 'writes',
): Result | undefined {
  const inaccessible = unreachable(unit, nexus);
  if (inaccessible !== undefined) return check(inaccessible);
  if (unit.reservations.conflict(access, nexus)) return ended(STATUS.RESERVATION_CONFLICT);
  const obstacle =
    unit.operation.sense ??
    unit.readiness.obstacle ??
    (access === 'writes' ? unit.writeProtection : undefined);
  return obstacle === undefined ? undefined : check(obstacle);
}
