/** One client of a pipe server, from its greeting to its end. */
import { isPromise, type MaybePromise } from '../../src/maybe-promise.ts';
import { totalLength } from '../../src/bytes.ts';
import { encodeParams, type StorageUnitParams } from '../protocol/storage-unit-params.ts';
import {
  decodeRequest,
  encodeResponse,
  kindCode,
  requestDataLength,
  RESPONSE_LENGTH,
  responseDataLength,
  type TransactRequest,
} from '../protocol/transact.ts';
import type { TransactOutcome } from '../unit-binding.ts';
import type { PipeConnection, PipeEvents } from './listener.ts';

/** What a session serves. */
export interface SessionUnit {
  /** What the unit is. */
  readonly params: StorageUnitParams;
  /** Executes a request. Never throws and never rejects. */
  execute(request: TransactRequest, dataOut: Uint8Array): MaybePromise<TransactOutcome>;
  /** Is told of messages that are dropped, as WinSpd drops them: without an answer. */
  dropped?(why: string): void;
}

/** Requests that may be in flight at once, those of clients that are gone included. */
export const MOST_IN_FLIGHT = 32;

/** Requests in flight, and who waits for them. */
export class InFlight {
  #count = 0;
  #idle: (() => void)[] = [];
  #ended = (): void => {};

  /** Whether another one may begin. */
  get full(): boolean {
    return this.#count >= MOST_IN_FLIGHT;
  }

  /** Another one begins. */
  begin(): void {
    this.#count++;
  }

  /** One has ended. */
  end(): void {
    this.#count--;
    this.#ended();
    if (this.#count === 0) for (const resolve of this.#idle.splice(0)) resolve();
  }

  /** Calls `listener`, and no earlier one, whenever one has ended. */
  onEnd(listener: () => void): void {
    this.#ended = listener;
  }

  /** Settles when there are none. */
  idle(): Promise<void> {
    return new Promise((resolve) => {
      if (this.#count === 0) resolve();
      else this.#idle.push(resolve);
    });
  }
}

/**
 * Answers the messages of one client.
 *
 * What WinSpd drops is dropped: messages without a whole header, with hint 0, with more data than the
 * unit takes, and reads under a hint that is being read. Nobody is told, as there.
 */
export class PipeSession implements PipeEvents {
  readonly #connection: PipeConnection;
  readonly #unit: SessionUnit;
  readonly #inFlight: InFlight;
  /** Hints of the reads that are not answered. */
  readonly #reading = new Set<bigint>();
  /** Messages that came while too many requests were in flight. */
  readonly #backlog: Uint8Array[] = [];
  #executing = 0;
  #executed = (): void => {};
  #paused = false;
  #open = true;

  constructor(connection: PipeConnection, unit: SessionUnit, inFlight: InFlight) {
    this.#connection = connection;
    this.#unit = unit;
    this.#inFlight = inFlight;
    connection.send([encodeParams(unit.params)], () => {});
    inFlight.onEnd(() => this.#goOn());
  }

  message(message: Uint8Array): void {
    if (!this.#open) return;
    if (this.#inFlight.full) {
      this.#backlog.push(message);
      this.#paused = true;
      this.#connection.pause();
    } else this.#take(message);
  }

  closed(): void {
    this.#open = false;
    this.#backlog.length = 0;
  }

  /** Takes no more messages, and lets go of the client when those that it took are answered. */
  async end(): Promise<void> {
    this.closed();
    this.#connection.pause();
    if (this.#executing > 0) await new Promise<void>((resolve) => (this.#executed = resolve));
    await this.#connection.end();
  }

  #goOn(): void {
    while (this.#open && this.#paused && !this.#inFlight.full) {
      const message = this.#backlog.shift();
      if (message !== undefined) this.#take(message);
      else {
        this.#paused = false;
        this.#connection.resume();
      }
    }
  }

  #take(message: Uint8Array): void {
    if (message.length < RESPONSE_LENGTH) return this.#drop(`${message.length} bytes`);
    const request = decodeRequest(message);
    if (request.hint === 0n) return this.#drop('hint 0');
    const { blockLength, maxTransferLength } = this.#unit.params;
    const expected = requestDataLength(request, blockLength);
    const length = responseDataLength(request, blockLength);
    if (Math.max(expected, length) > maxTransferLength)
      return this.#drop('more data than MaxTransferLength');
    if (request.kind === 'Read') {
      if (this.#reading.has(request.hint)) return this.#drop('hint of another read');
      this.#reading.add(request.hint);
    }
    this.#inFlight.begin();
    this.#executing++;
    const outcome = this.#unit.execute(request, padded(message, expected));
    if (isPromise(outcome)) void outcome.then((value) => this.#answer(request, length, value));
    else this.#answer(request, length, outcome);
  }

  #answer(request: TransactRequest, length: number, outcome: TransactOutcome): void {
    const { hint } = request;
    const { status, data, release } = outcome;
    const header = new Uint8Array(RESPONSE_LENGTH);
    encodeResponse({ hint, kind: kindCode(request), status }, header);
    // A read has its data whatever became of it: a client knows by that where the answer ends.
    const missing = length - totalLength(data);
    const chunks = missing > 0 ? [header, ...data, new Uint8Array(missing)] : [header, ...data];
    if (request.kind === 'Read') this.#reading.delete(hint);
    this.#connection.send(length > 0 ? chunks : [header], () => {
      release?.();
      this.#inFlight.end();
    });
    if (--this.#executing === 0) this.#executed();
  }

  #drop(why: string): void {
    this.#unit.dropped?.(why);
  }
}

/** The data of a message: as much as its header says, with zeros for what did not come. */
function padded(message: Uint8Array, length: number): Uint8Array {
  const data = message.subarray(RESPONSE_LENGTH, RESPONSE_LENGTH + length);
  if (data.length === length) return data;
  const whole = new Uint8Array(length);
  whole.set(data);
  return whole;
}
