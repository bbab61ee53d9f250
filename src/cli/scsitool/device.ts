/** What scsitool talks to: an initiator over any transport. */
import { MiniportInitiator, PipeClient } from '../../../driver/index.ts';
import { clientPath, PIPE_PREFIX } from '../../../driver/pipe/name.ts';
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

type Kind = 'iscsi' | 'disk' | 'pipe';

/** @throws UsageError - the name is that of a device of Windows. */
function kindOf(name: string): Kind {
  if (name.startsWith('iscsi://')) return 'iscsi';
  if (/^(memory|file):/.test(name)) return 'disk';
  if (/^\\\\[.?]\\/.test(name) && !name.startsWith(PIPE_PREFIX))
    throw new UsageError(
      `'${name}' is a device of Windows; DEVICE is an iSCSI URL, a pipe, or a disk of our own`,
    );
  return 'pipe';
}

/**
 * Where a device is found.
 *
 * @throws UsageError - the name is none.
 */
export function devicePath(name: string): string {
  switch (kindOf(name)) {
    case 'iscsi':
      return name;
    case 'disk':
      return diskName(parseDisk(name));
    case 'pipe':
      return clientPath(name);
  }
}

/**
 * Opens a device: `iscsi://…`, a disk of our own (`memory:64M`), or else a pipe of WinSpd's protocol, of
 * which the answers are those that WinSpd's miniport would give.
 *
 * @throws UsageError - the name, or an option, makes no sense.
 * @throws Error - nobody is there, or the disk cannot be opened.
 */
export async function openDevice(
  name: string,
  flags: InitiatorFlags,
  stderr: TextOutput,
): Promise<Device> {
  switch (kindOf(name)) {
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
