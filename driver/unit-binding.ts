/**
 * Requests of WinSpd to commands of the logical unit, and back.
 *
 * The four kinds of request go through a nexus, as the commands of every initiator do. So range
 * checks, write protection, reservations, faults and statistics are those of the unit, and stand once.
 */
import { encodeCdb, type RequestInit } from '../src/cdb/index.ts';
import { encodeUnmapList } from '../src/cdb/unmap.ts';
import { andThen, type MaybePromise } from '../src/maybe-promise.ts';
import type { Clock } from '../src/scsi/clock.ts';
import type { LogicalUnit } from '../src/scsi/logical-unit.ts';
import type { Nexus } from '../src/scsi/nexus.ts';
import { STATUS, type Status } from '../src/scsi/status.ts';
import type { Response } from '../src/scsi/task.ts';
import { ABORTED_COMMAND } from '../src/sense/codes/aborted-command.ts';
import {
  ACCESS_DENIED_NO_ACCESS_RIGHTS,
  INVALID_COMMAND_OPERATION_CODE,
} from '../src/sense/codes/illegal-request.ts';
import { SENSE_KEY } from '../src/sense/codes.ts';
import { decodeSense } from '../src/sense/decode.ts';
import type { SenseData } from '../src/sense/sense-data.ts';
import { GOOD_STATUS, type StorageUnitStatus } from './protocol/storage-unit-status.ts';
import { decodeUnmapDescriptors, type TransactRequest } from './protocol/transact.ts';
import { splitUnmap, type UnmapLists } from './unmap-split.ts';

/** How a request ended. */
export interface TransactOutcome {
  /** Status and sense. */
  readonly status: StorageUnitStatus;
  /** What was read, with GOOD. The chunks may be the store's own memory: not to be written to. */
  readonly data: readonly Uint8Array[];
  /** To be called once when the data has left. */
  readonly release?: () => void;
}

interface Command {
  readonly cdb: Uint8Array;
  readonly dataOut?: Uint8Array;
}

/** A unit tells of each condition once; one that tells of more than this many does not stop. */
const MOST_ATTENTIONS = 16;

/** Milliseconds to wait while the unit is busy: doubled from the first to the last. */
const BUSY_DELAY = { first: 1, last: 64 } as const;

const NO_DATA: readonly Uint8Array[] = [];

/**
 * Executes requests of WinSpd.
 *
 * WinSpd knows no unit attentions, so the command is sent again, as an operating system does. It
 * cannot be told to come later, so BUSY and TASK SET FULL are waited for here.
 */
export class UnitBinding {
  readonly #nexus: Nexus;
  readonly #lun: number;
  readonly #unit: LogicalUnit;
  readonly #clock: Clock;
  /** Ends every wait. */
  readonly #waits = new Set<() => void>();
  #nextTag = 1;
  #closed = false;

  /** @throws RangeError - there is no unit under the LUN. */
  constructor(nexus: Nexus, options: { readonly lun: number; readonly clock: Clock }) {
    const unit = nexus.luns.get(options.lun);
    if (unit === undefined) throw new RangeError(`lun: there is no unit under ${options.lun}`);
    this.#nexus = nexus;
    this.#lun = options.lun;
    this.#unit = unit;
    this.#clock = options.clock;
  }

  /**
   * Executes a request. Never throws and never rejects.
   *
   * @param dataOut - the data that came with it; not touched after the outcome.
   */
  execute(request: TransactRequest, dataOut: Uint8Array): MaybePromise<TransactOutcome> {
    const commands = commandsOf(request, dataOut, this.#unit);
    if (commands === undefined) return failed(INVALID_COMMAND_OPERATION_CODE);
    return this.#inTurn(commands, 0);
  }

  /** Waits for no busy unit any more: what waits now ends with the status that the unit gave. */
  close(): void {
    this.#closed = true;
    for (const end of this.#waits) end();
  }

  #inTurn(commands: readonly Command[], index: number): MaybePromise<TransactOutcome> {
    const command = commands[index];
    if (command === undefined) return { status: GOOD_STATUS, data: NO_DATA };
    const outcome = this.#send(command, 0, BUSY_DELAY.first);
    if (index + 1 === commands.length) return outcome;
    return andThen(outcome, (value) =>
      value.status.scsiStatus === STATUS.GOOD ? this.#inTurn(commands, index + 1) : value,
    );
  }

  #send(command: Command, attentions: number, delay: number): MaybePromise<TransactOutcome> {
    const { cdb, dataOut } = command;
    const response = this.#nexus.execute({
      lun: this.#lun,
      tag: this.#nextTag++,
      cdb,
      dataOutLength: dataOut?.length ?? 0,
      ...(dataOut && { dataOut: (length: number) => dataOut.subarray(0, length) }),
    });
    return andThen(response, (ended) => {
      if (ended !== undefined && isBusy(ended.status) && !this.#closed) {
        ended.release?.();
        const next = Math.min(2 * delay, BUSY_DELAY.last);
        return this.#wait(delay).then(() => this.#send(command, attentions, next));
      }
      const outcome = outcomeOf(ended);
      return outcome.attention === true && attentions < MOST_ATTENTIONS
        ? this.#send(command, attentions + 1, delay)
        : outcome;
    });
  }

  #wait(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const end = (): void => {
        cancel();
        this.#waits.delete(end);
        resolve();
      };
      const cancel = this.#clock.after(ms, end);
      this.#waits.add(end);
    });
  }
}

/** Not now, but later: ACA ACTIVE too, for the condition of another initiator passes. */
function isBusy(status: Status): boolean {
  return status === STATUS.BUSY || status === STATUS.TASK_SET_FULL || status === STATUS.ACA_ACTIVE;
}

/** The commands that a request stands for; `undefined`: there are none. */
function commandsOf(
  request: TransactRequest,
  dataOut: Uint8Array,
  unit: LogicalUnit,
): readonly Command[] | undefined {
  switch (request.kind) {
    case 'Read':
    case 'Write': {
      const { kind, blockAddress, blockCount: blocks, forceUnitAccess: fua } = request;
      const lba = representable(blockAddress);
      const op = kind === 'Read' ? 'READ' : 'WRITE';
      const cdb = encodeCdb({ op, cdbLength: 16, lba, blocks, fua } satisfies RequestInit);
      return [kind === 'Read' ? { cdb } : { cdb, dataOut }];
    }
    case 'Flush': {
      const lba = representable(request.blockAddress);
      const cdb = {
        op: 'SYNCHRONIZE CACHE',
        cdbLength: 16,
        lba,
        blocks: request.blockCount,
      } as const;
      return [{ cdb: encodeCdb(cdb) }];
    }
    case 'Unmap': {
      const ranges = decodeUnmapDescriptors(dataOut).map(({ blockAddress, blockCount }) => ({
        lba: representable(blockAddress),
        blocks: blockCount,
      }));
      return wholeOrNothing(splitUnmap(ranges, unit.settings), unit).map((list) => {
        const parameters = encodeUnmapList(list);
        const cdb = encodeCdb({ op: 'UNMAP', parameterListLength: parameters.length });
        return { cdb, dataOut: parameters };
      });
    }
    case 'Unknown':
      return undefined;
  }
}

/** Of several lists one that the unit will refuse for its range goes alone, so that nothing is unmapped. */
function wholeOrNothing(lists: UnmapLists, { medium }: LogicalUnit): UnmapLists {
  const refused = lists.find((list) =>
    list.some(({ lba, blocks }) => blocks > medium.blocks - lba),
  );
  return refused === undefined ? lists : [refused];
}

/** An address that has no code as a number is past the end of every disk; so is this one. */
const representable = (address: number): number => Math.min(address, Number.MAX_SAFE_INTEGER);

interface Outcome extends TransactOutcome {
  /** A unit attention: the command was not done. */
  readonly attention?: boolean;
}

function outcomeOf(response: Response | undefined): Outcome {
  if (response === undefined) return failed(ABORTED_COMMAND);
  const { status, dataIn, release } = response;
  switch (status) {
    case STATUS.GOOD:
    case STATUS.CONDITION_MET:
      return { status: GOOD_STATUS, data: dataIn, ...(release && { release }) };
    case STATUS.CHECK_CONDITION: {
      release?.();
      const sense = response.sense && decodeSense(response.sense);
      if (sense === undefined) return failed(ABORTED_COMMAND);
      const attention = sense.key === SENSE_KEY.UNIT_ATTENTION && sense.deferred !== true;
      return attention ? { ...failed(sense), attention } : failed(sense);
    }
    case STATUS.TASK_ABORTED:
      return failed(ABORTED_COMMAND);
    default:
      release?.();
      return {
        status: { ...statusOf(ACCESS_DENIED_NO_ACCESS_RIGHTS), scsiStatus: status },
        data: NO_DATA,
      };
  }
}

function failed(sense: SenseData): TransactOutcome {
  return { status: statusOf(sense), data: NO_DATA };
}

/** CHECK CONDITION. INFORMATION of a deferred error is about another command. */
export function statusOf({ key, asc, ascq, information, deferred }: SenseData): StorageUnitStatus {
  const informationValid =
    information !== undefined && deferred !== true && information <= Number.MAX_SAFE_INTEGER;
  return {
    scsiStatus: STATUS.CHECK_CONDITION,
    senseKey: key,
    asc,
    ascq,
    information: informationValid ? Number(information) : 0,
    informationValid,
  };
}
