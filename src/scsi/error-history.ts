/** The error history of a unit (SPC): what went wrong, as READ BUFFER fetches it in mode 1Ch. */
import type { ReadBuffer } from '../cdb/buffer.ts';
import {
  APPLICATION_ERROR_HISTORY_HEADER,
  decodeApplicationErrorHistory,
  encodeErrorHistoryDirectory,
  ERROR_HISTORY_BUFFER,
  errorHistoryDirectoryLength,
} from '../cdb/error-history.ts';
import { getU16, joinChunks } from '../bytes.ts';
import {
  COMMAND_SEQUENCE_ERROR,
  ERROR_HISTORY_I_T_NEXUS_CLEARED,
  ERROR_HISTORY_SNAPSHOT_RELEASED,
  OPERATION_IN_PROGRESS,
  PARAMETER_LIST_LENGTH_ERROR,
  SENSE_KEY,
} from '../sense/codes.ts';
import type { SenseCondition, SenseData } from '../sense/sense-data.ts';
import { invalidField, invalidListField, type Context } from './command.ts';
import { hexOf } from './hex.ts';
import type { LogicalUnit } from './logical-unit.ts';
import type { Nexus } from './nexus.ts';
import { check, good, GOOD, type Result } from './result.ts';

/** The buffers: errors of the device as lines of text; what applications have added, as they sent it. */
const DEVICE = ERROR_HISTORY_BUFFER.FIRST;
const APPLICATIONS: number = DEVICE + 1;

const { DIRECTORY, NEW_SNAPSHOT, NEW_NEXUS, NEW_NEXUS_AND_SNAPSHOT } = ERROR_HISTORY_BUFFER;
const DIRECTORIES: readonly number[] = [DIRECTORY, NEW_SNAPSHOT, NEW_NEXUS, NEW_NEXUS_AND_SNAPSHOT];
const DIRECTORY_LENGTH: number = errorHistoryDirectoryLength(DIRECTORIES.length + 2);

/** VERSION of the format of our buffers. */
const VERSION = 1;

/** The snapshot is another's until that has what it wants. */
const ANOTHER_RETRIEVES: SenseCondition = {
  ...OPERATION_IN_PROGRESS,
  key: SENSE_KEY.ILLEGAL_REQUEST,
};

/** EHS_RETRIEVED and EHS_SOURCE. */
const RETRIEVED = { YES: 1, NO: 2 } as const;
const SOURCE = { THIS_COMMAND: 1, EARLIER_COMMAND: 2 } as const;

/** How many errors, and how many additions of applications, are remembered: the last ones. */
const REMEMBERED = 64;

/** Most bytes that an application can add at once. */
const LONGEST_ADDITION = 4096;

interface Snapshot {
  readonly buffers: ReadonlyMap<number, Uint8Array>;
  retrieved: boolean;
}

/** How errors are written down: time in milliseconds, sense key/ASC/ASCQ, CDB, INFORMATION. */
function lineOf(time: number, cdb: Uint8Array, sense: SenseData): string {
  const { key, asc, ascq, information } = sense;
  const codes = [key, asc, ascq].map((code) => code.toString(16).padStart(2, '0')).join('/');
  const where = information === undefined ? '' : ` ${information.toString(16)}`;
  return `${time} ${codes} ${hexOf(cdb.subarray(0, 32))}${where}\n`;
}

const ascii = (text: string): Uint8Array => Uint8Array.from(text, (letter) => letter.charCodeAt(0));

/**
 * Errors of medium and hardware, and what applications add to them, in RAM. One nexus at a time
 * reads a snapshot of both: the error history I_T nexus, which keeps the others out until it has
 * what it wanted or is lost, or another takes its place.
 */
export class ErrorHistory {
  readonly #unit: LogicalUnit;
  #errors: string[] = [];
  #additions: Uint8Array[] = [];
  #snapshot: Snapshot | undefined;
  #nexus: Nexus | undefined;

  /** @param unit - whose history it is. */
  constructor(unit: LogicalUnit) {
    this.#unit = unit;
  }

  /** A command ended with an error; those of the medium and the hardware are remembered. */
  record(cdb: Uint8Array, sense: SenseData): void {
    if (sense.key !== SENSE_KEY.MEDIUM_ERROR && sense.key !== SENSE_KEY.HARDWARE_ERROR) return;
    const { timestamp } = this.#unit.deviceClock.read();
    this.#errors = [...this.#errors, lineOf(timestamp, cdb, sense)].slice(-REMEMBERED);
  }

  /** READ BUFFER in error history mode. */
  read(request: ReadBuffer, context: Context<ReadBuffer>): Result {
    const { bufferId, bufferOffset } = request;
    const { nexus } = context;
    const takesOver = bufferId === NEW_NEXUS || bufferId === NEW_NEXUS_AND_SNAPSHOT;
    const isBuffer =
      bufferId >= ERROR_HISTORY_BUFFER.FIRST && bufferId <= ERROR_HISTORY_BUFFER.LAST;
    const isDirectory = DIRECTORIES.includes(bufferId);
    const ends = bufferId >= ERROR_HISTORY_BUFFER.CLEAR_NEXUS;
    if (!isBuffer && !isDirectory && !ends) return invalidField(context, 'bufferId');
    if (isDirectory && bufferOffset !== 0) return invalidField(context, 'bufferOffset');
    const isOfAnother = this.#nexus !== undefined && this.#nexus !== nexus;
    if (isOfAnother && !takesOver && this.#snapshot !== undefined) return check(ANOTHER_RETRIEVES);
    if (isDirectory) return this.#directory(bufferId, nexus);
    if (ends) return this.#end(bufferId === ERROR_HISTORY_BUFFER.RELEASE_SNAPSHOT);
    // Which buffers there are is what the directory says.
    if (this.#snapshot === undefined) return check(COMMAND_SEQUENCE_ERROR);
    const buffer = this.#snapshot.buffers.get(bufferId);
    if (buffer === undefined) return invalidField(context, 'bufferId');
    if (bufferOffset > buffer.length) return invalidField(context, 'bufferOffset');
    return good(buffer.subarray(bufferOffset));
  }

  /** WRITE BUFFER in the same mode: the parameter list is an addition, or clears the history (CLR). */
  write(bytes: Uint8Array): Result {
    if (bytes.length === 0) return GOOD;
    if (bytes.length < APPLICATION_ERROR_HISTORY_HEADER) return check(PARAMETER_LIST_LENGTH_ERROR);
    for (const at of [22, 24]) if (getU16(bytes, at) % 4 !== 0) return invalidListField(at);
    const addition = decodeApplicationErrorHistory(bytes);
    if (addition === undefined) return check(PARAMETER_LIST_LENGTH_ERROR);
    if (addition.clear) {
      this.#errors = [];
      this.#additions = [];
    } else this.#additions = [...this.#additions, bytes.slice()].slice(-REMEMBERED);
    return GOOD;
  }

  /** Whether an addition of this length can be taken. */
  takes(length: number): boolean {
    return length <= LONGEST_ADDITION;
  }

  /** A nexus is lost: if it was the error history I_T nexus, there is none. */
  nexusLost(nexus: Nexus): void {
    if (this.#nexus === nexus) this.#nexus = undefined;
  }

  /** The unit has been reset: there is no snapshot, and nobody who reads one. */
  reset(): void {
    this.#nexus = undefined;
    this.#snapshot = undefined;
  }

  #directory(bufferId: number, nexus: Nexus): Result {
    const makes = bufferId === NEW_SNAPSHOT || bufferId === NEW_NEXUS_AND_SNAPSHOT;
    const before = this.#nexus;
    if (before !== undefined && before !== nexus) {
      const told = this.#unit.attentions(before);
      told.establish(ERROR_HISTORY_I_T_NEXUS_CLEARED);
      if (makes) told.establish(ERROR_HISTORY_SNAPSHOT_RELEASED);
    }
    this.#nexus = nexus;
    const earlier = makes ? undefined : this.#snapshot;
    const snapshot = earlier ?? this.#take();
    this.#snapshot = snapshot;
    return good(
      encodeErrorHistoryDirectory({
        vendor: this.#unit.identity.vendor,
        version: VERSION,
        retrieved: snapshot.retrieved ? RETRIEVED.YES : RETRIEVED.NO,
        source: earlier === undefined ? SOURCE.THIS_COMMAND : SOURCE.EARLIER_COMMAND,
        clearSupported: true,
        entries: [
          ...DIRECTORIES.map((id) => ({ bufferId: id, length: DIRECTORY_LENGTH })),
          ...Array.from(snapshot.buffers, ([id, { length }]) => ({ bufferId: id, length })),
        ],
      }),
    );
  }

  #take(): Snapshot {
    const buffers = new Map<number, Uint8Array>([
      [DEVICE, ascii(this.#errors.join(''))],
      [APPLICATIONS, joinChunks(this.#additions)],
    ]);
    return { buffers, retrieved: false };
  }

  #end(release: boolean): Result {
    this.#nexus = undefined;
    if (this.#snapshot !== undefined) this.#snapshot.retrieved = true;
    if (release) this.#snapshot = undefined;
    return GOOD;
  }
}
