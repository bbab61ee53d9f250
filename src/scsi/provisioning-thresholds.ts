/** Tells initiators when a thin disk runs out of space (SBC, logical block provisioning thresholds). */
import type { Space } from '../backend/backend.ts';
import type { ThresholdDescriptor } from '../mode/logical-block-provisioning.ts';
import type { ProvisioningResource } from '../log/logical-block-provisioning.ts';
import { THIN_PROVISIONING_SOFT_THRESHOLD_REACHED } from '../sense/codes.ts';
import type { SenseData } from '../sense/sense-data.ts';
import type { LogicalUnit } from './logical-unit.ts';
import type { Nexus } from './nexus.ts';

/** How many thresholds a unit has room for. */
export const THRESHOLDS = 4;

/** THRESHOLD PERCENTAGE: how exactly a threshold in percent is kept. */
export const THRESHOLD_PERCENTAGE = 1;

/** Where the first threshold descriptor begins in its mode page, and how long each is. */
const FIRST_DESCRIPTOR = 16;
const DESCRIPTOR_LENGTH = 8;

/** THRESHOLD TYPE, ARMING and RESOURCE that go together (SBC). */
const KINDS = [
  { type: 0, arming: 0, resource: 1 },
  { type: 0, arming: 1, resource: 2 },
  { type: 1, arming: 0, resource: 3 },
] as const;

/** Whether SBC defines what the descriptor says. */
export const isThreshold = (one: ThresholdDescriptor): boolean =>
  KINDS.some(
    ({ type, arming, resource }) =>
      one.type === type && one.arming === arming && one.resource === resource,
  );

/** Whether something may still be available: percent of all that there is, rounded down. */
const percentOf = ({ used, available }: Space): number =>
  used + available === 0 ? 0 : Math.floor((100 * available) / (used + available));

/** The counts of log page 0Ch, in threshold sets and percent. */
export function provisioningResources(
  space: Space,
  thresholdExponent: number,
): readonly ProvisioningResource[] {
  const set = 2 ** thresholdExponent;
  const dedicated = 1;
  return [
    {
      resource: 'available mapping',
      count: Math.min(Math.floor(space.available / set), 0xffff_ffff),
      scope: dedicated,
    },
    {
      resource: 'used mapping',
      count: Math.min(Math.ceil(space.used / set), 0xffff_ffff),
      scope: dedicated,
    },
    { resource: 'available percentage', count: percentOf(space), scope: dedicated },
  ];
}

/** How far beyond a threshold the space is: 1 past its range, −1 not there yet, 0 within. */
function positionOf(
  { type, arming, count }: ThresholdDescriptor,
  space: Space,
  exponent: number,
): number {
  const size = type === 1 ? THRESHOLD_PERCENTAGE : 2 ** exponent;
  const middle = type === 1 ? count : count * size;
  const { used, available } = space;
  const value = type === 1 ? percentOf(space) : arming === 1 ? used : available;
  if (value < middle - size / 2) return arming === 1 ? -1 : 1;
  return value > middle + size / 2 ? (arming === 1 ? 1 : -1) : 0;
}

/** The thresholds of a unit, as its mode page 1Ch/02h has them. */
export class ProvisioningThresholds {
  readonly #unit: LogicalUnit;
  /** Those that have been passed and told of; each is armed again once space is back. */
  readonly #told = new Set<number>();
  /** With SITUA: for the initiator whose command comes next. */
  #waiting: SenseData[] = [];

  constructor(unit: LogicalUnit) {
    this.#unit = unit;
  }

  /** Looks at the space, after a command that may have changed it. */
  look(): void {
    const { mode, medium, settings } = this.#unit;
    if (!mode.readWriteErrorRecovery.logicalBlockProvisioningErrorReporting) return;
    if (settings.thresholdExponent === 0) return;
    const { singleInitiator, thresholds } = mode.provisioningThresholds;
    let space: Space | undefined;
    for (const [i, threshold] of thresholds.entries()) {
      if (!threshold.enabled) continue;
      space ??= medium.backend.space?.();
      if (space === undefined) return;
      const position = positionOf(threshold, space, settings.thresholdExponent);
      if (position < 0) this.#told.delete(i);
      if (position <= 0 || this.#told.has(i)) continue;
      this.#told.add(i);
      const sense: SenseData = {
        ...THIN_PROVISIONING_SOFT_THRESHOLD_REACHED,
        information: FIRST_DESCRIPTOR + DESCRIPTOR_LENGTH * i,
      };
      if (singleInitiator) this.#waiting.push(sense);
      else this.#unit.establish(sense);
    }
  }

  /** A command that can report a unit attention has come: with SITUA its initiator is the one to tell. */
  arrived(nexus: Nexus): void {
    if (this.#waiting.length === 0) return;
    for (const sense of this.#waiting) this.#unit.attentions(nexus).establish(sense);
    this.#waiting = [];
  }

  /** The unit has been reset: what is still so is told again. */
  reset(): void {
    this.#told.clear();
    this.#waiting = [];
  }
}
