/** Who prevents the removal of a unit's medium (SPC, PREVENT ALLOW MEDIUM REMOVAL). */
import type { Nexus } from './nexus.ts';

/** The prevention of each nexus: the medium may leave when none is left. */
export class MediumRemoval {
  readonly #preventing = new Set<Nexus>();

  /** Whether any nexus prevents it. */
  get prevented(): boolean {
    return this.#preventing.size > 0;
  }

  /** The nexus prevents it from now on. */
  prevent(nexus: Nexus): void {
    this.#preventing.add(nexus);
  }

  /** The nexus allows it, is lost, or has been preempted. */
  allow(nexus: Nexus): void {
    this.#preventing.delete(nexus);
  }

  /** Everybody allows it. Gives who had not. */
  allowAll(): ReadonlySet<Nexus> {
    const preventing = new Set(this.#preventing);
    this.#preventing.clear();
    return preventing;
  }
}
