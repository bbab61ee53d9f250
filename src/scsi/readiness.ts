/** Whether a logical unit can reach its medium, and what it says if not. */
import {
  LOGICAL_UNIT_NOT_READY_INITIALIZING_COMMAND_REQUIRED,
  LOGICAL_UNIT_NOT_READY_MANUAL_INTERVENTION_REQUIRED,
  MEDIUM_NOT_PRESENT,
  TIMEOUT_ON_LOGICAL_UNIT,
} from '../sense/codes.ts';
import type { SenseCondition } from '../sense/sense-data.ts';

/** The states that keep commands from the medium. */
export class Readiness {
  /** The medium is in the drive. */
  loaded = true;
  /** The unit has been closed for good. */
  closed = false;
  /** The unit has not been stopped. */
  started = true;
  /** What the unit store holds could not be loaded. */
  failed = false;
  /** Groups of aborted tasks that did not settle in time: their writes may still come. */
  fences = 0;

  /** Why the medium cannot be reached; `undefined` where it can. */
  get obstacle(): SenseCondition | undefined {
    if (this.loaded && this.started && !this.closed && this.fences === 0 && !this.failed)
      return undefined;
    if (this.failed) return LOGICAL_UNIT_NOT_READY_MANUAL_INTERVENTION_REQUIRED;
    if (this.fences > 0) return TIMEOUT_ON_LOGICAL_UNIT;
    if (!this.loaded || this.closed) return MEDIUM_NOT_PRESENT;
    return LOGICAL_UNIT_NOT_READY_INITIALIZING_COMMAND_REQUIRED;
  }
}
