/** Auto contingent allegiance: NACA, the ACA attribute, CLEAR ACA, and whom they keep out (SAM). */
import fc from 'fast-check';
import { hex } from '../../scsi/disk-under-test.ts';
import type { Who } from './device.ts';
import type { Answers, Expected, Sent } from './exchange.ts';
import { is } from './ranges.ts';
import type { UnitModel } from './unit-model.ts';

export interface Aca {
  readonly do: 'CLEAR ACA';
}

export const aca: fc.Arbitrary<Aca> = fc.record({ do: is('CLEAR ACA') });

/** How a command is sent. */
export interface Manner {
  readonly naca?: boolean | undefined;
  readonly attribute?: 'aca' | 'head of queue' | undefined;
}

export const manner: fc.Arbitrary<Manner> = fc.record({
  naca: fc.boolean(),
  attribute: fc.constantFrom(undefined, undefined, 'aca' as const, 'head of queue' as const),
});

export const acaAnswers: Answers<Aca> = {
  'CLEAR ACA'(unit, { who }) {
    endAca(unit, who);
    return { manage: 'CLEAR ACA' };
  },
};

/** Whether an ACA condition is in effect for a task set: that of all nexuses, or of one. */
const concerns = (unit: UnitModel, who: Who, shared: boolean): boolean =>
  shared ? unit.faulted.size > 0 : unit.faulted.has(who);

/** Ends the ACA condition of a nexus. */
export function endAca(unit: UnitModel, who: Who): void {
  unit.faulted.delete(who);
  unblock(unit);
}

/** How a command is answered that may not enter the task set; `undefined`: it may. */
export function barred(
  unit: UnitModel,
  step: Sent<{ readonly do: string; readonly abort?: boolean }> & Manner,
): Expected | undefined {
  const { who, naca, attribute } = step;
  if (!concerns(unit, who, !unit.control.separateSets))
    return attribute === 'aca' ? unit.refusal('5/49/00') : undefined;
  if (unit.faulted.has(who)) return attribute === 'aca' ? undefined : ACA_ACTIVE;
  // PREEMPT AND ABORT may enter; but only a faulted nexus has a use for the ACA attribute.
  if (step.do === 'PREEMPT' && step.abort === true)
    return attribute === 'aca' ? unit.refusal('5/49/00') : undefined;
  if (naca === true) return ACA_ACTIVE;
  if (unit.control.interlock === 3) unit.attentions.tellOne(who, '2c/07');
  return BUSY;
}

const ACA_ACTIVE: Expected = { status: 0x30 };
const BUSY: Expected = { status: 0x08 };

/** A command ended with CHECK CONDITION. */
export function faulted(
  unit: UnitModel,
  { who, naca, attribute }: Manner & { readonly who: Who },
): void {
  const ended = attribute === 'aca' && unit.faulted.delete(who);
  if (naca === true) unit.faulted.add(who);
  unit.checkCondition(who);
  if (ended) unblock(unit);
}

/** Whether a command in the task set can go on when its data has come. */
export const isBlocked = (
  unit: UnitModel,
  { who, shared }: { readonly who: Who; readonly shared: boolean },
): boolean => concerns(unit, who, shared);

/** Commands whose data came while an ACA condition was in effect go on, in the order of their data. */
function unblock(unit: UnitModel): void {
  const ready = unit.waiting.filter(
    (task) => task.delivered && !task.dormant && !isBlocked(unit, task),
  );
  ready.sort((a, b) => a.delivered! - b.delivered!);
  for (const task of ready)
    if (unit.waiting.includes(task))
      unit.completed.push({ tag: task.tag, expected: unit.complete(task) });
}

/** The CDB with NACA in its CONTROL byte. */
export function withNaca(cdb: string): string {
  const bytes = hex(cdb);
  bytes[bytes[0] === 0x7f ? 1 : bytes.length - 1]! |= 0x04;
  return Buffer.from(bytes).toString('hex');
}
