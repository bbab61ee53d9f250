/** How well a logical unit is reached through each group of target ports (SPC, asymmetric logical unit access). */
import type { AccessState, AccessStateCause } from '../cdb/target-port-groups.ts';
import { andThen, isPromise, type MaybePromise } from '../maybe-promise.ts';
import {
  ASYMMETRIC_ACCESS_STATE_CHANGED,
  IMPLICIT_ASYMMETRIC_ACCESS_STATE_TRANSITION_FAILED,
  LOGICAL_UNIT_NOT_ACCESSIBLE_ASYMMETRIC_ACCESS_STATE_TRANSITION,
  LOGICAL_UNIT_NOT_ACCESSIBLE_TARGET_PORT_IN_STANDBY_STATE,
  LOGICAL_UNIT_NOT_ACCESSIBLE_TARGET_PORT_IN_UNAVAILABLE_STATE,
  LOGICAL_UNIT_NOT_READY_OFFLINE,
} from '../sense/codes.ts';
import type { SenseCondition } from '../sense/sense-data.ts';
import type { Clock } from './clock.ts';
import type { LogicalUnit } from './logical-unit.ts';
import type { Nexus } from './nexus.ts';
import type { UnitMemory } from './unit-memory.ts';

/**
 * In which states other than the active ones a command runs:
 *
 * - `standby`: also in standby (PERSISTENT RESERVE OUT, MODE SENSE…);
 * - `unavailable`: also there, and in unavailable (SET TARGET PORT GROUPS);
 * - `always`: whatever the state (INQUIRY, REPORT LUNS…).
 */
export type AccessPolicy = 'standby' | 'unavailable' | 'always';

/** The policy of a command that depends on its fields; undefined: only in the active states. */
export type AccessPolicyOf<R> = (request: R) => AccessPolicy | undefined;

/** A state that a group can be put into. */
export type SettableAccessState = Exclude<AccessState, 'transitioning' | 'logical block dependent'>;

/** The states that a group can be put into. */
export const SETTABLE_ACCESS_STATES: readonly SettableAccessState[] = [
  'active/optimized',
  'active/non-optimized',
  'standby',
  'unavailable',
  'offline',
];

/** A new state of a group of target ports. */
export interface AccessChange {
  /** TARGET PORT GROUP, 0 to 65535. */
  readonly portGroup: number;
  /** The state that it is to be in. */
  readonly state: SettableAccessState;
}

/**
 * Does what a change of access states needs outside of this library; the groups are transitioning
 * until it is done. Where it throws, the transition has failed, and the groups are unavailable. It
 * may be called for another change before it is done with one; what was asked for last counts.
 */
export type AccessTransitionHook = (
  changes: readonly AccessChange[],
  cause: AccessStateCause,
) => MaybePromise<void>;

/** A state and what brought it about. */
interface GroupState {
  readonly state: AccessState;
  readonly cause: AccessStateCause;
  /** What the group is transitioning for. */
  readonly transition?: readonly AccessChange[];
}

/** TPGS of standard INQUIRY data (SPC): who may change states. */
export const TPGS = {
  /** All ports are alike. */
  none: 0b00,
  /** The device. */
  implicit: 0b01,
  /** Initiators, by SET TARGET PORT GROUPS. */
  explicit: 0b10,
  /** The device and initiators. */
  both: 0b11,
} as const;

const SECTION = 'accessStates';
const FIRST: GroupState = { state: 'active/optimized', cause: 'none' };

/** Access states of one logical unit. A group of which nothing was said is active/optimized. */
export class AsymmetricAccess {
  readonly #unit: LogicalUnit;
  readonly #hook: AccessTransitionHook | undefined;
  readonly #groups = new Map<number, GroupState>();
  /** Ends the transition times that run. */
  readonly #waiting = new Set<() => void>();
  #preferred: number | undefined;
  #clock: Clock | undefined;

  /**
   * @param unit - whose initiators are told of changes. Its settings say how groups begin.
   * @param hook - what a change waits for.
   */
  constructor(unit: LogicalUnit, hook: AccessTransitionHook | undefined) {
    this.#unit = unit;
    this.#hook = hook;
    for (const [portGroup, state] of unit.settings.accessStates)
      this.#groups.set(portGroup, { state, cause: 'none' });
  }

  /** Gives it the time that transitions take. */
  attach(clock: Clock): void {
    this.#clock = clock;
  }

  /** Ends transitions at once. */
  close(): void {
    this.#clock = undefined;
    for (const end of this.#waiting) end();
  }

  /** The state of a target port group. */
  state(portGroup: number): AccessState {
    return this.#of(portGroup).state;
  }

  /** STATUS CODE: what brought the state of a group about. */
  cause(portGroup: number): AccessStateCause {
    return this.#of(portGroup).cause;
  }

  /** The group that PREF names; undefined: none. */
  get preferred(): number | undefined {
    return this.#preferred;
  }

  /**
   * Names the group that is best used (PREF).
   *
   * @throws RangeError - no port of the device is in that group.
   */
  prefer(portGroup: number | undefined): void {
    if (portGroup !== undefined) this.#check(portGroup);
    this.#preferred = portGroup;
  }

  /**
   * Changes the state of a group, as an implicit transition; every initiator is told (ASYMMETRIC
   * ACCESS STATE CHANGED). The group is transitioning while the unit's `accessTransition` works, and
   * then for the transition time.
   *
   * @throws RangeError - no port of the device is in that group.
   *
   * @example
   * ```ts
   * unit.access.set(2, 'standby');
   * ```
   */
  set(portGroup: number, state: SettableAccessState): void {
    this.#check(portGroup);
    void this.change([{ portGroup, state }], 'implicit');
  }

  /**
   * Changes the states of groups that the device has. A later change of the same group takes the
   * place of one that is in progress.
   *
   * @param knowing - who is not told, because it asked for the change.
   * @returns when it is over: whether it went well. Never rejects.
   */
  change(
    changes: readonly AccessChange[],
    cause: AccessStateCause,
    knowing?: Nexus,
  ): MaybePromise<boolean> {
    const fresh = changes.filter(({ portGroup, state }) => this.state(portGroup) !== state);
    if (fresh.length === 0) return true;
    for (const { portGroup } of fresh)
      this.#groups.set(portGroup, { state: 'transitioning', cause, transition: fresh });
    return andThen(this.#prepare(fresh, cause), (prepared) =>
      this.#wait(() => {
        this.#end(fresh, prepared, cause, knowing);
        return prepared;
      }),
    );
  }

  /** What keeps a command of this policy from a unit that is reached through this group. */
  obstacle(policy: AccessPolicy | undefined, portGroup: number): SenseCondition | undefined {
    const known = this.#groups.get(portGroup);
    if (known === undefined || policy === 'always') return undefined;
    switch (known.state) {
      case 'active/optimized':
      case 'active/non-optimized':
      case 'logical block dependent':
        return undefined;
      case 'standby':
        return policy === undefined
          ? LOGICAL_UNIT_NOT_ACCESSIBLE_TARGET_PORT_IN_STANDBY_STATE
          : undefined;
      case 'unavailable':
        return policy === 'unavailable'
          ? undefined
          : LOGICAL_UNIT_NOT_ACCESSIBLE_TARGET_PORT_IN_UNAVAILABLE_STATE;
      case 'offline':
        return LOGICAL_UNIT_NOT_READY_OFFLINE;
      case 'transitioning':
        return LOGICAL_UNIT_NOT_ACCESSIBLE_ASYMMETRIC_ACCESS_STATE_TRANSITION;
    }
  }

  /**
   * Takes up what the unit store kept.
   *
   * @throws TypeError - that is damaged.
   */
  load(memory: UnitMemory): void {
    const section = memory.section(SECTION);
    if (section === undefined) return;
    if (typeof section !== 'object' || section === null) throw damaged();
    for (const [portGroup, value] of Object.entries(section)) {
      const state = SETTABLE_ACCESS_STATES.find((each) => each === value);
      if (state === undefined) throw damaged();
      this.#groups.set(Number(portGroup), { state, cause: 'none' });
    }
  }

  /** All that has to be done before a change; false: it has failed. */
  #prepare(changes: readonly AccessChange[], cause: AccessStateCause): MaybePromise<boolean> {
    const failed = (error: unknown): boolean => {
      this.#unit.report(error);
      return false;
    };
    try {
      const prepared = andThen(this.#hook?.(changes, cause), () => this.#save());
      return isPromise(prepared) ? prepared.then(() => true, failed) : true;
    } catch (error) {
      return failed(error);
    }
  }

  /** SPC has states outlive a power loss where initiators alone change them. */
  #save(): MaybePromise<void> {
    if (this.#unit.settings.tpgs !== TPGS.explicit) return undefined;
    const states: Record<string, AccessState | undefined> = {};
    for (const [portGroup, { state, transition }] of this.#groups)
      states[portGroup] =
        transition?.find((change) => change.portGroup === portGroup)?.state ?? state;
    return this.#unit.memory.keep(SECTION, states);
  }

  /** Lets the transition time pass. */
  #wait(end: () => boolean): MaybePromise<boolean> {
    const { transitionTime } = this.#unit.settings;
    const clock = this.#clock;
    if (transitionTime === 0 || clock === undefined) return end();
    return new Promise((resolve) => {
      const over = (): void => {
        this.#waiting.delete(over);
        cancel();
        resolve(end());
      };
      this.#waiting.add(over);
      const cancel = clock.after(transitionTime, over);
    });
  }

  #end(
    changes: readonly AccessChange[],
    prepared: boolean,
    cause: AccessStateCause,
    knowing: Nexus | undefined,
  ): void {
    // A group may have begun another transition meanwhile.
    const ended = changes.filter(
      ({ portGroup }) => this.#groups.get(portGroup)?.transition === changes,
    );
    for (const { portGroup, state } of ended)
      this.#groups.set(portGroup, { state: prepared ? state : 'unavailable', cause });
    if (!prepared && cause === 'implicit')
      this.#unit.establish(IMPLICIT_ASYMMETRIC_ACCESS_STATE_TRANSITION_FAILED);
    if (ended.length > 0)
      this.#unit.establish(ASYMMETRIC_ACCESS_STATE_CHANGED, (nexus) => nexus !== knowing);
  }

  #of(portGroup: number): GroupState {
    return this.#groups.get(portGroup) ?? FIRST;
  }

  #check(portGroup: number): void {
    if (!this.#unit.ports.some((port) => port.portGroup === portGroup))
      throw new RangeError(`portGroup: no port is in group ${portGroup}`);
  }
}

const damaged = (): TypeError => new TypeError('The access states in the unit store are damaged.');
