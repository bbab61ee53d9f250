/** Turns the target's answer to a command into Data-In and SCSI Response PDUs (RFC 7143, 11.4, 11.7). */
import { putU16, putU24, putU32, totalLength } from '../../bytes.ts';
import { STATUS } from '../../scsi/status.ts';
import type { Response } from '../../scsi/task.ts';
import type { Command } from './command.ts';
import type { DataFault } from './data-out.ts';
import type { OutputQueue } from './output.ts';
import { NO_TAG } from './pdu-spec.ts';

/** What answers need of their connection. */
export interface ResponsePort {
  /** Where PDUs go. */
  readonly output: OutputQueue;
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
}

const FINAL = 0x80;
const OVERFLOW = 0x04;
const UNDERFLOW = 0x02;
const STATUS_HERE = 0x01;
const READ_OVERFLOW = 0x10;
const READ_UNDERFLOW = 0x08;

/**
 * Sends the answer to a command; its data is released when it has left.
 *
 * @returns the bytes of data-in that are sent.
 */
export function sendScsiResponse(port: ResponsePort, command: Command, response: Response): number {
  const available = totalLength(response.dataIn);
  const sent = Math.min(available, command.expectedIn);
  const bidirectional = command.read && command.write;
  // One direction: overflow or underflow of that; none named: whatever the command wanted to move.
  const moved = bidirectional || command.write ? response.dataOutLength : available;
  const wanted =
    command.write || command.read ? moved : Math.max(available, response.dataOutLength);
  const expected = command.write ? command.dataOutLength : command.expectedIn;
  const residual = Math.abs(wanted - expected);
  const flags = wanted > expected ? OVERFLOW : wanted < expected ? UNDERFLOW : 0;
  const good = response.status === STATUS.GOOD || response.status === STATUS.CONDITION_MET;
  const collapse = good && !command.write && sent > 0;
  let dataSn = 0;
  if (sent > 0)
    dataSn = sendData(port, command.tag, response.dataIn, sent, {
      flags: collapse ? flags | STATUS_HERE : 0,
      status: collapse ? response.status : 0,
      residual: collapse ? residual : 0,
    });
  if (!collapse) {
    const header = port.output.header();
    header[0] = 0x21;
    header[1] = FINAL | flags;
    header[3] = response.status;
    putU32(header, 16, command.tag);
    putU32(header, 24, port.takeStatSn());
    putU32(header, 28, port.expCmdSn);
    putU32(header, 32, port.maxCmdSn);
    putU32(header, 36, dataSn + (command.data?.r2tCount ?? 0));
    putU32(header, 44, residual);
    if (bidirectional) {
      const rest = available - command.expectedIn;
      header[1] |= rest > 0 ? READ_OVERFLOW : rest < 0 ? READ_UNDERFLOW : 0;
      putU32(header, 40, Math.abs(rest));
    }
    if (response.sense !== undefined) sendSense(port.output, header, response.sense);
  }
  if (response.release !== undefined) port.output.onceGone(() => response.release?.());
  return sent;
}

/** Ends a command whose data went wrong: CHECK CONDITION, ABORTED COMMAND. */
export function sendDataFault(port: ResponsePort, command: Command, fault: DataFault): void {
  const sense = new Uint8Array(18);
  sense[0] = 0x70; // current, fixed format
  sense[2] = 0x0b; // ABORTED COMMAND
  sense[7] = 10; // ADDITIONAL SENSE LENGTH
  putU16(sense, 12, fault);
  sendScsiResponse(port, command, {
    status: STATUS.CHECK_CONDITION,
    dataIn: [],
    dataOutLength: 0,
    sense,
  });
}

function sendSense(output: OutputQueue, header: Uint8Array, sense: Uint8Array): void {
  const length = new Uint8Array(2);
  putU16(length, 0, sense.length);
  putU24(header, 5, 2 + sense.length);
  output.data(length);
  output.data(sense);
  output.endData(2 + sense.length);
}

interface LastOfAll {
  readonly flags: number;
  readonly status: number;
  readonly residual: number;
}

/** Sends the first `total` bytes of `chunks` and gives the number of PDUs that it took. */
function sendData(
  port: ResponsePort,
  tag: number,
  chunks: readonly Uint8Array[],
  total: number,
  last: LastOfAll,
): number {
  const { output, maxSendDataSegmentLength, maxBurstLength } = port;
  let offset = 0;
  let burst = 0;
  let dataSn = 0;
  let index = 0;
  let within = 0;
  while (offset < total) {
    const length = Math.min(maxSendDataSegmentLength, maxBurstLength - burst, total - offset);
    const end = offset + length;
    const header = output.header();
    header[0] = 0x25;
    burst += length;
    if (end === total || burst === maxBurstLength) {
      header[1] = FINAL;
      burst = 0;
    }
    putU24(header, 5, length);
    putU32(header, 16, tag);
    putU32(header, 20, NO_TAG);
    if (end === total && (last.flags & STATUS_HERE) !== 0) {
      header[1] = FINAL | last.flags;
      header[3] = last.status;
      putU32(header, 24, port.takeStatSn());
      putU32(header, 44, last.residual);
    }
    putU32(header, 28, port.expCmdSn);
    putU32(header, 32, port.maxCmdSn);
    putU32(header, 36, dataSn++);
    putU32(header, 40, offset);
    for (let left = length; left > 0;) {
      const chunk = chunks[index];
      if (chunk === undefined) break;
      const count = Math.min(left, chunk.length - within);
      if (count === chunk.length) output.data(chunk);
      else if (count > 0) output.data(chunk.subarray(within, within + count));
      left -= count;
      within += count;
      if (within === chunk.length) {
        index++;
        within = 0;
      }
    }
    output.endData(length);
    offset = end;
  }
  return dataSn;
}
