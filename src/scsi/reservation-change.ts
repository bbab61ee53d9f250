/** A service action of PERSISTENT RESERVE OUT from its transition to its status. */
import {
  listFieldPointer,
  PERSISTENT_RESERVE_OUT_LIST,
  PERSISTENT_RESERVE_OUT_LIST_LENGTH,
} from '../cdb/persistent-reserve-out-list.ts';
import type { PersistentReserveOut } from '../cdb/persistent-reserve-out.ts';
import { all, andThen, isPromise, type MaybePromise } from '../maybe-promise.ts';
import {
  INSUFFICIENT_REGISTRATION_RESOURCES,
  INVALID_FIELD_IN_PARAMETER_LIST,
  INVALID_RELEASE_OF_PERSISTENT_RESERVATION,
} from '../sense/codes.ts';
import type { SenseCondition } from '../sense/sense-data.ts';
import { invalidField, type Context } from './command.ts';
import type { LogicalUnit } from './logical-unit.ts';
import type { Nexus } from './nexus.ts';
import type {
  PersistentReservations,
  ReservationNotice,
  ReservationOutcome,
} from './persistent-reservations.ts';
import { nexusId, type NexusName, type PersistentReservationState } from './registration.ts';
import { nexusName } from './reservations.ts';
import { check, ended, GOOD, type Result } from './result.ts';
import { STATUS } from './status.ts';

/** One of the methods of {@link PersistentReservations}, with what it needs. */
export type ReservationAction = (
  nexus: NexusName,
  reservations: PersistentReservations,
) => ReservationOutcome;

/**
 * Changes the reservations of the unit. The change and the unit attentions that follow from it
 * happen in one tick; then it is made to last (APTPL), and only then are preempted commands aborted.
 * GOOD comes when they have ended. Where the store fails, the reservations are what they were.
 */
export function changeReservations(
  context: Context<PersistentReserveOut>,
  action: ReservationAction,
): MaybePromise<Result> {
  const { unit, nexus } = context;
  context.throwIfAborted();
  const { persistent } = unit.reservations;
  const before = persistent.state;
  const outcome = action(nexusName(nexus), persistent);
  if (outcome.outcome !== 'done') return refusal(outcome.outcome, context);
  tell(unit, outcome.tell);
  return andThen(keep(unit, before), () => {
    const preempted = new Set(outcome.abort.map(nexusId));
    return preempted.size === 0 ? GOOD : andThen(abortPreempted(context, preempted), () => GOOD);
  });
}

/** PREEMPT AND ABORT: ends what those who lost their registrations have begun. */
function abortPreempted(
  { unit, nexus, task }: Context<PersistentReserveOut>,
  preempted: ReadonlySet<string>,
): MaybePromise<void> {
  const isPreempted = (other: Nexus): boolean => preempted.has(nexusId(nexusName(other)));
  const pending = [
    unit.tasks.clearWhere(nexus, (other) => other.task !== task && isPreempted(other.nexus)),
  ];
  for (const other of unit.nexuses()) {
    if (!isPreempted(other)) continue;
    unit.removal.allow(other);
    pending.push(unit.tasks.clearAca(other));
  }
  return all(pending);
}

/** Those that the unit has never heard of will be told of a power on when they come. */
function tell(unit: LogicalUnit, notices: readonly ReservationNotice[]): void {
  if (notices.length === 0) return;
  const conditions = new Map<string, SenseCondition>();
  for (const { nexus, condition } of notices) conditions.set(nexusId(nexus), condition);
  for (const nexus of unit.nexuses()) {
    const condition = conditions.get(nexusId(nexusName(nexus)));
    if (condition !== undefined) unit.attentions(nexus).establish(condition);
  }
}

function keep(unit: LogicalUnit, before: PersistentReservationState): MaybePromise<void> {
  const { persistent } = unit.reservations;
  const after = persistent.state;
  if (after === before) return undefined;
  const undo = (error: unknown): never => {
    // Another change may have been built on this one by now: that one stands.
    if (persistent.state === after) persistent.restore(before);
    throw error;
  };
  try {
    const kept = unit.reservations.keep(unit.memory);
    return isPromise(kept) ? kept.catch(undo) : undefined;
  } catch (error) {
    return undo(error);
  }
}

function refusal(
  outcome: Exclude<ReservationOutcome['outcome'], 'done'>,
  context: Context<PersistentReserveOut>,
): Result {
  const list = PERSISTENT_RESERVE_OUT_LIST;
  switch (outcome) {
    case 'conflict':
      return ended(STATUS.RESERVATION_CONFLICT);
    case 'no room':
      return check(INSUFFICIENT_REGISTRATION_RESOURCES);
    case 'invalid release':
      return check(INVALID_RELEASE_OF_PERSISTENT_RESERVATION);
    case 'invalid scope':
      return invalidField(context, 'scope');
    case 'invalid type':
      return invalidField(context, 'type');
    case 'key is zero':
      return check(INVALID_FIELD_IN_PARAMETER_LIST, {
        fieldPointer: listFieldPointer(list, 'serviceActionReservationKey'),
      });
    case 'already registered':
      return check(INVALID_FIELD_IN_PARAMETER_LIST, {
        fieldPointer: listFieldPointer(list, 'specIPt'),
      });
    case 'moved to itself':
      return check(INVALID_FIELD_IN_PARAMETER_LIST, {
        fieldPointer: { in: 'data', byte: PERSISTENT_RESERVE_OUT_LIST_LENGTH },
      });
  }
}
