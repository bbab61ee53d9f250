import { sbc } from './scsi/command-sets/sbc.ts';
import { LogicalUnit } from './scsi/logical-unit.ts';
import type { LogicalUnitOptions } from './scsi/unit-options.ts';

/** How to make a disk. */
export interface DiskOptions extends LogicalUnitOptions {
  /** Its commands: a `CommandSet`. Default: `sbc`; `extend` adds vendor commands to it. */
  readonly commands?: object;
}

/**
 * Makes a direct-access block device.
 *
 * @throws RangeError - an option is out of its range; the message names it.
 * @throws Error - the backend is under another unit.
 *
 * @example
 * ```ts
 * import { createDisk } from 'scsi-target';
 * import { memoryBackend } from 'scsi-target/backend/memory';
 *
 * const disk = createDisk({
 *   backend: memoryBackend({ size: 2 ** 30, blockLength: 4096 }),
 *   vendor: 'ACME',
 *   product: 'RAM disk',
 * });
 * ```
 */
export function createDisk(options: DiskOptions): LogicalUnit {
  return new LogicalUnit(options.commands ?? sbc, options);
}
