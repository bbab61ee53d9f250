import type { LogicalUnit } from './scsi/logical-unit.ts';
import { Target, type TargetOptions } from './scsi/target.ts';
import { systemClock } from './system-clock.ts';

/**
 * Makes a target with one LUN for each unit, from 0 on.
 *
 * @example
 * ```ts
 * import { createDisk, createTarget } from 'scsi-target';
 * import { memoryBackend } from 'scsi-target/backend/memory';
 *
 * const target = createTarget([createDisk({ backend: memoryBackend({ blocks: 2048 }) })]);
 * ```
 */
export function createTarget(
  units: Iterable<LogicalUnit>,
  options: Partial<TargetOptions> = {},
): Target {
  const target = new Target({ clock: systemClock, ...options });
  let lun = 0;
  for (const unit of units) target.luns.add(lun++, unit);
  return target;
}
