/** What an initiator waits for: one object for each task tag that is under way. */
import type { CommandOutcome, InitiatorCommand as AnyCommand } from '../initiator.ts';
import { IscsiError } from './initiator-error.ts';
import type { Pdu } from './pdu.ts';
import type { DataInPdu, R2TPdu, ScsiResponsePdu } from './pdu-response.ts';

/** A SCSI command for {@link IscsiInitiator.execute}; its CDB has up to 260 bytes. */
export interface InitiatorCommand extends AnyCommand {
  /** Task attribute; default simple. */
  readonly attribute?: 'simple' | 'ordered' | 'head of queue' | 'aca';
  /** Task priority, 1 (first) to 15, for targets with iSCSIProtocolLevel 2; default 0: none. */
  readonly priority?: number;
  /** Ends the command: by ABORT TASK where the target has it already. */
  readonly signal?: AbortSignal;
  /**
   * Whether the command is sent again after its connection was lost, with `reconnect`; default: what
   * `reconnect.retry` says.
   */
  readonly retry?: boolean;
}

/** Something under way. */
export interface Exchange {
  /**
   * Takes a PDU with the tag of this exchange; true when it is over.
   *
   * @throws IscsiError - the PDU breaks the protocol; the connection is cut then.
   */
  receive(pdu: Pdu): boolean;
  /** It will never be answered. */
  fail(error: IscsiError): void;
}

/** Gathers the answer to a SCSI command. */
export class CommandExchange implements Exchange {
  readonly #outLength: number;
  readonly #data: Uint8Array;
  readonly #onR2T: (tag: number, offset: number, length: number) => void;
  readonly #resolve: (result: CommandOutcome) => void;
  readonly #reject: (error: IscsiError) => void;
  /** Bytes that came, and the end of the last of them: equal where there is no hole. */
  #received = 0;
  #end = 0;
  /** Data-In and R2T of a command are numbered together. */
  #dataSn = 0;

  constructor(
    command: InitiatorCommand,
    onR2T: (tag: number, offset: number, length: number) => void,
    resolve: (result: CommandOutcome) => void,
    reject: (error: IscsiError) => void,
  ) {
    this.#outLength = command.dataOut?.length ?? 0;
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
        return this.#r2t(pdu);
      case 'SCSI Response':
        this.#response(pdu);
        return true;
      default:
        throw broken(`${pdu.kind} for a SCSI command`);
    }
  }

  fail(error: IscsiError): void {
    this.#reject(error);
  }

  #response(pdu: ScsiResponsePdu): void {
    if (pdu.response !== COMPLETED) {
      const what = `the target failed with response ${pdu.response}`;
      this.#reject(new IscsiError('ISCSI_TARGET_FAILURE', what));
      return;
    }
    const senseLength = ((pdu.data[0] ?? 0) << 8) | (pdu.data[1] ?? 0);
    // The PDU is a view of what the socket gave; sense is small and may be kept for long.
    this.#finish(pdu, senseLength > 0 ? { sense: pdu.data.slice(2, 2 + senseLength) } : {});
  }

  #dataIn(pdu: DataInPdu): boolean {
    this.#count(pdu.dataSn);
    const end = pdu.bufferOffset + pdu.data.length;
    if (end > this.#data.length) throw broken('data-in beyond what was asked for');
    this.#data.set(pdu.data, pdu.bufferOffset);
    this.#received += pdu.data.length;
    this.#end = Math.max(this.#end, end);
    if (pdu.hasStatus) this.#finish(pdu, {});
    return pdu.hasStatus;
  }

  #r2t(pdu: R2TPdu): false {
    this.#count(pdu.r2tSn);
    const { bufferOffset, desiredLength } = pdu;
    if (desiredLength === 0 || bufferOffset + desiredLength > this.#outLength)
      throw broken('R2T for data that the command does not have');
    this.#onR2T(pdu.targetTransferTag, bufferOffset, desiredLength);
    return false;
  }

  #count(sn: number): void {
    if (sn !== this.#dataSn) throw broken(`DataSN ${sn} came where ${this.#dataSn} was expected`);
    this.#dataSn++;
  }

  #finish(pdu: ScsiResponsePdu | DataInPdu, sense: { readonly sense?: Uint8Array }): void {
    if (this.#received !== this.#end) throw broken('data-in with a hole, or twice');
    const dataIn = this.#data.subarray(0, this.#end);
    this.#resolve({ status: pdu.status, dataIn, ...sense, residual: residualOf(pdu) });
  }
}

/** Response code of a command that the target carried out, well or not (11.4.3). */
const COMPLETED = 0;

function broken(message: string): IscsiError {
  return new IscsiError('ISCSI_PROTOCOL', message);
}

function residualOf(pdu: ScsiResponsePdu | DataInPdu): number {
  if (pdu.overflow) return -pdu.residual;
  return pdu.underflow ? pdu.residual : 0;
}
