/** Command priorities (SAM; SPC, SET PRIORITY): of tasks that came without one of their own. */
import type { LogicalUnit } from './logical-unit.ts';
import { nexusId, type NexusName } from './registration.ts';
import { nexusName } from './reservations.ts';
import type { Nexus } from './nexus.ts';

/** The priority of each nexus at one logical unit: 1 (first) to 15, and 0 for none. */
export class CommandPriorities {
  readonly #unit: LogicalUnit;
  readonly #set = new Map<string, number>();

  constructor(unit: LogicalUnit) {
    this.#unit = unit;
  }

  /** INITIAL COMMAND PRIORITY of the Control Extension mode page: of nexuses that nobody set one for. */
  get initial(): number {
    return this.#unit.mode.controlExtension.initialCommandPriority;
  }

  /** The priority of a nexus, 0 to 15. */
  of(nexus: Nexus): number {
    return this.#set.size === 0 ? this.initial : this.ofName(nexusName(nexus));
  }

  /** The priority of a nexus by its name, 0 to 15. */
  ofName(name: NexusName): number {
    return this.#set.get(nexusId(name)) ?? this.initial;
  }

  /** Sets the priority of a nexus; 0: it has the initial one again. Gives whether that changed it. */
  set(name: NexusName, priority: number): boolean {
    const before = this.ofName(name);
    if (priority === 0) this.#set.delete(nexusId(name));
    else this.#set.set(nexusId(name), priority);
    return this.ofName(name) !== before;
  }

  /** The unit has been reset: every nexus has the initial priority. */
  reset(): void {
    this.#set.clear();
  }
}
