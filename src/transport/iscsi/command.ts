/** One SCSI command on its way through a connection: the task that the target is given. */
import type { MaybePromise } from '../../maybe-promise.ts';
import type { Task, TaskAttribute } from '../../scsi/task.ts';
import { decodeLun } from '../../scsi/lun.ts';
import { getU32 } from '../../bytes.ts';
import { decodeAhs } from './ahs.ts';
import { LEVEL_OF_RFC_7144 } from './codes.ts';
import type { Connection } from './connection.ts';
import { DataOut } from './data-out.ts';
import type { DataFault } from './data-out.ts';
import { padding } from './pdu-spec.ts';
import type { PduFrame } from './pdu-spec.ts';

const EMPTY = new Uint8Array(0);

/** ATTR 0 to 7; untagged and the reserved ones are simple. */
const ATTRIBUTES: readonly TaskAttribute[] = [
  'simple',
  'simple',
  'ordered',
  'head of queue',
  'aca',
  'simple',
  'simple',
  'simple',
];

/** A SCSI command of a connection. */
export class Command implements Task {
  /** The connection that it belongs to: by that its data comes, and its answer goes. */
  connection: Connection;
  readonly lun: number;
  readonly tag: number;
  readonly cdb: Uint8Array;
  readonly attribute: TaskAttribute;
  /** PRI, 0 to 15; 0 below the protocol level that has it. */
  readonly priority: number;
  /** Whether it came outside the order of CmdSN. */
  readonly immediate: boolean;
  /** Command sequence number. */
  readonly cmdSn: number;
  /** R: the initiator expects data-in. */
  readonly read: boolean;
  /** W: the initiator has data-out. */
  readonly write: boolean;
  /** Bytes of data-in that the initiator expects. */
  readonly dataInLength: number;
  /** Bytes of data-out that it has. */
  readonly dataOutLength: number;
  /** Its data-out, if it has any. */
  readonly data: DataOut | undefined;
  /** The 8 bytes of the LUN, as R2Ts and Data-In that is to be acknowledged bring them back. */
  readonly lunBytes: Uint8Array;
  /** Bytes of its data-out that come without being asked for. */
  readonly unsolicited: number;
  /** There is no room for them: it ends with TASK SET FULL. */
  refused = false;
  /** What was wrong with its data: with that it ends, whatever the target says. */
  fault: DataFault | undefined;
  /** SNACK Tag that its SCSI Response has to bring. */
  snackTag = 0;
  /** Aborted before it reached the target. */
  aborted = false;
  /** Whether the target has it. */
  delivered = false;

  /** @param readLength - from the Bidirectional AHS */
  constructor(frame: PduFrame, cdb: Uint8Array, readLength: number, connection: Connection) {
    this.connection = connection;
    const { header } = frame;
    const flags = header[1] ?? 0;
    const expected = getU32(header, 20);
    this.lun = lunOf(header);
    this.tag = getU32(header, 16);
    this.cdb = cdb;
    this.attribute = ATTRIBUTES[flags & 7] ?? 'simple';
    this.priority =
      connection.parameters.protocolLevel < LEVEL_OF_RFC_7144 ? 0 : (header[2] ?? 0) >> 4;
    this.immediate = ((header[0] ?? 0) & 0x40) !== 0;
    this.cmdSn = getU32(header, 24);
    this.read = (flags & 0x40) !== 0;
    this.write = (flags & 0x20) !== 0;
    this.dataInLength = this.read ? (this.write ? readLength : expected) : 0;
    this.dataOutLength = this.write ? expected : 0;
    // A copy where it is kept longer than the chunk of the socket ought to be.
    this.lunBytes =
      connection.recovery === undefined
        ? this.write
          ? header.subarray(8, 16)
          : EMPTY
        : header.slice(8, 16);
    const final = (flags & 0x80) !== 0;
    const { data } = frame;
    this.unsolicited = final
      ? data.length
      : Math.min(connection.parameters.firstBurstLength, this.dataOutLength);
    if (this.write || data.length > 0 || !final) {
      this.fault = DataOut.faultOf(connection.parameters, this.dataOutLength, data.length, final);
      if (this.fault === undefined)
        this.data = new DataOut(connection, this, this.dataOutLength, data, final);
    }
  }

  dataOut(length: number): MaybePromise<Uint8Array> {
    return this.data?.take(length) ?? EMPTY;
  }

  /** Gives it to another connection, where the initiator expects `expDataSn` of the next R2T. */
  move(connection: Connection, expDataSn: number): void {
    this.connection = connection;
    this.snackTag = 0;
    this.data?.move(connection, expDataSn);
  }

  cancel(): void {
    this.data?.cancel();
  }

  /** Nothing of it is kept; what still comes is dropped. */
  refuse(): void {
    this.refused = true;
    this.data?.close(false);
  }

  /** The command has ended. `dataUnused`: see {@link DataOut.close}. */
  close(dataUnused: boolean): void {
    this.data?.close(dataUnused);
  }
}

/** The LUN of a header. The common form is read here: a view of the 8 bytes would cost 70 ns. */
export function lunOf(header: Uint8Array): number {
  if (getU32(header, 12) === 0 && (getU32(header, 8) & 0xff00_ffff) === 0) return header[9] ?? 0;
  return decodeLun(header.subarray(8, 16));
}

/** The CDB of a SCSI Command PDU and the data-in it expects; undefined: its AHS make no sense. */
export function cdbOf(
  frame: PduFrame,
): { readonly cdb: Uint8Array; readonly readLength: number } | undefined {
  // A copy, for the memory of a large PDU is used again when its command has ended.
  const cdb = frame.header.slice(32, 48);
  if (frame.ahs.length === 0) return { cdb, readLength: 0 };
  const ahs = decodeAhs(frame.ahs);
  if (ahs === undefined) return undefined;
  const readLength = ahs.readLength ?? 0;
  if (ahs.extendedCdb === undefined) return { cdb, readLength };
  const extended = ahs.extendedCdb;
  const whole = new Uint8Array(16 + extended.length + padding(extended.length));
  whole.set(cdb);
  whole.set(extended, 16);
  return { cdb: whole.subarray(0, 16 + extended.length), readLength };
}
