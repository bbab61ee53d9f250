/** What scsitool talks to: an initiator over any transport. */
import {
  driverInitiator,
  MiniportInitiator,
  openMiniport,
  PipeClient,
  type DeviceAddress,
} from '../../../driver/index.ts';
import { devicePath as pathOfDevice } from '../../../driver/device/device-path.ts';
import { clientPath, PIPE_PREFIX } from '../../../driver/pipe/name.ts';
import { loadWin32 } from '../../../driver/win32/win32.ts';
import { Target } from '../../scsi/target.ts';
import { systemClock } from '../../system-clock.ts';
import type { Initiator } from '../../transport/initiator.ts';
import { loopback } from '../../transport/loopback.ts';
import { parseDisk } from '../disk-option.ts';
import { UsageError } from '../errors.ts';
import { connectIscsiUnit, type InitiatorFlags } from '../initiator-option.ts';
import { diskName, messageOf, openDisk } from '../open-disk.ts';
import { writeLine, type TextOutput } from '../terminal.ts';

/** A device that is open. */
export interface Device {
  readonly initiator: Initiator;
  /** The LUN that the device's name says, 0 where it says none. */
  readonly lun: number;
  /** Lets go of it. */
  close(): Promise<void>;
}

/** Where a device is on its bus: `b:t:l` of WinSpd. */
export interface BusAddress extends DeviceAddress {
  readonly lun: number;
}

type Kind = 'iscsi' | 'disk' | 'pipe' | 'driver';

/** @throws UsageError - it is a device of Windows, and this is not Windows. */
function kindOf(name: string): Kind {
  if (name.startsWith('iscsi://')) return 'iscsi';
  if (/^(memory|file):/.test(name)) return 'disk';
  if (name.startsWith(PIPE_PREFIX)) return 'pipe';
  // WinSpd takes paths and hardware ids; of a pipe without its prefix the last part is an index.
  if (!/^\\\\[.?]\\|^\\|\\(?!\d+$)[^\\]+$/.test(name)) return 'pipe';
  if (process.platform === 'win32') return 'driver';
  throw new UsageError(
    `'${name}' is a device of Windows; here a DEVICE is an iSCSI URL, a pipe, or a disk of our own`,
  );
}

/**
 * Where a device is found.
 *
 * @throws UsageError - the name is none.
 * @throws WinSpdError - Windows has no such device.
 */
export async function devicePath(name: string): Promise<string> {
  switch (kindOf(name)) {
    case 'iscsi':
      return name;
    case 'disk':
      return diskName(parseDisk(name));
    case 'pipe':
      return clientPath(name);
    case 'driver': {
      const win32 = await loadWin32();
      return pathOfDevice(name, (hardwareId) => win32.deviceNames(hardwareId));
    }
  }
}

/**
 * Opens a device: `iscsi://…`, a disk of our own (`memory:64M`), a device of WinSpd (`root\\winspd`, or a path),
 * or else a pipe of its protocol, of which the answers are those that WinSpd's miniport would give.
 *
 * @throws UsageError - the name, the address or an option makes no sense.
 * @throws Error - nobody is there, or the disk cannot be opened.
 */
export async function openDevice(
  name: string,
  address: BusAddress | undefined,
  flags: InitiatorFlags,
  stderr: TextOutput,
): Promise<Device> {
  const kind = kindOf(name);
  if (kind === 'driver') {
    const { lun, ...device } = address ?? { bus: 0, target: 0, lun: 0 };
    const initiator = driverInitiator(await openMiniport(name), device);
    return { initiator, lun, close: async () => initiator.close() };
  }
  if (address !== undefined && (address.bus !== 0 || address.target !== 0))
    throw new UsageError(`'${name}' has bus 0 and target 0`);
  const device = await openOther(kind, name, flags, stderr);
  return address === undefined ? device : { ...device, lun: address.lun };
}

async function openOther(
  kind: Exclude<Kind, 'driver'>,
  name: string,
  flags: InitiatorFlags,
  stderr: TextOutput,
): Promise<Device> {
  switch (kind) {
    case 'iscsi': {
      const { session, lun } = await connectIscsiUnit(name, flags, stderr);
      return { initiator: session, lun, close: () => session.logout() };
    }
    case 'disk':
      return openOwnDisk(name, stderr);
    case 'pipe': {
      const miniport = new MiniportInitiator(await PipeClient.connect(name));
      return { initiator: miniport, lun: 0, close: () => miniport.close() };
    }
  }
}

async function openOwnDisk(name: string, stderr: TextOutput): Promise<Device> {
  const target = new Target({ clock: systemClock });
  const onError = (error: unknown): void =>
    writeLine(stderr, `scsi-target: warning: ${messageOf(error)}`);
  const { unit } = await openDisk(parseDisk(name), {
    identity: 'scsitool',
    accessStates: {},
    onError,
  });
  target.luns.add(0, unit);
  return { initiator: loopback(target), lun: 0, close: () => target.close() };
}
