/**
 * WinSpd's StorPort miniport as an initiator sees it, over whatever carries its requests.
 *
 * Windows never sees a unit of WinSpd itself, but what the miniport makes of it. This is that view,
 * without Windows: for tools, and for tests of what a disk becomes behind the miniport.
 */
import { getU16, getU32, getU64 } from '../../src/bytes.ts';
import type { MaybePromise } from '../../src/maybe-promise.ts';
import { STATUS } from '../../src/scsi/status.ts';
import { WRITE_PROTECTED } from '../../src/sense/codes/data-protect.ts';
import {
  INVALID_FIELD_IN_CDB,
  INVALID_FIELD_IN_PARAMETER_LIST,
  LBA_OUT_OF_RANGE,
} from '../../src/sense/codes/illegal-request.ts';
import type { SenseData } from '../../src/sense/sense-data.ts';
import { DiskClient } from '../../src/transport/disk-client.ts';
import type { CommandOutcome, Initiator, InitiatorCommand } from '../../src/transport/initiator.ts';
import type { TransactReply, UnhintedRequest } from '../pipe/client.ts';
import type { StorageUnitParams } from '../protocol/storage-unit-params.ts';
import { encodeUnmapDescriptors, type UnmapDescriptor } from '../protocol/transact.ts';
import {
  inquiry,
  modeSense,
  readCapacity10,
  readCapacity16,
  reportLuns,
  type Answer,
  type ProvisionedUnit,
} from './answers.ts';
import { blockRange } from './block-range.ts';
import { outcomeOfSense, outcomeOfStatus } from './outcome.ts';
import { SrbError } from './srb-error.ts';

/** What serves the requests that the miniport does not answer itself; a `PipeClient` is one. */
export interface UnitTransport {
  /** What the unit was provisioned with. */
  readonly params: StorageUnitParams;
  /** Executes a request. */
  transact(request: UnhintedRequest, dataOut?: Uint8Array): MaybePromise<TransactReply>;
  /** Lets go of the unit. */
  close(): MaybePromise<void>;
}

/** What the miniport knows beside the parameters. */
export interface MiniportInitiatorOptions {
  /** The process that owns the unit. Default 0. */
  readonly processId?: number;
}

/** A command, with what StorPort knows of its buffer. */
interface Srb {
  readonly cdb: Uint8Array;
  readonly dataOut?: Uint8Array;
  /** Bytes of the buffer; 0: there is none. The CDB's own lengths are not looked at. */
  readonly length: number;
}

/** A piece of a transfer. */
interface Chunk {
  /** Where it begins, in bytes. */
  readonly offset: number;
  /** Where it begins, in whole blocks. */
  readonly firstBlock: number;
  /** Its whole blocks. */
  readonly blockCount: number;
}

const NO_DATA = new Uint8Array(0);

/**
 * An {@link Initiator} to one unit of WinSpd, at LUN 0.
 *
 * It keeps to the miniport in all, so it does not keep to SPC and SBC: there are no unit attentions,
 * commands that it does not know end without sense data ({@link SrbError}), SYNCHRONIZE CACHE of 0
 * blocks does nothing, lengths are multiplied in 32 bits, and a status other than GOOD becomes CHECK
 * CONDITION. docs/windows.md has the list.
 *
 * @example
 * ```ts
 * const miniport = new MiniportInitiator(await PipeClient.connect('\\\\.\\pipe\\rawdisk\\0'));
 * await miniport.disk().readCapacity();
 * await miniport.close();
 * ```
 */
export class MiniportInitiator implements Initiator {
  readonly #unit: ProvisionedUnit;
  readonly #transport: UnitTransport;

  constructor(transport: UnitTransport, { processId = 0 }: MiniportInitiatorOptions = {}) {
    this.#transport = transport;
    this.#unit = { params: transport.params, processId };
  }

  /** A client of the unit. */
  disk(): DiskClient {
    return new DiskClient(this, 0);
  }

  /**
   * Executes a command.
   *
   * @throws SrbError - the miniport ends the command without status and sense data.
   * @throws WinSpdError - what carries the requests failed.
   */
  async execute(command: InitiatorCommand): Promise<CommandOutcome> {
    const { lun, cdb, dataOut, dataInLength = 0 } = command;
    const srb: Srb = {
      cdb,
      length: dataOut?.length ?? dataInLength,
      ...(dataOut !== undefined && { dataOut }),
    };
    if (lun === 0) return this.#dispatch(srb);
    if (cdb[0] === 0xa0) return answered(srb, () => reportLuns(false));
    throw new SrbError('NO_DEVICE', `there is no unit at LUN ${lun}`);
  }

  /** Lets go of the unit. */
  async close(): Promise<void> {
    await this.#transport.close();
  }

  #dispatch(srb: Srb): MaybePromise<CommandOutcome> {
    const { cdb, length } = srb;
    const unit = this.#unit;
    switch (cdb[0]) {
      case 0x00: // TEST UNIT READY: always ready
        return { status: STATUS.GOOD, dataIn: NO_DATA, residual: length };
      case 0x12:
        return answered(srb, () => inquiry(unit, cdb));
      case 0x1a:
      case 0x5a:
        return answered(srb, () => modeSense(unit, cdb));
      case 0x25:
        return answered(srb, () => readCapacity10(unit));
      case 0xa0:
        return answered(srb, () => reportLuns(true));
      case 0x08:
      case 0x28:
      case 0xa8:
      case 0x88:
        return this.#transfer('Read', srb);
      case 0x0a:
      case 0x2a:
      case 0xaa:
      case 0x8a:
        return this.#transfer('Write', srb);
      case 0x35:
      case 0x91:
        return this.#synchronizeCache(srb);
      case 0x42:
        return this.#unmap(srb);
      case 0x9e:
        if (((cdb[1] ?? 0) & 0x1f) === 0x10)
          return answered(srb, () => readCapacity16(unit, length));
    }
    throw new SrbError('INVALID_REQUEST', `operation code ${hex(cdb[0])} is not known`);
  }

  async #transfer(kind: 'Read' | 'Write', srb: Srb): Promise<CommandOutcome> {
    const { cdb, length, dataOut = NO_DATA } = srb;
    const { writeProtected, blockLength } = this.#unit.params;
    if (kind === 'Write' && writeProtected) return outcomeOfSense(WRITE_PROTECTED, length);
    const { lba, blocks, fua } = blockRange(cdb);
    const bytes = this.#checkedLength(srb, blocks);
    const problem = this.#rangeProblem(lba, blocks);
    if (problem !== undefined) return outcomeOfSense(problem, length);
    if (blocks === 0) return { status: STATUS.GOOD, dataIn: NO_DATA, residual: length };
    const dataIn = new Uint8Array(kind === 'Read' ? bytes : 0);
    for (const { offset, firstBlock, blockCount } of this.#chunks(bytes)) {
      const blockAddress = lba + firstBlock;
      const forceUnitAccess = this.#forced(fua);
      const { status, data } = await this.#transport.transact(
        { kind, blockAddress, blockCount, forceUnitAccess },
        kind === 'Write' ? dataOut.subarray(offset, offset + blockCount * blockLength) : NO_DATA,
      );
      if (status.scsiStatus !== STATUS.GOOD) return outcomeOfStatus(status, length);
      if (kind === 'Read') dataIn.set(data, offset);
    }
    return { status: STATUS.GOOD, dataIn, residual: length - bytes };
  }

  async #synchronizeCache({ cdb, length }: Srb): Promise<CommandOutcome> {
    const { cacheSupported, writeProtected } = this.#unit.params;
    if (!cacheSupported) throw new SrbError('INVALID_REQUEST', 'the unit has no cache');
    if (writeProtected) return outcomeOfSense(WRITE_PROTECTED, length);
    const { lba, blocks } = blockRange(cdb);
    const problem = this.#rangeProblem(lba, blocks);
    if (problem !== undefined) return outcomeOfSense(problem, length);
    // "To the end of the disk" is what 0 means in SBC; here nobody is told.
    if (blocks === 0) return { status: STATUS.GOOD, dataIn: NO_DATA, residual: length };
    const flush = { kind: 'Flush', blockAddress: lba, blockCount: blocks } as const;
    return outcomeOfStatus((await this.#transport.transact(flush)).status, length);
  }

  async #unmap({ cdb, length, dataOut = NO_DATA }: Srb): Promise<CommandOutcome> {
    const { unmapSupported, writeProtected, maxTransferLength } = this.#unit.params;
    if (!unmapSupported) throw new SrbError('INVALID_REQUEST', 'the unit cannot unmap');
    if (writeProtected) return outcomeOfSense(WRITE_PROTECTED, length);
    const listLength = getU16(dataOut, 2);
    if (dataOut.length < 8 + listLength)
      throw new SrbError('INTERNAL_ERROR', `UNMAP: ${dataOut.length} bytes of parameters`);
    if (listLength > maxTransferLength)
      return outcomeOfSense(INVALID_FIELD_IN_PARAMETER_LIST, length);
    if (((cdb[1] ?? 0) & 1) === 1) return outcomeOfSense(INVALID_FIELD_IN_CDB, length); // ANCHOR
    const descriptors = unmapDescriptors(dataOut.subarray(8, 8 + listLength));
    for (const { blockAddress, blockCount } of descriptors)
      if (blockCount > this.#unit.params.blockCount - blockAddress)
        return outcomeOfSense(LBA_OUT_OF_RANGE, length);
    if (listLength === 0) return { status: STATUS.GOOD, dataIn: NO_DATA, residual: 0 };
    const request = { kind: 'Unmap', count: descriptors.length } as const;
    const list = encodeUnmapDescriptors(descriptors);
    const { status } = await this.#transport.transact(request, list);
    return outcomeOfStatus(status, status.scsiStatus === STATUS.GOOD ? 0 : length);
  }

  /** Bytes of a command's data, as 32 bits have them: a command for 4 GiB and more means fewer. */
  #checkedLength({ length }: Srb, blocks: number): number {
    const bytes = Math.imul(blocks, this.#unit.params.blockLength) >>> 0;
    if (length >= bytes) return bytes;
    throw new SrbError('INTERNAL_ERROR', `the buffer has ${length} bytes, and ${bytes} are moved`);
  }

  #rangeProblem(lba: number, blocks: number): SenseData | undefined {
    if (blocks === 0 || blocks <= this.#unit.params.blockCount - lba) return undefined;
    return LBA_OUT_OF_RANGE;
  }

  /** Without a cache everything goes to the medium. */
  #forced(fua: boolean): boolean {
    return this.#unit.params.cacheSupported ? fua : true;
  }

  /** The pieces of a transfer, none longer than the unit takes; one, of nothing, where there is nothing to move. */
  *#chunks(bytes: number): Iterable<Chunk> {
    const { blockLength, maxTransferLength } = this.#unit.params;
    let offset = 0;
    do {
      const length = Math.min(bytes - offset, maxTransferLength);
      const blocksIn = (count: number): number => Math.floor(count / blockLength);
      yield { offset, firstBlock: blocksIn(offset), blockCount: blocksIn(length) };
      offset += length;
    } while (offset < bytes);
  }
}

/** Ends a command with what the miniport itself answers: all of it, or nothing. */
function answered({ length }: Srb, answer: () => Answer): CommandOutcome {
  if (length === 0) throw new SrbError('INTERNAL_ERROR', 'there is no buffer for the answer');
  const dataIn = answer();
  if (!(dataIn instanceof Uint8Array)) return outcomeOfSense(dataIn, length);
  if (dataIn.length > length)
    throw new SrbError(
      'DATA_OVERRUN',
      `the answer has ${dataIn.length} bytes, the buffer ${length}`,
    );
  return { status: STATUS.GOOD, dataIn, residual: length - dataIn.length };
}

/** The whole descriptors of an UNMAP parameter list. */
function unmapDescriptors(list: Uint8Array): readonly UnmapDescriptor[] {
  return Array.from({ length: Math.floor(list.length / 16) }, (_, i) => ({
    blockAddress: getU64(list, 16 * i),
    blockCount: getU32(list, 16 * i + 8),
  }));
}

function hex(byte = 0): string {
  return `${byte.toString(16).toUpperCase().padStart(2, '0')}h`;
}
