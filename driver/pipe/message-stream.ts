/** Messages out of a stream of bytes: every header says how much data follows it. */
import { decodeRequest, requestDataLength, RESPONSE_LENGTH } from '../protocol/transact.ts';
import type { MessageLimits } from './listener.ts';

/** Cuts what a client sends into messages. */
export class MessageStream {
  readonly #limits: MessageLimits;
  readonly #onMessage: (message: Uint8Array) => void;
  /** The message that is not all here; its header at least is being gathered. */
  #message = new Uint8Array(RESPONSE_LENGTH);
  #filled = 0;

  constructor(limits: MessageLimits, onMessage: (message: Uint8Array) => void) {
    this.#limits = limits;
    this.#onMessage = onMessage;
  }

  /**
   * Takes what came.
   *
   * @returns false: a message is longer than the unit takes, and where the next one begins is not
   * known. On a pipe of messages reading it would fail.
   */
  push(chunk: Uint8Array): boolean {
    let at = 0;
    while (at < chunk.length) {
      const piece = chunk.subarray(at, at + this.#message.length - this.#filled);
      this.#message.set(piece, this.#filled);
      this.#filled += piece.length;
      at += piece.length;
      if (this.#filled < this.#message.length) return true;
      if (this.#filled === RESPONSE_LENGTH) {
        const { blockLength, maxTransferLength } = this.#limits;
        const length = requestDataLength(decodeRequest(this.#message), blockLength);
        if (length > maxTransferLength) return false;
        if (length > 0) {
          const whole = new Uint8Array(RESPONSE_LENGTH + length);
          whole.set(this.#message);
          this.#message = whole;
          continue;
        }
      }
      const message = this.#message;
      this.#message = new Uint8Array(RESPONSE_LENGTH);
      this.#filled = 0;
      this.#onMessage(message);
    }
    return true;
  }
}
