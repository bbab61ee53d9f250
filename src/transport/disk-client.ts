/** A disk as an initiator's program wants it: methods that read, write and ask. */
import { CDB_SPECS, encodeCdb, type Request, type RequestInit } from '../cdb/index.ts';
import { decodeCapacity16, type Capacity16 } from '../cdb/read-capacity.ts';
import { decodeLunList } from '../cdb/report-luns.ts';
import { transferLength, type CdbSpec } from '../cdb/spec.ts';
import { encodeUnmapList, type UnmapDescriptor } from '../cdb/unmap.ts';
import { decodeLun } from '../scsi/lun.ts';
import { STATUS } from '../scsi/status.ts';
import { SENSE_KEY } from '../sense/codes.ts';
import { decodeSense } from '../sense/decode.ts';
import type { SenseData } from '../sense/sense-data.ts';
import { decodeStandardInquiry, type StandardInquiry } from '../vpd/standard-inquiry.ts';
import type { CommandOutcome, Initiator } from './initiator.ts';
import { ScsiError } from './scsi-error.ts';

/** How a client behaves. */
export interface DiskClientOptions {
  /**
   * What to do when the unit answers with a unit attention: `retry` sends the command again, as an
   * operating system does; `throw` lets the caller see it. Default `retry`.
   */
  readonly unitAttention?: 'retry' | 'throw';
}

/** A unit tells of each condition once; one that tells of more than this many does not stop. */
const MOST_ATTENTIONS = 16;

/**
 * A logical unit behind any {@link Initiator}. Every method throws {@link ScsiError} for a status
 * other than GOOD and CONDITION MET; `send` and `request` give the outcome instead.
 *
 * @example
 * ```ts
 * import { createDisk, createTarget, loopback } from 'scsi-target';
 * import { memoryBackend } from 'scsi-target/backend/memory';
 *
 * const target = createTarget([createDisk({ backend: memoryBackend({ blocks: 2048 }) })]);
 * const disk = loopback(target).disk(0);
 * await disk.write({ lba: 7, data: new Uint8Array(512).fill(0xa5) });
 * const data = await disk.read({ lba: 7, blocks: 1 });
 * ```
 */
export class DiskClient {
  /** Logical unit number. */
  readonly lun: number;
  readonly #initiator: Initiator;
  readonly #retry: boolean;
  #blockLength: number | undefined;

  constructor(initiator: Initiator, lun: number, options: DiskClientOptions = {}) {
    this.#initiator = initiator;
    this.lun = lun;
    this.#retry = options.unitAttention !== 'throw';
  }

  /** Sends a raw CDB; nothing is retried, nothing throws but the transport. */
  async send(
    cdb: Uint8Array,
    data: { readonly dataOut?: Uint8Array; readonly dataInLength?: number } = {},
  ): Promise<CommandOutcome> {
    return this.#initiator.execute({ lun: this.lun, cdb, ...data });
  }

  /**
   * Sends a typed request; the data-in length follows from it. Nothing is retried, nothing throws
   * but the transport and a request that cannot be encoded.
   */
  async request(request: RequestInit, dataOut?: Uint8Array): Promise<CommandOutcome> {
    const cdb = encodeCdb(request);
    const spec = specOf(request);
    const blockLength = needsBlockLength(spec) ? await this.blockLength() : 0;
    const { direction, length } = transferLength(spec, request as Request, blockLength);
    return this.send(cdb, {
      dataInLength: direction === 'in' ? length : 0,
      ...(dataOut === undefined ? {} : { dataOut }),
    });
  }

  /** TEST UNIT READY: throws where the medium cannot be reached. */
  async testUnitReady(): Promise<void> {
    await this.#expectGood({ op: 'TEST UNIT READY' });
  }

  /** Standard INQUIRY data. */
  async inquiry(): Promise<StandardInquiry> {
    const bytes = await this.#expectGood({ op: 'INQUIRY', allocationLength: 255 });
    return decoded(decodeStandardInquiry(bytes), 'INQUIRY');
  }

  /**
   * A VPD page, header and all. `scsi-target/vpd` has a decoder for each.
   *
   * @example
   * ```ts
   * decodeBlockLimits(await disk.vpdPage(0xb0))?.maxUnmapLbaCount;
   * ```
   */
  async vpdPage(pageCode: number): Promise<Uint8Array> {
    return this.#expectGood({ op: 'INQUIRY', evpd: true, pageCode, allocationLength: 0xffff });
  }

  /**
   * Mode pages with header and block descriptor, by MODE SENSE(10). `decodeModeParameterList` of
   * `scsi-target/mode` takes them apart, and that has a decoder for each page.
   *
   * @param pageCode - PAGE CODE, 0 to 3Fh; 3Fh is all pages.
   * @param options - PC: 0 current (default), 1 changeable, 2 default, 3 saved values; SUBPAGE CODE.
   *
   * @example
   * ```ts
   * const list = decodeModeParameterList(await disk.modeSense(0x08), 10, 'sense');
   * const caching = list?.pages[0] && decodeCaching(list.pages[0].bytes);
   * ```
   */
  async modeSense(
    pageCode: number,
    options: { readonly pageControl?: number; readonly subpageCode?: number } = {},
  ): Promise<Uint8Array> {
    return this.#expectGood({
      op: 'MODE SENSE',
      cdbLength: 10,
      pageCode,
      allocationLength: 0xffff,
      ...options,
    });
  }

  /** READ CAPACITY(16). */
  async readCapacity(): Promise<Capacity16> {
    const bytes = await this.#expectGood({ op: 'READ CAPACITY(16)', allocationLength: 32 });
    const capacity = decoded(decodeCapacity16(bytes), 'READ CAPACITY(16)');
    this.#blockLength = capacity.blockLength;
    return capacity;
  }

  /** Bytes a logical block; asked for once. */
  async blockLength(): Promise<number> {
    return this.#blockLength ?? (await this.readCapacity()).blockLength;
  }

  /** The LUNs of the target. */
  async reportLuns(): Promise<readonly number[]> {
    const bytes = await this.#expectGood({ op: 'REPORT LUNS', allocationLength: 8 + 8 * 16_384 });
    return decodeLunList(bytes).map(decodeLun);
  }

  /** REQUEST SENSE. */
  async requestSense(): Promise<SenseData> {
    const bytes = await this.#expectGood({ op: 'REQUEST SENSE', allocationLength: 252 });
    return decoded(decodeSense(bytes), 'REQUEST SENSE');
  }

  /** READ(16). */
  async read(range: {
    readonly lba: number;
    readonly blocks: number;
    readonly fua?: boolean;
  }): Promise<Uint8Array> {
    return this.#expectGood({ op: 'READ', cdbLength: 16, ...range });
  }

  /**
   * WRITE(16).
   *
   * @throws RangeError - `data` is not a whole number of blocks.
   */
  async write(range: {
    readonly lba: number;
    readonly data: Uint8Array;
    readonly fua?: boolean;
  }): Promise<void> {
    const { data, ...rest } = range;
    const blockLength = await this.blockLength();
    const blocks = data.length / blockLength;
    if (!Number.isInteger(blocks))
      throw new RangeError(
        `data: ${data.length} bytes are no whole number of ${blockLength}-byte blocks`,
      );
    await this.#expectGood({ op: 'WRITE', cdbLength: 16, blocks, ...rest }, data);
  }

  /** SYNCHRONIZE CACHE(16), of everything unless a range is given. */
  async synchronizeCache(
    range: { readonly lba?: number; readonly blocks?: number } = {},
  ): Promise<void> {
    await this.#expectGood({ op: 'SYNCHRONIZE CACHE', cdbLength: 16, ...range });
  }

  /** UNMAP. */
  async unmap(...descriptors: UnmapDescriptor[]): Promise<void> {
    const list = encodeUnmapList(descriptors);
    await this.#expectGood({ op: 'UNMAP', parameterListLength: list.length }, list);
  }

  /** START STOP UNIT. */
  async startStopUnit(
    action: Omit<RequestInit & { readonly op: 'START STOP UNIT' }, 'op'>,
  ): Promise<void> {
    await this.#expectGood({ op: 'START STOP UNIT', ...action });
  }

  async #expectGood(request: RequestInit, dataOut?: Uint8Array): Promise<Uint8Array> {
    for (let attempt = 0; ; attempt++) {
      const outcome = await this.request(request, dataOut);
      if (outcome.status === STATUS.GOOD || outcome.status === STATUS.CONDITION_MET)
        return outcome.dataIn;
      const sense = outcome.sense === undefined ? undefined : decodeSense(outcome.sense);
      const attention = sense?.key === SENSE_KEY.UNIT_ATTENTION && sense.deferred !== true;
      if (!(attention && this.#retry && attempt < MOST_ATTENTIONS))
        throw new ScsiError(request.op, outcome.status, sense);
    }
  }
}

function specOf(request: RequestInit): CdbSpec {
  const forms: readonly CdbSpec[] = CDB_SPECS[request.op];
  const length = 'cdbLength' in request ? request.cdbLength : undefined;
  const spec = forms.find((form) => length === undefined || form.length === length);
  if (spec === undefined) throw new RangeError(`${request.op} has no such form`);
  return spec;
}

const needsBlockLength = (spec: CdbSpec): boolean =>
  spec.transfer === 'blocks in' || spec.transfer === 'blocks out';

function decoded<T>(value: T | undefined, what: string): T {
  if (value === undefined) throw new Error(`${what}: the data is too short to be decoded`);
  return value;
}
