/** What an initiator waits for: one object for each task tag that is under way. */
import type { IscsiError } from './initiator-error.ts';
import type { Pdu } from './pdu.ts';

/** How a command ended at the target. */
export interface InitiatorResult {
  /** SCSI status. */
  readonly status: number;
  /** The data-in that came. */
  readonly dataIn: Uint8Array;
  /** Sense data, with CHECK CONDITION. */
  readonly sense?: Uint8Array;
  /** Bytes expected but not moved (underflow); negative: bytes that the command moved beyond (overflow). */
  readonly residual: number;
}

/** A SCSI command for {@link IscsiInitiator.execute}. */
export interface InitiatorCommand {
  /** Logical unit number, 0 to 16 383. */
  readonly lun: number;
  /** Command descriptor block, up to 260 bytes. */
  readonly cdb: Uint8Array;
  /** Data-out. */
  readonly dataOut?: Uint8Array;
  /** Bytes of data-in expected; default 0. */
  readonly dataInLength?: number;
  /** Task attribute; default simple. */
  readonly attribute?: 'simple' | 'ordered' | 'head of queue' | 'aca';
  /** Task priority, 1 (first) to 15, for targets with iSCSIProtocolLevel 2; default 0: none. */
  readonly priority?: number;
}

/** Something under way. */
export interface Exchange {
  /** Takes a PDU with the tag of this exchange; true when it is over. */
  receive(pdu: Pdu): boolean;
  /** It will never be answered. */
  fail(error: IscsiError): void;
}

/** Gathers the answer to a SCSI command. */
export class CommandExchange implements Exchange {
  readonly #data: Uint8Array;
  readonly #onR2T: (tag: number, offset: number, length: number) => void;
  readonly #resolve: (result: InitiatorResult) => void;
  readonly #reject: (error: IscsiError) => void;
  #received = 0;

  constructor(
    command: InitiatorCommand,
    onR2T: (tag: number, offset: number, length: number) => void,
    resolve: (result: InitiatorResult) => void,
    reject: (error: IscsiError) => void,
  ) {
    this.#data = new Uint8Array(command.dataInLength ?? 0);
    this.#onR2T = onR2T;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  receive(pdu: Pdu): boolean {
    switch (pdu.kind) {
      case 'SCSI Data-In':
        return this.#dataIn(pdu);
      case 'R2T':
        this.#onR2T(pdu.targetTransferTag, pdu.bufferOffset, pdu.desiredLength);
        return false;
      case 'SCSI Response': {
        const senseLength = ((pdu.data[0] ?? 0) << 8) | (pdu.data[1] ?? 0);
        this.#resolve({
          status: pdu.status,
          dataIn: this.#data.subarray(0, this.#received),
          // The PDU is a view of what the socket gave; sense is small and may be kept for long.
          ...(senseLength > 0 ? { sense: pdu.data.slice(2, 2 + senseLength) } : {}),
          residual: residualOf(pdu),
        });
        return true;
      }
      default:
        return false;
    }
  }

  fail(error: IscsiError): void {
    this.#reject(error);
  }

  #dataIn(pdu: Extract<Pdu, { readonly kind: 'SCSI Data-In' }>): boolean {
    const end = pdu.bufferOffset + pdu.data.length;
    if (end <= this.#data.length) {
      this.#data.set(pdu.data, pdu.bufferOffset);
      this.#received = Math.max(this.#received, end);
    }
    if (!pdu.hasStatus) return false;
    const dataIn = this.#data.subarray(0, this.#received);
    this.#resolve({ status: pdu.status, dataIn, residual: residualOf(pdu) });
    return true;
  }
}

function residualOf(pdu: {
  readonly overflow: boolean;
  readonly underflow: boolean;
  readonly residual: number;
}): number {
  if (pdu.overflow) return -pdu.residual;
  return pdu.underflow ? pdu.residual : 0;
}
