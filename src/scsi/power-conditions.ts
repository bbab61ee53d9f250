/** How awake a logical unit is, and what moves it from one power condition to another (SPC, SBC). */
import type { PowerConditionTransitionsPage } from '../log/power-condition-transitions.ts';
import type { PowerConditionPage } from '../mode/power-condition.ts';
import {
  IDLE_B_CONDITION_ACTIVATED_BY_COMMAND,
  IDLE_B_CONDITION_ACTIVATED_BY_TIMER,
  IDLE_C_CONDITION_ACTIVATED_BY_COMMAND,
  IDLE_C_CONDITION_ACTIVATED_BY_TIMER,
  IDLE_CONDITION_ACTIVATED_BY_COMMAND,
  IDLE_CONDITION_ACTIVATED_BY_TIMER,
  STANDBY_CONDITION_ACTIVATED_BY_COMMAND,
  STANDBY_CONDITION_ACTIVATED_BY_TIMER,
  STANDBY_Y_CONDITION_ACTIVATED_BY_COMMAND,
  STANDBY_Y_CONDITION_ACTIVATED_BY_TIMER,
} from '../sense/codes.ts';
import type { SenseCondition } from '../sense/sense-data.ts';
import type { Clock } from './clock.ts';
import type { LogicalUnit } from './logical-unit.ts';

/** A power condition other than active, the shallowest first. */
export type LowPowerCondition = 'idle_a' | 'idle_b' | 'idle_c' | 'standby_y' | 'standby_z';

/** A power condition of a unit that is not stopped. */
export type PowerCondition = 'active' | LowPowerCondition;

/** What is to be known of a low power condition. */
interface Row {
  readonly condition: LowPowerCondition;
  /** Its enable bit and its timer in the Power Condition mode page. */
  readonly enabled: keyof PowerConditionPage;
  readonly timer: keyof PowerConditionPage;
  /** Its counter in the log page. */
  readonly count: keyof PowerConditionTransitionsPage;
  readonly byTimer: SenseCondition;
  readonly byCommand: SenseCondition;
}

const ROWS: readonly Row[] = [
  {
    condition: 'idle_a',
    enabled: 'idleA',
    timer: 'idleATimer',
    count: 'toIdleA',
    byTimer: IDLE_CONDITION_ACTIVATED_BY_TIMER,
    byCommand: IDLE_CONDITION_ACTIVATED_BY_COMMAND,
  },
  {
    condition: 'idle_b',
    enabled: 'idleB',
    timer: 'idleBTimer',
    count: 'toIdleB',
    byTimer: IDLE_B_CONDITION_ACTIVATED_BY_TIMER,
    byCommand: IDLE_B_CONDITION_ACTIVATED_BY_COMMAND,
  },
  {
    condition: 'idle_c',
    enabled: 'idleC',
    timer: 'idleCTimer',
    count: 'toIdleC',
    byTimer: IDLE_C_CONDITION_ACTIVATED_BY_TIMER,
    byCommand: IDLE_C_CONDITION_ACTIVATED_BY_COMMAND,
  },
  {
    condition: 'standby_y',
    enabled: 'standbyY',
    timer: 'standbyYTimer',
    count: 'toStandbyY',
    byTimer: STANDBY_Y_CONDITION_ACTIVATED_BY_TIMER,
    byCommand: STANDBY_Y_CONDITION_ACTIVATED_BY_COMMAND,
  },
  {
    condition: 'standby_z',
    enabled: 'standbyZ',
    timer: 'standbyZTimer',
    count: 'toStandbyZ',
    byTimer: STANDBY_CONDITION_ACTIVATED_BY_TIMER,
    byCommand: STANDBY_CONDITION_ACTIVATED_BY_COMMAND,
  },
];

/** What a timer of the mode page counts, in milliseconds. */
const TICK = 100;

/** Milliseconds before the timers look again, where work is going on behind the commands. */
const BUSY = 1000;

/**
 * The power condition of a unit. A disk in RAM or in a file saves no power: what there is to see is
 * what initiators see of it. A command that accesses the medium makes the unit active in no time.
 */
export class PowerConditions {
  readonly #unit: LogicalUnit;
  readonly #transitions = {
    toActive: 0,
    toIdleA: 0,
    toIdleB: 0,
    toIdleC: 0,
    toStandbyZ: 0,
    toStandbyY: 0,
  };
  #clock: Clock | undefined;
  #row: Row | undefined;
  #byCommand = false;
  /** START STOP UNIT has taken control: the timers stand still until LU_CONTROL, or a start or reset. */
  #held = false;
  #accessed = 0;
  #cancel: (() => void) | undefined;

  /** @param unit - whose mode page has the timers. */
  constructor(unit: LogicalUnit) {
    this.#unit = unit;
  }

  /** The power condition; a unit that is stopped counts as active. */
  get current(): PowerCondition {
    return this.#row?.condition ?? 'active';
  }

  /** What REQUEST SENSE says of it; `undefined` where the unit is active. */
  get sense(): SenseCondition | undefined {
    return this.#row && (this.#byCommand ? this.#row.byCommand : this.#row.byTimer);
  }

  /** How often each has been entered since the unit was made. */
  get transitions(): Required<PowerConditionTransitionsPage> {
    return { ...this.#transitions };
  }

  /** Gives it the time. */
  attach(clock: Clock): void {
    if (this.#clock !== undefined) return;
    this.#clock = clock;
    this.restart();
  }

  /** A command accesses the medium: the unit is active, and the timers begin anew. */
  accessed(): void {
    if (this.#row !== undefined) {
      this.#enter(undefined);
      if (!this.#held) this.restart();
    } else if (this.#cancel !== undefined) this.#accessed = this.#clock?.now() ?? 0;
  }

  /** START STOP UNIT wants a power condition: the timers stand still from now on. */
  command(condition: PowerCondition): void {
    this.#hold();
    this.#byCommand = true;
    this.#enter(ROWS.find((row) => row.condition === condition));
  }

  /** START STOP UNIT wants a timer to have expired. From a deeper condition that leads nowhere. */
  expire(condition: LowPowerCondition): void {
    this.#deepen(ROWS.findIndex((row) => row.condition === condition));
  }

  /** START STOP UNIT gives control back, or a unit was started: the timers run. */
  release(): void {
    this.#held = false;
    this.restart();
  }

  /** The unit has been stopped: there is nothing to be timed. */
  stopped(): void {
    this.#hold();
    this.#row = undefined;
  }

  /** The unit has been started after a stop. */
  started(): void {
    this.#transitions.toActive++;
    this.release();
  }

  /** The unit has been reset: it is active. */
  reset(): void {
    if (this.#row !== undefined) this.#enter(undefined);
    this.release();
  }

  /** Ends for good. */
  close(): void {
    this.#hold();
  }

  /** The timers begin anew with the values that the mode page has now. */
  restart(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    this.#accessed = this.#clock?.now() ?? 0;
    if (!this.#held) this.#wait();
  }

  #hold(): void {
    this.#held = true;
    this.#cancel?.();
    this.#cancel = undefined;
  }

  #enter(row: Row | undefined): void {
    if (this.#row === row) return;
    this.#row = row;
    this.#transitions[row?.count ?? 'toActive']++;
  }

  /** Enters a condition by its timer, unless the unit is in it or in a deeper one. */
  #deepen(index: number): void {
    if (!this.#unit.readiness.started || index <= this.#depth) return;
    this.#byCommand = false;
    this.#enter(ROWS[index]);
  }

  get #depth(): number {
    return this.#row === undefined ? -1 : ROWS.indexOf(this.#row);
  }

  /** Waits for the first timer of a condition deeper than the one that the unit is in. */
  #wait(): void {
    const clock = this.#clock;
    if (clock === undefined) return;
    const page = this.#unit.mode.powerCondition;
    const depth = this.#depth;
    const timers = ROWS.flatMap((row, index) =>
      index > depth && page[row.enabled] === true
        ? [{ index, due: this.#accessed + (page[row.timer] as number) * TICK }]
        : [],
    );
    if (timers.length === 0) return;
    const next = Math.min(...timers.map(({ due }) => due));
    this.#cancel = clock.after(Math.max(next - clock.now(), 0), () => {
      this.#cancel = undefined;
      this.#due(clock, page);
    });
  }

  /** Work that goes on keeps the unit awake. */
  get #busy(): boolean {
    const { tasks, operation, selfTests } = this.#unit;
    return tasks.size > 0 || operation.inProgress || selfTests.sense !== undefined;
  }

  #due(clock: Clock, page: PowerConditionPage): void {
    if (this.#busy) {
      this.#cancel = clock.after(BUSY, () => this.restart());
      return;
    }
    const idle = clock.now() - this.#accessed;
    // The deepest condition of those whose time has come.
    const index = ROWS.findLastIndex(
      (row) => page[row.enabled] === true && (page[row.timer] as number) * TICK <= idle,
    );
    if (index >= 0) this.#deepen(index);
    this.#wait();
  }
}
