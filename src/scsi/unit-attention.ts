/** Unit attention conditions of one nexus at one logical unit (SAM). */
import { POWER_ON_RESET_OR_BUS_DEVICE_RESET_OCCURRED } from '../sense/codes.ts';
import type { SenseCondition, SenseData } from '../sense/sense-data.ts';

const RESET_ASC = 0x29;

/** The conditions of ASC 29h by precedence, the strongest first: power on covers resets, those nexus loss. */
const RESET_PRECEDENCE = [0x01, 0x00, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07];

const isReset = (sense: SenseCondition): boolean => sense.asc === RESET_ASC;

/** Most conditions that are told one by one: initiators give up on a unit that has ever more to tell. */
const MOST = 8;

/**
 * What a nexus has still to be told: resets first, then the rest in the order it happened. Each
 * condition is there once. Where there would be too many, POWER ON, RESET, OR BUS DEVICE RESET
 * OCCURRED takes the place of all that are no deferred errors: after it nothing is as it was.
 */
export class UnitAttentions {
  #pending: SenseData[] = [];
  /** Called with each condition that was not there before. */
  onEstablished: ((sense: SenseData) => void) | undefined;

  /** Establishes a condition. Of the resets only the strongest is kept. */
  establish(sense: SenseData): void {
    const same = (other: SenseData): boolean =>
      other.asc === sense.asc && other.ascq === sense.ascq && other.key === sense.key;
    if (!isReset(sense)) {
      if (this.#pending.some(same)) return;
      this.#add(sense);
      this.onEstablished?.(sense);
      return;
    }
    const earlier = this.#pending.find(isReset);
    if (earlier !== undefined && rank(earlier) <= rank(sense)) return;
    this.#pending = [sense, ...this.#pending.filter((other) => !isReset(other))];
    this.onEstablished?.(sense);
  }

  #add(sense: SenseData): void {
    this.#pending.push(sense);
    if (this.#pending.length <= MOST) return;
    const errors = this.#pending.filter(({ deferred }) => deferred === true);
    this.#pending = [POWER_ON_RESET_OR_BUS_DEVICE_RESET_OCCURRED, ...errors];
  }

  /** How many are pending. */
  get size(): number {
    return this.#pending.length;
  }

  /** The condition that is to be told first; it stays pending. */
  get first(): SenseData | undefined {
    return this.#pending[0];
  }

  /** Whether something is pending. */
  get pending(): boolean {
    return this.#pending.length > 0;
  }

  /** Takes the first condition away and gives it. */
  take(): SenseData | undefined {
    return this.#pending.shift();
  }

  /** Drops a condition that has become known in another way. */
  clear(condition: SenseCondition): void {
    this.#pending = this.#pending.filter(
      ({ asc, ascq }) => asc !== condition.asc || ascq !== condition.ascq,
    );
  }
}

function rank({ ascq }: SenseCondition): number {
  const index = RESET_PRECEDENCE.indexOf(ascq);
  return index < 0 ? RESET_PRECEDENCE.length : index;
}
