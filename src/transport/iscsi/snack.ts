/** SNACK Requests (RFC 7143, 11.16): what the initiator has not got is sent again. */
import { REJECT_REASON, SNACK } from './codes.ts';
import type { Connection } from './connection.ts';
import { decodePduAs } from './pdu.ts';
import type { SnackRequestPdu } from './pdu-request.ts';
import { NO_TAG } from './pdu-spec.ts';
import type { PduFrame } from './pdu-spec.ts';
import type { Recovery, Resent } from './recovery.ts';
import type { Session } from './session.ts';

/** Serves a SNACK Request. */
export function serveSnack(connection: Connection, session: Session, frame: PduFrame): void {
  const { recovery } = connection;
  if (recovery === undefined) {
    connection.reject(frame, REJECT_REASON.SNACK_REJECT, 'SNACK at error recovery level 0');
    return;
  }
  const pdu = decodePduAs('SNACK Request', frame);
  if (pdu.type === SNACK.DATA_ACK) {
    const { targetTransferTag, begRun, runLength } = pdu;
    if (runLength !== 0 || !recovery.acknowledgeData(targetTransferTag, begRun))
      connection.reject(frame, REJECT_REASON.INVALID_DATA_ACK, 'DataACK of what was not sent');
    return;
  }
  const { result, next = 0 } = resend(recovery, session, pdu);
  if (result === 'unknown')
    connection.reject(frame, REJECT_REASON.PROTOCOL_ERROR, 'SNACK for what was not sent', next);
  else if (result === 'gone')
    connection.reject(frame, REJECT_REASON.SNACK_REJECT, 'SNACK for what is not kept');
}

interface Outcome {
  readonly result: Resent;
  /** The number that the next Data-In or R2T of the task will have. */
  readonly next?: number;
}

function resend(recovery: Recovery, session: Session, pdu: SnackRequestPdu): Outcome {
  const { type, initiatorTaskTag, targetTransferTag, begRun, runLength } = pdu;
  if (type === SNACK.STATUS)
    return {
      result: initiatorTaskTag === NO_TAG ? recovery.resendStatus(begRun, runLength) : 'unknown',
    };
  const command = session.tasks.get(initiatorTaskTag);
  const answered = recovery.answerOf(initiatorTaskTag);
  if (type === SNACK.R_DATA) {
    if (begRun !== 0 || runLength !== 0) return { result: 'unknown' };
    if (answered !== undefined)
      return {
        result: recovery.resendAll(answered, targetTransferTag),
        next: answered.answer.expDataSn,
      };
    // Nothing was sent yet: only the answer has to bring the tag.
    if (command !== undefined) command.snackTag = targetTransferTag;
    return { result: command === undefined ? 'unknown' : 'sent' };
  }
  if (type !== SNACK.DATA_OR_R2T) return { result: 'unknown' };
  if (answered !== undefined)
    return {
      result: recovery.resendData(answered, begRun, runLength),
      next: answered.answer.expDataSn,
    };
  const next = command?.data?.r2tCount ?? 0;
  return {
    result: command?.data?.resendR2T(begRun, runLength) === true ? 'sent' : 'unknown',
    next,
  };
}
