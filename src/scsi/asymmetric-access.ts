/** How well a logical unit is reached through each group of target ports (SPC, asymmetric logical unit access). */
import type { AccessState, AccessStateCause } from '../cdb/target-port-groups.ts';
import {
  ASYMMETRIC_ACCESS_STATE_CHANGED,
  LOGICAL_UNIT_NOT_ACCESSIBLE_ASYMMETRIC_ACCESS_STATE_TRANSITION,
  LOGICAL_UNIT_NOT_ACCESSIBLE_TARGET_PORT_IN_STANDBY_STATE,
  LOGICAL_UNIT_NOT_ACCESSIBLE_TARGET_PORT_IN_UNAVAILABLE_STATE,
  LOGICAL_UNIT_NOT_READY_OFFLINE,
} from '../sense/codes.ts';
import type { SenseCondition } from '../sense/sense-data.ts';
import type { Clock } from './clock.ts';
import type { LogicalUnit } from './logical-unit.ts';
import type { Nexus } from './nexus.ts';

/**
 * In which states other than the active ones a command runs:
 *
 * - `standby`: also in standby (PERSISTENT RESERVE OUT, MODE SENSE…);
 * - `unavailable`: also there, and in unavailable (SET TARGET PORT GROUPS);
 * - `always`: whatever the state (INQUIRY, REPORT LUNS…).
 */
export type AccessPolicy = 'standby' | 'unavailable' | 'always';

/** A state and what brought it about. */
interface GroupState {
  readonly state: AccessState;
  readonly cause: AccessStateCause;
}

const FIRST: GroupState = { state: 'active/optimized', cause: 'none' };

/** Access states of one logical unit. Every group begins as active/optimized. */
export class AsymmetricAccess {
  readonly #unit: LogicalUnit;
  readonly #groups = new Map<number, GroupState>();
  readonly #pending = new Map<number, () => void>();
  #preferred: number | undefined;
  #clock: Clock | undefined;

  /** @param unit - whose initiators are told of changes. */
  constructor(unit: LogicalUnit) {
    this.#unit = unit;
  }

  /** Gives it the time that transitions take. */
  attach(clock: Clock): void {
    this.#clock = clock;
  }

  /** Ends transitions at once. */
  close(): void {
    for (const hurry of this.#pending.values()) hurry();
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
   * ACCESS STATE CHANGED). While the unit's transition time runs, the group is transitioning.
   *
   * @throws RangeError - no port of the device is in that group.
   *
   * @example
   * ```ts
   * unit.access.set(2, 'standby');
   * ```
   */
  set(portGroup: number, state: Exclude<AccessState, 'transitioning'>): void {
    this.#check(portGroup);
    this.change([{ portGroup, state }], 'implicit');
  }

  /**
   * Changes the states of groups that the device has; `done` is called when the transition is over.
   *
   * @param knowing - who is not told, because it asked for the change.
   */
  change(
    changes: readonly { readonly portGroup: number; readonly state: AccessState }[],
    cause: AccessStateCause,
    knowing?: Nexus,
    done: () => void = () => {},
  ): void {
    const { transitionTime } = this.#unit.settings;
    const fresh = changes.filter(({ portGroup, state }) => this.state(portGroup) !== state);
    for (const { portGroup } of fresh) this.#pending.get(portGroup)?.();
    const settle = (): void => {
      for (const { portGroup, state } of fresh) {
        this.#pending.delete(portGroup);
        this.#groups.set(portGroup, { state, cause });
      }
      if (fresh.length > 0)
        this.#unit.establish(ASYMMETRIC_ACCESS_STATE_CHANGED, (nexus) => nexus !== knowing);
      done();
    };
    if (fresh.length === 0 || transitionTime === 0) {
      settle();
      return;
    }
    for (const { portGroup } of fresh)
      this.#groups.set(portGroup, { state: 'transitioning', cause });
    const cancel = this.#clock?.after(transitionTime, settle);
    // Should another change come meanwhile, this one is over at once.
    const hurry = (): void => {
      cancel?.();
      settle();
    };
    for (const { portGroup } of fresh) this.#pending.set(portGroup, hurry);
  }

  /** What keeps a command of this policy from a unit that is reached through this group. */
  obstacle(policy: AccessPolicy | undefined, portGroup: number): SenseCondition | undefined {
    const known = this.#groups.get(portGroup);
    if (known === undefined || policy === 'always') return undefined;
    switch (known.state) {
      case 'active/optimized':
      case 'active/non-optimized':
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

  #of(portGroup: number): GroupState {
    return this.#groups.get(portGroup) ?? FIRST;
  }

  #check(portGroup: number): void {
    if (!this.#unit.ports.some((port) => port.portGroup === portGroup))
      throw new RangeError(`portGroup: no port is in group ${portGroup}`);
  }
}
