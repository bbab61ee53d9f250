/** Time, and what is due in it. */
import type { Device } from './device.ts';

/** Lets time pass on both disks. */
export function pass(device: Device, ms: number): void {
  device.now += ms;
  for (const unit of device.units) unit.passes(ms);
}

/** So much of this time that only one thing ends in it: in which order several are told is the backend's to say. */
export const untilFirst = (device: Device, ms: number): number =>
  Math.min(ms, ...device.units.flatMap((unit) => unit.due));
