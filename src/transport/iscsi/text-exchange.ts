/** Text Requests in the full feature phase (RFC 7143, 11.10 and 11.11), SendTargets above all. */
import { REJECT_REASON } from './codes.ts';
import type { Connection } from './connection.ts';
import { keyDeclaration } from './keys.ts';
import { IRRELEVANT, NOT_UNDERSTOOD, parseKeyNumber, REJECTED } from './negotiation.ts';
import { decodePduAs } from './pdu.ts';
import type { TextRequestPdu } from './pdu-request.ts';
import { NO_TAG } from './pdu-spec.ts';
import type { PduFrame } from './pdu-spec.ts';
import { decodeText, encodeText, TextCollector } from './text.ts';
import type { TextPair } from './text.ts';

const EMPTY = new Uint8Array(0);
const NO_LUN = new Uint8Array(8);

/** The text exchange of one connection: one at a time, as RFC 7143 has it. */
export class TextExchange {
  readonly #connection: Connection;
  #request: TextCollector;
  /** What is left of an answer that is longer than a PDU of the initiator. */
  #rest: Uint8Array = EMPTY;
  /** The tag with which the initiator goes on; undefined: no exchange is under way. */
  #tag: number | undefined;
  #nextTag = 0;
  #rounds = 0;

  constructor(connection: Connection) {
    this.#connection = connection;
    this.#request = new TextCollector(connection.host.limits.maxTextBytes);
  }

  /** Takes a Text Request. */
  receive(frame: PduFrame): void {
    const pdu = decodePduAs('Text Request', frame);
    if (pdu.targetTransferTag === NO_TAG) this.#reset();
    else if (pdu.targetTransferTag !== this.#tag) {
      this.#connection.reject(frame, REJECT_REASON.INVALID_PDU_FIELD, 'unknown text tag');
      return;
    }
    if (pdu.continued && pdu.final) {
      this.#connection.reject(frame, REJECT_REASON.INVALID_PDU_FIELD, 'F and C together');
      return;
    }
    if (this.#rest.length > 0) {
      this.#answer(pdu);
      return;
    }
    if (++this.#rounds > this.#connection.host.limits.maxTextRounds) {
      this.#reset();
      this.#connection.reject(frame, REJECT_REASON.NEGOTIATION_RESET, 'too many text requests');
      return;
    }
    if (!this.#request.add(pdu.data)) {
      this.#reset();
      this.#connection.reject(frame, REJECT_REASON.PROTOCOL_ERROR, 'too much text');
      return;
    }
    if (!pdu.continued) {
      const pairs = decodeText(this.#request.take());
      if ('fault' in pairs) {
        this.#reset();
        this.#connection.reject(frame, REJECT_REASON.PROTOCOL_ERROR, pairs.fault);
        return;
      }
      this.#rest = encodeText(pairs.flatMap(([key, value]) => this.#reply(key, value)));
    }
    this.#answer(pdu);
  }

  #reset(): void {
    this.#request = new TextCollector(this.#connection.host.limits.maxTextBytes);
    this.#rest = EMPTY;
    this.#tag = undefined;
    this.#rounds = 0;
  }

  #answer(pdu: TextRequestPdu): void {
    const connection = this.#connection;
    const data = this.#rest.subarray(0, connection.maxSendDataSegmentLength);
    this.#rest = this.#rest.subarray(data.length);
    const continued = this.#rest.length > 0;
    // Without F from the initiator the exchange goes on: it may have more to ask.
    const final = pdu.final && !continued;
    if (final) this.#tag = undefined;
    else this.#tag ??= this.#nextTag++ % NO_TAG;
    connection.send(
      {
        kind: 'Text Response',
        final,
        continued,
        lun: NO_LUN,
        initiatorTaskTag: pdu.initiatorTaskTag,
        targetTransferTag: this.#tag ?? NO_TAG,
        data,
      },
      true,
    );
  }

  #reply(key: string, value: string): readonly TextPair[] {
    if (key === 'SendTargets')
      return this.#connection.host.sendTargets(value, this.#connection) ?? [[key, REJECTED]];
    const declaration = keyDeclaration(key);
    if (declaration === undefined) return [[key, NOT_UNDERSTOOD]];
    if (key === 'MaxRecvDataSegmentLength') return this.#resize(value);
    if (declaration.use !== 'any' || declaration.sender === 'target') return [[key, REJECTED]];
    return declaration.kind === 'declared text' ? [] : [[key, IRRELEVANT]];
  }

  /** The one parameter that may change in mid-session. */
  #resize(value: string): readonly TextPair[] {
    const length = parseKeyNumber(value);
    if (!(length >= 512 && length <= 0xff_ffff)) return [['MaxRecvDataSegmentLength', REJECTED]];
    const connection = this.#connection;
    connection.parameters = { ...connection.parameters, maxSendDataSegmentLength: length };
    return [];
  }
}
