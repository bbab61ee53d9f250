/** A logical unit as a storage unit of WinSpd: created, started, shut down. */
import { andThen, type MaybePromise } from '../src/maybe-promise.ts';
import type { Clock } from '../src/scsi/clock.ts';
import type { Nexus } from '../src/scsi/nexus.ts';
import type { Target } from '../src/scsi/target.ts';
import { systemClock } from '../src/system-clock.ts';
import { requestLine, responseLine } from './debug-log.ts';
import type { StorageUnitParams } from './protocol/storage-unit-params.ts';
import { GOOD_STATUS, type StorageUnitStatus } from './protocol/storage-unit-status.ts';
import { kindCode, type TransactRequest } from './protocol/transact.ts';
import { UnitBinding, type TransactOutcome } from './unit-binding.ts';
import { unitParams, type UnitParamsOptions } from './unit-params.ts';

/** How to make a storage unit. */
export interface StorageUnitOptions extends UnitParamsOptions {
  /** Which unit of the target. Default 0. */
  readonly lun?: number;
  /** Where time comes from. Default: `systemClock`. */
  readonly clock?: Clock;
  /** Takes the lines of the debug log. Default: there is none. */
  readonly log?: (line: string) => void;
  /** Which requests are logged: bit 1 Read, 2 Write, 3 Flush, 4 Unmap; −1: all. Default 0. */
  readonly debugLog?: number;
}

/** What carries the requests of a storage unit. */
export interface UnitServer {
  /** Begins to serve. */
  start(): Promise<void>;
  /** Takes no more requests, and settles when those that it took are answered. */
  close(): Promise<void>;
}

const NO_DATA = new Uint8Array(0);

/**
 * A logical unit of a target as WinSpd sees it. What it is reached by is the business of its server:
 * see `servePipe` and `serveDevice`.
 */
export class StorageUnit {
  /** What Windows is told of it. */
  readonly params: StorageUnitParams;
  /** Which requests are logged, a mask as in {@link StorageUnitOptions}. */
  debugLog: number;
  readonly #nexus: Nexus;
  readonly #binding: UnitBinding;
  readonly #log: (line: string) => void;
  #server: UnitServer | undefined;
  #closed: Promise<void> | undefined;
  #error: Error | undefined;
  #tellEnded = (): void => {};
  readonly #ended = new Promise<void>((resolve) => (this.#tellEnded = resolve));

  /**
   * @throws RangeError - there is no unit under the LUN, or a parameter is out of range.
   */
  constructor(target: Target, options: StorageUnitOptions = {}) {
    const { lun = 0, clock = systemClock, log = () => {}, debugLog = 0 } = options;
    const unit = target.luns.get(lun);
    if (unit === undefined) throw new RangeError(`lun: there is no unit under ${lun}`);
    this.params = unitParams(unit, options);
    this.#nexus = portOf(target).nexus(`winspd-${this.params.guid}`);
    this.#binding = new UnitBinding(this.#nexus, { lun, clock });
    this.#log = log;
    this.debugLog = debugLog;
  }

  /** What ended it before `shutdown`; `undefined`: nothing. */
  get error(): Error | undefined {
    return this.#error;
  }

  /** Settles when it takes no more requests: `shutdown` was called, or `error` says why. */
  get ended(): Promise<void> {
    return this.#ended;
  }

  /**
   * Begins to serve.
   *
   * @throws Error - it was started or shut down before, or the server cannot serve.
   */
  async start(server: UnitServer): Promise<void> {
    if (this.#server !== undefined || this.#closed !== undefined)
      throw new Error('A storage unit is started once.');
    this.#server = server;
    await server.start();
  }

  /** Executes a request. Never throws and never rejects. */
  execute(request: TransactRequest, dataOut: Uint8Array): MaybePromise<TransactOutcome> {
    const logged = ((this.debugLog >>> kindCode(request)) & 1) === 1;
    if (!logged) return this.#binding.execute(request, dataOut);
    const prefix = `${this.params.guid}: `;
    this.#log(prefix + requestLine(request));
    return andThen(this.#binding.execute(request, dataOut), (outcome) => {
      this.#log(prefix + responseLine(request, outcome.status));
      return outcome;
    });
  }

  /**
   * Takes no more requests, answers those that it took, and puts everything on stable storage. The
   * target stays as it is.
   *
   * @throws Error - what was written could not be put on stable storage.
   */
  shutdown(): Promise<void> {
    return (this.#closed ??= this.#close());
  }

  /** The server cannot go on: `error` says why from now on, and the unit is shut down. */
  fail(error: Error): void {
    this.#error ??= error;
    this.shutdown().catch(() => {}); // who shuts it down is told
  }

  /** {@inheritDoc StorageUnit.shutdown} */
  [Symbol.asyncDispose](): Promise<void> {
    return this.shutdown();
  }

  async #close(): Promise<void> {
    this.#tellEnded();
    this.#binding.close();
    await this.#server?.close();
    const status = this.params.cacheSupported ? await this.#flush() : GOOD_STATUS;
    await this.#nexus.lost();
    if (status.scsiStatus !== GOOD_STATUS.scsiStatus)
      throw new Error(`flush at the end: ${responseLine(FLUSH_ALL, status)}`);
  }

  async #flush(): Promise<StorageUnitStatus> {
    return (await this.#binding.execute(FLUSH_ALL, NO_DATA)).status;
  }
}

/** As WinSpd's dispatcher ends. */
const FLUSH_ALL: TransactRequest = { hint: 0n, kind: 'Flush', blockAddress: 0, blockCount: 0 };

const PORT_NAME = 'winspd';

/** All storage units of a target are reached through one port. */
function portOf(target: Target): ReturnType<Target['addPort']> {
  const port = target.ports.find(
    ({ name, protocol }) => name === PORT_NAME && protocol === undefined,
  );
  return port ?? target.addPort({ name: PORT_NAME });
}
