/** Answers the requests of the miniport for a storage unit, several at a time. */
import type { Clock } from '../../src/scsi/clock.ts';
import { INVALID_FIELD_IN_CDB } from '../../src/sense/codes/illegal-request.ts';
import { WinSpdError } from '../errors.ts';
import {
  kindCode,
  requestDataLength,
  responseDataLength,
  type TransactRequest,
  type TransactResponse,
} from '../protocol/transact.ts';
import type { StorageUnitStatus } from '../protocol/storage-unit-status.ts';
import type { StorageUnit, UnitServer } from '../storage-unit.ts';
import { statusOf } from '../unit-binding.ts';
import { WIN32_ERROR } from '../win32/win32-error.ts';
import type { Miniport } from './miniport.ts';
import type { TransactLine } from './transact-line.ts';

/** How long requests that are being answered may hold up the end, in milliseconds. */
const LINGER_MS = 5000;

/** How a device is served. */
export interface DeviceServerOptions {
  /** Requests that are answered at a time. */
  readonly fetches: number;
  /** Where time comes from. */
  readonly clock: Clock;
}

interface Answer {
  readonly request: TransactRequest;
  readonly response: TransactResponse;
}

/**
 * Provisions a unit, and answers what Windows asks of it.
 *
 * Each line fetches a request, has it executed, and answers it in the call that fetches the next one.
 */
export class DeviceServer implements UnitServer {
  readonly #miniport: Miniport;
  readonly #unit: StorageUnit;
  readonly #options: DeviceServerOptions;
  #btl = 0;
  #pumps: readonly Promise<void>[] = [];
  /** The newest request of each hint that is not answered. */
  readonly #serving = new Map<bigint, TransactRequest>();
  /** How many requests are not answered. */
  #busy = 0;
  #idle = (): void => {};
  #draining = false;
  #closed: Promise<void> | undefined;

  constructor(miniport: Miniport, unit: StorageUnit, options: DeviceServerOptions) {
    this.#miniport = miniport;
    this.#unit = unit;
    this.#options = options;
  }

  /** The unit's address, once it is started. */
  get btl(): number {
    return this.#btl;
  }

  /** Makes the unit, and answers from now on. @throws WinSpdError - the miniport refuses it. */
  async start(): Promise<void> {
    const { params } = this.#unit;
    this.#btl = await this.#miniport.provision(params);
    const lines = Array.from({ length: this.#options.fetches }, () =>
      this.#miniport.line(this.#btl, params.maxTransferLength),
    );
    this.#pumps = lines.map((line) => this.#pump(line));
  }

  /**
   * Answers what it took, for some seconds, and takes the unit away. Settles when every request has
   * been executed.
   */
  close(): Promise<void> {
    return (this.#closed ??= this.#close());
  }

  async #close(): Promise<void> {
    this.#draining = true;
    if (this.#busy > 0) await this.#drained();
    try {
      await this.#miniport.unprovision(this.#unit.params.guid);
    } catch (error) {
      // Windows took it away before.
      if (!(error instanceof WinSpdError) || error.win32 !== WIN32_ERROR.FILE_NOT_FOUND)
        this.#unit.fail(error instanceof Error ? error : new Error(String(error)));
    }
    this.#miniport.cancel();
    await Promise.all(this.#pumps);
    await this.#miniport.close();
  }

  #drained(): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.#options.clock.after(LINGER_MS, resolve);
      this.#idle = () => {
        cancel();
        resolve();
      };
    });
  }

  /** Never rejects. */
  async #pump(line: TransactLine): Promise<void> {
    try {
      let answer: Answer | undefined;
      while (!this.#draining) {
        const call = line.transact({ fetch: true, response: this.#responseOf(answer) });
        if (answer !== undefined) this.#answered();
        const request = await call;
        answer = request && (await this.#answer(request, line.data));
      }
      if (answer === undefined) return;
      const response = this.#responseOf(answer);
      if (response !== undefined)
        await line.transact({ fetch: false, response }).finally(() => this.#answered());
      else this.#answered();
    } catch (error) {
      this.#fetchFailed(error);
    }
  }

  async #answer(request: TransactRequest, data: Uint8Array): Promise<Answer> {
    this.#busy++;
    this.#serving.set(request.hint, request);
    const status = await this.#execute(request, data);
    return { request, response: { hint: request.hint, kind: kindCode(request), status } };
  }

  /**
   * What is sent of an answer. A hint is an address in the driver: if another request has it by now,
   * this one was aborted, and its answer would be taken for that of the other.
   */
  #responseOf(answer: Answer | undefined): TransactResponse | undefined {
    if (answer === undefined || this.#serving.get(answer.request.hint) !== answer.request)
      return undefined;
    this.#serving.delete(answer.request.hint);
    return answer.response;
  }

  async #execute(request: TransactRequest, data: Uint8Array): Promise<StorageUnitStatus> {
    const { blockLength, maxTransferLength } = this.#unit.params;
    const out = requestDataLength(request, blockLength);
    if (Math.max(out, responseDataLength(request, blockLength)) > maxTransferLength)
      // Not of WinSpd, whose requests fit; Windows must not wait for it until it resets the disk.
      return statusOf(INVALID_FIELD_IN_CDB);
    const outcome = await this.#unit.execute(request, data.subarray(0, out));
    let at = 0;
    for (const chunk of outcome.data) {
      data.set(chunk, at);
      at += chunk.length;
    }
    outcome.release?.();
    return outcome.status;
  }

  #answered(): void {
    if (--this.#busy === 0) this.#idle();
  }

  #fetchFailed(error: unknown): void {
    if (this.#draining) return;
    const removed = error instanceof WinSpdError && error.win32 === WIN32_ERROR.OPERATION_ABORTED;
    const message = 'Windows took the disk away: it was ejected, or its device was stopped';
    if (removed) this.#unit.fail(new WinSpdError('UNIT_REMOVED', message, { cause: error }));
    else this.#unit.fail(error instanceof Error ? error : new Error(String(error)));
  }
}
