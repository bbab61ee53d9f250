/** Commands that wait for their data, and what ends them before it comes: management, and QERR. */
import fc from 'fast-check';
import { be } from '../../scsi/disk-under-test.ts';
import { isBlocked } from './aca.ts';
import { BLOCKS, type Who } from './device.ts';
import { GOOD, type Answers } from './exchange.ts';
import { is, lba, pattern, seed } from './ranges.ts';
import type { UnitModel } from './unit-model.ts';

export type Tasks =
  | {
      readonly do: 'SEND WRITE';
      readonly lba: number;
      readonly blocks: number;
      readonly seed: number;
    }
  | { readonly do: 'DATA ARRIVES' | 'ABORT TASK'; readonly which: number }
  | { readonly do: 'ABORT TASK SET' | 'CLEAR TASK SET' };

export const tasks: fc.Arbitrary<Tasks> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      do: is('SEND WRITE'),
      lba,
      blocks: fc.integer({ min: 1, max: 4 }),
      seed,
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: is('DATA ARRIVES'), which: fc.nat(3) }) },
  { weight: 1, arbitrary: fc.record({ do: is('ABORT TASK'), which: fc.nat(3) }) },
  { weight: 1, arbitrary: fc.record({ do: is('ABORT TASK SET', 'CLEAR TASK SET') }) },
);

/** A command in the task set that waits for its data. */
export interface Waiting {
  readonly tag: number;
  readonly who: Who;
  readonly lba: number;
  readonly out: Uint8Array;
  /** It is in the one task set of all nexuses (TST), since it came. */
  readonly shared: boolean;
  /** Its data has come, as the so-and-so-manieth of all; an ACA condition keeps it from going on. */
  delivered?: number;
  /** FORMAT UNIT or SANITIZE that began after it. */
  overtakenBy?: 'format' | 'sanitize';
}

/** Tags of commands that wait, apart from those of all others. */
let lastTag = 1_000_000;
let lastDelivery = 0;

export const taskAnswers: Answers<Tasks> = {
  'SEND WRITE'(unit, step) {
    const out = pattern(step.seed, step.lba, step.blocks);
    const tag = ++lastTag;
    let waits = false;
    const expected = unit.access(step, 'write', () => {
      if (step.lba + step.blocks > BLOCKS) return unit.outOfRange(step);
      waits = true;
      return GOOD;
    });
    const cdb = `8a 00 ${be(step.lba, 8)} ${be(step.blocks, 4)} 00 00`;
    if (!waits) return { cdb, out, expected };
    const shared = !unit.control.separateSets;
    unit.waiting.push({ tag, who: step.who, lba: step.lba, out, shared });
    return { cdb, out, expected, waitsAs: tag };
  },
  'DATA ARRIVES'(unit, { which }) {
    const task = unit.waiting[which];
    if (task === undefined || task.delivered !== undefined) return { happens: 'time', passes: 0 };
    if (!isBlocked(unit, task)) return { arrivesFor: task.tag, expected: unit.complete(task) };
    task.delivered = ++lastDelivery;
    return { arrivesFor: task.tag };
  },
  'ABORT TASK'(unit, { who, which }) {
    const task = unit.waiting.filter((each) => each.who === who)[which];
    unit.end((each) => each === task, who, false);
    return { manage: 'ABORT TASK', tag: task?.tag ?? 1 };
  },
  'ABORT TASK SET'(unit, { who }) {
    unit.end((task) => task.who === who, who, false);
    return { manage: 'ABORT TASK SET' };
  },
  'CLEAR TASK SET'(unit, { who }) {
    unit.end((task) => isInSet(unit, who, task), who, true);
    return { manage: 'CLEAR TASK SET' };
  },
};

/** Whether a task is in the task set of a nexus (TST). */
export const isInSet = ({ control }: UnitModel, who: Who, task: Waiting): boolean =>
  control.separateSets ? task.who === who : true;
