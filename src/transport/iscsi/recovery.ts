/**
 * What a target keeps of what it has sent, so that an initiator can ask for it again (RFC 7143, 7.1 and
 * 11.16): statuses until ExpStatSN acknowledges them, and their data within a limit.
 */
import { putU32 } from '../../bytes.ts';
import type { ByteBudget } from './byte-budget.ts';
import type { Connection } from './connection.ts';
import { NO_TAG } from './pdu-spec.ts';
import { offsetOf, sendDataIn, sendStatus } from './scsi-response.ts';
import type { Answer } from './scsi-response.ts';
import { compareSn } from './session.ts';

/** What became of a wish to have something sent again. */
export type Resent =
  /** It is on its way. */
  | 'sent'
  /** It was never sent, or was acknowledged. */
  | 'unknown'
  /** It was not kept. */
  | 'gone';

/** A PDU with a status of its own that is no SCSI Response. */
interface KeptPdu {
  readonly header: Uint8Array;
  readonly data: Uint8Array;
}

/** An answer to a command. */
export interface KeptAnswer {
  /** What was sent. */
  readonly answer: Answer;
  /** Gives its data back. */
  readonly release: (() => void) | undefined;
  /** The number of the first Data-In PDU that has not been acknowledged. */
  acknowledged: number;
  /** How many may still need the data: this list, and the output as often as the data is in it. */
  holds: number;
  /** Whether the data can be sent again. */
  kept: boolean;
}

/** What one connection can send again. */
export class Recovery {
  readonly #connection: Connection;
  /** By StatSN, in its order. */
  readonly #kept = new Map<number, KeptPdu | KeptAnswer>();
  readonly #answers = new Map<number, KeptAnswer>();
  readonly #byTransferTag = new Map<number, KeptAnswer>();
  /** Counts data that is kept. */
  readonly #budget: ByteBudget;

  constructor(connection: Connection, budget: ByteBudget) {
    this.#connection = connection;
    this.#budget = budget;
  }

  /** Keeps a PDU that has a StatSN. */
  keepPdu(statSn: number, header: Uint8Array, data: Uint8Array): void {
    // Data that came with the request lies in a chunk of the socket, which must not be kept for it.
    this.#budget.add(data.length);
    this.#keep(statSn, { header: header.slice(), data: data.slice() });
  }

  /** Keeps an answer whose Data-In, if it has any, is in the output. */
  keepAnswer(statSn: number, answer: Answer, release: (() => void) | undefined): void {
    const entry: KeptAnswer = {
      answer,
      release,
      acknowledged: answer.firstDataSn,
      holds: 1,
      kept: true,
    };
    this.#hold(entry);
    this.#budget.add(answer.total);
    this.#answers.set(answer.tag, entry);
    if (answer.transferTag !== NO_TAG) this.#byTransferTag.set(answer.transferTag, entry);
    this.#keep(statSn, entry);
  }

  /** The initiator has everything before `expStatSn`. */
  acknowledge(expStatSn: number): void {
    if (compareSn(expStatSn, this.#connection.nextStatSn) > 0) return;
    for (const [statSn, entry] of this.#kept) {
      if (compareSn(statSn, expStatSn) >= 0) return;
      this.#forget(statSn, entry);
    }
  }

  /** Status SNACK: sends `count` statuses again from `statSn` on; 0: all to the last. */
  resendStatus(statSn: number, count: number): Resent {
    const { nextStatSn } = this.#connection;
    if (count === 0 && statSn === 0) {
      for (const [sn, entry] of this.#kept) this.#resend(sn, entry);
      return 'sent';
    }
    const [oldest = nextStatSn] = this.#kept.keys();
    if (compareSn(statSn, oldest) < 0 || compareSn(statSn, nextStatSn) >= 0) return 'unknown';
    // A run may be longer than half of all numbers, so that its end seems to lie before it.
    const sent = (nextStatSn - statSn) >>> 0;
    if (count > sent) return 'unknown';
    let result: Resent = 'sent';
    const end = (statSn + (count === 0 ? sent : count)) >>> 0;
    for (let sn = statSn; sn !== end; sn = (sn + 1) >>> 0) {
      const entry = this.#kept.get(sn);
      if (entry === undefined) result = 'gone';
      else this.#resend(sn, entry);
    }
    return result;
  }

  /** The answer to a command that has not been acknowledged. */
  answerOf(tag: number): KeptAnswer | undefined {
    return this.#answers.get(tag);
  }

  /** Data SNACK: sends `count` Data-In PDUs again from `dataSn` on; 0: all to the last. */
  resendData(entry: KeptAnswer, dataSn: number, count: number): Resent {
    const { answer, acknowledged } = entry;
    const from = dataSn === 0 && count === 0 ? acknowledged : dataSn;
    const to = count === 0 ? answer.expDataSn : from + count;
    if (from < acknowledged || from >= to || to > answer.expDataSn) return 'unknown';
    // PDUs of the old length are too long by now: the initiator has to ask by R-Data SNACK.
    const tooLong = answer.segment > this.#connection.maxSendDataSegmentLength;
    if (!entry.kept || tooLong) return 'gone';
    sendDataIn(this.#connection, answer, from, to);
    this.#hold(entry);
    return 'sent';
  }

  /** R-Data SNACK: sends all data that is not acknowledged anew, in PDUs that fit now, and the status. */
  resendAll(entry: KeptAnswer, snackTag: number): Resent {
    const { answer } = entry;
    if (!entry.kept) return 'gone';
    answer.firstOffset = offsetOf(answer, entry.acknowledged) ?? answer.total;
    answer.firstDataSn = entry.acknowledged;
    answer.segment = this.#connection.maxSendDataSegmentLength;
    answer.snackTag = snackTag;
    answer.expDataSn = sendDataIn(this.#connection, answer);
    this.#hold(entry);
    for (const [statSn, other] of this.#kept)
      if (other === entry) sendStatus(this.#connection, answer, statSn);
    return 'sent';
  }

  /** DataACK: the initiator has the data before `dataSn`. False: it cannot have. */
  acknowledgeData(transferTag: number, dataSn: number): boolean {
    const entry = this.#byTransferTag.get(transferTag);
    if (entry === undefined) return false;
    if (dataSn < entry.acknowledged || dataSn > entry.answer.expDataSn) return false;
    entry.acknowledged = dataSn;
    if (dataSn === entry.answer.expDataSn) this.#forgetData(entry);
    return true;
  }

  /** Gives away the answer to a command; gives what the taker has to call to release its data. */
  take(entry: KeptAnswer): (() => void) | undefined {
    for (const [statSn, other] of this.#kept) if (other === entry) this.#kept.delete(statSn);
    const release = entry.kept ? entry.release : undefined;
    entry.holds++;
    this.#drop(entry);
    return release;
  }

  /** Sends an answer of another connection, without what the initiator has before `expDataSn`. */
  adopt(
    { answer, acknowledged }: KeptAnswer,
    expDataSn: number,
    release: (() => void) | undefined,
  ): void {
    const connection = this.#connection;
    const from = Math.max(expDataSn, answer.firstDataSn, acknowledged);
    answer.firstOffset = offsetOf(answer, from) ?? answer.total;
    answer.firstDataSn = from;
    answer.segment = connection.maxSendDataSegmentLength;
    answer.snackTag = 0;
    if (answer.transferTag !== NO_TAG) answer.transferTag = connection.takeTransferTag();
    answer.expDataSn = sendDataIn(connection, answer);
    const statSn = connection.takeStatSn();
    this.keepAnswer(statSn, answer, release);
    sendStatus(connection, answer, statSn);
    connection.flushSoon();
  }

  /** The connection has ended. */
  close(): void {
    for (const [statSn, entry] of this.#kept) this.#forget(statSn, entry);
  }

  #keep(statSn: number, entry: KeptPdu | KeptAnswer): void {
    this.#kept.set(statSn, entry);
    const { commandWindow, maxImmediateCommands } = this.#connection.host.limits;
    // An initiator that acknowledges nothing can ask for so much and no more.
    const most = 2 * (commandWindow + maxImmediateCommands);
    for (const [oldest, old] of this.#kept) {
      const tooMany = this.#kept.size > most;
      if (!tooMany && this.#budget.open) return;
      if (tooMany) this.#forget(oldest, old);
      else if ('answer' in old) this.#forgetData(old);
      else if (old.data.length > 0) this.#forget(oldest, old);
    }
  }

  #forget(statSn: number, entry: KeptPdu | KeptAnswer): void {
    this.#kept.delete(statSn);
    if ('answer' in entry) this.#drop(entry);
    else this.#budget.remove(entry.data.length);
  }

  #resend(statSn: number, entry: KeptPdu | KeptAnswer): void {
    const connection = this.#connection;
    if ('answer' in entry) {
      sendStatus(connection, entry.answer, statSn);
      return;
    }
    const header = connection.output.header();
    header.set(entry.header);
    putU32(header, 28, connection.expCmdSn);
    putU32(header, 32, connection.maxCmdSn);
    if (entry.data.length === 0) return;
    connection.output.data(entry.data);
    connection.output.endData(entry.data.length);
  }

  /** The output needs the data until it has left. */
  #hold(entry: KeptAnswer): void {
    if (entry.release === undefined) return;
    entry.holds++;
    this.#connection.output.onceGone(() => letGo(entry));
  }

  #forgetData(entry: KeptAnswer): void {
    if (!entry.kept || entry.answer.total === 0) return;
    entry.kept = false;
    this.#budget.remove(entry.answer.total);
    letGo(entry);
  }

  #drop(entry: KeptAnswer): void {
    const { tag, transferTag } = entry.answer;
    if (this.#answers.get(tag) === entry) this.#answers.delete(tag);
    this.#byTransferTag.delete(transferTag);
    if (!entry.kept) return;
    entry.kept = false;
    this.#budget.remove(entry.answer.total);
    letGo(entry);
  }
}

/** Whether all can be sent again that the initiator may not have. */
export function canResend({ kept, acknowledged, answer }: KeptAnswer): boolean {
  return kept || acknowledged === answer.expDataSn;
}

function letGo(entry: KeptAnswer): void {
  entry.holds--;
  if (entry.holds === 0) entry.release?.();
}
