/** How large a block device is: `fstat` says 0. */
import { readFileSync } from 'node:fs';

/** Reads up to 512 bytes at a byte address and says how many there were. */
export type ReadSector = (position: number) => Promise<number>;

const SECTOR = 512;

/**
 * The bytes of a block device: from /sys on Linux, elsewhere by reading where there is nothing to
 * read any more.
 *
 * @throws Error - what a read threw.
 */
export async function deviceSize(rdev: number, read: ReadSector): Promise<number> {
  return linuxDeviceSize(rdev) ?? (await probeSize(read));
}

function linuxDeviceSize(rdev: number): number | undefined {
  if (process.platform !== 'linux') return undefined;
  // How the C library packs the two numbers into a dev_t; the bits above 32 need no shifts here.
  const major = (Math.floor(rdev / 2 ** 8) % 2 ** 12) + Math.floor(rdev / 2 ** 44) * 2 ** 12;
  const minor = (rdev % 2 ** 8) + (Math.floor(rdev / 2 ** 20) % 2 ** 12) * 2 ** 8;
  try {
    const sectors = Number(readFileSync(`/sys/dev/block/${major}:${minor}/size`, 'ascii'));
    return Number.isSafeInteger(sectors) ? sectors * SECTOR : undefined;
  } catch {
    return undefined;
  }
}

/** Finds the first sector that cannot be read: doubles until there is one, then halves the rest. */
export async function probeSize(read: ReadSector): Promise<number> {
  let there = 0;
  let notThere = 1;
  const largest = Math.floor(Number.MAX_SAFE_INTEGER / SECTOR);
  while (notThere < largest && (await read((notThere - 1) * SECTOR)) === SECTOR) {
    there = notThere;
    notThere = Math.min(notThere * 2, largest);
  }
  while (notThere - there > 1) {
    const middle = Math.floor((there + notThere) / 2);
    if ((await read((middle - 1) * SECTOR)) === SECTOR) there = middle;
    else notThere = middle;
  }
  return there * SECTOR;
}
