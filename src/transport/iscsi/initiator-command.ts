/** How an initiator sends a SCSI command and its data (RFC 7143, 4.2.5). */
import { encodeLun } from '../../scsi/lun.ts';
import type { CommandOutcome } from '../initiator.ts';
import { encodeAhs } from './ahs.ts';
import type { IscsiError } from './initiator-error.ts';
import { CommandExchange } from './initiator-exchange.ts';
import type { InitiatorCommand } from './initiator-exchange.ts';
import type { InitiatorWire } from './initiator-wire.ts';
import type { OperationalParameters } from './negotiation.ts';
import { NO_TAG } from './pdu-spec.ts';

const EMPTY = new Uint8Array(0);
const ATTRIBUTES = { simple: 1, ordered: 2, 'head of queue': 3, aca: 4 } as const;

/** Sends a SCSI command and its unsolicited data, and gives its tag; R2Ts are answered as they come. */
export function sendCommand(
  wire: InitiatorWire,
  parameters: OperationalParameters,
  command: InitiatorCommand,
  resolve: (result: CommandOutcome) => void,
  reject: (error: IscsiError) => void,
): number {
  const out = command.dataOut ?? EMPTY;
  const inLength = command.dataInLength ?? 0;
  const first = Math.min(parameters.firstBurstLength, out.length);
  const immediate = parameters.immediateData
    ? Math.min(first, parameters.maxSendDataSegmentLength)
    : 0;
  const unsolicited = parameters.initialR2T ? immediate : first;
  const most = parameters.maxSendDataSegmentLength;
  const lun = encodeLun(command.lun);
  const cdb = new Uint8Array(16);
  cdb.set(command.cdb.subarray(0, 16));
  const tag = wire.open(
    new CommandExchange(
      command,
      (transferTag, offset, length) =>
        sendData(wire, most, lun, tag, transferTag, out.subarray(offset, offset + length), offset),
      resolve,
      reject,
    ),
  );
  wire.send({
    kind: 'SCSI Command',
    immediate: false,
    final: unsolicited === immediate,
    read: inLength > 0,
    write: out.length > 0,
    attribute: ATTRIBUTES[command.attribute ?? 'simple'],
    priority: command.priority ?? 0,
    lun,
    initiatorTaskTag: tag,
    expectedLength: out.length > 0 ? out.length : inLength,
    cmdSn: wire.takeCmdSn(),
    expStatSn: wire.expStatSn,
    cdb,
    ahs: encodeAhs({
      ...(command.cdb.length > 16 ? { extendedCdb: command.cdb.subarray(16) } : {}),
      ...(out.length > 0 && inLength > 0 ? { readLength: inLength } : {}),
    }),
    data: out.subarray(0, immediate),
  });
  if (unsolicited > immediate)
    sendData(wire, most, lun, tag, NO_TAG, out.subarray(immediate, unsolicited), immediate);
  return tag;
}

/** Sends a sequence of Data-Out. */
function sendData(
  wire: InitiatorWire,
  most: number,
  lun: Uint8Array,
  tag: number,
  transferTag: number,
  data: Uint8Array,
  at: number,
): void {
  let dataSn = 0;
  for (let sent = 0; sent < data.length; sent += most) {
    const piece = data.subarray(sent, sent + most);
    wire.send({
      kind: 'SCSI Data-Out',
      final: sent + piece.length === data.length,
      lun,
      initiatorTaskTag: tag,
      targetTransferTag: transferTag,
      expStatSn: wire.expStatSn,
      dataSn: dataSn++,
      bufferOffset: at + sent,
      data: piece,
    });
  }
}
