/** A disk that Windows uses: a storage unit on WinSpd's miniport. */
import type { Target } from '../../src/scsi/target.ts';
import { systemClock } from '../../src/system-clock.ts';
import { StorageUnit, type StorageUnitOptions } from '../storage-unit.ts';
import type { ArrivalWait } from './arrival.ts';
import { WINSPD_DEVICE } from './device-path.ts';
import { DeviceServer } from './device-server.ts';
import { openMiniport, type Miniport } from './miniport.ts';

/** How to serve a unit on the miniport. */
export interface ServeDeviceOptions extends StorageUnitOptions {
  /** The miniport's name: a hardware id or a path. Default `root\winspd`. */
  readonly device?: string;
  /** Requests that are answered at a time, each with a thread and a buffer: 1 to 64. Default 4. */
  readonly fetches?: number;
}

/** A unit that Windows has for a disk. */
export interface ServedDevice {
  /** The unit; `shutdown` takes it away from Windows. */
  readonly unit: StorageUnit;
  /** Its address on the miniport; `formatBtl` writes it. */
  readonly btl: number;
  /**
   * The number of the drive: N of `\\.\PhysicalDriveN`. Windows shows a disk some time after it is
   * there; waits for that, 30 seconds unless told otherwise. `undefined`: it did not show it.
   */
  readonly physicalDrive: (wait?: ArrivalWait) => Promise<number | undefined>;
}

const DEFAULT_FETCHES = 4;
const MOST_FETCHES = 64;

/**
 * Serves a unit of a target as a disk of this Windows, on the StorPort miniport of WinSpd.
 *
 * @throws WinSpdError - NOT_WINDOWS; KOFFI_MISSING: install koffi beside this package; DEVICE_MISSING:
 * WinSpd is not installed; WIN32: 5, only an administrator may; 183, the GUID is had; 82, the
 * miniport has no room for another unit.
 * @throws RangeError - there is no unit under the LUN, or an option is out of range.
 *
 * @example
 * ```ts
 * import { createDisk, createTarget, memoryBackend } from 'scsi-target';
 * import { serveDevice } from 'scsi-target/winspd';
 *
 * const target = createTarget([createDisk({ backend: memoryBackend({ size: 2 ** 30 }) })]);
 * const { unit, physicalDrive } = await serveDevice(target);
 * console.log(await physicalDrive()); // 2
 * await unit.shutdown();
 * await target.close();
 * ```
 */
export async function serveDevice(
  target: Target,
  options: ServeDeviceOptions = {},
): Promise<ServedDevice> {
  checkFetches(options);
  return serveOn(await openMiniport(options.device ?? WINSPD_DEVICE), target, options);
}

/** Serves a unit on a miniport that is open, and closes that in the end. @throws - as {@link serveDevice} */
export async function serveOn(
  miniport: Miniport,
  target: Target,
  options: ServeDeviceOptions = {},
): Promise<ServedDevice> {
  try {
    const fetches = checkFetches(options);
    const { clock = systemClock } = options;
    const unit = new StorageUnit(target, options);
    const server = new DeviceServer(miniport, unit, { fetches, clock });
    await unit.start(server);
    const { btl } = server;
    return {
      unit,
      btl,
      physicalDrive: (wait) => miniport.shownDrive(btl, unit.params.guid, { clock, ...wait }),
    };
  } catch (error) {
    await miniport.close();
    throw error;
  }
}

function checkFetches({ fetches = DEFAULT_FETCHES }: ServeDeviceOptions): number {
  if (!Number.isInteger(fetches) || fetches < 1 || fetches > MOST_FETCHES)
    throw new RangeError(`fetches: ${fetches} is not an integer from 1 to ${MOST_FETCHES}`);
  return fetches;
}
