/**
 * A small initiator with error recovery whose network damages, loses and repeats PDUs and is cut: a model of
 * RFC 7143, 7.1, 7.2 and 7.8, written apart from src.
 */
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { crc32c } from '../../../src/transport/iscsi/crc32c.ts';
import { decodePdu, encodePdu } from '../../../src/transport/iscsi/pdu.ts';
import type { Pdu } from '../../../src/transport/iscsi/pdu.ts';
import { PduParser } from '../../../src/transport/iscsi/pdu-parser.ts';
import { encodeText } from '../../../src/transport/iscsi/text.ts';
import { BLOCK } from './fake-target.ts';
import { cdb10, INITIATOR, IQN, LUN0, NO_TAG, takesStatSn, withDigests } from './raw-client.ts';

type Of<K extends Pdu['kind']> = Extract<Pdu, { readonly kind: K }>;
type Status = Extract<Pdu, { readonly statSn: number }>;

/** What becomes of a PDU. */
export type Fate = 'arrives' | 'header damaged' | 'data damaged' | 'comes twice' | 'cut';

export interface Operation {
  readonly lba: number;
  readonly blocks: number;
  /** What is written; absent: it is a read. */
  readonly data?: Uint8Array;
  /** Bytes that go with the command, and whether those up to 4 KiB follow without an R2T. */
  readonly immediate?: number;
  readonly unsolicited?: boolean;
}

interface Running {
  readonly operation: Operation;
  readonly command: Of<'SCSI Command'>;
  readonly parts: Map<number, Of<'SCSI Data-In'>>;
  readonly r2ts: Set<number>;
  readonly done: (read: Uint8Array) => void;
  readonly failed: (error: Error) => void;
}

/** Most bytes of a Data-Out PDU, and of a Data-In PDU. */
const SEGMENT = 1024;
const FIRST_BURST = 4096;
/** Milliseconds after which what has not come is looked for. */
const PATIENCE = 10;

export class LossyInitiator {
  readonly #port: number;
  readonly #level: 1 | 2;
  #socket: Socket;
  #parser = new PduParser({ maxDataSegmentLength: 0xff_ffff });
  /** Tasks of the connection that was cut, by the tag with which they are asked to be reassigned. */
  readonly #reassigned = new Map<number, Running>();
  #tsih = 0;
  #closed = false;
  readonly #fate: () => Fate;
  readonly #running = new Map<number, Running>();
  /** Statuses that are there and not in their turn yet. */
  readonly #statuses = new Map<number, Status>();
  readonly #opened: Promise<void>;
  #open: (() => void) | undefined;
  #timer: ReturnType<typeof setInterval> | undefined;
  #loggedIn = false;
  #skippedOne = false;
  #cmdSn = 1;
  #expCmdSn = 1;
  #expStatSn = 0;
  #tag = 1;

  constructor(port: number, level: 1 | 2, fate: () => Fate) {
    this.#port = port;
    this.#level = level;
    this.#fate = fate;
    this.#opened = new Promise((resolve) => (this.#open = resolve));
    this.#socket = this.#connect();
  }

  #connect(): Socket {
    const parser = new PduParser({ maxDataSegmentLength: 0xff_ffff });
    const socket = connect({ host: '127.0.0.1', port: this.#port, noDelay: true });
    socket.on('error', () => {});
    socket.on('close', () => this.#cut());
    socket.on('data', (chunk: Uint8Array) => {
      parser.push(new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.length));
      for (let frame = parser.next(); frame !== undefined; frame = parser.next()) {
        if (socket.destroyed) return;
        if ('fault' in frame) throw new Error(frame.fault);
        // A damaged PDU is one that does not come: the initiator drops it.
        const pdu = decodePdu(frame);
        const fate = this.#loggedIn ? this.#fate() : 'arrives';
        if (fate === 'cut' && this.#level === 2) socket.destroy();
        else if (pdu !== undefined && !fate.endsWith('damaged')) this.#receive(pdu);
      }
    });
    this.#parser = parser;
    return socket;
  }

  async login(): Promise<void> {
    this.#sendLogin();
    await this.#opened;
    this.#timer = setInterval(() => this.#look(), PATIENCE);
  }

  #sendLogin(): void {
    const keys = {
      InitiatorName: INITIATOR,
      TargetName: IQN,
      HeaderDigest: 'CRC32C',
      DataDigest: 'CRC32C',
      ErrorRecoveryLevel: String(this.#level),
      InitialR2T: 'No',
      FirstBurstLength: String(FIRST_BURST),
      MaxBurstLength: String(FIRST_BURST),
      MaxRecvDataSegmentLength: String(SEGMENT),
    };
    this.#socket.write(
      encodePdu({
        kind: 'Login Request',
        transit: true,
        continued: false,
        currentStage: 1,
        nextStage: 3,
        versionMax: 0,
        versionMin: 0,
        isid: new Uint8Array([0x80, 0, 0, 0, 0, 1]),
        tsih: this.#tsih,
        initiatorTaskTag: 0,
        connectionId: 0,
        cmdSn: this.#cmdSn,
        expStatSn: this.#expStatSn,
        data: encodeText(Object.entries(keys)),
      }),
    );
  }

  /** Runs an operation; gives the data of a read. */
  run(operation: Operation): Promise<Uint8Array> {
    const { lba, blocks, data, immediate = 0, unsolicited = false } = operation;
    const length = blocks * BLOCK;
    const initiatorTaskTag = this.#tag++;
    const command: Of<'SCSI Command'> = {
      kind: 'SCSI Command',
      immediate: false,
      final: data === undefined || !unsolicited || immediate >= Math.min(length, FIRST_BURST),
      read: data === undefined,
      write: data !== undefined,
      attribute: 1,
      priority: 0,
      lun: LUN0,
      initiatorTaskTag,
      expectedLength: length,
      cmdSn: this.#cmdSn++,
      expStatSn: 0,
      cdb: cdb10(data === undefined ? 0x28 : 0x2a, lba, blocks),
      ahs: new Uint8Array(0),
      data: data?.subarray(0, immediate) ?? new Uint8Array(0),
    };
    return new Promise((done, failed) => {
      const running = {
        operation,
        command,
        parts: new Map(),
        r2ts: new Set<number>(),
        done,
        failed,
      };
      this.#running.set(initiatorTaskTag, running);
      this.#sendCommand(running);
    });
  }

  close(): void {
    this.#closed = true;
    clearInterval(this.#timer);
    this.#socket.destroy();
  }

  /** The connection has ended: another one takes its place, and what it carried is taken over. */
  #cut(): void {
    if (this.#level === 2 && !this.#closed) {
      this.#loggedIn = false;
      this.#skippedOne = false;
      this.#statuses.clear();
      this.#reassigned.clear();
      this.#socket = this.#connect();
      this.#sendLogin();
      return;
    }
    clearInterval(this.#timer);
    for (const { failed } of this.#running.values()) failed(new Error('the connection was cut'));
  }

  #send(pdu: Pdu): void {
    if (!this.#loggedIn) return;
    const bytes = withDigests(encodePdu({ ...pdu, expStatSn: this.#expStatSn } as Pdu));
    const fate = this.#fate();
    // Of two damaged headers in a row the target cannot tell where the next PDU begins.
    const damaged = fate === 'header damaged' && !this.#skippedOne;
    this.#skippedOne = damaged;
    if (fate === 'cut' && this.#level === 2) {
      this.#loggedIn = false;
      this.#socket.destroy();
      return;
    }
    if (damaged) bytes[20] = bytes[20]! ^ 0x10;
    else if (fate === 'data damaged' && bytes.length > 52) bytes[53] = bytes[53]! ^ 1;
    this.#socket.write(bytes);
    if (fate === 'comes twice') this.#socket.write(bytes);
  }

  #sendCommand({ command, operation }: Running): void {
    this.#send(command);
    if (command.final) return;
    const end = Math.min(command.expectedLength, FIRST_BURST);
    this.#sendData(command, operation, NO_TAG, command.data.length, end);
  }

  #sendData(
    { initiatorTaskTag }: Of<'SCSI Command'>,
    { data = new Uint8Array(0) }: Operation,
    targetTransferTag: number,
    begin: number,
    end: number,
  ): void {
    for (let at = begin, dataSn = 0; at < end; at += SEGMENT, dataSn++) {
      const until = Math.min(at + SEGMENT, end);
      this.#send({
        kind: 'SCSI Data-Out',
        final: until === end,
        lun: LUN0,
        initiatorTaskTag,
        targetTransferTag,
        expStatSn: 0,
        dataSn,
        bufferOffset: at,
        data: data.subarray(at, until),
      });
    }
  }

  #snack(
    type: number,
    initiatorTaskTag: number,
    targetTransferTag: number,
    begRun: number,
    runLength: number,
  ): void {
    this.#send({
      kind: 'SNACK Request',
      type,
      lun: LUN0,
      initiatorTaskTag,
      targetTransferTag,
      expStatSn: 0,
      begRun,
      runLength,
    });
  }

  #receive(pdu: Pdu): void {
    if (!('statSn' in pdu)) throw new Error(`a target sent ${pdu.kind}`);
    if (pdu.kind === 'Login Response') {
      if (pdu.statusClass !== 0) throw new Error('login refused');
      this.#expStatSn = pdu.statSn + 1;
      this.#loggedIn = true;
      this.#parser.configure({ digests: { header: crc32c, data: crc32c } });
      if (this.#tsih !== 0) this.#recover();
      this.#tsih = pdu.tsih;
      this.#open?.();
      return;
    }
    this.#expCmdSn = Math.max(this.#expCmdSn, pdu.expCmdSn);
    if (takesStatSn(pdu)) {
      if (pdu.statSn >= this.#expStatSn) this.#statuses.set(pdu.statSn, pdu);
      this.#settle();
    } else if (pdu.kind === 'SCSI Data-In') this.#dataIn(pdu);
    else if (pdu.kind === 'R2T') this.#r2t(pdu);
  }

  #dataIn(pdu: Of<'SCSI Data-In'>): void {
    const running = this.#running.get(pdu.initiatorTaskTag);
    if (running === undefined) return;
    running.parts.set(pdu.dataSn, pdu);
    const holes = running.parts.size <= pdu.dataSn;
    if (pdu.acknowledge && !holes) this.#snack(2, NO_TAG, pdu.targetTransferTag, pdu.dataSn + 1, 0);
    this.#settle();
  }

  #r2t(pdu: Of<'R2T'>): void {
    const running = this.#running.get(pdu.initiatorTaskTag);
    if (running === undefined || running.r2ts.has(pdu.r2tSn)) return;
    running.r2ts.add(pdu.r2tSn);
    for (let sn = 0; sn < pdu.r2tSn; sn++)
      if (!running.r2ts.has(sn)) this.#snack(0, pdu.initiatorTaskTag, NO_TAG, sn, 1);
    const end = pdu.bufferOffset + pdu.desiredLength;
    this.#sendData(
      running.command,
      running.operation,
      pdu.targetTransferTag,
      pdu.bufferOffset,
      end,
    );
  }

  /** Whatever was acknowledged is reassigned, all else begun again. */
  #recover(): void {
    for (const running of this.#running.values()) {
      const { command, parts, r2ts } = running;
      const acknowledged = command.cmdSn < this.#expCmdSn;
      const numbers = command.read ? parts : r2ts;
      let first = 0;
      if (acknowledged) while (numbers.has(first)) first++;
      for (const sn of numbers.keys()) if (sn >= first) numbers.delete(sn);
      if (acknowledged) this.#reassign(this.#tag++, running);
      else this.#sendCommand(running);
    }
  }

  #reassign(initiatorTaskTag: number, running: Running): void {
    const { command, parts, r2ts } = running;
    this.#reassigned.set(initiatorTaskTag, running);
    this.#send({
      kind: 'Task Management Request',
      immediate: true,
      function: 8,
      lun: LUN0,
      initiatorTaskTag,
      referencedTaskTag: command.initiatorTaskTag,
      cmdSn: this.#cmdSn,
      expStatSn: 0,
      refCmdSn: 0,
      expDataSn: command.read ? parts.size : r2ts.size,
    });
  }

  #onReassigned({ initiatorTaskTag, response }: Of<'Task Management Response'>): void {
    const running = this.#reassigned.get(initiatorTaskTag);
    this.#reassigned.delete(initiatorTaskTag);
    // 3, still allegiant: the answer to an earlier copy of the request did not come.
    if (response !== 0 && response !== 3)
      running?.failed(new Error(`TASK REASSIGN was answered with ${response}`));
  }

  /** Takes the statuses whose turn it is; asks for what is missing before one that is there. */
  #settle(): void {
    for (;;) {
      const pdu = this.#statuses.get(this.#expStatSn);
      if (pdu === undefined) break;
      if (pdu.kind === 'SCSI Response' && !this.#complete(pdu)) return;
      if (pdu.kind === 'Task Management Response') this.#onReassigned(pdu);
      this.#statuses.delete(this.#expStatSn);
      this.#expStatSn++;
    }
    if (this.#statuses.size === 0) return;
    const next = Math.min(...this.#statuses.keys());
    this.#snack(1, NO_TAG, NO_TAG, this.#expStatSn, next - this.#expStatSn);
  }

  #complete(pdu: Of<'SCSI Response'>): boolean {
    const running = this.#running.get(pdu.initiatorTaskTag);
    if (running === undefined) return true;
    const { parts, operation, done, failed } = running;
    if (operation.data === undefined && pdu.status === 0 && parts.size < pdu.expDataSn) {
      let first = 0;
      while (parts.has(first)) first++;
      let last = first;
      while (last < pdu.expDataSn && !parts.has(last)) last++;
      this.#snack(0, pdu.initiatorTaskTag, NO_TAG, first, last - first);
      return false;
    }
    this.#running.delete(pdu.initiatorTaskTag);
    const read = new Uint8Array(operation.blocks * BLOCK);
    for (const { bufferOffset, data } of parts.values()) read.set(data, bufferOffset);
    if (pdu.status === 0) done(read);
    else failed(new Error(`status ${pdu.status}`));
    return true;
  }

  /** Commands that were not acknowledged are sent again; a ping brings the newest StatSN. */
  #look(): void {
    for (const running of this.#running.values())
      if (running.command.cmdSn >= this.#expCmdSn) this.#sendCommand(running);
    for (const [tag, running] of this.#reassigned)
      if (this.#running.has(running.command.initiatorTaskTag)) this.#reassign(tag, running);
      else this.#reassigned.delete(tag);
    this.#send({
      kind: 'NOP-Out',
      immediate: true,
      lun: LUN0,
      initiatorTaskTag: 0xf000_0000 + (this.#tag++ % 0x1000),
      targetTransferTag: NO_TAG,
      cmdSn: this.#cmdSn,
      expStatSn: 0,
      data: new Uint8Array(0),
    });
    this.#settle();
  }
}
