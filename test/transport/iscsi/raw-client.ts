/** A socket that speaks PDUs, right or wrong, as a test tells it. */
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { crc32c } from '../../../src/transport/iscsi/crc32c.ts';
import { decodePdu, encodePdu } from '../../../src/transport/iscsi/pdu.ts';
import type { Pdu } from '../../../src/transport/iscsi/pdu.ts';
import { PduParser } from '../../../src/transport/iscsi/pdu-parser.ts';
import { encodeText } from '../../../src/transport/iscsi/text.ts';
import type { TextPair } from '../../../src/transport/iscsi/text.ts';

export const IQN = 'iqn.2026-11.com.example:disk';
export const INITIATOR = 'iqn.2026-11.com.example:client';
export const NO_TAG = 0xffff_ffff;
export const LUN0 = new Uint8Array(8);

type Of<K extends Pdu['kind']> = Extract<Pdu, { readonly kind: K }>;

/** CRC32C, bit by bit, as it lies on the wire. */
export function digestOf(bytes: Uint8Array): Uint8Array {
  let crc = 0xffff_ffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ ((crc & 1) * 0x82f6_3b78);
  }
  return Uint8Array.of(~crc, ~crc >>> 8, ~crc >>> 16, ~crc >>> 24);
}

/** A PDU with both digests. */
export function withDigests(pdu: Uint8Array): Uint8Array {
  const headers = pdu.subarray(0, 48 + pdu[4]! * 4);
  const data = pdu.subarray(headers.length);
  const dataDigest = data.length === 0 ? [] : [data, digestOf(data)];
  return new Uint8Array(Buffer.concat([headers, digestOf(headers), ...dataDigest]));
}

export class RawClient {
  readonly socket: Socket;
  readonly parser = new PduParser({ maxDataSegmentLength: 0xff_ffff });
  readonly received: Pdu[] = [];
  cmdSn = 1;
  expStatSn = 0;
  private wake: (() => void) | undefined;
  private over = false;
  private digests = false;
  readonly closed: Promise<void>;

  constructor(port: number, host = '127.0.0.1') {
    this.socket = connect({ host, port, noDelay: true });
    this.socket.on('error', () => {});
    this.closed = new Promise((resolve) => {
      this.socket.on('close', () => {
        this.over = true;
        this.wake?.();
        resolve();
      });
    });
    this.socket.on('data', (chunk: Uint8Array) => {
      this.parser.push(new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.length));
      for (let frame = this.parser.next(); frame !== undefined; frame = this.parser.next()) {
        if ('fault' in frame) throw new Error(frame.fault);
        const pdu = decodePdu(frame);
        if (pdu === undefined) throw new Error('a PDU of no kind');
        this.received.push(pdu);
      }
      this.wake?.();
    });
  }

  /** From now on PDUs carry both digests, in both directions. */
  useDigests(): void {
    this.digests = true;
    this.parser.configure({ digests: { header: crc32c, data: crc32c } });
  }

  send(...pdus: readonly Pdu[]): void {
    const wires = pdus.map((pdu) => encodePdu(pdu));
    this.socket.write(Buffer.concat(this.digests ? wires.map(withDigests) : wires));
  }

  /** The next PDU; undefined when the connection has ended. */
  async next(): Promise<Pdu | undefined> {
    for (;;) {
      const pdu = this.received.shift();
      if (pdu !== undefined) {
        if ('statSn' in pdu && takesStatSn(pdu)) this.expStatSn = pdu.statSn + 1;
        return pdu;
      }
      if (this.over) return undefined;
      await new Promise<void>((resolve) => (this.wake = resolve));
    }
  }

  /** The next PDU, which has to be of a kind. */
  async expect<K extends Pdu['kind']>(kind: K): Promise<Of<K>> {
    const pdu = await this.next();
    if (pdu?.kind !== kind) throw new Error(`wanted ${kind}, got ${JSON.stringify(pdu)}`);
    return pdu as Of<K>;
  }

  loginPdu(
    pairs: readonly TextPair[],
    override: Partial<Of<'Login Request'>> = {},
  ): Of<'Login Request'> {
    return {
      kind: 'Login Request',
      transit: true,
      continued: false,
      currentStage: 1,
      nextStage: 3,
      versionMax: 0,
      versionMin: 0,
      isid: new Uint8Array([0x80, 0, 0, 0, 0, 1]),
      tsih: 0,
      initiatorTaskTag: 0,
      connectionId: 0,
      cmdSn: this.cmdSn,
      expStatSn: this.expStatSn,
      data: encodeText(pairs),
      ...override,
    };
  }

  /** Sends one login request and gives the answer. */
  async tryLogin(
    pairs: readonly TextPair[],
    override: Partial<Of<'Login Request'>> = {},
  ): Promise<Of<'Login Response'>> {
    this.send(this.loginPdu(pairs, override));
    return this.expect('Login Response');
  }

  /** Logs in by one request. */
  async login(
    keys: Readonly<Record<string, string>> = {},
    override: Partial<Of<'Login Request'>> = {},
  ): Promise<Of<'Login Response'>> {
    const answer = await this.tryLogin(
      [['InitiatorName', INITIATOR], ['TargetName', IQN], ...Object.entries(keys)],
      override,
    );
    if (answer.statusClass !== 0 || !answer.transit)
      throw new Error(`login refused: ${answer.statusClass}/${answer.statusDetail}`);
    return answer;
  }

  command(override: Partial<Of<'SCSI Command'>> = {}): Of<'SCSI Command'> {
    const immediate = override.immediate ?? false;
    const cmdSn = this.cmdSn;
    if (!immediate && override.cmdSn === undefined) this.cmdSn++;
    return {
      kind: 'SCSI Command',
      immediate,
      final: true,
      read: false,
      write: false,
      attribute: 1,
      priority: 0,
      lun: LUN0,
      initiatorTaskTag: (0x100 + cmdSn) >>> 0,
      expectedLength: 0,
      cmdSn,
      expStatSn: this.expStatSn,
      cdb: new Uint8Array(16),
      ahs: new Uint8Array(0),
      data: new Uint8Array(0),
      ...override,
    };
  }

  read10(lba: number, blocks: number, expectedLength = blocks * 512): Of<'SCSI Command'> {
    return this.command({ read: true, expectedLength, cdb: cdb10(0x28, lba, blocks) });
  }

  write10(
    lba: number,
    blocks: number,
    override: Partial<Of<'SCSI Command'>> = {},
  ): Of<'SCSI Command'> {
    return this.command({
      write: true,
      expectedLength: blocks * 512,
      cdb: cdb10(0x2a, lba, blocks),
      ...override,
    });
  }

  dataOut(override: Partial<Of<'SCSI Data-Out'>>): Of<'SCSI Data-Out'> {
    return {
      kind: 'SCSI Data-Out',
      final: true,
      lun: LUN0,
      initiatorTaskTag: 0,
      targetTransferTag: NO_TAG,
      expStatSn: this.expStatSn,
      dataSn: 0,
      bufferOffset: 0,
      data: new Uint8Array(0),
      ...override,
    };
  }

  ping(override: Partial<Of<'NOP-Out'>> = {}): Of<'NOP-Out'> {
    return {
      kind: 'NOP-Out',
      immediate: true,
      lun: LUN0,
      initiatorTaskTag: 0x7777,
      targetTransferTag: NO_TAG,
      cmdSn: this.cmdSn,
      expStatSn: this.expStatSn,
      data: new Uint8Array(0),
      ...override,
    };
  }

  manage(override: Partial<Of<'Task Management Request'>>): Of<'Task Management Request'> {
    return {
      kind: 'Task Management Request',
      immediate: true,
      function: 1,
      lun: LUN0,
      initiatorTaskTag: 0x8888,
      referencedTaskTag: NO_TAG,
      cmdSn: this.cmdSn,
      expStatSn: this.expStatSn,
      refCmdSn: 0,
      expDataSn: 0,
      ...override,
    };
  }

  text(pairs: readonly TextPair[], override: Partial<Of<'Text Request'>> = {}): Of<'Text Request'> {
    return {
      kind: 'Text Request',
      immediate: true,
      final: true,
      continued: false,
      lun: LUN0,
      initiatorTaskTag: 0x9999,
      targetTransferTag: NO_TAG,
      cmdSn: this.cmdSn,
      expStatSn: this.expStatSn,
      data: encodeText(pairs),
      ...override,
    };
  }

  logout(override: Partial<Of<'Logout Request'>> = {}): Of<'Logout Request'> {
    return {
      kind: 'Logout Request',
      immediate: true,
      reason: 0,
      initiatorTaskTag: 0xaaaa,
      connectionId: 0,
      cmdSn: this.cmdSn,
      expStatSn: this.expStatSn,
      ...override,
    };
  }

  snack(override: Partial<Of<'SNACK Request'>>): Of<'SNACK Request'> {
    return {
      kind: 'SNACK Request',
      type: 0,
      lun: LUN0,
      initiatorTaskTag: NO_TAG,
      targetTransferTag: NO_TAG,
      expStatSn: this.expStatSn,
      begRun: 0,
      runLength: 0,
      ...override,
    };
  }

  close(): void {
    this.socket.destroy();
  }
}

/** Whether the StatSN of a PDU is its own, rather than the next one or none. */
export function takesStatSn(pdu: Pdu): boolean {
  if (!('statSn' in pdu) || pdu.kind === 'R2T') return false;
  if (pdu.kind === 'SCSI Data-In') return pdu.hasStatus;
  return pdu.kind !== 'NOP-In' || pdu.initiatorTaskTag !== NO_TAG;
}

export function cdb10(opcode: number, lba: number, blocks: number): Uint8Array {
  const cdb = new Uint8Array(16);
  const view = new DataView(cdb.buffer);
  cdb[0] = opcode;
  view.setUint32(2, lba);
  view.setUint16(7, blocks);
  return cdb;
}

/** Bytes that tell where they come from. */
export function pattern(length: number, seed = 1): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => (i * 7 + (i >> 8) * 13 + seed) & 0xff);
}
