/**
 * A miniport in memory: WinSpd's rules (winspd.md sections 1.8 to 1.10, 2.3 and 2.4 of the facts that
 * `test/windows/fake-miniport.c` has too), for as many processes as a test likes.
 */
import type { MiniportCalls } from '../../../driver/device/miniport.ts';
import { IOCTL_SCSI_PASS_THROUGH_DIRECT } from '../../../driver/device/pass-through.ts';
import {
  IOCTL_SCSI_GET_ADDRESS,
  IOCTL_STORAGE_QUERY_PROPERTY,
} from '../../../driver/device/physical-drive.ts';
import {
  decodeProvision,
  decodeSetTransactProcessId,
  decodeTransact,
  decodeUnprovision,
  encodeTransactResult,
  IOCTL_LENGTH,
  IOCTL_MINIPORT_PROCESS_SERVICE_IRP,
  ioctlName,
  type Transact,
} from '../../../driver/protocol/ioctl.ts';
import { getBig64, getU32, putText, putU32 } from '../../../driver/protocol/little-endian.ts';
import {
  paramsProblem,
  type StorageUnitParams,
} from '../../../driver/protocol/storage-unit-params.ts';
import type { StorageUnitStatus } from '../../../driver/protocol/storage-unit-status.ts';
import type { Completion } from '../../../driver/win32/completion-port.ts';
import type { CallThread } from '../../../driver/win32/call-thread.ts';
import { WIN32_ERROR } from '../../../driver/win32/win32-error.ts';
import { FakeQueue } from './fake-queue.ts';
import { inquiryData, parseCommand } from './fake-scsi.ts';

const DEVICE = String.raw`\Device\00000042`;
const CAPACITY = 16;

interface Unit {
  readonly params: StorageUnitParams;
  readonly owner: number;
  transactProcess: number;
  readonly queue: FakeQueue;
}

/** A command of Windows to a disk, and what became of it. */
export interface HostResult {
  readonly status: number;
  readonly moved: number;
  readonly data: Uint8Array;
  readonly sense: Uint8Array;
}

/** A miniport. */
export class FakeMiniport {
  readonly units: (Unit | undefined)[] = Array.from({ length: CAPACITY }, () => undefined);
  readonly #memory = new Map<bigint, Uint8Array>();
  #nextAddress = 0x10_000n;
  #nextHandle = 100;
  /** What each handle is: the adapter, or a drive. */
  readonly #files = new Map<number, { readonly processId: number; readonly drive?: number }>();
  /** Times that Windows is asked for a drive before it shows one. */
  hiddenLooks = 0;
  /** Commands that come before Windows has found a unit. */
  hiddenCommands = 0;
  /** Calls of this kind fail: an error by code. */
  readonly failing = new Map<number, number>();
  /** What a fetch gives in place of a request. */
  readonly malformed: Uint8Array[] = [];
  /** Handles that are open. */
  get openFiles(): number {
    return this.#files.size;
  }
  /** Pieces of memory that are not given back. */
  get allocations(): number {
    return this.#memory.size;
  }

  /** The calls of Windows as a process makes them. */
  calls(processId = 1): MiniportCalls {
    return {
      allocate: (length) => {
        const address = this.#nextAddress;
        const bytes = new Uint8Array(length);
        this.#nextAddress += BigInt(length + 0x1000);
        this.#memory.set(address, bytes);
        return {
          address,
          bytes,
          free: () => {
            bytes.fill(0xdd);
            this.#memory.delete(address);
          },
        };
      },
      cancel: (file) => {
        for (const unit of this.units) unit?.queue.cancel(file);
        return true;
      },
      close: (file) => this.#files.delete(file),
      deviceNames: (id) => (id === String.raw`root\winspd` ? [DEVICE] : []),
      startThread: () => this.#thread(processId),
    };
  }

  /** A process ends. */
  exit(processId: number): void {
    for (const [target, unit] of this.units.entries())
      if (unit?.owner === processId) this.#remove(target);
  }

  /** Sends a command to a disk, as Windows does. Rejects with a Win32 error where there is no status. */
  command(btl: number, cdb: Uint8Array, data: Uint8Array | number = 0): Promise<HostResult> {
    return new Promise((resolve, reject) => {
      const unit = this.units[btl >>> 8];
      if (unit === undefined || this.hiddenCommands-- > 0)
        return reject(new HostError(WIN32_ERROR.DEV_NOT_EXIST));
      const isOut = typeof data !== 'number';
      const bytes = isOut ? Uint8Array.from(data) : new Uint8Array(data);
      const answer = inquiryData(cdb, unit.params.guid, unit.owner);
      if (answer !== undefined)
        return resolve({ status: 0, moved: answer.length, data: answer, sense: NONE });
      const parsed = parseCommand(cdb, bytes, unit.params);
      if (typeof parsed === 'number') return reject(new HostError(parsed));
      const done = (status: StorageUnitStatus | undefined): void => {
        if (status === undefined) return reject(new HostError(WIN32_ERROR.IO_DEVICE));
        const failed = status.scsiStatus !== 0;
        const given = isOut || failed ? NONE : bytes.subarray(0, parsed.length);
        const moved = failed ? 0 : parsed.length;
        const sense = failed ? senseOf(status) : NONE;
        resolve({ status: failed ? 2 : 0, moved, data: given, sense });
      };
      if ('status' in parsed) return done(parsed.status);
      unit.queue.post({ ...parsed, bytes, offset: 0, hint: 0n, done });
    });
  }

  #thread(processId: number): CallThread {
    let last: Promise<unknown> = Promise.resolve();
    const inTurn = <T>(call: () => T | Promise<T>): Promise<T> => {
      const result = last.then(call);
      last = result.catch(() => {});
      return result;
    };
    return {
      open: (path) => inTurn(() => this.#open(path, processId)),
      control: (file, code, memory, { input, output }) =>
        inTurn(() => this.#control(file, code, memory.bytes, input, output)),
      end: () => inTurn(() => undefined),
    };
  }

  #open(path: string, processId: number): { handle: number; error: number } {
    const drive = /^\\\\\.\\PhysicalDrive(\d+)$/.exec(path)?.[1];
    const number = drive === undefined ? undefined : Number(drive);
    if (number === undefined ? path !== String.raw`\\?\GLOBALROOT` + DEVICE : !this.#shown(number))
      return { handle: -1, error: WIN32_ERROR.FILE_NOT_FOUND };
    const handle = this.#nextHandle++;
    this.#files.set(handle, number === undefined ? { processId } : { processId, drive: number });
    return { handle, error: 0 };
  }

  /** Drive 0 is of another adapter; those of ours begin with 1. */
  #shown(drive: number): boolean {
    if (drive === 0) return true;
    if (drive === 1 && this.hiddenLooks > 0) {
      this.hiddenLooks--;
      return false;
    }
    return this.units[drive - 1] !== undefined && this.hiddenLooks === 0;
  }

  async #control(
    handle: number,
    code: number,
    bytes: Uint8Array,
    input: number,
    output: number,
  ): Promise<Completion> {
    const file = this.#files.get(handle);
    if (file === undefined) return { error: 6, length: 0 };
    if (code === IOCTL_SCSI_PASS_THROUGH_DIRECT) return this.#passThrough(bytes);
    if (code === IOCTL_SCSI_GET_ADDRESS) {
      bytes.set([8, 0, 0, 0, 2, 0, Math.max((file.drive ?? 0) - 1, 0), 0]);
      return { error: 0, length: 8 };
    }
    if (code === IOCTL_STORAGE_QUERY_PROPERTY) {
      bytes.fill(0);
      putU32(bytes, 24, 64);
      const guid = file.drive === 0 ? 'S0' : (this.units[(file.drive ?? 0) - 1]?.params.guid ?? '');
      putText(bytes, 64, 36, 'serial', guid);
      return { error: 0, length: 128 };
    }
    if (code !== IOCTL_MINIPORT_PROCESS_SERVICE_IRP) return { error: 1, length: 0 };
    const error = this.failing.get(getU32(bytes, 0) >>> 16);
    if (error !== undefined) return { error, length: 0 };
    return this.#serviceIrp(handle, file.processId, bytes, input, output);
  }

  #serviceIrp(
    handle: number,
    processId: number,
    bytes: Uint8Array,
    input: number,
    output: number,
  ): Completion | Promise<Completion> {
    const call = bytes.subarray(0, input);
    const name = ioctlName(call);
    if (name === undefined || input < IOCTL_LENGTH[name]) return invalid;
    switch (name) {
      case 'provision': {
        if (output < IOCTL_LENGTH.provision) return invalid;
        const params = decodeProvision(call);
        if (paramsProblem(params) !== undefined) return invalid;
        if (this.units.some((unit) => unit?.params.guid === params.guid))
          return { error: WIN32_ERROR.ALREADY_EXISTS, length: 0 };
        const target = this.units.indexOf(undefined);
        if (target < 0) return { error: WIN32_ERROR.CANNOT_MAKE, length: 0 };
        const queue = new FakeQueue(params);
        this.units[target] = { params, owner: processId, transactProcess: processId, queue };
        bytes.fill(0, 8);
        putU32(bytes, 8, target << 8);
        return { error: 0, length: IOCTL_LENGTH.provision };
      }
      case 'unprovision': {
        const guid = decodeUnprovision(call);
        const target = this.units.findIndex((unit) => unit?.params.guid === guid);
        if (target < 0) return { error: WIN32_ERROR.FILE_NOT_FOUND, length: 0 };
        if (this.units[target]?.owner !== processId) return denied;
        this.#remove(target);
        return { error: 0, length: 0 };
      }
      case 'list': {
        const targets = [...this.units.keys()].filter((target) => this.units[target]);
        if (4 * targets.length > output)
          return { error: WIN32_ERROR.INSUFFICIENT_BUFFER, length: 0 };
        for (const [i, target] of targets.entries()) putU32(bytes, 4 * i, target << 8);
        return { error: 0, length: 4 * targets.length };
      }
      case 'setTransactProcessId': {
        const { btl, processId: other } = decodeSetTransactProcessId(call);
        const unit = this.units[btl >>> 8];
        if (unit === undefined) return aborted;
        unit.transactProcess = other;
        return { error: 0, length: 0 };
      }
      case 'transact':
        if (output < IOCTL_LENGTH.transact) return invalid;
        return this.#transact(handle, processId, bytes, decodeTransact(call));
    }
  }

  async #transact(
    handle: number,
    processId: number,
    bytes: Uint8Array,
    { btl, dataBuffer, fetch, response }: Transact,
  ): Promise<Completion> {
    if ((!fetch && response === undefined) || (fetch && dataBuffer === 0n)) return invalid;
    const unit = this.units[btl >>> 8];
    if (unit === undefined) return aborted;
    if (unit.transactProcess !== processId) return denied;
    const data = this.#memory.get(dataBuffer);
    if (dataBuffer !== 0n && (data?.length ?? 0) < unit.params.maxTransferLength)
      return { error: WIN32_ERROR.NOACCESS, length: 0 };
    if (response !== undefined) unit.queue.complete(response.hint, response.status, data);
    if (!fetch) return { error: 0, length: 0 };
    const malformed = this.malformed.shift();
    if (malformed !== undefined) {
      bytes.set(malformed);
      return { error: 0, length: malformed.length };
    }
    const request = await unit.queue.fetch(handle, data ?? NONE);
    if (request === undefined) return aborted;
    bytes.set(encodeTransactResult(btl, request));
    return { error: 0, length: IOCTL_LENGTH.transact };
  }

  /** The SCSI_PASS_THROUGH_DIRECT of a call: to {@link command} and back. */
  async #passThrough(bytes: Uint8Array): Promise<Completion> {
    const btl = ((bytes[3] ?? 0) << 16) | ((bytes[4] ?? 0) << 8) | (bytes[5] ?? 0);
    const cdb = bytes.slice(36, 36 + (bytes[6] ?? 0));
    const memory = this.#memory.get(getBig64(bytes, 24));
    const length = getU32(bytes, 12);
    try {
      const data = bytes[8] === 0 ? (memory ?? NONE).slice(0, length) : length;
      const result = await this.command(btl, cdb, data);
      bytes[2] = result.status;
      putU32(bytes, 12, result.moved);
      bytes.set(result.sense, getU32(bytes, 32));
      memory?.set(result.data.subarray(0, length));
      return { error: 0, length: bytes.length };
    } catch (error) {
      if (error instanceof HostError) return { error: error.win32, length: 0 };
      throw error;
    }
  }

  #remove(target: number): void {
    this.units[target]?.queue.stop();
    this.units[target] = undefined;
  }
}

/** No status came back. */
export class HostError extends Error {
  readonly win32: number;

  constructor(win32: number) {
    super(`Win32 error ${win32}`);
    this.win32 = win32;
  }
}

const NONE = new Uint8Array(0);
const invalid: Completion = { error: WIN32_ERROR.INVALID_PARAMETER, length: 0 };
const denied: Completion = { error: WIN32_ERROR.ACCESS_DENIED, length: 0 };
const aborted: Completion = { error: WIN32_ERROR.OPERATION_ABORTED, length: 0 };

/** Fixed format sense data, as the miniport makes it. */
function senseOf(status: StorageUnitStatus): Uint8Array {
  const sense = new Uint8Array(18);
  sense[0] = status.informationValid ? 0xf0 : 0x70;
  sense[2] = status.senseKey;
  const information = status.informationValid ? status.information : 0;
  for (let i = 0; i < 4; i++) sense[3 + i] = Math.floor(information / 2 ** (24 - 8 * i));
  sense[7] = 0x0a;
  sense[12] = status.asc;
  sense[13] = status.ascq;
  return sense;
}
