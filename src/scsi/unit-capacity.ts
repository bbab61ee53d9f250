/** What a unit says of its size: READ CAPACITY(16), and part of it in its ROD tokens. */
import type { Capacity16 } from '../cdb/read-capacity.ts';
import type { LogicalUnit } from './logical-unit.ts';

/** Capacity and geometry of a unit as they are now. */
export function unitCapacity({ medium, settings, protection }: LogicalUnit): Capacity16 {
  return {
    lastLba: medium.blocks - 1,
    blockLength: medium.blockLength,
    protectionEnabled: protection.type !== 0,
    protectionType: Math.max(0, protection.type - 1),
    protectionIntervalsExponent: 0,
    physicalBlockExponent: settings.physicalBlockExponent,
    provisioningManaged: settings.thin,
    unmappedReadsZeros: settings.thin && medium.backend.unmappedReadsZeros === true,
    lowestAlignedLba: settings.lowestAlignedLba,
  };
}
