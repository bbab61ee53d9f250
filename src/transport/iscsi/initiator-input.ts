/** The incoming side of an initiator's connection: bytes become PDUs of a target. */
import type { OnReadOpts } from 'node:net';
import type { Digests } from './digest.ts';
import { IscsiError } from './initiator-error.ts';
import { decodePdu } from './pdu.ts';
import type { Pdu } from './pdu.ts';
import { PduParser } from './pdu-parser.ts';
import type { PduFault } from './pdu-parser.ts';
import type { PduFrame } from './pdu-spec.ts';
import { onReadOf } from './read-into.ts';
import { ReceiveMemory } from './receive-memory.ts';

/** A PDU that a target sends. */
export type TargetPdu = Extract<Pdu, { readonly statSn: number }>;

/** The MaxRecvDataSegmentLength that the initiator declares, in bytes. */
export const MAX_RECV_DATA_SEGMENT_LENGTH = 262_144;

/** Who takes the PDUs. */
export interface InitiatorInputPort {
  /** Takes a PDU, and copies its data-in, whose memory is used again; false: takes no more of them. */
  take(pdu: TargetPdu): boolean;
  /** What came is no PDU of a target, or a damaged one. */
  unreadable(error: IscsiError): void;
}

/** For all connections: what one reads is taken before another one reads. */
let sharedMemory: ReceiveMemory | undefined;

/** Reads a socket, and gives the PDUs away as they come. */
export class InitiatorInput {
  readonly #port: InitiatorInputPort;
  readonly #memory: ReceiveMemory;
  readonly #parser: PduParser;
  /** What the socket has to be connected with. */
  readonly onread: OnReadOpts;

  constructor(port: InitiatorInputPort) {
    this.#port = port;
    this.#memory = sharedMemory ??= new ReceiveMemory();
    const limits = { maxDataSegmentLength: MAX_RECV_DATA_SEGMENT_LENGTH };
    this.#parser = new PduParser(limits, this.#memory);
    this.onread = onReadOf({
      place: () => this.#parser.place ?? this.#memory.scratch,
      read: (place, count) => this.#read(place, count),
    });
  }

  /** From the next PDU on they carry digests. */
  useDigests(digests: Digests): void {
    this.#parser.configure({ digests });
  }

  #read(place: Uint8Array, count: number): void {
    const { scratch } = this.#memory;
    if (place === scratch) this.#parser.lend(scratch.subarray(0, count));
    else this.#parser.filled(count);
    this.#pump();
    this.#parser.keep();
  }

  #pump(): void {
    for (;;) {
      const frame = this.#parser.next();
      if (frame === undefined) return;
      const error = errorIn(frame);
      const pdu = 'fault' in frame || error !== undefined ? undefined : decodePdu(frame);
      if (pdu === undefined || !('statSn' in pdu)) {
        this.#port.unreadable(
          error ?? new IscsiError('ISCSI_PROTOCOL', 'the target sent no PDU of a target'),
        );
        return;
      }
      if (!this.#port.take(pdu)) return;
      if (pdu.kind === 'SCSI Data-In') this.#memory.giveBack(pdu.data);
    }
  }
}

function errorIn(frame: PduFrame | PduFault): IscsiError | undefined {
  if ('fault' in frame)
    return new IscsiError(
      frame.header === undefined ? 'ISCSI_DIGEST' : 'ISCSI_PROTOCOL',
      frame.fault,
    );
  if (frame.dataDigestError === true) return new IscsiError('ISCSI_DIGEST', 'data digest error');
  return undefined;
}
