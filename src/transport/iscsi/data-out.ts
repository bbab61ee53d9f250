/** The data-out of one command: immediate, unsolicited, and asked for by R2T (RFC 7143, 4.2.5). */
import type { MaybePromise } from '../../maybe-promise.ts';
import type { OperationalParameters } from './negotiation.ts';
import { DataOutRecovery } from './data-out-recovery.ts';
import { dataSequence } from './data-sequence.ts';
import type { DataSequence, RequestedData } from './data-sequence.ts';
import { NO_TAG } from './pdu-spec.ts';
import type { ReceiveMemory } from './receive-memory.ts';
import { compareSn } from './session.ts';

/** Additional sense codes with which a command ends whose data went wrong (RFC 7143, 11.4.7.2). */
export const DATA_FAULT = {
  UNEXPECTED_UNSOLICITED_DATA: 0x0c0c,
  INCORRECT_AMOUNT_OF_DATA: 0x0c0d,
  PROTOCOL_SERVICE_CRC_ERROR: 0x4705,
  DATA_PHASE_ERROR: 0x4b00,
  DATA_OFFSET_ERROR: 0x4b05,
} as const;

/** A fault of {@link DATA_FAULT}. */
export type DataFault = (typeof DATA_FAULT)[keyof typeof DATA_FAULT];

/** The command whose data-out it is. */
export interface DataOutOwner {
  /** Initiator task tag. */
  readonly tag: number;
  /** Logical unit number, 8 bytes. */
  readonly lunBytes: Uint8Array;
}

/** What the data-out of a command needs of its connection. */
export interface DataOutPort {
  /** What was agreed at login. */
  readonly parameters: OperationalParameters;
  /** Where data is gathered. */
  readonly receiveMemory: ReceiveMemory;
  /** Whether data may be asked for again; else lost data is a fault. */
  readonly recovers: boolean;
  /** Tells those that wait for data that time has passed. */
  readonly watch: { add(data: DataOut): void; delete(data: DataOut): void };
  /** Takes the next target transfer tag. */
  takeTransferTag(): number;
  /** Sends an R2T, perhaps not for the first time. */
  sendR2T(owner: DataOutOwner, r2t: RequestedData): void;
  /** The data of a command did not come, however often it was asked for. */
  dataFault(owner: DataOutOwner, fault: DataFault): void;
  /** The data of a command does not come, and cannot be asked for again. */
  dataMissing(owner: DataOutOwner): void;
  /** Asks for memory; `granted` is called at once or when other commands have given some back. */
  reserve(length: number, granted: () => void): void;
  /** Gives memory back that was granted, or withdraws the request. */
  giveBack(granted: () => void): void;
}

const EMPTY = new Uint8Array(0);

/** How often time may pass without data where data cannot be asked for again. */
export const MOST_QUIET = 2;

/** Gathers the data-out of one command. */
export class DataOut {
  #port: DataOutPort;
  readonly #owner: DataOutOwner;
  readonly #expected: number;
  /** The bytes that are there: `#buffer` up to `#received`. */
  #buffer: Uint8Array;
  #received: number;
  /** Whether the buffer may be written into (immediate data may lie in a chunk of the socket). */
  #owned = false;
  /** Unsolicited data still on the way. */
  #unsolicited: DataSequence | undefined;
  #solicited: DataSequence[] = [];
  #wanted = 0;
  #requested = 0;
  #r2tSn = 0;
  #resolve: ((data: Uint8Array) => void) | undefined;
  #reserved = 0;
  #granted = false;
  #done = false;
  readonly #recovery: DataOutRecovery | undefined;
  /** How often nothing had come when time had passed. */
  #quiet = 0;
  readonly #onGrant = (): void => {
    this.#granted = true;
    this.#grow(this.#wanted);
    this.#advance();
  };

  /**
   * @param expected - bytes that the initiator has for this command
   * @param immediate - the data that came with it
   * @param final - whether the command PDU announced that no unsolicited Data-Out follows
   */
  constructor(
    port: DataOutPort,
    owner: DataOutOwner,
    expected: number,
    immediate: Uint8Array,
    final: boolean,
  ) {
    this.#port = port;
    this.#owner = owner;
    this.#expected = expected;
    this.#buffer = immediate;
    this.#received = immediate.length;
    this.#requested = immediate.length;
    if (port.recovers) this.#recovery = new DataOutRecovery();
    if (!final) {
      const end = Math.min(port.parameters.firstBurstLength, expected);
      this.#unsolicited = dataSequence(NO_TAG, 0, immediate.length, end);
    }
  }

  /** How many R2Ts were sent. */
  get r2tCount(): number {
    return this.#r2tSn;
  }

  /** What is wrong with a command PDU that brings `immediate` bytes. */
  static faultOf(
    parameters: OperationalParameters,
    expected: number,
    immediate: number,
    final: boolean,
  ): DataFault | undefined {
    if (immediate > 0 && !parameters.immediateData) return DATA_FAULT.UNEXPECTED_UNSOLICITED_DATA;
    if (immediate > Math.min(expected, parameters.firstBurstLength))
      return DATA_FAULT.INCORRECT_AMOUNT_OF_DATA;
    if (!final && parameters.initialR2T) return DATA_FAULT.UNEXPECTED_UNSOLICITED_DATA;
    return undefined;
  }

  /** The first `length` bytes, or as many as the initiator has. */
  take(length: number): MaybePromise<Uint8Array> {
    this.#wanted = Math.min(length, this.#expected);
    if (this.#wanted <= this.#received) {
      // Unsolicited data that still comes is more than the command wants.
      this.#done = true;
      return this.#buffer.subarray(0, this.#wanted);
    }
    return new Promise((resolve) => {
      this.#resolve = resolve;
      this.#port.watch.add(this);
      this.#reserved = this.#wanted;
      this.#port.reserve(this.#reserved, this.#onGrant);
    });
  }

  /** Ends the wait, with whatever is there. */
  cancel(): void {
    this.#finish();
  }

  /**
   * Gives back what was reserved; to be called when the command has ended.
   *
   * @param unused - whether nobody looks at the data any more: not so where a task was aborted
   */
  close(unused: boolean): void {
    this.#finish();
    if (this.#reserved > 0) this.#port.giveBack(this.#onGrant);
    this.#reserved = 0;
    if (unused) this.#port.receiveMemory.giveBack(this.#buffer);
    this.#buffer = EMPTY;
  }

  /**
   * Takes the data of a Data-Out PDU for this command.
   *
   * @returns what is wrong with it.
   */
  receive(
    tag: number,
    dataSn: number,
    offset: number,
    data: Uint8Array,
    final: boolean,
  ): DataFault | undefined {
    this.#quiet = 0;
    // Sequences are in order (DataSequenceInOrder=Yes): the oldest R2T is answered first.
    const sequence = tag === NO_TAG ? this.#unsolicited : this.#solicited[0];
    const recovery = this.#recovery;
    // With recovery it may be the answer to an R2T that was given up.
    if (sequence === undefined || sequence.tag !== tag)
      return this.#done || recovery !== undefined ? undefined : DATA_FAULT.DATA_PHASE_ERROR;
    if (recovery !== undefined) {
      recovery.came();
      if (compareSn(dataSn, sequence.dataSn) < 0) return undefined;
      if (sequence.broken || dataSn !== sequence.dataSn) return this.#lost(sequence, final);
    }
    if (dataSn !== sequence.dataSn) return DATA_FAULT.DATA_PHASE_ERROR;
    if (offset !== sequence.next) return DATA_FAULT.DATA_OFFSET_ERROR;
    const end = offset + data.length;
    if (end > sequence.end) return DATA_FAULT.INCORRECT_AMOUNT_OF_DATA;
    sequence.dataSn++;
    sequence.next = end;
    if (!this.#done) {
      this.#grow(Math.max(end, this.#granted ? this.#wanted : sequence.end));
      this.#buffer.set(data, offset);
      this.#received = end;
    }
    // An R2T is answered exactly; unsolicited data may end early but not go on past its limit.
    const full = end === sequence.end;
    if (tag === NO_TAG ? full && !final : full !== final)
      return DATA_FAULT.INCORRECT_AMOUNT_OF_DATA;
    if (final) {
      if (tag === NO_TAG) {
        this.#unsolicited = undefined;
        this.#requested = Math.max(this.#requested, end);
      } else this.#solicited.shift();
    }
    this.#advance();
    return undefined;
  }

  /**
   * A Data-Out PDU for this command came damaged; to be called with error recovery only.
   *
   * @returns the fault with which the command ends, if it is one too many.
   */
  damaged(tag: number, dataSn: number, final: boolean): DataFault | undefined {
    const sequence = tag === NO_TAG ? this.#unsolicited : this.#solicited[0];
    if (sequence === undefined || sequence.tag !== tag || compareSn(dataSn, sequence.dataSn) < 0)
      return undefined;
    return this.#lost(sequence, final);
  }

  /** Sends R2Ts again, `count` from `r2tSn` on; 0: all to the last. False: there are no such. */
  resendR2T(r2tSn: number, count: number): boolean {
    const end = count === 0 ? this.#r2tSn : r2tSn + count;
    if (r2tSn >= end || end > this.#r2tSn) return false;
    for (const r2t of this.#recovery?.between(r2tSn, end) ?? [])
      this.#port.sendR2T(this.#owner, r2t);
    return true;
  }

  /** The connection was lost: what is not there will not come by it. Until {@link move} no memory is waited for. */
  suspend(): void {
    this.#port.watch.delete(this);
    if (this.#reserved > 0 && !this.#granted) this.#port.giveBack(this.#onGrant);
  }

  /**
   * The command belongs to another connection from now on: what is missing is asked for there.
   *
   * @param expDataSn - the number that the initiator expects of the next R2T
   */
  move(port: DataOutPort, expDataSn: number): void {
    this.#port = port;
    this.#unsolicited = undefined;
    this.#solicited = [];
    this.#requested = this.#received;
    this.#r2tSn = Math.min(this.#r2tSn, expDataSn);
    this.#recovery?.forgetFrom(this.#r2tSn);
    if (this.#resolve === undefined) return;
    port.watch.add(this);
    if (this.#granted) this.#advance();
    else {
      // It may have begun to wait when its connection was lost already.
      port.giveBack(this.#onGrant);
      port.reserve(this.#reserved, this.#onGrant);
    }
  }

  /**
   * Time has passed: if nothing came in it, what is missing is asked for again. Where that cannot be, nothing
   * may come {@link MOST_QUIET} times.
   */
  overdue(): void {
    const sequence = this.#unsolicited ?? this.#solicited[0];
    if (this.#recovery === undefined) {
      // Who waits for memory has not asked yet.
      if (sequence !== undefined && ++this.#quiet > MOST_QUIET) this.#port.dataMissing(this.#owner);
      return;
    }
    const what = this.#recovery.overdue(sequence);
    if (sequence === undefined || what === 'wait') return;
    if (what === 'remind') {
      this.#port.sendR2T(this.#owner, sequence);
      return;
    }
    const fault = this.#lost(sequence, true);
    if (fault !== undefined) this.#port.dataFault(this.#owner, fault);
  }

  /** A PDU of a sequence is missing; after its last what is not there is asked for by a new R2T. */
  #lost(sequence: DataSequence, final: boolean): DataFault | undefined {
    sequence.broken = true;
    if (!final) return undefined;
    if (this.#recovery?.askAgain() !== true) return DATA_FAULT.PROTOCOL_SERVICE_CRC_ERROR;
    if (sequence === this.#unsolicited) this.#unsolicited = undefined;
    else this.#solicited.shift();
    this.#requested = sequence.next;
    this.#advance();
    return undefined;
  }

  /** Asks for what is missing, or ends the wait when nothing is. */
  #advance(): void {
    if (this.#done || this.#resolve === undefined) return;
    if (this.#received >= this.#wanted) {
      this.#finish();
      return;
    }
    if (this.#unsolicited !== undefined) return;
    if (!this.#granted) return;
    const { maxBurstLength, maxOutstandingR2T } = this.#port.parameters;
    while (this.#requested < this.#wanted && this.#solicited.length < maxOutstandingR2T) {
      const length = Math.min(maxBurstLength, this.#wanted - this.#requested);
      const end = this.#requested + length;
      const tag = this.#port.takeTransferTag();
      const asked = dataSequence(tag, this.#r2tSn++, this.#requested, end);
      this.#solicited.push(asked);
      this.#recovery?.asked(asked);
      this.#port.sendR2T(this.#owner, asked);
      this.#quiet = 0;
      this.#requested = end;
    }
  }

  #finish(): void {
    this.#done = true;
    const resolve = this.#resolve;
    if (resolve === undefined) return;
    this.#port.watch.delete(this);
    this.#resolve = undefined;
    resolve(this.#buffer.subarray(0, Math.min(this.#received, this.#wanted)));
  }

  #grow(length: number): void {
    if (this.#owned && this.#buffer.length >= length) return;
    const memory = this.#port.receiveMemory;
    const larger = memory.take(Math.max(length, this.#received));
    larger.set(this.#buffer.subarray(0, this.#received));
    memory.giveBack(this.#buffer);
    this.#buffer = larger;
    this.#owned = true;
  }
}
