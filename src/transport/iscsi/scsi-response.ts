/** Turns the target's answer to a command into Data-In and SCSI Response PDUs (RFC 7143, 11.4, 11.7). */
import { putU16, putU24, putU32, totalLength } from '../../bytes.ts';
import { STATUS } from '../../scsi/status.ts';
import type { Response } from '../../scsi/task.ts';
import type { Command } from './command.ts';
import type { DataFault } from './data-out.ts';
import type { OutputQueue } from './output.ts';
import { NO_TAG } from './pdu-spec.ts';
import type { Recovery } from './recovery.ts';

/** What answers need of their connection. */
export interface ResponsePort {
  /** Where PDUs go. */
  readonly output: OutputQueue;
  /** What may be asked for again; undefined at error recovery level 0. */
  readonly recovery: Recovery | undefined;
  /** MaxRecvDataSegmentLength of the initiator, in bytes. */
  readonly maxSendDataSegmentLength: number;
  /** MaxBurstLength, in bytes. */
  readonly maxBurstLength: number;
  /** The session's ExpCmdSN. */
  readonly expCmdSn: number;
  /** The session's MaxCmdSN. */
  readonly maxCmdSn: number;
  /** Takes the next StatSN. */
  takeStatSn(): number;
  /** Takes the next target transfer tag. */
  takeTransferTag(): number;
}

const FINAL = 0x80;
const ACKNOWLEDGE = 0x40;
const OVERFLOW = 0x04;
const UNDERFLOW = 0x02;
const STATUS_HERE = 0x01;
const READ_OVERFLOW = 0x10;
const READ_UNDERFLOW = 0x08;
const NONE: readonly Uint8Array[] = [];
const NO_LUN: Uint8Array = new Uint8Array(8);

/** An answer as it is sent, and, where there is error recovery, sent again. */
export class Answer {
  /** Initiator task tag. */
  tag = 0;
  /** SNACK Tag of the SCSI Response. */
  snackTag = 0;
  /** Logical unit number, 8 bytes, for Data-In that asks to be acknowledged. */
  lun: Uint8Array = NO_LUN;
  /** Target transfer tag under which data-in is acknowledged; {@link NO_TAG}: it need not be. */
  transferTag: number = NO_TAG;
  /** The data-in. */
  chunks: readonly Uint8Array[] = NONE;
  /** Bytes of it that are sent. */
  total = 0;
  /** Where the first Data-In PDU begins, in bytes: all before has been acknowledged. */
  firstOffset = 0;
  /** DataSN of the first Data-In PDU. */
  firstDataSn = 0;
  /** Most bytes in a PDU. */
  segment = 0;
  /** Most bytes in a sequence. */
  burst = 0;
  /** The status is in the last Data-In PDU. */
  collapsed = false;
  /** SCSI status. */
  status = 0;
  /** Residual flags. */
  flags = 0;
  /** Residual, in bytes. */
  residual = 0;
  /** Residual of a bidirectional command's data-in, in bytes. */
  readResidual = 0;
  /** ExpDataSN: how many Data-In and R2T PDUs there were. */
  expDataSn = 0;
  /** Sense data. */
  sense: Uint8Array | undefined;

  /** Works out what is sent. */
  plan(port: ResponsePort, command: Command, response: Response): void {
    const present = totalLength(response.dataIn);
    const available = present + (response.omitted ?? 0);
    const bidirectional = command.read && command.write;
    // One direction: overflow or underflow of that; none named: whatever the command wanted to move.
    const moved = bidirectional || command.write ? response.dataOutLength : available;
    const wanted =
      command.write || command.read ? moved : Math.max(available, response.dataOutLength);
    const expected = command.write ? command.dataOutLength : command.dataInLength;
    const good = response.status === STATUS.GOOD || response.status === STATUS.CONDITION_MET;
    this.tag = command.tag;
    this.chunks = response.dataIn;
    this.total = Math.min(present, command.dataInLength);
    // R2Ts and Data-In of a command are counted together.
    this.firstDataSn = command.data?.r2tCount ?? 0;
    this.expDataSn = this.firstDataSn;
    this.segment = port.maxSendDataSegmentLength;
    this.burst = port.maxBurstLength;
    // What may be asked for again is asked for by number: status and data apart.
    this.collapsed = good && !command.write && this.total > 0 && port.recovery === undefined;
    this.status = response.status;
    this.flags = wanted > expected ? OVERFLOW : wanted < expected ? UNDERFLOW : 0;
    this.residual = Math.abs(wanted - expected);
    this.readResidual = 0;
    this.sense = response.sense;
    if (bidirectional) {
      const rest = available - command.dataInLength;
      this.flags |= rest > 0 ? READ_OVERFLOW : rest < 0 ? READ_UNDERFLOW : 0;
      this.readResidual = Math.abs(rest);
    }
  }
}

/** Without error recovery an answer is forgotten as soon as it is sent: one is enough. */
const passing = new Answer();

/**
 * Sends the answer to a command; its data is released when it has left and cannot be asked for again.
 *
 * @returns the bytes of data-in that are sent.
 */
export function sendScsiResponse(port: ResponsePort, command: Command, response: Response): number {
  const { recovery } = port;
  const answer = recovery === undefined ? passing : new Answer();
  answer.plan(port, command, response);
  const { total } = answer;
  if (recovery !== undefined) {
    answer.snackTag = command.snackTag;
    answer.lun = command.lunBytes;
    if (total >= answer.burst) answer.transferTag = port.takeTransferTag();
  }
  if (total > 0) answer.expDataSn = sendDataIn(port, answer);
  if (recovery !== undefined) {
    const statSn = port.takeStatSn();
    recovery.keepAnswer(statSn, answer, response.release);
    sendStatus(port, answer, statSn);
    return total;
  }
  if (!answer.collapsed) sendStatus(port, answer, port.takeStatSn());
  passing.chunks = NONE;
  passing.sense = undefined;
  if (response.release !== undefined) port.output.onceGone(() => response.release?.());
  return total;
}

/** The end of a command whose data went wrong: CHECK CONDITION, ABORTED COMMAND. */
export function faultResponse(fault: DataFault): Response {
  const sense = new Uint8Array(18);
  sense[0] = 0x70; // current, fixed format
  sense[2] = 0x0b; // ABORTED COMMAND
  sense[7] = 10; // ADDITIONAL SENSE LENGTH
  putU16(sense, 12, fault);
  return { status: STATUS.CHECK_CONDITION, dataIn: [], dataOutLength: 0, sense };
}

/** Sends the SCSI Response of an answer. */
export function sendStatus(port: ResponsePort, answer: Answer, statSn: number): void {
  const header = port.output.header();
  header[0] = 0x21;
  header[1] = FINAL | answer.flags;
  header[3] = answer.status;
  putU32(header, 16, answer.tag);
  putU32(header, 20, answer.snackTag);
  putU32(header, 24, statSn);
  putU32(header, 28, port.expCmdSn);
  putU32(header, 32, port.maxCmdSn);
  putU32(header, 36, answer.expDataSn);
  putU32(header, 40, answer.readResidual);
  putU32(header, 44, answer.residual);
  if (answer.sense !== undefined) sendSense(port.output, header, answer.sense);
}

function sendSense(output: OutputQueue, header: Uint8Array, sense: Uint8Array): void {
  const length = new Uint8Array(2);
  putU16(length, 0, sense.length);
  putU24(header, 5, 2 + sense.length);
  output.data(length);
  output.data(sense);
  output.endData(2 + sense.length);
}

/**
 * Sends the Data-In PDUs of an answer whose DataSN is from `from` to below `to`; all unless told.
 *
 * @returns the DataSN after the last of the answer.
 */
export function sendDataIn(
  port: ResponsePort,
  answer: Answer,
  from: number = answer.firstDataSn,
  to: number = Infinity,
): number {
  const { output } = port;
  const { chunks, total, segment, burst } = answer;
  let offset = answer.firstOffset;
  let inBurst = 0;
  let dataSn = answer.firstDataSn;
  // Where the cursor is: `within` bytes into a chunk, `at` bytes into the data.
  let index = 0;
  let within = 0;
  let at = 0;
  while (offset < total) {
    const length = Math.min(segment, burst - inBurst, total - offset);
    const end = offset + length;
    inBurst += length;
    const last = end === total;
    const full = inBurst === burst;
    if (dataSn >= from && dataSn < to) {
      const header = output.header();
      header[0] = 0x25;
      if (last || full) header[1] = FINAL;
      putU24(header, 5, length);
      putU32(header, 16, answer.tag);
      putU32(header, 20, NO_TAG);
      if (full && answer.transferTag !== NO_TAG) {
        header[1] = FINAL | ACKNOWLEDGE;
        header.set(answer.lun, 8);
        putU32(header, 20, answer.transferTag);
      }
      if (last && answer.collapsed) {
        header[1] = FINAL | STATUS_HERE | answer.flags;
        header[3] = answer.status;
        putU32(header, 24, port.takeStatSn());
        putU32(header, 44, answer.residual);
      }
      putU32(header, 28, port.expCmdSn);
      putU32(header, 32, port.maxCmdSn);
      putU32(header, 36, dataSn);
      putU32(header, 40, offset);
      while (at < end) {
        const chunk = chunks[index];
        if (chunk === undefined) break;
        const skip = Math.min(Math.max(offset - at, 0), chunk.length - within);
        const count = Math.min(end - at - skip, chunk.length - within - skip);
        if (count === chunk.length) output.data(chunk);
        else if (count > 0) output.data(chunk.subarray(within + skip, within + skip + count));
        at += skip + count;
        within += skip + count;
        if (within === chunk.length) {
          index++;
          within = 0;
        }
      }
      output.endData(length);
    }
    if (full) inBurst = 0;
    dataSn++;
    offset = end;
  }
  return dataSn;
}

/**
 * Where the Data-In PDU of a DataSN begins, in bytes; the end of the data for the one after the last.
 *
 * @returns undefined where the answer has no such PDU.
 */
export function offsetOf(answer: Answer, dataSn: number): number | undefined {
  const { total, segment, burst } = answer;
  let offset = answer.firstOffset;
  let inBurst = 0;
  let sn = answer.firstDataSn;
  for (; sn < dataSn && offset < total; sn++) {
    const length = Math.min(segment, burst - inBurst, total - offset);
    inBurst = inBurst + length === burst ? 0 : inBurst + length;
    offset += length;
  }
  return sn === dataSn ? offset : undefined;
}
