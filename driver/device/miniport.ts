/** WinSpd's StorPort virtual miniport: its calls, typed. */
import { systemClock } from '../../src/system-clock.ts';
import { WinSpdError } from '../errors.ts';
import {
  decodeListResult,
  decodeProvisionResult,
  encodeList,
  encodeProvision,
  encodeSetTransactProcessId,
  encodeUnprovision,
  IOCTL_MINIPORT_PROCESS_SERVICE_IRP,
  type TransactProcess,
} from '../protocol/ioctl.ts';
import type { StorageUnitParams } from '../protocol/storage-unit-params.ts';
import type { CallThread } from '../win32/call-thread.ts';
import { WIN32_ERROR, win32Error } from '../win32/win32-error.ts';
import { loadWin32, type Handle, type Win32 } from '../win32/win32.ts';
import { lookUntil, type ArrivalWait } from './arrival.ts';
import { cancelAtExit, forget } from './cancel-at-exit.ts';
import { deviceMissing, devicePath, WINSPD_DEVICE } from './device-path.ts';
import { passThrough, type PassThroughCommand, type PassThroughResult } from './pass-through.ts';
import { findPhysicalDrive } from './physical-drive.ts';
import { TransactLine } from './transact-line.ts';
import { unitIdentity, type UnitIdentity } from './unit-identity.ts';

/** The calls of Windows that the miniport is reached by. */
export type MiniportCalls = Pick<
  Win32,
  'allocate' | 'cancel' | 'close' | 'deviceNames' | 'startThread'
>;

/** Most units that the miniport can have. */
export const MOST_UNITS = 64;

const PROVISION_ADVICE = {
  [WIN32_ERROR.CANNOT_MAKE]:
    'WinSpd has no room for another unit; StorageUnitCapacity in its registry key says for how many',
  [WIN32_ERROR.ALREADY_EXISTS]: 'a unit has this GUID already: another GUID is free',
};
const UNPROVISION_ADVICE = {
  [WIN32_ERROR.FILE_NOT_FOUND]: 'no unit has this GUID',
  [WIN32_ERROR.ACCESS_DENIED]: 'the unit belongs to another process: it goes when that one ends',
};

const CANCEL_AGAIN_MS = 100;

/**
 * Opens the miniport.
 *
 * @param device - its name: a hardware id or a path. Default `root\winspd`.
 * @throws WinSpdError - NOT_WINDOWS; KOFFI_MISSING: install koffi beside this package; DEVICE_MISSING:
 * WinSpd is not installed; WIN32, 5: only an administrator may.
 *
 * @example
 * ```ts
 * import { formatBtl, openMiniport } from 'scsi-target/winspd';
 *
 * const miniport = await openMiniport();
 * for (const btl of await miniport.list()) console.log(formatBtl(btl)); // 0:0:0
 * await miniport.close();
 * ```
 */
export async function openMiniport(device: string = WINSPD_DEVICE): Promise<Miniport> {
  if (process.platform !== 'win32') {
    const todo = 'elsewhere serve a pipe, or iSCSI';
    throw new WinSpdError('NOT_WINDOWS', `the miniport of WinSpd is on Windows only: ${todo}`);
  }
  return openMiniportWith(await loadWin32(), device);
}

/** Opens the miniport by these calls. @throws WinSpdError - as {@link openMiniport} */
export async function openMiniportWith(calls: MiniportCalls, device: string): Promise<Miniport> {
  const path = devicePath(device, calls.deviceNames);
  const thread = calls.startThread();
  const { handle, error } = await thread.open(path, 'read and write');
  if (error === 0) return new Miniport(calls, handle, thread);
  await thread.end();
  const cause = win32Error(`open '${path}'`, error);
  throw error === WIN32_ERROR.FILE_NOT_FOUND ? deviceMissing(device, cause) : cause;
}

/** The miniport, opened. Closing it takes no unit away: that is for `unprovision`, and the end of the process. */
export class Miniport {
  readonly #calls: MiniportCalls;
  readonly #file: Handle;
  /** For calls that end at once. */
  readonly #thread: CallThread;
  /** For calls that may take as long as a disk. */
  #slowThread: CallThread | undefined;
  readonly #lines = new Set<TransactLine>();
  #closed: Promise<void> | undefined;

  /**
   * See {@link openMiniport}.
   *
   * @hidden
   */
  constructor(calls: MiniportCalls, file: Handle, thread: CallThread) {
    this.#calls = calls;
    this.#file = file;
    this.#thread = thread;
    cancelAtExit(this);
  }

  /**
   * Makes a unit, which belongs to this process.
   *
   * @returns its address.
   * @throws WinSpdError - WIN32, 87: the parameters are not possible; 183: the GUID is had; 82: there
   * is no room.
   */
  async provision(params: StorageUnitParams): Promise<number> {
    const bytes = encodeProvision(params);
    const result = await this.#call('provision', bytes, bytes.length, PROVISION_ADVICE);
    return decodeProvisionResult(result);
  }

  /**
   * Takes a unit away: what Windows waits for is aborted, and who waits for requests is told (995).
   *
   * @throws WinSpdError - WIN32, 2: there is none; 5: it belongs to another process.
   * @throws RangeError - the text is no GUID.
   */
  async unprovision(guid: string): Promise<void> {
    await this.#call('unprovision', encodeUnprovision(guid), 0, UNPROVISION_ADVICE);
  }

  /**
   * The addresses of all units, ascending; `formatBtl` writes them.
   *
   * @param most - how many there is room for. Default 64, the most there can be.
   * @throws WinSpdError - WIN32, 122: there are more.
   */
  async list(most: number = MOST_UNITS): Promise<readonly number[]> {
    return decodeListResult(await this.#call('list', encodeList(), 4 * most));
  }

  /**
   * Lets another process answer the requests of a unit, and this one no more.
   *
   * @throws WinSpdError - WIN32, 995: there is no such unit.
   */
  async setTransactProcessId(process: TransactProcess): Promise<void> {
    await this.#call('set transact process id', encodeSetTransactProcessId(process), 0);
  }

  /** A line of requests of a unit; `maxTransferLength` in bytes is the unit's, or more. */
  line(btl: number, maxTransferLength: number): TransactLine {
    const { allocate } = this.#calls;
    const device = { thread: this.#calls.startThread(), file: this.#file, allocate };
    const line = new TransactLine(device, btl, maxTransferLength);
    this.#lines.add(line);
    return line;
  }

  /**
   * Sends a command to the disk of a unit, past Windows' own disk driver.
   *
   * @throws WinSpdError - WIN32: no status came back.
   */
  execute(btl: number, command: PassThroughCommand): Promise<PassThroughResult> {
    const { allocate } = this.#calls;
    return passThrough({ thread: this.#slow(), file: this.#file, allocate }, btl, command);
  }

  /**
   * Who a unit is; `undefined`: there is none of WinSpd.
   *
   * @throws WinSpdError - WIN32, 55: there is no unit.
   */
  identity(btl: number): Promise<UnitIdentity | undefined> {
    return unitIdentity((command) => this.execute(btl, command));
  }

  /**
   * The number of the drive that Windows shows for a unit: N of `\\.\PhysicalDriveN`.
   *
   * @returns `undefined` - it does not show one (yet).
   */
  physicalDrive(btl: number, guid: string): Promise<number | undefined> {
    const { allocate, close } = this.#calls;
    return findPhysicalDrive({ thread: this.#slow(), allocate, close }, btl, guid);
  }

  /** The same, waiting until it does: at most 30 seconds unless told otherwise. */
  shownDrive(btl: number, guid: string, wait?: ArrivalWait): Promise<number | undefined> {
    return this.#until(() => this.physicalDrive(btl, guid), wait);
  }

  /**
   * Who a unit is, as soon as Windows has found it and commands get to it: some time after `provision`.
   *
   * @returns `undefined` - Windows did not find it, or it is no unit of WinSpd.
   */
  arrived(btl: number, wait?: ArrivalWait): Promise<UnitIdentity | undefined> {
    const look = (): Promise<UnitIdentity | undefined> =>
      this.identity(btl).catch((error: unknown) => {
        if (!(error instanceof WinSpdError)) throw error;
        return undefined; // not yet
      });
    return this.#until(look, wait);
  }

  #until<T>(look: () => Promise<T | undefined>, wait?: ArrivalWait): Promise<T | undefined> {
    const unlessClosed = (): Promise<T | undefined> => look().catch(this.#onlyWhenClosed);
    return lookUntil(unlessClosed, () => this.#closed !== undefined, wait);
  }

  /** What is asked while it closes is not answered. */
  readonly #onlyWhenClosed = (error: unknown): undefined => {
    if (this.#closed === undefined) throw error;
  };

  /** Ends every call that waits (995). */
  cancel(): void {
    this.#calls.cancel(this.#file);
  }

  /** Closes it. What waits ends (995). */
  close(): Promise<void> {
    return (this.#closed ??= this.#close());
  }

  /** {@inheritDoc Miniport.close} */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    const lines = Array.from(this.#lines, (line) => line.close());
    const ended = Promise.all([...lines, this.#thread.end(), this.#slowThread?.end()]);
    // A call on its way to the driver is not there to be cancelled: so again, until it was.
    let over = false;
    while (!over) {
      this.cancel();
      const again = new Promise<boolean>((resolve) =>
        systemClock.after(CANCEL_AGAIN_MS, () => resolve(false)),
      );
      over = await Promise.race([ended.then(() => true), again]);
    }
    forget(this);
    this.#calls.close(this.#file);
  }

  #slow(): CallThread {
    return (this.#slowThread ??= this.#calls.startThread());
  }

  async #call(
    what: string,
    bytes: Uint8Array,
    output: number,
    advice?: Readonly<Record<number, string>>,
  ): Promise<Uint8Array> {
    const memory = this.#calls.allocate(Math.max(bytes.length, output));
    memory.bytes.set(bytes);
    const { error, length } = await this.#thread.control(
      this.#file,
      IOCTL_MINIPORT_PROCESS_SERVICE_IRP,
      memory,
      { input: bytes.length, output },
    );
    const result = memory.bytes.slice(0, length);
    memory.free();
    if (error !== 0) throw win32Error(what, error, advice);
    return result;
  }
}
