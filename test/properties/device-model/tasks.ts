/** Commands that wait for their data, and what ends them before it comes: management, and QERR. */
import fc from 'fast-check';
import { be } from '../../scsi/disk-under-test.ts';
import { isBlocked } from './aca.ts';
import { BLOCK, BLOCKS, type Who } from './device.ts';
import { GOOD, type Answers, type Expected } from './exchange.ts';
import { is, lba, pattern, seed } from './ranges.ts';
import type { UnitModel } from './unit-model.ts';

/** When a command may start: its task attribute. */
type Order = 'simple' | 'ordered' | 'head of queue';

export type Tasks =
  | {
      readonly do: 'SEND WRITE';
      readonly lba: number;
      readonly blocks: number;
      readonly seed: number;
      readonly order: Order;
    }
  | { readonly do: 'DATA ARRIVES' | 'ABORT TASK'; readonly which: number }
  | { readonly do: 'ABORT TASK SET' | 'CLEAR TASK SET' };

const write = fc.record({
  do: is('SEND WRITE'),
  lba,
  blocks: fc.integer({ min: 1, max: 4 }),
  seed,
  order: fc.constantFrom<Order>('simple', 'simple', 'simple', 'ordered', 'head of queue'),
});

const arrival = fc.record({ do: is('DATA ARRIVES'), which: fc.nat(3) });

/** Commands that wait for each other, and the data of some of them. */
export const queued: fc.Arbitrary<readonly Tasks[]> = fc
  .tuple(
    fc.array(write, { minLength: 2, maxLength: 4 }),
    fc.array(arrival, { minLength: 1, maxLength: 4 }),
  )
  .map(([writes, arrivals]) => [...writes, ...arrivals]);

export const tasks: fc.Arbitrary<Tasks> = fc.oneof(
  { weight: 4, arbitrary: write },
  { weight: 3, arbitrary: arrival },
  { weight: 1, arbitrary: fc.record({ do: is('ABORT TASK'), which: fc.nat(3) }) },
  { weight: 1, arbitrary: fc.record({ do: is('ABORT TASK SET', 'CLEAR TASK SET') }) },
);

/** A command in the task set that waits for its turn, or for its data. */
export interface Waiting {
  readonly tag: number;
  readonly who: Who;
  readonly lba: number;
  readonly out: Uint8Array;
  readonly order: Order;
  /** It has to wait for others before it may so much as ask for its data. */
  dormant: boolean;
  /** It is in the one task set of all nexuses (TST), since it came. */
  readonly shared: boolean;
  /** Its data has come, as the so-and-so-manieth of all; another, or an ACA condition, keeps it from going on. */
  delivered?: number;
  /** FORMAT UNIT or SANITIZE that began after it. */
  overtakenBy?: 'format' | 'sanitize';
}

/** Tags of commands that wait, apart from those of all others. */
let lastTag = 1_000_000;
let lastDelivery = 0;

export const taskAnswers: Answers<Tasks> = {
  'SEND WRITE'(unit, step) {
    const { who, order } = step;
    const out = pattern(step.seed, step.lba, step.blocks);
    const tag = ++lastTag;
    const shared = !unit.control.separateSets;
    const task: Waiting = { tag, who, lba: step.lba, out, order, shared, dormant: true };
    const cdb = `8a 00 ${be(step.lba, 8)} ${be(step.blocks, 4)} 00 00`;
    unit.waiting.push(task);
    if (unit.barred === undefined && !mayStart(unit, task))
      return { cdb, out, expected: GOOD, waitsAs: tag, attribute: order };
    const refused = start(unit, task);
    return refused === undefined
      ? { cdb, out, expected: GOOD, waitsAs: tag, attribute: order }
      : { cdb, out, expected: refused, attribute: order };
  },
  'DATA ARRIVES'(unit, { which }) {
    const task = unit.waiting[which % unit.waiting.length];
    if (task === undefined || task.delivered !== undefined) return { happens: 'time', passes: 0 };
    if (!task.dormant && !isBlocked(unit, task))
      return { arrivesFor: task.tag, expected: unit.complete(task) };
    task.delivered = ++lastDelivery;
    return { arrivesFor: task.tag };
  },
  'ABORT TASK'(unit, { who, which }) {
    const own = unit.waiting.filter((each) => each.who === who);
    const task = own[which % own.length];
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

/** Whether a command in the task set has to wait for no other (SAM, task attributes). */
function mayStart(unit: UnitModel, task: Waiting): boolean {
  if (isBlocked(unit, task)) return false;
  if (task.order === 'head of queue') return true;
  const set = unit.waiting.filter(
    (other) => other.shared === task.shared && (task.shared || other.who === task.who),
  );
  if (set.some(({ order }) => order === 'head of queue')) return false;
  const older = set.slice(0, set.indexOf(task));
  return older.length === 0 || (task.order === 'simple' && older.every(isNotOrdered));
}

const isNotOrdered = ({ order }: Waiting): boolean => order !== 'ordered';

/** Its turn has come: it is checked, and asks for its data; or how it is refused. */
function start(unit: UnitModel, task: Waiting): Expected | undefined {
  const { who, lba: first, out } = task;
  task.dormant = false;
  let goesOn = false;
  const expected = unit.access({ who, do: 'SEND WRITE' }, 'write', () => {
    if (first + out.length / BLOCK > BLOCKS) return unit.outOfRange({ lba: first });
    goesOn = true;
    return GOOD;
  });
  if (goesOn) return undefined;
  unit.waiting = unit.waiting.filter((other) => other !== task);
  return expected;
}

/** Others have left the task set: whose turn it is starts, by priority where there are several. */
export function advance(unit: UnitModel): void {
  for (;;) {
    const ready = unit.waiting.filter((task) => task.dormant && mayStart(unit, task));
    if (ready.length === 0) return;
    ready.sort((a, b) => rankOf(unit, a) - rankOf(unit, b));
    for (const task of ready) {
      if (!unit.waiting.includes(task) || !task.dormant) continue;
      const refused = start(unit, task);
      if (refused !== undefined) {
        unit.completed.push({ tag: task.tag, expected: refused });
        if (refused.status === CHECK_CONDITION) unit.checkCondition(task.who);
      } else if (task.delivered !== undefined)
        unit.completed.push({ tag: task.tag, expected: unit.complete(task) });
    }
  }
}

const CHECK_CONDITION = 0x02;

/** Priority 1 is the first, 0 is none; ORDERED commands have none to wait for. */
const rankOf = (unit: UnitModel, { who, order }: Waiting): number =>
  order === 'simple' ? unit.priorities.get(who) || 16 : 0;
