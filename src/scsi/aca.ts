/** Auto contingent allegiance (SAM): after a CHECK CONDITION its nexus may look into it undisturbed. */
import type { Nexus } from './nexus.ts';
import { STATUS, type Status } from './status.ts';
import type { TaskAttribute } from './task.ts';

/** What the device server looks at in a command that arrives while an ACA condition is in effect. */
export interface Newcomer {
  /** Who sent it. */
  readonly nexus: Nexus;
  /** Its task attribute. */
  readonly attribute: TaskAttribute;
  /** NACA of its CONTROL byte. */
  readonly naca: boolean;
  /** PERSISTENT RESERVE OUT with PREEMPT AND ABORT, which can end the condition of another nexus. */
  readonly preemptsAndAborts: boolean;
}

/** What the Control mode page says of ACA conditions. */
export interface AcaRules {
  /** TST = 000b: there is one task set for all nexuses. */
  readonly shared: boolean;
  /** TMF_ONLY: the faulted nexus may send task management only. */
  readonly taskManagementOnly: boolean;
}

/** The ACA conditions of one logical unit. */
export class AutoContingentAllegiance {
  readonly #faulted = new Set<Nexus>();

  /** Whether any is in effect. */
  get inEffect(): boolean {
    return this.#faulted.size > 0;
  }

  /** Whether the nexus got the CHECK CONDITION from which one comes. */
  isFaulted(nexus: Nexus): boolean {
    return this.#faulted.has(nexus);
  }

  /** A command of the nexus, with NACA set, ends with CHECK CONDITION. */
  establish(nexus: Nexus): void {
    this.#faulted.add(nexus);
  }

  /** Ends the condition of a nexus. Gives whether there was one. */
  clear(nexus: Nexus): boolean {
    return this.#faulted.delete(nexus);
  }

  /** Ends all of them. */
  clearAll(): void {
    this.#faulted.clear();
  }

  /** Whether one is in effect for the task set that commands of the nexus enter. */
  concerns(nexus: Nexus, shared: boolean): boolean {
    return shared ? this.inEffect : this.isFaulted(nexus);
  }

  /**
   * The status that keeps a new command out of the task set; `undefined` where it may enter.
   *
   * @param acaTask - whether a command with the ACA attribute is in the task set.
   */
  refusal(command: Newcomer, rules: AcaRules, acaTask: boolean): Status | undefined {
    const { nexus, attribute, naca, preemptsAndAborts } = command;
    if (!this.concerns(nexus, rules.shared)) return undefined;
    if (!this.isFaulted(nexus)) {
      if (preemptsAndAborts) return undefined;
      return naca ? STATUS.ACA_ACTIVE : STATUS.BUSY;
    }
    return attribute === 'aca' && !acaTask && !rules.taskManagementOnly
      ? undefined
      : STATUS.ACA_ACTIVE;
  }
}
