/** The queue of a unit of the fake miniport: commands that wait, and those that are being served. */
import type { StorageUnitParams } from '../../../driver/protocol/storage-unit-params.ts';
import type { StorageUnitStatus } from '../../../driver/protocol/storage-unit-status.ts';
import {
  encodeUnmapDescriptors,
  type TransactRequest,
  type UnmapDescriptor,
} from '../../../driver/protocol/transact.ts';

/** A command for which a program has to be asked. */
export interface Srb {
  readonly kind: 'Read' | 'Write' | 'Flush' | 'Unmap';
  readonly lba: number;
  readonly blocks: number;
  readonly fua: boolean;
  readonly ranges: readonly UnmapDescriptor[];
  /** Bytes that are moved in all. */
  readonly length: number;
  /** What is read or written. */
  readonly bytes: Uint8Array;
  /** Bytes that were moved. */
  offset: number;
  hint: bigint;
  /** Is called once; with nothing if it was aborted. */
  readonly done: (status: StorageUnitStatus | undefined) => void;
}

interface Waiter {
  readonly file: number;
  readonly buffer: Uint8Array;
  readonly resolve: (request: TransactRequest | undefined) => void;
}

/** The queue. */
export class FakeQueue {
  readonly #params: StorageUnitParams;
  readonly #pending: Srb[] = [];
  readonly #processing = new Map<bigint, Srb>();
  readonly #waiters: Waiter[] = [];
  /** Hints are used again and again, as the addresses that they are in WinSpd. */
  readonly #hints = Array.from({ length: 64 }, (_, i) => BigInt(0x1_0000_0000 + 64 * i));
  #stopped = false;

  constructor(params: StorageUnitParams) {
    this.#params = params;
  }

  /** How many calls wait for a request. */
  get waiters(): number {
    return this.#waiters.length;
  }

  post(srb: Srb): void {
    if (this.#stopped) return srb.done(undefined);
    srb.hint = this.#hints.shift() ?? 1n;
    this.#pending.push(srb);
    this.#hand();
  }

  fetch(file: number, buffer: Uint8Array): Promise<TransactRequest | undefined> {
    return new Promise((resolve) => {
      if (this.#stopped) return resolve(undefined);
      this.#waiters.push({ file, buffer, resolve });
      this.#hand();
    });
  }

  /** A response; one for a hint that is not being served means nothing. */
  complete(hint: bigint, status: StorageUnitStatus, data: Uint8Array | undefined): void {
    const srb = this.#processing.get(hint);
    if (srb === undefined) return;
    this.#processing.delete(hint);
    if (status.scsiStatus !== 0) return this.#end(srb, status);
    const length = this.#chunk(srb);
    if (srb.kind === 'Read')
      srb.bytes.set(data?.subarray(0, length) ?? new Uint8Array(length), srb.offset);
    srb.offset += length;
    if (srb.offset >= srb.length) return this.#end(srb, status);
    this.#pending.unshift(srb);
    this.#hand();
  }

  /** Aborts everything that is pending or being served: nobody who serves it is told. */
  reset(): void {
    const all = [...this.#pending.splice(0), ...this.#processing.values()];
    this.#processing.clear();
    for (const srb of all) this.#end(srb, undefined);
  }

  /** The unit is taken away. */
  stop(): void {
    this.#stopped = true;
    this.reset();
    for (const { resolve } of this.#waiters.splice(0)) resolve(undefined);
  }

  /** CancelIoEx: calls of a handle that wait end. */
  cancel(file: number): void {
    for (const waiter of this.#waiters.filter((each) => each.file === file)) {
      this.#waiters.splice(this.#waiters.indexOf(waiter), 1);
      waiter.resolve(undefined);
    }
  }

  #end(srb: Srb, status: StorageUnitStatus | undefined): void {
    this.#hints.unshift(srb.hint);
    srb.done(status);
  }

  #chunk({ kind, length, offset }: Srb): number {
    const blocks = kind === 'Read' || kind === 'Write';
    return blocks ? Math.min(length - offset, this.#params.maxTransferLength) : length;
  }

  #hand(): void {
    while (this.#pending.length > 0) {
      const waiter = this.#waiters.shift();
      const srb = waiter && this.#pending.shift();
      if (waiter === undefined || srb === undefined) return;
      this.#processing.set(srb.hint, srb);
      waiter.resolve(this.#prepare(srb, waiter.buffer));
    }
  }

  #prepare(srb: Srb, buffer: Uint8Array): TransactRequest {
    const { hint, kind, lba, blocks, fua, ranges, offset, bytes } = srb;
    const { blockLength, cacheSupported } = this.#params;
    switch (kind) {
      case 'Flush':
        return { hint, kind, blockAddress: lba, blockCount: blocks };
      case 'Unmap':
        buffer.set(encodeUnmapDescriptors(ranges));
        return { hint, kind, count: ranges.length };
      default: {
        const length = this.#chunk(srb);
        if (kind === 'Write') buffer.set(bytes.subarray(offset, offset + length));
        return {
          hint,
          kind,
          blockAddress: lba + offset / blockLength,
          blockCount: length / blockLength,
          forceUnitAccess: cacheSupported ? fua : true,
        };
      }
    }
  }
}
